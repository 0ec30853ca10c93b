"""Letters: complete and addressed right, their secrets nowhere else, and their failure visible."""

import re

import pytest
from celery.exceptions import Retry
from django.conf import settings as project
from prometheus_client import REGISTRY

from apps.accounts.links import digest_of
from apps.accounts.mail.notices import Notice
from apps.accounts.tasks import mail
from tests.factories import ClientUserFactory, InvitationFactory

pytestmark = pytest.mark.django_db


def link_in(text: str) -> str:
    return re.search(rf"{re.escape(project.BASE_URL)}/[\w/-]+", text)[0]


def counted(letter: str, outcome: str) -> float:
    return REGISTRY.get_sample_value("mails_total", {"letter": letter, "outcome": outcome}) or 0


@pytest.fixture
def no_mail_server(settings) -> None:
    """Nothing listens at port 1."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def test_an_invitation_names_who_invites_to_what_and_carries_one_link(mailoutbox) -> None:
    invitation = InvitationFactory(client__name="Smith & Sons <Ltd>", invited_by__name="Ada & Bob")
    mail.send_invitation(str(invitation.pk))
    (letter,) = mailoutbox
    (html,) = (text for text, kind in letter.alternatives if kind == "text/html")
    assert letter.to == [invitation.email]
    assert "Ada & Bob" in letter.subject
    assert "Smith & Sons <Ltd>" in letter.body
    assert "Smith &amp; Sons &lt;Ltd&gt;" in html
    assert link_in(letter.body) == link_in(html.split("</head>")[1])
    invitation.refresh_from_db()
    assert invitation.sent_at
    assert invitation.digest == digest_of(link_in(letter.body).rsplit("/", 1)[1])


def test_a_name_with_a_line_break_adds_no_header(mailoutbox) -> None:
    invitation = InvitationFactory(invited_by__name="Ada\nBcc: everybody@example.com")
    mail.send_invitation(str(invitation.pk))
    assert mailoutbox[0].subject.startswith("Ada Bcc: everybody@example.com invites")
    assert mailoutbox[0].recipients() == [invitation.email]


def test_a_second_letter_voids_the_first(mailoutbox) -> None:
    invitation = InvitationFactory()
    for _ in range(2):
        mail.send_invitation(str(invitation.pk))
    first, second = (digest_of(link_in(letter.body).rsplit("/", 1)[1]) for letter in mailoutbox)
    invitation.refresh_from_db()
    assert invitation.digest == second != first


def test_a_letter_that_cannot_be_sent_is_counted_tried_again_and_seen_in_the_row(no_mail_server) -> None:
    invitation, before = InvitationFactory(), counted("invitation", "failed")
    with pytest.raises(Retry):
        mail.send_invitation.apply((str(invitation.pk),), throw=True).get()
    assert counted("invitation", "failed") > before
    invitation.refresh_from_db()
    assert invitation.sent_at is None


def test_trying_again_is_bounded_and_slows_down() -> None:
    for task in (mail.send_invitation, mail.send_password_reset, mail.send_notice):
        assert task.max_retries == 8
        assert task.retry_backoff == 10
        assert task.acks_late


def test_a_person_is_told_of_a_change_at_the_address_that_they_left(mailoutbox) -> None:
    user = ClientUserFactory()
    mail.send_notice(str(user.pk), Notice.EMAIL_CHANGED, "old@example.com")
    mail.send_notice(str(user.pk), Notice.PASSWORD_CHANGED)
    assert [letter.to for letter in mailoutbox] == [["old@example.com"], [user.email]]
    assert "tell your administrator at once" in mailoutbox[0].body
    assert link_in(mailoutbox[1].body) == f"{project.BASE_URL}/forgot-password"


@pytest.mark.parametrize("notice", Notice)
def test_every_notice_has_its_sentence_in_subject_text_and_html(notice, mailoutbox) -> None:
    mail.send_notice(str(ClientUserFactory().pk), notice)
    (letter,) = mailoutbox
    for text in (letter.subject, letter.body, letter.alternatives[0].content):
        assert notice.label in text


def test_who_has_no_address_gets_no_letter(mailoutbox) -> None:
    mail.send_notice(str(ClientUserFactory(email="").pk), Notice.PASSWORD_CHANGED)
    assert not mailoutbox


def test_a_folder_takes_letters_where_the_environment_says_so(settings, tmp_path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    invitation = InvitationFactory()
    mail.send_invitation(str(invitation.pk))
    (file,) = tmp_path.iterdir()
    assert f"To: {invitation.email}" in file.read_text()
