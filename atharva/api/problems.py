"""What goes wrong, as classes: a code, a sentence that names the thing, and a way out.

Every app's errors.py subclasses these; the API, the pages and the commands show them, and docs/errors.md is
generated from them.
"""

from typing import ClassVar


class Problem(Exception):
    """A condition that the product names. Keyword arguments fill the message and the hint."""

    code: ClassVar[str] = "problem"
    message: ClassVar[str] = "Something went wrong."
    hint: ClassVar[str] = ""
    status: ClassVar[int] = 500

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """What happened and what to do about it."""
        return f"{self.message} {self.hint}".strip().format(**self.details)

    def __str__(self) -> str:
        return self.sentence

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.details)


def _rebuild(kind: type[Problem], details: dict[str, object]) -> Problem:
    return kind(**details)


class Malformed(Problem):
    """The request cannot be read."""

    code, status = "malformed", 400


class Missing(Problem):
    """Unknown, or another tenant's: the two are never told apart."""

    code, status = "not_found", 404
    message = "There is no {what} {id} here."


class Conflict(Problem):
    """Not in the present state of things."""

    code, status = "conflict", 409


class Refusal(Problem):
    """Understood, and not allowed."""

    code, status = "refused", 422


class Unavailable(Problem):
    """Something that we depend on does not answer; it is worth trying again."""

    code, status = "unavailable", 503
