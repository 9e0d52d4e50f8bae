"""Whatever a device answers: no error but that it cannot be read and nothing of another machine."""

from hypothesis import HealthCheck, given, settings

from tests.support.onvif_answers import answers, examine


def test_no_answer_harms_the_reader() -> None:
    told: set[str] = set()

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(answers())
    def harmless(data: bytes) -> None:
        told.add(examine(data).partition(":")[0])

    harmless()
    assert {"read", "refused"} <= told
