"""A job runner in a process of its own: `python -m tests.support.job_process URL MODE [STEP]`.

It prints a line when a job has begun. `hang` then waits to be killed; `work` writes its process id into the result. `steps`
does six steps, each a row of the table `trace` and a line, and hangs inside STEP (before its commit) or, with STEP + 0.5, after it.
"""

import os
import sys
import time
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from foundation.clock import SystemClock
from foundation.database import create_engine
from foundation.jobs import JobContext, JobRunner

STEPS = 6


def say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(url: str, mode: str, hang_at: str = "-1") -> None:
    def count(job: JobContext) -> dict[str, Any]:
        say(job.payload["number"])
        if mode == "hang":
            time.sleep(600)
        time.sleep(0.01)
        return {"by": os.getpid()}

    def steps(job: JobContext) -> dict[str, Any]:
        found = []
        for number in range(STEPS):

            def act(session: Session, number: int = number) -> dict[str, Any]:
                session.execute(sa.text("INSERT INTO trace (step) VALUES (:step)"), {"step": number})
                if float(hang_at) == number:
                    say("inside")
                    time.sleep(600)
                return {"step": number}

            found.append(job.once(f"step {number}", act)["step"])
            job.report({"done": number + 1})
            if float(hang_at) == number + 0.5:
                say("after")
                time.sleep(600)
        return {"steps": found}

    JobRunner(create_engine(url), SystemClock(), {"count": count, "steps": steps}).run_until_idle()


if __name__ == "__main__":
    main(*sys.argv[1:])
