"""Fills secrets of type service-account-token, and takes their tokens back with the secret or the account."""

from __future__ import annotations

import base64

from ..access import Access, service_account
from ..facts import is_ending
from ..kinds import SECRETS, SERVICEACCOUNTS, Obj
from ..store import Change, Key
from ..validation import ACCOUNT_NAME, TOKEN_SECRET
from ..writes import DeleteOptions, delete
from .base import Desk, ObjectController

ACCOUNT_UID = "kubernetes.io/service-account.uid"


class TokenSecrets(ObjectController):
    """Keys are secrets'."""

    notices = {SECRETS: "notice", SERVICEACCOUNTS: "mark_secrets"}

    def __init__(self, desk: Desk, access: Access, ca: str) -> None:
        super().__init__(desk)
        self._access = access
        self._ca = ca

    def notice(self, change: Change) -> None:
        secret = change.record.obj
        if secret.get("type") != TOKEN_SECRET:
            return
        if change.type != "DELETED":
            self.mark_object(change)
        elif token := (secret.get("data") or {}).get("token"):
            self._access.revoke(base64.b64decode(token).decode())

    def mark_secrets(self, change: Change) -> None:
        namespace, name = change.record.key
        for secret in self.store.all(SECRETS, namespace):
            if _account(secret.obj) == name:
                self.mark(secret.key)

    def reconcile(self, key: Key) -> None:
        secret = self.store.get(SECRETS, *key)
        if secret is None or is_ending(secret.obj):
            return
        account = self.store.get(SERVICEACCOUNTS, key[0], _account(secret.obj))
        wanted_uid = _annotations(secret.obj).get(ACCOUNT_UID)
        if account is None or wanted_uid not in (None, account.uid):
            # The account may be made after its secret; one whose account is gone goes too.
            if wanted_uid:
                delete(self.store, secret, DeleteOptions())
            return
        if (secret.obj.get("data") or {}).get("token"):
            return
        token = self._access.issue(service_account(key[0], account.key[1]))
        filled = {"token": token, "ca.crt": self._ca, "namespace": key[0]}

        def fill(obj: Obj) -> None:
            data = {name: base64.b64encode(text.encode()).decode() for name, text in filled.items()}
            obj["data"] = {**(obj.get("data") or {}), **data}
            obj["metadata"].setdefault("annotations", {})[ACCOUNT_UID] = account.uid

        self.store.edit(secret, fill)


def _annotations(obj: Obj) -> Obj:
    return obj["metadata"].get("annotations") or {}


def _account(secret: Obj) -> str:
    return str(_annotations(secret).get(ACCOUNT_NAME, ""))
