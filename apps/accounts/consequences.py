"""What a change of a person entails, in words: said before it is made."""

from dataclasses import dataclass

from .models import Client, Role, User, UserStatus
from .selectors.people import Departure


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person's access as it shall be."""

    name: str
    role: Role
    status: UserStatus
    client: Client | None

    def differs_from(self, person: User) -> bool:
        return self.name != person.name or self.ends_access_of(person)

    def ends_access_of(self, person: User) -> bool:
        """Whether it is another role, status or tenant: then nothing of before holds any more."""
        there = (person.role, person.status, person.client)
        return (self.role, self.status, self.client) != there


Fact = tuple[str, str]


def of_change(person: User, wanted: Wanted, departure: Departure) -> list[Fact]:
    """What differs, and what ends with it. Each fact is a term and what it comes to."""
    facts = []
    if wanted.name != person.name:
        facts.append(("Name", f"{person.name or 'none'} → {wanted.name}"))
    if wanted.role != person.role:
        facts.append(("Role", f"{Role(person.role).label} → {wanted.role.label}"))
    if wanted.status != person.status:
        facts.append(("Status", f"{UserStatus(person.status).label} → {wanted.status.label}{_then(wanted)}"))
    if wanted.client != person.client:
        facts.append(("Tenant", f"{person.client or 'none'} → {wanted.client or 'none'}"))
        facts += _of_tenant(person.client, departure)
    if wanted.ends_access_of(person):
        facts.append(("Ends at once", _ends(departure)))
    return facts


def of_deletion(person: User, departure: Departure) -> list[Fact]:
    """What goes, what is free again, and what stays."""
    facts = [("Ends at once", _ends(departure))]
    if departure.invitations:
        facts.append(("Withdrawn", f"{_count(departure.invitations, 'invitation')} that they sent"))
    facts.append(("Free again", f"{person.username}, for somebody new"))
    facts.append(("Stays", "what they did, in the audit trail; their data is archived, not erased"))
    return facts + _of_tenant(person.client, departure)


def _ends(departure: Departure) -> str:
    held = [
        _count(departure.sign_ins, "sign-in") + " over the API" if departure.sign_ins else "",
        _count(departure.api_tokens, "API token") if departure.api_tokens else "",
    ]
    return ", ".join(["every session in a browser", *filter(None, held)])


def _of_tenant(client: Client | None, departure: Departure) -> list[Fact]:
    if client is None or not departure.is_last_of_tenant:
        return []
    if departure.holds:
        return [(client.name, f"has nobody left then; it stays, for {' and '.join(departure.holds)}")]
    return [(client.name, "has nobody and nothing left then: it is archived too")]


def _then(wanted: Wanted) -> str:
    return ": cannot sign in until opened again" if wanted.status == UserStatus.BLOCKED else ""


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
