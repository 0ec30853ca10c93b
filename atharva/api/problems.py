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


# -------------------------------------------------------------- the conversation itself


class ValidationFailed(Malformed):
    """`details` names each field and what is wrong with it."""

    code = "validation_failed"
    message = "Some fields are missing or malformed."
    hint = "The details name each of them."


class BodyUnreadable(Malformed):
    code = "body_unreadable"
    message = "The request's body cannot be read: {why}"


class NotSignedIn(Problem):
    code, status = "not_signed_in", 401
    message = "This needs a signed-in person."
    hint = "Send an access token as `Authorization: Bearer …`, or sign in."


class CredentialsExpired(Problem):
    code, status = "credentials_expired", 401
    message = "The token or session does not hold any more."
    hint = "Sign in again, or fetch a new access token with the refresh token."


class Forbidden(Problem):
    code, status = "forbidden", 403
    message = "Your role does not allow this."


class CrossSite(Problem):
    code, status = "cross_site_request", 403
    message = "The request lacks its CSRF token."
    hint = "Send the cookie's value as X-CSRFToken, or use an access token."


class NoSuchPath(Missing):
    code = "no_such_path"
    message = "There is nothing at this address."


class MethodNotAllowed(Problem):
    code, status = "method_not_allowed", 405
    message = "This address does not take {method}."


class NotAcceptable(Problem):
    code, status = "not_acceptable", 406
    message = "The answer cannot be given in the form that the request asks for."


class TooLarge(Problem):
    code, status = "too_large", 413
    message = "The request is larger than this address takes."


class UnsupportedMediaType(Problem):
    code, status = "unsupported_media_type", 415
    message = "The body's media type is not taken here."


class TooManyRequests(Problem):
    code, status = "too_many_requests", 429
    message = "Too many requests."
    hint = "Try again in {retry_after} seconds."


class ServerFailed(Problem):
    code, status = "server_failed", 500
    message = "The server failed to answer."
    hint = "The answer's X-Request-ID finds the reason in the logs."


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    message = "The database does not answer."
    hint = "Try again in a moment."
