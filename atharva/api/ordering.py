"""`?ordering=` of a list: some of its columns, each with a minus in front for descending."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter


class Ordering(OrderingFilter):
    """As REST framework's, but a column that is none is refused and not ignored."""

    def remove_invalid_fields(self, queryset: Any, fields: Any, view: Any, request: Any) -> list[str]:
        allowed = _terms(view)
        if wrong := [term for term in fields if term not in allowed]:
            raise ValidationError({self.ordering_param: [f"{term} is not one of them." for term in wrong]})
        return list(fields)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": self.ordering_param,
                "in": "query",
                "description": "By which columns, the first first; a minus in front for descending.",
                "style": "form",
                "explode": False,
                "schema": {"type": "array", "items": {"type": "string", "enum": _terms(view)}},
            }
        ]


def _terms(view: Any) -> list[str]:
    return [sign + column for column in view.ordering_fields for sign in ("", "-")]
