"""Letters are sent by workers. What is secret in one is made there, so that no broker ever holds it."""

from functools import partial
from uuid import UUID

from apps.accounts.mail.invitations import send_invitation as mail_invitation
from apps.accounts.mail.notices import Notice
from apps.accounts.mail.notices import send_notice as mail_notice
from apps.accounts.mail.passwords import send_password_reset as mail_password_reset
from celery_app import app

# Tries within about an hour: 10 s after the first, then ever later. After that a person has to ask again.
letter = partial(
    app.task,
    autoretry_for=(OSError,),
    retry_backoff=10,
    retry_backoff_max=1200,
    max_retries=8,
    acks_late=True,
    time_limit=60,
)


@letter()
def send_invitation(invitation_id: str) -> None:
    mail_invitation(UUID(invitation_id))


@letter()
def send_password_reset(name: str) -> None:
    mail_password_reset(name)


@letter()
def send_notice(user_id: str, notice: str, address: str = "") -> None:
    mail_notice(UUID(user_id), Notice(notice), address=address)
