"""What a request's query string says."""

from typing import Any

from django.http import QueryDict
from rest_framework import serializers


class Query(serializers.Serializer[None]):
    """Base of a list's filters: an empty value is one, and not as if the filter were not there."""

    @classmethod
    def asked(cls, query: QueryDict) -> dict[str, Any]:
        """The filters that are named, of one that is named twice the last. Raises ValidationError."""
        filters = cls()
        said = {
            name: query.getlist(name) if isinstance(field, serializers.MultipleChoiceField) else query[name]
            for name, field in filters.fields.items()
            if name in query
        }
        body = cls(data=said)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)
