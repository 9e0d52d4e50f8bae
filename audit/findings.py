"""What a proof of the log looked at, and what it found."""

from dataclasses import dataclass, field

MOST_FINDINGS = 100


@dataclass
class Proof:
    """What was looked at, and what is wrong; nothing is, if `findings` is empty. `waiting` are not in the tree yet."""

    events: int = 0
    erased: int = 0
    waiting: int = 0
    size: int = 0
    checkpoints: int = 0
    stamps: int = 0
    findings: list[str] = field(default_factory=list)
    more: int = 0

    def find(self, text: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(text)
        else:
            self.more += 1
