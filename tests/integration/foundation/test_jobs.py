"""Jobs outlive their processes: told, cancelled, failed with a mend, taken up again, never run by two at once."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from foundation import jobs
from foundation.clock import ManualClock, SystemClock
from foundation.database import unit_of_work
from foundation.errors import BadInput
from foundation.jobs import JobContext, JobRunner, JobStatus, TableJobs
from foundation.jobs.lease import LEASE_US, MAX_ATTEMPTS
from foundation.jobs.queue import JobUnknown

Handler = Callable[[JobContext], dict[str, Any]]


class Unlucky(BadInput):
    code = "test_unlucky"
    message = "{name} cannot be done"
    mend = "Do something else"


def put(engine: sa.Engine, clock: Any, kind: str = "count", **payload: Any) -> str:
    with unit_of_work(engine) as session:
        return TableJobs(clock).submit(session, kind, payload)


def look(engine: sa.Engine, job_id: str) -> JobStatus:
    with unit_of_work(engine, writes=False) as session:
        return jobs.queue.status(session, job_id)


def runner(engine: sa.Engine, clock: ManualClock, handler: Handler, **options: Any) -> JobRunner:
    return JobRunner(engine, clock, {"count": handler}, **options)


def test_it_waits_runs_and_tells_its_result(engine: sa.Engine, clock: ManualClock) -> None:
    job = put(engine, clock, number=3)
    assert look(engine, job).state == "waiting"

    def handler(context: JobContext) -> dict[str, Any]:
        assert look(engine, job).state == "running"
        context.report({"done": 3})
        return {"twice": 2 * context.payload["number"]}

    assert runner(engine, clock, handler).run_until_idle() == 1
    told = look(engine, job)
    assert (told.state, told.result, told.progress, told.problem) == ("done", {"twice": 6}, {"done": 3}, None)


def test_it_does_not_exist_until_the_unit_of_work_is_committed(engine: sa.Engine, clock: ManualClock) -> None:
    def undone() -> None:
        with unit_of_work(engine) as session:
            TableJobs(clock).submit(session, "count", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    assert runner(engine, clock, lambda _job: {}).run_until_idle() == 0


def test_the_oldest_goes_first_and_other_kinds_are_left(engine: sa.Engine, clock: ManualClock) -> None:
    seen: list[int] = []
    for number in range(3):
        put(engine, clock, number=number)
        put(engine, clock, "other", number=number)
        clock.advance(1)

    def handler(job: JobContext) -> dict[str, Any]:
        seen.append(job.payload["number"])
        return {}

    runner(engine, clock, handler).run_until_idle()
    assert seen == [0, 1, 2]
    with unit_of_work(engine, writes=False) as session:
        assert jobs.count(session) == {("count", "done"): 3, ("other", "waiting"): 3}
        assert len(jobs.queue.unfinished(session, "other")) == 3


def test_an_error_of_ours_is_kept_with_its_mend(engine: sa.Engine, clock: ManualClock) -> None:
    job = put(engine, clock)

    def handler(_job: JobContext) -> dict[str, Any]:
        raise Unlucky(name="this")

    runner(engine, clock, handler).run_until_idle()
    told = look(engine, job)
    assert told.state == "failed"
    assert told.problem is not None
    assert (told.problem["code"], told.problem["mend"], told.problem["fields"]) == (
        "test_unlucky",
        "Do something else",
        {"name": "this"},
    )


def test_an_unexpected_error_tells_a_number_and_no_secret(engine: sa.Engine, clock: ManualClock) -> None:
    job = put(engine, clock)

    def handler(_job: JobContext) -> dict[str, Any]:
        raise ValueError("rtsp://admin:hunter2@10.0.0.9/")

    runner(engine, clock, handler).run_until_idle()
    told = look(engine, job)
    assert told.problem is not None
    assert told.problem["code"] == "job_failed"
    assert len(told.problem["fields"]["incident"]) == 26
    assert "hunter2" not in str(told)


def test_a_waiting_job_is_cancelled_at_once_and_a_done_one_stays_done(engine: sa.Engine, clock: ManualClock) -> None:
    first, second = put(engine, clock), put(engine, clock)
    with unit_of_work(engine) as session:
        jobs.queue.request_cancel(session, first)
    assert runner(engine, clock, lambda _job: {}).run_until_idle() == 1
    with unit_of_work(engine) as session:
        jobs.queue.request_cancel(session, second)
    assert (look(engine, first).state, look(engine, second).state) == ("cancelled", "done")


def test_a_running_job_hears_of_it_and_undoes(engine: sa.Engine, clock: ManualClock) -> None:
    job = put(engine, clock)

    def handler(context: JobContext) -> dict[str, Any]:
        with unit_of_work(engine) as session:
            jobs.queue.request_cancel(session, job)
        while not context.cancelled():
            pass
        raise Unlucky(name="cancelled")

    runner(engine, clock, handler, renew_every_s=0.01).run_until_idle()
    told = look(engine, job)
    assert (told.state, told.problem) == ("cancelled", None)


def test_what_is_done_when_the_cancellation_comes_is_done(engine: sa.Engine, clock: ManualClock) -> None:
    job = put(engine, clock)
    cleared: list[str] = []

    def handler(context: JobContext) -> dict[str, Any]:
        context.afterwards(lambda: cleared.append(look(engine, job).state))
        with unit_of_work(engine) as session:
            jobs.queue.request_cancel(session, job)
        while not context.cancelled():
            pass
        return {"whole": True}

    runner(engine, clock, handler, renew_every_s=0.01).run_until_idle()
    assert (look(engine, job).state, look(engine, job).result) == ("done", {"whole": True})
    assert cleared == ["done"]  # what a second run would have needed goes only after the outcome is stored


def test_a_service_that_stops_puts_its_job_back(engine: sa.Engine, clock: ManualClock) -> None:
    job = put(engine, clock)
    cleared: list[str] = []
    found: list[JobRunner] = []

    def handler(context: JobContext) -> dict[str, Any]:
        context.afterwards(lambda: cleared.append("gone"))
        found[0]._ending.set()
        context._stop.set()
        raise Unlucky(name="stopped")

    found.append(runner(engine, clock, handler))
    found[0]._one()
    assert look(engine, job).state == "waiting"
    assert cleared == []
    for _ in range(MAX_ATTEMPTS):
        found[0]._one()  # stopping in good order is no death
    assert look(engine, job).state == "waiting"


def process(engine: sa.Engine, mode: str) -> subprocess.Popen[str]:
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.support.job_process", url, mode]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_the_job_of_a_killed_process_is_begun_again(engine: sa.Engine) -> None:
    clock = ManualClock(SystemClock().now_us())
    job = put(engine, clock, number=7)
    with process(engine, "hang") as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "7\n"
        first.kill()
    assert look(engine, job).state == "running"
    again = runner(engine, clock, lambda context: {"number": context.payload["number"]})
    assert again.run_until_idle() == 0  # its lease holds
    clock.advance(LEASE_US + 60_000_000)
    assert again.run_until_idle() == 1
    assert (look(engine, job).state, look(engine, job).result) == ("done", {"number": 7})


def test_a_job_that_kills_its_process_again_and_again_is_given_up(engine: sa.Engine) -> None:
    clock = ManualClock(SystemClock().now_us())
    job = put(engine, clock, number=1)
    for _ in range(MAX_ATTEMPTS):
        with process(engine, "hang") as victim:
            assert victim.stdout is not None
            assert victim.stdout.readline() == "1\n"
            victim.kill()
        with unit_of_work(engine) as session:  # as if the lease had run out
            session.execute(sa.text("UPDATE job SET lease_us = 0"))
    assert runner(engine, clock, lambda _job: {}).run_until_idle() == 0
    told = look(engine, job)
    assert told.state == "failed"
    assert told.problem is not None
    assert told.problem["code"] == "job_given_up"


def test_two_processes_share_the_jobs_and_none_runs_twice(engine: sa.Engine) -> None:
    clock = SystemClock()
    for number in range(60):
        put(engine, clock, number=number)
    runners = [process(engine, "work") for _ in range(2)]
    seen = [int(line) for one in runners for line in one.communicate()[0].split()]
    assert sorted(seen) == list(range(60))
    with unit_of_work(engine, writes=False) as session:
        assert jobs.count(session) == {("count", "done"): 60}


def test_an_unknown_job_is_named(engine: sa.Engine) -> None:
    with pytest.raises(JobUnknown):
        look(engine, "none")
