"""Fuzz the reader of ONVIF answers for as long as you like: `python -m tests.fuzz.onvif_answers --minutes 30`.

On a failure it prints the smallest answer it found and ends with an error; make a test of it in tests/unit/ingest/probe
when the defect is mended.
"""

import argparse
import sys
import time
from collections import Counter

from hypothesis import HealthCheck, given, settings

from tests.support.onvif_answers import answers, examine

ROUND = 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=5)
    end = time.monotonic() + 60 * parser.parse_args().minutes
    told: Counter[str] = Counter()

    @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(answers())
    def target(data: bytes) -> None:
        told[examine(data)] += 1

    while time.monotonic() < end:
        target()
        counted = ", ".join(f"{name} {count}" for name, count in sorted(told.items()))
        sys.stdout.write(f"{told.total()} answers: {counted}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
