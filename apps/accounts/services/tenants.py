"""Tenants as they come and go with their people."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..errors import CompanyTaken, TenantGone
from ..models import Client, User
from ..selectors.tenants import OPEN, holds_of
from . import audit


@transaction.atomic
def create_client(name: str, *, by: User | None) -> Client:
    """A new tenant. Raises CompanyTaken."""
    name = name.strip()
    if Client.objects.filter(name__iexact=name, deleted_at=None).exists():
        raise CompanyTaken(company=name)
    try:
        with transaction.atomic():
            client = Client.objects.create(name=name)
    except IntegrityError as error:  # somebody else has just made it
        raise CompanyTaken(company=name) from error
    audit.record("client_created", target=client, by=by, client=client, after={"name": name})
    return client


def hold(client: Client) -> Client:
    """The living tenant as it is now, which is archived by nobody meanwhile. Raises TenantGone."""
    held = _held(client)
    if held is None:
        raise TenantGone
    return held


def archive_if_empty(client: Client, *, by: User) -> None:
    """Archive a tenant that has nobody and nothing left; its name is free from then on."""
    held = _held(client)
    # Whoever accepts an invitation at this moment is waited for, and then seen.
    list(client.invitations.select_for_update(no_key=True).filter(OPEN))
    if held is None or held.people.filter(deleted_at=None).exists() or holds_of(held):
        return
    held.deleted_at = timezone.now()
    held.save(update_fields=["deleted_at"])
    audit.record("client_archived", target=held, by=by, client=held)


def _held(client: Client) -> Client | None:
    return Client.objects.select_for_update(no_key=True).filter(pk=client.pk, deleted_at=None).first()
