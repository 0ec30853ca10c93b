"""The letter that tells a person what became of their account, in case it was not them."""

from uuid import UUID

from django.db import models
from django.urls import reverse

from ..models import User
from .sending import absolute, send


class Notice(models.TextChoices):
    """What happened, with its sentence."""

    PASSWORD_CHANGED = "password_changed", "Your password was changed"
    USERNAME_CHANGED = "username_changed", "Your username was changed"
    EMAIL_CHANGED = "email_changed", "Your e-mail address was changed"
    SECOND_FACTOR_ADDED = "second_factor_added", "A second factor was added"
    SECOND_FACTOR_REMOVED = "second_factor_removed", "Your second factor was removed"


def send_notice(user_id: UUID, notice: Notice, *, address: str) -> None:
    """Tell the person at `address`, which may be one that they have just left; "" for their present one.

    Raises OSError where no mail can be sent.
    """
    user = User.objects.get(pk=user_id)
    if to := address or user.email:
        send(
            "notice",
            to=to,
            subject=f"{notice.label} at Atharva.AI",
            user=user,
            notice=notice,
            url=absolute(reverse("accounts:forgot_password")),
        )
