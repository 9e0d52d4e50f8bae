"""Whatever a camera sends once it plays, and wherever it is cut: no error, and never more held than is allowed."""

from hypothesis import HealthCheck, given, settings

from tests.support.received_bytes import Heard, examine, received

ENDS = {"goes on", "garbled", "unreachable", "sign_in_refused", "stalled"}


def test_no_bytes_harm_the_receive_path() -> None:
    told: set[str] = set()

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(received())
    def harmless(heard: Heard) -> None:
        told.add(examine(heard))

    harmless()
    assert {ended.split(",")[0] for ended in told} <= ENDS
    assert {"goes on, some of it recorded", "garbled, some of it recorded"} <= told
