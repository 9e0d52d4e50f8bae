"""The two failures of this package: bytes that cannot be read, and samples that cannot be written."""

from foundation.errors import N_, BadInput, MatPhoError


class Mp4Unreadable(BadInput):
    """`where` is the box path and the byte offset, `why` the broken rule in technical English, for the expert."""

    code = "mp4_unreadable"
    message = N_("The MP4 data cannot be read at {where}: {why}")
    mend = N_("Copy the file again from its source, or repair it with a tool such as ffmpeg, then repeat")

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where=where, why=why)


class Mp4Unwritable(MatPhoError):
    """A caller of ours asked for what the format cannot say; `why` names the rule. Never the fault of an input."""

    code = "mp4_unwritable"
    message = N_("The MP4 data cannot be written: {why}")

    def __init__(self, why: str) -> None:
        super().__init__(why=why)
