"""What a request's body says, as strictly as the schema promises it."""

import re
from decimal import Decimal
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

PLAIN_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
NO_NUL = r"^[^\x00]*$"
NOT_BLANK = r"^[^\x00]*[^\s\x00][^\x00]*$"


class Body(serializers.Serializer[Any]):
    """Each value has the JSON type of its field: REST framework would make a text of a number in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            wrong = [n for n, field in self.fields.items() if n in data and not _fits(field, data[n])]
            if wrong:
                raise serializers.ValidationError({n: ["Not of the type that is asked for."] for n in wrong})
        return super().to_internal_value(data)


class KnownFieldsOnly(Body):
    """Refuses a field that it does not know: a mistyped rule must not be ignored in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := [name for name in data if name not in self.fields]):
            raise serializers.ValidationError({str(name): ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


def _fits(field: Any, value: Any) -> bool:
    """Whether the JSON value is of the field's type; what REST framework itself is strict about fits."""
    match field:
        case _ if value is None or field.read_only:
            return True
        case serializers.ListField():
            return isinstance(value, list) and all(_fits(field.child, item) for item in value)
        case serializers.DecimalField():
            return isinstance(value, str) and PLAIN_DECIMAL.fullmatch(value) is not None
        case serializers.CharField() | serializers.UUIDField():
            return isinstance(value, str)
        case serializers.BooleanField():
            return isinstance(value, bool)
        case serializers.IntegerField():
            return isinstance(value, int | float) and not isinstance(value, bool)
    return True


class BodySchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # its metaclass has no types
    """What drf-spectacular leaves out of a body: blank texts, bounds of decimals, unknown fields."""

    target_class = Body
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        for name, field in self.target.fields.items():
            if not field.read_only:
                _narrow(schema["properties"][name], field)
        if type(self.target).__doc__ is None:
            schema.pop("description", None)
        if isinstance(self.target, KnownFieldsOnly):
            schema["additionalProperties"] = False
        return schema


def _narrow(schema: dict[str, Any], field: Any) -> None:
    match field:
        case serializers.ListField():
            _narrow(schema["items"], field.child)
        case serializers.DecimalField():
            schema["pattern"] = _decimal_pattern(field)
        case serializers.CharField() if "pattern" not in schema and "format" not in schema:
            schema["pattern"] = NO_NUL if field.allow_blank or not field.trim_whitespace else NOT_BLANK
            if not field.allow_blank:
                schema["minLength"] = 1


def _decimal_pattern(field: Any) -> str:
    """From 0 to the field's largest value, a power of ten; where it has none, to what its digits hold."""
    places = rf"(\.[0-9]{{1,{field.decimal_places}}})?"
    whole = field.max_digits - field.decimal_places
    if field.max_value is None:
        return rf"^[0-9]{{1,{whole}}}{places}$"
    most = Decimal(field.max_value)
    digits = len(str(int(most))) - 1
    below = rf"[0-9]{{1,{digits}}}" if digits else "0"
    return rf"^({below}{places}|{int(most)}(\.0{{1,{field.decimal_places}}})?)$"
