"""What each caller is answered, route by route. A route that is not here fails the test."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.security.people import SIGNED_OUT, Who

TO_SIGN_IN, NO_ROLE, UNKNOWN, NO_CREDENTIALS = 302, 403, 404, 401
PEOPLE = (Who.OTHER, Who.CLIENT, Who.LAB, Who.ADMIN)

Answers = Mapping[Who, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom a route is for. The statuses of those whom it is not for follow from whether it is the API's."""

    name: str
    admitted: tuple[Who, ...]
    without_role: tuple[Who, ...] = ()
    to_whom_it_is_unknown: tuple[Who, ...] = ()

    def answers(self, ok: int, *, api: bool) -> Answers:
        signed_out = (
            {}
            if set(SIGNED_OUT) <= set(self.admitted)
            else dict.fromkeys(SIGNED_OUT, NO_CREDENTIALS if api else TO_SIGN_IN)
        )
        return {
            **signed_out,
            **dict.fromkeys(self.without_role, NO_ROLE),
            **dict.fromkeys(self.to_whom_it_is_unknown, UNKNOWN),
            **dict.fromkeys(self.admitted, ok),
        }


ANYBODY = Rule("anybody", (*SIGNED_OUT, *PEOPLE))
# Open to strangers; but a token that is sent has to hold.
NOT_BY_A_BAD_TOKEN = Rule("anybody without a bad token", (Who.ANONYMOUS, *PEOPLE))
SIGNED_IN = Rule("whoever is signed in", PEOPLE)
ADMINS = Rule("admins", (Who.ADMIN,), without_role=(Who.OTHER, Who.CLIENT, Who.LAB))
RESEARCHERS = Rule("lab and admins", (Who.LAB, Who.ADMIN), without_role=(Who.OTHER, Who.CLIENT))
# A thing of one tenant: to another tenant's people it does not exist.
ITS_TENANT = Rule(
    "its tenant and admins",
    (Who.CLIENT, Who.ADMIN),
    without_role=(Who.LAB,),
    to_whom_it_is_unknown=(Who.OTHER,),
)
# A list of whatever one may see.
TENANTS = Rule("tenants and admins", (Who.OTHER, Who.CLIENT, Who.ADMIN), without_role=(Who.LAB,))
# A thing of the client's person alone.
ITS_PERSON = Rule("its person", (Who.CLIENT,), to_whom_it_is_unknown=(Who.OTHER, Who.LAB, Who.ADMIN))


@dataclass(frozen=True, slots=True)
class Row:
    """`ok` is what those are answered whom the route is for, when `sent` comes with the request.

    `signed_in` is what a page for strangers answers somebody who is signed in already.
    """

    rule: Rule
    ok: int
    signed_in: int | None = None
    sent: Mapping[str, str] = field(default_factory=dict)

    def answers(self, *, api: bool) -> Answers:
        found = dict(self.rule.answers(self.ok, api=api))
        if self.signed_in is not None:
            found |= dict.fromkeys(PEOPLE, self.signed_in)
        return found
