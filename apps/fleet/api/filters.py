"""What the query string of a list may say; anything else it says there is refused."""

from django.db.models import Q
from django.http import QueryDict
from rest_framework import serializers

from atharva.api.queries import Query

from ..statuses import LaunchState, NoticeKind, SwitchState


class SwitchFilters(Query):
    state = serializers.MultipleChoiceField(choices=SwitchState.choices, required=False)
    open = serializers.BooleanField(required=False, allow_null=True, default=None)


class LaunchFilters(Query):
    state = serializers.MultipleChoiceField(choices=LaunchState.choices, required=False)
    plan = serializers.UUIDField(required=False)
    open = serializers.BooleanField(required=False, allow_null=True, default=None)


class NoticeFilters(Query):
    kind = serializers.MultipleChoiceField(choices=NoticeKind.choices, required=False)
    unread = serializers.BooleanField(required=False, allow_null=True, default=None)


def switches_asked(query: QueryDict) -> Q:
    """The condition of `?state=a&state=b&open=true`. Raises ValidationError."""
    asked = SwitchFilters.asked(query)
    condition = Q(state__in=asked["state"]) if asked.get("state") else Q()
    return condition & _null("finished_at", asked["open"])


def launches_asked(query: QueryDict) -> Q:
    """The condition of `?state=a&plan=b&open=true`. Raises ValidationError."""
    asked = LaunchFilters.asked(query)
    condition = Q(state__in=asked["state"]) if asked.get("state") else Q()
    condition &= Q(plan_id=asked["plan"]) if "plan" in asked else Q()
    return condition & _null("finished_at", asked["open"])


def notices_asked(query: QueryDict) -> Q:
    """The condition of `?kind=a&unread=true`. Raises ValidationError."""
    asked = NoticeFilters.asked(query)
    condition = Q(kind__in=asked["kind"]) if asked.get("kind") else Q()
    return condition & _null("read_at", asked["unread"])


def _null(field: str, wanted: bool | None) -> Q:
    return Q() if wanted is None else Q(**{f"{field}__isnull": wanted})
