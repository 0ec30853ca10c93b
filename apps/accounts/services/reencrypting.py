"""Turning the key: what an older key encrypted is written anew with the newest."""

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import transaction
from django.db.models import Model

from ..encryption import EncryptedTextField, cipher

BATCH = 500
# What allauth keeps encrypted (by our adapter) of a second factor.
SECRETS_OF_A_SECOND_FACTOR = ("secret", "seed")


def reencrypt() -> dict[str, int]:
    """Write every encrypted value anew; how many rows of each model that were. Twice does no harm."""
    written = {
        model._meta.label: _each(model, fields)
        for model in apps.get_models()
        if (fields := _encrypted(model))
    }
    written[Authenticator._meta.label] = _second_factors()
    return written


def _encrypted(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.fields if isinstance(field, EncryptedTextField)]


def _each(model: type[Model], fields: list[str]) -> int:
    """Row by row and each locked, so that a change made meanwhile is not written over."""
    keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            for row in model._default_manager.select_for_update().filter(pk__in=keys[start : start + BATCH]):
                row.save(update_fields=fields)
    return len(keys)


@transaction.atomic
def _second_factors() -> int:
    count = 0
    for row in Authenticator.objects.select_for_update():
        for name in set(SECRETS_OF_A_SECOND_FACTOR) & row.data.keys():
            row.data[name] = cipher().rotate(row.data[name].encode()).decode()
        row.save(update_fields=["data"])
        count += 1
    return count
