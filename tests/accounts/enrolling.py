"""People with a second factor, and the authenticator app in their hand."""

import time
from dataclasses import dataclass
from datetime import timedelta

import time_machine
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import second_factor

PERIOD = 30


@dataclass(frozen=True, slots=True)
class App:
    """An authenticator app that holds one secret."""

    secret: str

    def code(self, *, periods: int = 0) -> str:
        """What it shows now, or so many periods of 30 s later."""
        return format_hotp_value(hotp_value(self.secret, int(time.time()) // PERIOD + periods))

    def wrong_code(self) -> str:
        """Six digits that it shows at no time near."""
        near = {self.code(periods=periods) for periods in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in near)


def enrolled(user: User) -> tuple[App, list[str]]:
    """The app of a person who enrolled a minute ago, and their recovery codes."""
    app = App(generate_totp_secret())
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        return app, second_factor.confirm_enrolment(user, secret=app.secret, code=app.code())
