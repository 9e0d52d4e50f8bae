"""What the service counts about itself, for Prometheus. docs/ref/metrics.md lists it, and a test holds the two together.

Labels are a closed set: routes as declared, never addresses as asked, so that nobody's question ends up in a time series.
"""

import math
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import prometheus_client as prometheus
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from access.oversight import reviews_overdue
from access.subject_register import overdue as subjects_overdue
from api.service import Service
from audit.keeping import oldest_uncovered_us, size_of
from audit.standing import Standing, State, standings
from audit.witnesses import open_witnesses
from camera_registry.cameras import count_by_status
from foundation import jobs
from foundation.database import unit_of_work
from foundation.timebase import MICROSECONDS
from ingest.index.hold_lists import held_now
from ingest.index.status import CameraState, CameraStatus, recording_status, summary_of

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
CONTENT_TYPE = prometheus.CONTENT_TYPE_LATEST


class Metrics:
    """Counts of one application; a process may hold several, so none of them is global."""

    def __init__(self, service: Service) -> None:
        self.clock = service.clock
        self.registry = prometheus.CollectorRegistry()
        self.registry.register(_Stored(service))
        self.answers = prometheus.Counter(
            "matpho_http_answers", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.first_byte = prometheus.Histogram(
            "matpho_http_first_byte_seconds",
            "Time from the request to the first byte of its answer",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.sent = prometheus.Counter(
            "matpho_http_sent_bytes", "Bytes of bodies handed to the network", ("route",), registry=self.registry
        )

    def text(self) -> bytes:
        """Return all of it in the text format of Prometheus."""
        return prometheus.generate_latest(self.registry)


class _Stored(Collector):
    """What is counted when it is asked for. A catalogue that does not answer fails the scrape, which is what it is for."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> list[Metric]:
        return []  # nothing is read before somebody asks

    def collect(self) -> Iterator[Metric]:
        with unit_of_work(self._service.engine, writes=False) as session:
            cameras, found_jobs = count_by_status(session), jobs.count(session)
            now_us = self._service.clock.now_us()
            recording = recording_status(session, now_us)
            overdue = reviews_overdue(session, self._service.clock)
            signed, uncovered_us = size_of(session), oldest_uncovered_us(session)
            witnesses = standings(session, open_witnesses(self._service.settings, self._service.clock), now_us)
            late = subjects_overdue(session, now_us)
            held = held_now(session, now_us)
        yield _family(
            "matpho_cameras",
            "Registered cameras",
            ("status",),
            [((status,), number) for status, number in cameras.items()],
        )
        yield from _recording(recording, now_us)
        yield from _audit(signed, 0 if uncovered_us is None else max(0, now_us - uncovered_us), witnesses)
        yield GaugeMetricFamily("matpho_holds", "Holds that last", held.orders)
        yield GaugeMetricFamily("matpho_holds_expiring", "Holds that expire within three days", held.expiring)
        yield GaugeMetricFamily("matpho_held_seconds", "Recorded time that is held", held.recorded_us / MICROSECONDS)
        yield _family("matpho_jobs", "Jobs by kind and state", ("kind", "state"), found_jobs.items())
        yield GaugeMetricFamily(
            "matpho_reviews_overdue", "Reviews of approvals without a human that are overdue", overdue
        )
        yield _family(
            "matpho_subject_requests_overdue",
            "Requests of data subjects that wait beyond their time",
            ("step",),
            [((str(step),), number) for step, number in late.items()],
        )
        disk = shutil.disk_usage(self._service.data)
        yield GaugeMetricFamily("matpho_data_disk_free_bytes", "Free on the disk of the data folder", disk.free)
        yield GaugeMetricFamily("matpho_data_disk_bytes", "Size of the disk of the data folder", disk.total)


def _recording(found: Sequence[CameraStatus], now_us: int) -> Iterator[Metric]:
    """Yield what the recorder says of all its cameras together: a code of a camera would be no closed label."""
    counts = Counter({(str(state), ""): 0 for state in CameraState})  # so that "none records" is a sample, too
    counts.update((str(status.state), str(status.reason or "")) for status in found)
    name = "matpho_recording_cameras"
    yield _family(name, "Live cameras by state and reason", ("state", "reason"), counts.items())
    ages = [max(0, now_us - status.last_frame_us) for status in found if status.last_frame_us is not None]
    lags = [status.lag_us for status in found if status.lag_us is not None]
    figures: tuple[tuple[str, str, float], ...] = (
        ("bits_per_second", "Bit rate of all live cameras", summary_of(found).bits_per_s),
        ("oldest_frame_age_seconds", "Age of the oldest last frame of a live camera", _longest_s(ages)),
        ("lag_seconds", "Longest way from arrival to being retrievable", _longest_s(lags)),
        ("reconnects", "Reconnects since the recorder started", sum(status.reconnects for status in found)),
        ("lost_packets", "Packets lost since the recorder started", sum(status.lost_packets for status in found)),
        ("damaged_frames", "Frames damaged since the recorder started", sum(status.damaged_frames for status in found)),
    )
    for figure, text, value in figures:
        yield GaugeMetricFamily(f"matpho_recording_{figure}", text, value)


def _audit(signed: int, uncovered_us: int, witnesses: Sequence[Standing]) -> Iterator[Metric]:
    """Yield how far the audit log is signed and told; names of witnesses are addresses of people, and no labels."""
    yield GaugeMetricFamily("matpho_audit_checkpoint_leaves", "Leaves under the newest checkpoint", signed)
    text = "Age of the oldest event that no checkpoint covers"
    yield GaugeMetricFamily("matpho_audit_uncovered_age_seconds", text, uncovered_us / MICROSECONDS)
    counts = Counter({(str(state),): 0 for state in State})
    counts.update((str(one.state),) for one in witnesses)
    yield _family("matpho_audit_witnesses", "Witnesses by state", ("state",), counts.items())
    owed_us = max((one.owed_us for one in witnesses), default=0)
    text = "Age of the oldest checkpoint that a witness was not told"
    yield GaugeMetricFamily("matpho_audit_untold_age_seconds", text, owed_us / MICROSECONDS)


def _longest_s(found: Sequence[int]) -> float:
    return max(found) / MICROSECONDS if found else math.nan


def _family(
    name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], int]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for label, value in sorted(values):
        family.add_metric(label, value)
    return family


class Counting:
    """Counts each answer; no work per chunk but an addition."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        clock, status, sent = self.metrics.clock, 500, 0
        began, answered = clock.steady_us(), 0

        async def counted(message: Message) -> None:
            nonlocal answered, status, sent
            if message["type"] == "http.response.start":
                answered, status = clock.steady_us(), message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, counted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self.metrics.answers.labels(scope["method"], route, str(status)).inc()
            self.metrics.first_byte.labels(route).observe(((answered or clock.steady_us()) - began) / MICROSECONDS)
            self.metrics.sent.labels(route).inc(sent)
