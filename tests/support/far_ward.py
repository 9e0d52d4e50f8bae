"""A ward in a folder that only a nursery sees, or may touch: it is asked by processes of the nursery."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from foundation.database import create_engine
from tests.support.live_ward import Ward, furnish
from tests.support.nursery import Life, Nursery
from tests.support.recorder_process import Plan, record

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class FarWard:
    forks: Nursery
    plan: Plan
    cameras: tuple[int, ...]

    def start(self) -> Life:
        """Let a recorder begin."""
        return self.forks.start(record, self.plan)

    def ask(
        self, what: Callable[Concatenate[Ward, Asked], Answer], *arguments: Asked.args, **named: Asked.kwargs
    ) -> Answer:
        """Return what the ward answers; `what` is a method of `Ward`, or a function of one."""
        found: Answer = self.forks.call(_ask, self.plan, self.cameras, what, arguments, named)
        return found

    def each(self, what: Callable[[Ward, int], Answer]) -> list[Answer]:
        """Return the answer for each camera."""
        return self.forks.call(_each, self.plan, self.cameras, what)


def settle(
    forks: Nursery, template: Path, data: Path, port: int, cameras: tuple[int, ...], options: Mapping[str, Any]
) -> FarWard:
    """Make a ward of cameras of the street at `port` in the folder `data`, with a copy of the catalogue `template`."""
    plan = Plan(f"sqlite:///{data / 'catalogue.sqlite'}", data, options)
    forks.call(_found, template, plan, port, cameras)
    return FarWard(forks, plan, cameras)


def _found(template: Path, plan: Plan, port: int, cameras: tuple[int, ...]) -> None:
    plan.data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, plan.data / "catalogue.sqlite")
    engine = create_engine(plan.url)
    furnish(engine, plan.data, port, cameras)
    engine.dispose()


def _ask(
    plan: Plan, cameras: tuple[int, ...], what: Callable[..., Answer], arguments: tuple[Any, ...], named: dict[str, Any]
) -> Answer:
    engine = plan.engine()
    try:
        return what(Ward(engine, plan.store(), plan.spool, cameras), *arguments, **named)
    finally:
        engine.dispose()


def _each(plan: Plan, cameras: tuple[int, ...], what: Callable[[Ward, int], Answer]) -> list[Answer]:
    return _ask(plan, cameras, _of_all, (what,), {})


def _of_all(ward: Ward, what: Callable[[Ward, int], Answer]) -> list[Answer]:
    return [what(ward, camera) for camera in ward.cameras]
