"""The closed list of rights, the roles, and which role has which rights: data, so that it can be read, printed and tested.

docs/ref/authorisation.md is generated from here.
"""

from collections.abc import Mapping
from enum import StrEnum

from foundation.errors import N_


class Right(StrEnum):
    """What one may do. Each value is also a scope that a token may be limited to."""

    REGISTRY_READ = "registry.read"
    REGISTRY_WRITE = "registry.write"
    OWNER_READ = "owner.read"
    RECORDED_READ = "recorded.read"
    FOOTAGE_FIND = "footage.find"
    FOOTAGE = "footage"
    FOOTAGE_IMPORT = "footage.import"
    REQUEST_MAKE = "request.make"
    REQUEST_READ = "request.read"
    REQUEST_DECIDE = "request.decide"
    USES_READ = "uses.read"
    HOLD_PLACE = "hold.place"
    HOLD_OVERSEE = "hold.oversee"
    ACCESS_READ = "access.read"
    DELETIONS_READ = "deletions.read"
    SUBJECTS_READ = "subjects.read"
    SUBJECTS_HANDLE = "subjects.handle"
    PEOPLE_MANAGE = "people.manage"
    METRICS_READ = "metrics.read"


class Role(StrEnum):
    HEAD = "head"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


RIGHT_TEXT: Mapping[Right, str] = {
    Right.REGISTRY_READ: N_("see units and cameras, without data of their owners"),
    Right.REGISTRY_WRITE: N_("register and change cameras and units"),
    Right.OWNER_READ: N_("see who owns a camera, and their telephone number"),
    Right.RECORDED_READ: N_("see what was recorded and what was not: timelines, coverage, recorders"),
    Right.FOOTAGE_FIND: N_("ask who saw a place at a time"),
    Right.FOOTAGE: N_("see footage, frames and clips, under a grant"),
    Right.FOOTAGE_IMPORT: N_("bring recordings in"),
    Right.REQUEST_MAKE: N_("ask for footage"),
    Right.REQUEST_READ: N_("see requests: one's own, and those of units that one decides for or looks after"),
    Right.REQUEST_DECIDE: N_("decide about requests of others, and review what was approved without a human"),
    Right.USES_READ: N_("see that a camera was used, when and for which class of purpose"),
    Right.HOLD_PLACE: N_("have footage of any camera kept, and renew and release what one placed oneself"),
    Right.HOLD_OVERSEE: N_("see, renew and release holds of others"),
    Right.ACCESS_READ: N_("see who accessed what"),
    Right.DELETIONS_READ: N_("see what footage was deleted, when and why"),
    Right.SUBJECTS_READ: N_("see the register of requests of data subjects, without who asked"),
    Right.SUBJECTS_HANDLE: N_("take, acknowledge and answer requests of data subjects, and see who asked"),
    Right.PEOPLE_MANAGE: N_("make accounts and give roles"),
    Right.METRICS_READ: N_("read the figures of the service"),
}

ROLE_TEXT: Mapping[Role, str] = {
    Role.HEAD: N_("neighbourhood head"),
    Role.OFFICER: N_("officer"),
    Role.SUPERVISOR: N_("supervisor"),
    Role.AUDITOR: N_("auditor"),
    Role.ADMINISTRATOR: N_("administrator"),
}

RIGHTS_OF: Mapping[Role, frozenset[Right]] = {
    Role.HEAD: frozenset(
        {
            Right.REGISTRY_READ,
            Right.REGISTRY_WRITE,
            Right.OWNER_READ,
            Right.RECORDED_READ,
            Right.FOOTAGE_IMPORT,
            Right.USES_READ,
            Right.SUBJECTS_READ,
            Right.SUBJECTS_HANDLE,
        }
    ),
    Role.OFFICER: frozenset(
        {
            Right.REGISTRY_READ,
            Right.RECORDED_READ,
            Right.FOOTAGE_FIND,
            Right.FOOTAGE,
            Right.FOOTAGE_IMPORT,
            Right.REQUEST_MAKE,
            Right.REQUEST_READ,
            Right.HOLD_PLACE,
        }
    ),
    Role.SUPERVISOR: frozenset(
        {
            Right.REGISTRY_READ,
            Right.RECORDED_READ,
            Right.FOOTAGE_FIND,
            Right.FOOTAGE,
            Right.REQUEST_MAKE,
            Right.REQUEST_READ,
            Right.REQUEST_DECIDE,
            Right.USES_READ,
            Right.HOLD_PLACE,
            Right.HOLD_OVERSEE,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Right.REGISTRY_READ,
            Right.RECORDED_READ,
            Right.ACCESS_READ,
            Right.DELETIONS_READ,
            Right.SUBJECTS_READ,
            Right.REQUEST_READ,
            Right.USES_READ,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Right.REGISTRY_READ,
            Right.REGISTRY_WRITE,
            Right.OWNER_READ,
            Right.RECORDED_READ,
            Right.FOOTAGE_IMPORT,
            Right.USES_READ,
            Right.DELETIONS_READ,
            Right.SUBJECTS_READ,
            Right.SUBJECTS_HANDLE,
            Right.PEOPLE_MANAGE,
            Right.METRICS_READ,
        }
    ),
}

NEVER_TOGETHER: frozenset[frozenset[Role]] = frozenset(
    {frozenset({Role.AUDITOR, Role.OFFICER}), frozenset({Role.AUDITOR, Role.SUPERVISOR})}
)
"""Pairs of roles that nobody may have on the same day: who looks at footage is not who looks after that."""

SECOND_FACTOR: frozenset[Role] = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR})
"""Roles for which a password alone opens nothing."""


def roles_with(right: Right) -> tuple[Role, ...]:
    """Return the roles that have `right`, in the order of the list of roles."""
    return tuple(role for role in Role if right in RIGHTS_OF[role])
