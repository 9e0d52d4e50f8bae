"""Fuzz the receive path of the recorder for as long as you like: `python -m tests.fuzz.receive_path --minutes 30`.

It plays cameras that send pictures, packets, reports and messages in any mixture, cut and spoilt anywhere, to a real
connection with real files behind it. On a failure it prints the smallest input it found and ends with an error; make a
test of it in tests/unit/ingest/live when the defect is mended.
"""

import argparse
import sys
import time
from collections import Counter

from hypothesis import HealthCheck, given, settings

from tests.support.received_bytes import Heard, examine, received

ROUND = 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=5)
    end = time.monotonic() + 60 * parser.parse_args().minutes
    answers: Counter[str] = Counter()

    @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(received())
    def target(heard: Heard) -> None:
        answers[examine(heard)] += 1

    while time.monotonic() < end:
        target()
        told = ", ".join(f"{name} {count}" for name, count in sorted(answers.items()))
        sys.stdout.write(f"{answers.total()} cameras: {told}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
