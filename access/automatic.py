"""May this request be approved without a human? Pure; a rule of a unit has to say so, and each such approval is reviewed later."""

from dataclasses import dataclass

from camera_registry.rule_book import Rules

_MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Facts:
    """What is known of a request. `today`: approvals without a human that the person had in the last 24 hours."""

    duration_us: int
    cameras: int
    age_us: int
    own_unit: bool
    asks_owner: bool
    today: int


def is_automatic(rules: Rules, facts: Facts) -> bool:
    return (
        rules.automatic_minutes > 0
        and facts.own_unit
        and not facts.asks_owner
        and facts.duration_us <= rules.automatic_minutes * _MINUTE_US
        and facts.cameras <= rules.automatic_cameras
        and facts.age_us <= rules.automatic_age_hours * 60 * _MINUTE_US
        and facts.today < rules.automatic_per_day
    )
