"""Durable jobs on our own table: enqueued in the caller's transaction, taken up again when a process dies."""

from foundation.jobs.queue import JobState, JobStatus, count, enqueue, open_payloads, order, request_cancel, status
from foundation.jobs.runner import Handler, JobContext, JobRunner

__all__ = [
    "Handler",
    "JobContext",
    "JobRunner",
    "JobState",
    "JobStatus",
    "count",
    "enqueue",
    "open_payloads",
    "order",
    "request_cancel",
    "status",
]
