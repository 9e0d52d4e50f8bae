"""Fuzz the MP4 reader for as long as you like: `python -m tests.fuzz.mp4_reader --minutes 30`.

It mutates files of our own and files that ffmpeg wrote. On a failure it prints the smallest input it found and ends
with an error; put that input into tests/support/mp4_museum.py when the reader is mended.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.support.mp4_media import RECIPES, make
from tests.support.mp4_museum import fragmented_file, plain_file, sealed_file
from tests.support.mp4_mutations import examine, mutated

ROUND = 2_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=5)
    end = time.monotonic() + 60 * parser.parse_args().minutes
    sources = [plain_file(), fragmented_file(), sealed_file()]
    with tempfile.TemporaryDirectory() as folder:
        sources += [make(Path(folder), name).read_bytes() for name in RECIPES]
    answers: Counter[str] = Counter()

    @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(mutated(sources))
    def target(data: bytes) -> None:
        answers[examine(data)] += 1

    while time.monotonic() < end:
        target()
        sys.stdout.write(f"{answers.total()} files: {answers['read']} read, {answers['refused']} refused\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
