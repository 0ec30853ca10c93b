"""What a person ends of what they are signed in with."""

from django.db import transaction

from ..models import EndedBecause, TokenFamily, User
from . import audit
from .sessions import end_family, end_sessions


@transaction.atomic
def end_sign_in(family: TokenFamily, *, by: User) -> None:
    """End one sign-in over the API; its tokens hold no longer."""
    end_family(str(family.pk))
    origin = {"address": family.address, "user_agent": family.user_agent}
    audit.record("sign_in_ended", target=family, by=by, client=family.user.client, before=origin)


@transaction.atomic
def sign_out_everywhere(user: User) -> None:
    """End every session, sign-in and API token of a person."""
    end_sessions(user, because=EndedBecause.SIGNED_OUT)
    audit.record("signed_out_everywhere", target=user, by=user, client=user.client)
