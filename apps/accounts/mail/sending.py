"""One letter, rendered and handed to the mail server."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from prometheus_client import Counter

MAILS = Counter("mails", "Letters to people by what became of them", ["letter", "outcome"])


def send(letter: str, *, to: str, subject: str, **context: object) -> None:
    """Send templates/mail/<letter> as text and as HTML.

    Raises OSError where the mail server does not answer or take it (SMTPException is one).
    """
    subject = " ".join(subject.split())  # a name in it may have come with a line break
    words = context | {"subject": subject, "base_url": settings.BASE_URL}
    mail = EmailMultiAlternatives(subject, render_to_string(f"mail/{letter}.txt", words), to=[to])
    mail.attach_alternative(render_to_string(f"mail/{letter}.html", words), "text/html")
    try:
        mail.send()
    except OSError:
        MAILS.labels(letter, "failed").inc()
        raise
    MAILS.labels(letter, "sent").inc()


def absolute(path: str) -> str:
    """The address of a page as it works outside of the site."""
    return f"{settings.BASE_URL.rstrip('/')}{path}"
