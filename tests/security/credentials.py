"""What people are really given when they sign in."""

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.test import Client as Browser
from rest_framework_simplejwt.tokens import AccessToken

from apps.accounts.models import User
from apps.accounts.services.sessions import open_family


def access_token(user: User) -> str:
    return open_family(user).access


def expired_access_token(user: User) -> str:
    """One whose time ran out a second ago; all else about it is right."""
    token = AccessToken(open_family(user).access)
    token.set_exp(lifetime=-timedelta(seconds=1))
    return str(token)


def session_cookie(user: User) -> str:
    browser = Browser()
    browser.force_login(user)
    return browser.cookies["atharva_session"].value


def expired_session_cookie(user: User) -> str:
    """Of a session whose time ran out."""
    key = session_cookie(user)
    session = SessionStore(key)
    session.load()
    session.set_expiry(-1)
    session.save()
    return key
