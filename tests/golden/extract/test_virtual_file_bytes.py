"""The bytes of clips, tied to FORMAT_VERSION: an ETag and a receipt promise that the same clip is the same bytes.

To change them on purpose: raise `FORMAT_VERSION` in extract/virtual_file.py, look at what is different (the failing
test keeps the new file in its temporary folder), put the new digests here and the new file beside this module, and say
in CHANGELOG.md what changed. Clips made before then have other bytes, and their receipts say which version they had.
"""

import hashlib
from pathlib import Path

import pytest

from extract.virtual_file import FORMAT_VERSION
from tests.support.golden_clips import CASES, clip, whole

GOLDEN_VERSION = 1
GOLDEN = {
    "exact": "d7ee46195284c6c481a9d3fee9bc00123ba814e42f705fa35fd7d659759b5776",
    "exact over a gap, with sound and times": "f2f1f4e1f75f531fa53024da2b3e127aa1f7e5a7c2c97d7e29bd4b82ca63cee3",
    "keyframe": "fed752cb7f949cc18de595b965017518b64e81566627fef8b08376bdca1d231b",
    "strict, with sound": "2238a45e1eb272788c17cf8aa74daa63ef9269c1d95c8a6fea1217e3cf3c39a4",
    "one frame": "c80769371f5d9b4632472a10cf2e69cc35fddbb0c50ef6dabb59d42a6c7670ea",
}
ETAGS = {
    "exact": "fce20ecd092cfa70c278e8dc1497cf54218b26c3",
    "exact over a gap, with sound and times": "2de7399e43024bbc2d854120b45ad65ad1b620a2",
    "keyframe": "43b4c4b6a97134bb935aece42080991dda091f51",
    "strict, with sound": "83e52c7a60843fcbf0640442e44ec354ee059a8f",
    "one frame": "59a4ad7035b285b0f02ebe75a8c43e06d8207445",
}
FILE = Path(__file__).with_name(f"clip-v{FORMAT_VERSION}.mp4")


@pytest.mark.parametrize("name", CASES)
def test_bytes_change_only_with_the_format_version(name: str) -> None:
    assert FORMAT_VERSION == GOLDEN_VERSION
    assert hashlib.sha256(whole(clip(CASES[name]))).hexdigest() == GOLDEN[name]


@pytest.mark.parametrize("name", CASES)
def test_etags_stay(name: str) -> None:
    assert clip(CASES[name]).etag == ETAGS[name]


def test_the_whole_file_is_as_committed(tmp_path: Path) -> None:
    found = whole(clip(CASES["exact over a gap, with sound and times"]))
    (tmp_path / FILE.name).write_bytes(found)
    assert found == FILE.read_bytes()
