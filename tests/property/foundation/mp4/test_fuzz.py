"""Whatever a file says, the reader reads it or refuses it, within bounds. `python -m tests.fuzz.mp4_reader` runs longer."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.mp4_museum import fragmented_file, plain_file, sealed_file
from tests.support.mp4_mutations import examine, mutated


@settings(max_examples=1500, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mutated([plain_file(), fragmented_file(), sealed_file()]))
def test_a_mutated_file_is_read_or_refused(data: bytes) -> None:
    assert examine(data) in {"read", "refused"}


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert examine(data) in {"read", "refused"}
