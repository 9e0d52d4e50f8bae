"""Durable jobs: submitted in the caller's transaction, taken up again when a process dies. `JobEngine` is the port."""

from foundation.jobs.context import JobContext
from foundation.jobs.port import JobEngine, JobHasNoResult, TableJobs
from foundation.jobs.problem import say_problem
from foundation.jobs.queue import JobState, JobStatus, JobUnknown, count
from foundation.jobs.runner import Handler, JobRunner

__all__ = [
    "Handler",
    "JobContext",
    "JobEngine",
    "JobHasNoResult",
    "JobRunner",
    "JobState",
    "JobStatus",
    "JobUnknown",
    "TableJobs",
    "count",
    "say_problem",
]
