"""Storing what a person typed: what does not fit is said of the field."""

from django.core.exceptions import ValidationError
from django.db import models

from apps.fleet.errors import ConnectionInvalid


def save_checked(row: models.Model, what: str) -> None:
    """Save a row. Raises ConnectionInvalid naming the first field that does not fit."""
    check_fields(row, what)
    row.save()


def check_fields(row: models.Model, what: str) -> None:
    """Raise ConnectionInvalid naming the first field of a row that does not fit."""
    try:
        row.clean_fields()
    except ValidationError as error:
        field, reasons = next(iter(error.message_dict.items()))
        why = reasons[0].rstrip(".").lower()
        raise ConnectionInvalid(what=f"{what}'s {field}", value=getattr(row, field), why=why) from error
