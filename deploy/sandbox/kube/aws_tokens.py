"""Signing in with AWS, as aws-iam-authenticator does it for EKS.

A token is `k8s-aws-v1.` and a pre-signed URL: the question "who am I?" to STS, which we put to it. An access
entry of the cluster then says who that role is here.
"""

from __future__ import annotations

import base64
import binascii
import logging
import re
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from yarl import URL

from .access import User

log = logging.getLogger(__name__)
PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
LONGEST_TOKEN = 4096
# From the signing; X-Amz-Expires may say less and nobody cares.
LASTS_SECONDS = 900
CACHED_SECONDS = 15.0
CALL_SECONDS = 5.0
STAMP = "%Y%m%dT%H%M%SZ"
# Anything else could make the question another one.
PARAMETERS = {
    "action",
    "version",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
    "x-amz-user-agent",
}
ASSUMED = re.compile(r"arn:aws:sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/(?P<session>.+)")


class BadToken(Exception):
    """The token is no question to STS of this cluster; the text says why, for the log only."""


class AwsTokens:
    """Asks the AWS at `url`, and never another."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._known: dict[tuple[str, str], tuple[float, User]] = {}

    async def user(self, cluster: str, token: str) -> User | None:
        """Who the bearer is in `cluster`; None for a bad token and for a role without an access entry."""
        known = self._known.get((cluster, token))
        if known and known[0] > time.monotonic():
            return known[1]
        try:
            question = self._question(token)
            found = await self._ask(cluster, question)
        except (BadToken, aiohttp.ClientError, TimeoutError) as problem:
            log.warning("cluster %s: no sign-in with AWS: %s", cluster, problem)
            return None
        if found is not None:
            self._remember((cluster, token), found)
        return found

    def _remember(self, key: tuple[str, str], user: User) -> None:
        now = time.monotonic()
        self._known = {each: one for each, one in self._known.items() if one[0] > now}
        self._known[key] = (now + CACHED_SECONDS, user)

    def _question(self, token: str) -> str:
        """The URL in a token. Raises BadToken."""
        if len(token) > LONGEST_TOKEN:
            raise BadToken("it is too long")
        text = token.removeprefix(PREFIX)
        try:
            url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise BadToken("it is no base64") from None
        parts, ours = urlsplit(url), urlsplit(self._url)
        if (parts.scheme, parts.netloc) != (ours.scheme, ours.netloc) or parts.path not in ("", "/"):
            raise BadToken(f"it asks {parts.scheme}://{parts.netloc}{parts.path}, not {self._url}")
        _check([(name.lower(), value) for name, value in parse_qsl(parts.query, keep_blank_values=True)])
        return url

    async def _ask(self, cluster: str, question: str) -> User | None:
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            headers = {CLUSTER_HEADER: cluster, "Accept": "application/json"}
            answer = await _get(session, URL(question, encoded=True), headers=headers)
            arn = answer["GetCallerIdentityResponse"]["GetCallerIdentityResult"]["Arn"]
            assumed = ASSUMED.fullmatch(arn)
            if assumed is None:
                raise BadToken(f"{arn} is no assumed role")
            role = f"arn:aws:iam::{assumed['account']}:role/{assumed['role']}"
            asked = {"cluster": cluster, "principal_arn": role}
            entry = (await _get(session, f"{self._url}/_sandbox/eks-identity", params=asked))["identity"]
        if entry is None:
            raise BadToken(f"no access entry names {role}")
        name = entry["username"].replace("{{SessionName}}", assumed["session"].replace("@", "-"))
        return User(name, (*entry["groups"], "system:authenticated"))


def _check(query: list[tuple[str, str]]) -> None:
    """Raise BadToken unless it is the one question, signed with the cluster's name, and young enough."""
    values = dict(query)
    if len(values) != len(query) or not values.keys() <= PARAMETERS:
        raise BadToken("it has parameters that the question does not have")
    if values.get("action") != "GetCallerIdentity":
        raise BadToken(f"it asks for {values.get('action')}")
    if CLUSTER_HEADER not in values.get("x-amz-signedheaders", "").split(";"):
        raise BadToken(f"{CLUSTER_HEADER} is not signed")
    expires = values.get("x-amz-expires", "")
    if not expires.isdigit() or int(expires) > LASTS_SECONDS:
        raise BadToken(f"X-Amz-Expires is {expires}")
    try:
        signed = datetime.strptime(values.get("x-amz-date", ""), STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise BadToken("X-Amz-Date is no date") from None
    if (datetime.now(UTC) - signed).total_seconds() > LASTS_SECONDS:
        raise BadToken(f"it was signed at {signed:%H:%M:%S} and has expired")


async def _get(session: aiohttp.ClientSession, url: URL | str, **more: Any) -> Any:
    async with session.get(url, allow_redirects=False, **more) as response:
        if response.status != 200:
            raise BadToken(f"AWS answers {response.status}: {(await response.text())[:300]}")
        return await response.json()
