"""A job runner in a process of its own: `python -m tests.support.job_process URL MODE`.

It prints a line when a job has begun. `hang` then waits to be killed; `work` writes its process id into the result.
"""

import os
import sys
import time
from typing import Any

from foundation.clock import SystemClock
from foundation.database import create_engine
from foundation.jobs import JobContext, JobRunner


def main(url: str, mode: str) -> None:
    def handler(job: JobContext) -> dict[str, Any]:
        sys.stdout.write(f"{job.payload['number']}\n")
        sys.stdout.flush()
        if mode == "hang":
            time.sleep(600)
        time.sleep(0.01)
        return {"by": os.getpid()}

    JobRunner(create_engine(url), SystemClock(), {"count": handler}).run_until_idle()


if __name__ == "__main__":
    main(*sys.argv[1:])
