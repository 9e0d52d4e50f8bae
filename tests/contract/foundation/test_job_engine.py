"""What every engine for long jobs promises, on both databases, with processes that are really killed."""

import subprocess
import sys
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.clock import ManualClock, SystemClock
from foundation.database import unit_of_work
from foundation.jobs import JobContext, JobEngine, JobHasNoResult, JobRunner, JobStatus, JobUnknown, TableJobs
from foundation.jobs.context import JobLost
from tests.support.job_process import STEPS


@pytest.fixture
def jobs() -> JobEngine:
    return TableJobs(SystemClock())


@pytest.fixture(autouse=True)
def trace(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE trace (step INTEGER NOT NULL)")


def submit(engine: sa.Engine, jobs: JobEngine, kind: str = "steps", **payload: Any) -> str:
    with unit_of_work(engine) as session:
        return jobs.submit(session, kind, payload)


def status(engine: sa.Engine, jobs: JobEngine, job: str) -> JobStatus:
    with unit_of_work(engine, writes=False) as session:
        return jobs.status(session, job)


def traced(engine: sa.Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT step FROM trace ORDER BY step")).scalars())


def steps_kept(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM job_step")).scalar_one())


def process(engine: sa.Engine, hang_at: float) -> subprocess.Popen[str]:
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.support.job_process", url, "steps", str(hang_at)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill_at(engine: sa.Engine, hang_at: float) -> None:
    """Let a process come as far as `hang_at`, then end it as a power cut would, and let its lease run out."""
    with process(engine, hang_at) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() in {"inside\n", "after\n"}
        victim.kill()
    with unit_of_work(engine) as session:
        session.execute(sa.text("UPDATE job SET lease_us = 0"))


@pytest.mark.parametrize("killed", [[2], [2.5], [0, 5], [STEPS - 0.5]])
def test_kill_9_in_the_middle_then_it_goes_on_and_nothing_is_there_twice(
    engine: sa.Engine, jobs: JobEngine, killed: list[float]
) -> None:
    job = submit(engine, jobs)
    for hang_at in killed:
        kill_at(engine, hang_at)
        assert status(engine, jobs, job).state == "running"  # nothing half-made looks done
        with unit_of_work(engine, writes=False) as session, pytest.raises(JobHasNoResult):
            jobs.result(session, job)
        assert traced(engine) == list(range(int(hang_at + 0.5)))  # whole steps, and no half one
    with process(engine, -1) as last:
        assert last.wait(60) == 0
    assert traced(engine) == list(range(STEPS))
    with unit_of_work(engine, writes=False) as session:
        assert jobs.result(session, job) == {"steps": list(range(STEPS))}
        assert jobs.progress(session, job) == {"done": STEPS}
        assert jobs.unfinished(session, "steps") == []
    assert steps_kept(engine) == 0


def test_who_was_thought_dead_changes_nothing_any_more(engine: sa.Engine, jobs: JobEngine) -> None:
    """A process that was asleep longer than its lease wakes up when another has the job: nothing is done twice."""
    job = submit(engine, jobs)
    clock = SystemClock()
    lost: list[type[Exception]] = []

    def insert(session: Any) -> dict[str, Any]:
        session.execute(sa.text("INSERT INTO trace (step) VALUES (1)"))
        return {}

    def slow(context: JobContext) -> dict[str, Any]:
        with unit_of_work(engine) as session:
            session.execute(sa.text("UPDATE job SET lease_us = 0"))
        JobRunner(engine, clock, {"steps": lambda other: other.once("a", insert)}).run_until_idle()
        try:
            return context.once("a", insert)
        except JobLost:
            lost.append(JobLost)
            raise

    JobRunner(engine, clock, {"steps": slow}).run_until_idle()
    assert (lost, traced(engine), status(engine, jobs, job).state) == ([JobLost], [1], "done")


def test_the_job_and_the_act_that_asks_for_it_are_there_together_or_not_at_all(
    engine: sa.Engine, jobs: JobEngine
) -> None:
    def undone() -> None:
        with unit_of_work(engine) as session:
            session.execute(sa.text("INSERT INTO trace (step) VALUES (1)"))
            jobs.submit(session, "steps", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    with unit_of_work(engine, writes=False) as session:
        assert jobs.unfinished(session, "steps") == []
    assert traced(engine) == []


def test_a_step_that_fails_leaves_nothing_and_the_job_says_why(engine: sa.Engine, jobs: JobEngine) -> None:
    job = submit(engine, jobs)

    def act(session: Any) -> dict[str, Any]:
        session.execute(sa.text("INSERT INTO trace (step) VALUES (1)"))
        raise ValueError("no")

    JobRunner(engine, SystemClock(), {"steps": lambda context: context.once("a", act)}).run_until_idle()
    told = status(engine, jobs, job)
    assert (told.state, told.problem and told.problem["code"], traced(engine)) == ("failed", "job_failed", [])


def test_what_is_cancelled_before_it_runs_never_runs(engine: sa.Engine, jobs: JobEngine, clock: ManualClock) -> None:
    job = submit(engine, jobs)
    with unit_of_work(engine) as session:
        jobs.cancel(session, job)
    assert JobRunner(engine, clock, {"steps": lambda _job: {}}).run_until_idle() == 0
    assert status(engine, jobs, job).state == "cancelled"


def test_an_unknown_job_is_named_by_every_call(engine: sa.Engine, jobs: JobEngine) -> None:
    with unit_of_work(engine) as session:
        for call in (jobs.status, jobs.progress, jobs.cancel, jobs.result):
            with pytest.raises(JobUnknown):
                call(session, "none")


def test_a_job_asked_for_twice_under_one_id_is_one(engine: sa.Engine, jobs: JobEngine) -> None:
    name = "0123456789abcdefghjkmnpqrs"
    for number in (1, 2):
        with unit_of_work(engine) as session:
            assert jobs.submit(session, "steps", {"number": number}, name) == name
    with unit_of_work(engine, writes=False) as session:
        assert [job.payload for job in jobs.recent(session, "steps", 0, 10)] == [{"number": 1}]
        assert (list(jobs.find(session, [name, "none"])), jobs.recent(session, "other", 0, 10)) == ([name], [])


def test_what_waits_is_recent_and_what_ended_long_ago_is_not(engine: sa.Engine, jobs: JobEngine) -> None:
    ended, waiting = submit(engine, jobs), submit(engine, jobs)
    with unit_of_work(engine) as session:
        jobs.cancel(session, ended)
    later = SystemClock().now_us() + 1
    with unit_of_work(engine, writes=False) as session:
        assert [job.id for job in jobs.recent(session, "steps", later, 10)] == [waiting]
        assert {job.id for job in jobs.recent(session, "steps", 0, 10)} == {ended, waiting}
        assert len(jobs.recent(session, "steps", 0, 1)) == 1


def test_jobs_of_one_are_found_behind_however_many_of_others(engine: sa.Engine, jobs: JobEngine) -> None:
    mine = submit(engine, jobs, actor='lan "x"', file="tên\0.mp4")
    submit(engine, jobs, actor='Lan "x"', file='", "actor": "lan \\"x\\""')
    for _ in range(3):
        submit(engine, jobs, actor="tu", file='"actor": "lan"')
    with unit_of_work(engine, writes=False) as session:
        assert [job.id for job in jobs.recent(session, "steps", 0, 1, ("actor", 'lan "x"'))] == [mine]
        assert jobs.recent(session, "steps", 0, 9, ("actor", "lan")) == []


def test_a_job_begun_again_knows_what_it_told_before_and_a_failed_one_keeps_what_it_was_made_of(
    engine: sa.Engine, jobs: JobEngine
) -> None:
    submit(engine, jobs)
    kill_at(engine, 2.5)
    with unit_of_work(engine) as session:
        session.execute(sa.text("UPDATE job SET progress = '{\"done\": 3}'"))
    heard: list[dict[str, Any]] = []
    gone: list[str] = []

    def handler(job: JobContext) -> dict[str, Any]:
        heard.append(job.reported)
        job.afterwards(lambda: gone.append("input"), failed=False)
        job.afterwards(lambda: gone.append("scratch"))
        raise ValueError

    JobRunner(engine, SystemClock(), {"steps": handler}).run_until_idle()
    assert (heard, gone) == ([{"done": 3}], ["scratch"])
