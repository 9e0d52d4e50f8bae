"""A recorded file into sealed segments in the store, run by run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from foundation.storage import ObjectStore
from ingest.grouping import Grouping
from ingest.import_catalogue import RunDraft
from ingest.notices import Notices
from ingest.recorded_file import RecordedFile
from ingest.samples import Group
from ingest.segment_writer import SegmentWriter, Step
from ingest.segmenter import continues, opening_for


@dataclass(frozen=True)
class Cutting:
    """What was made: the runs, and the media time that stands for the start of the recording."""

    runs: list[RunDraft]
    origin: int


@dataclass
class SegmentCutter:
    """Segments are written in `folder` one at a time and put into the store under `prefix` as they are sealed.

    `tell` is called with the bytes of media read so far.
    """

    store: ObjectStore
    folder: Path
    prefix: str
    step: Step
    tell: Callable[[int], None]
    runs: list[RunDraft] = field(default_factory=list)
    _writer: SegmentWriter | None = None

    def cut(self, source: RecordedFile, notices: Notices) -> Cutting:
        """Read `source` to its end. Raises what reading and the store raise; files that are open are closed."""
        grouping = Grouping(notices)
        try:
            for group in self._groups(source, grouping):
                self._take(group)
            self._seal()
        finally:
            if self._writer is not None:
                self._writer.abandon()
        return Cutting(self.runs, grouping.origin or 0)

    def _groups(self, source: RecordedFile, grouping: Grouping) -> Iterator[Group]:
        done = 0
        for sample in source.samples():
            done += len(sample.data)
            for group in grouping.feed(sample):
                self.tell(done)
                yield group
        yield from grouping.finish()

    def _take(self, group: Group) -> None:
        if self._writer is not None and not continues(self._writer.opened, group):
            self._seal()
        if self._writer is None:
            if group.begins_run or not self.runs:
                self.runs.append(RunDraft())
            number = sum(len(run.files) for run in self.runs) + 1
            sound = group.sound[0].coding if group.sound else None
            self._writer = SegmentWriter(self.folder / f"{number:05}.mp4", opening_for(group, sound))
        self._writer.append(group)
        self.runs[-1].end_reason = None if group.ends is None else str(group.ends)

    def _seal(self) -> None:
        if self._writer is None:
            return
        sealed = self._writer.seal(self.step)
        self._writer = None
        key = f"{self.prefix}{sealed.path.name}"
        self.store.put_file(key, sealed.path)
        self.runs[-1].files.append(sealed)
        self.runs[-1].keys.append(key)
        self.step("segment stored")
