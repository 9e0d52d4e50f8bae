"""What the reasons of gaps mean, as people read them."""

from foundation.errors import N_
from ingest.index.records import GapReason

GAP_TEXT: dict[GapReason, str] = {
    GapReason.NOT_REGISTERED: N_("before the camera was registered, and nothing older was imported"),
    GapReason.NOT_RECORDED: N_("no recording has reached us"),
    GapReason.FUTURE: N_("still to come"),
    GapReason.DELETED: N_("deleted when its retention ended"),
    GapReason.FILE_END: N_("the imported recording ends there"),
    GapReason.FILE_BROKEN: N_("the imported recording has a hole there"),
    GapReason.STOPPED: N_("recording was stopped"),
    GapReason.SIGN_IN_REFUSED: N_("the camera refused the sign-in"),
    GapReason.OUTSIDE_NETWORKS: N_("the address lies outside the networks that this house allows"),
    GapReason.UNREACHABLE: N_("the camera could not be reached"),
    GapReason.STALLED: N_("the camera sent nothing"),
    GapReason.GARBLED: N_("the camera sent what cannot be read"),
    GapReason.CODEC_CHANGE: N_("the camera changed its coding"),
    GapReason.CLOCK_STEP: N_("the clock was set"),
    GapReason.DISK_FULL: N_("the disk was full"),
    GapReason.DISK_FAILED: N_("the disk could not be written"),
    GapReason.STORE_AWAY: N_("the object store did not answer, and the room for waiting footage was full"),
    GapReason.OVERLOADED: N_("the recorder could not keep up"),
    GapReason.FAILED: N_("the recorder failed; its log tells more"),
    GapReason.KILLED: N_("the recorder was killed"),
}

_OF_CLIPS = {
    "undecodable": N_("recorded, but the pictures that it leans on were deleted"),
    "strict": N_("left out, as a strict clip cannot begin or end there"),
    "unknown": N_("the index has nothing there, and no reason for it"),
}
"""Reasons that only a clip has."""


def gap_text(reason: str) -> str:
    """Return what the reason of a gap in a receipt means; of one that is newer than we are, that nobody knows."""
    if reason in frozenset(GapReason):
        return GAP_TEXT[GapReason(reason)]
    return _OF_CLIPS.get(reason, _OF_CLIPS["unknown"])
