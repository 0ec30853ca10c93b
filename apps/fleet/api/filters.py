"""What the query string of a list may say; anything else it says there is refused."""

from typing import Any

from django.db.models import Q
from django.http import QueryDict
from rest_framework import serializers

from ..statuses import NoticeKind, SwitchState


class SwitchFilters(serializers.Serializer[None]):
    state = serializers.MultipleChoiceField(choices=SwitchState.choices, required=False)
    open = serializers.BooleanField(required=False, allow_null=True, default=None)


class NoticeFilters(serializers.Serializer[None]):
    kind = serializers.MultipleChoiceField(choices=NoticeKind.choices, required=False)
    unread = serializers.BooleanField(required=False, allow_null=True, default=None)


def switches_asked(query: QueryDict) -> Q:
    """The condition of `?state=a&state=b&open=true`. Raises ValidationError."""
    asked = _read(SwitchFilters, query)
    condition = Q(state__in=asked["state"]) if asked.get("state") else Q()
    return condition & _null("finished_at", asked["open"])


def notices_asked(query: QueryDict) -> Q:
    """The condition of `?kind=a&unread=true`. Raises ValidationError."""
    asked = _read(NoticeFilters, query)
    condition = Q(kind__in=asked["kind"]) if asked.get("kind") else Q()
    return condition & _null("read_at", asked["unread"])


def _null(field: str, wanted: bool | None) -> Q:
    return Q() if wanted is None else Q(**{f"{field}__isnull": wanted})


def _read(filters: type[serializers.Serializer[None]], query: QueryDict) -> dict[str, Any]:
    body = filters(data=query)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
