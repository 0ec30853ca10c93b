from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: what it looked at, whether it is well, and what it saw or what to do."""

    subject: str
    ok: bool
    detail: str

    def __str__(self) -> str:
        return f"{'ok' if self.ok else 'problem':8} {self.subject}: {self.detail}"
