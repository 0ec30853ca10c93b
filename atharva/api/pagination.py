"""How every list is cut."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from .queries import Query

MOST_COUNTED = 10_000
MOST_ON_A_PAGE = 500
LAST_PAGE = 2**31 - 1


class Counted(Paginator):  # type: ignore[type-arg]  # generic in the stubs alone
    """Counts and shows at most MOST_COUNTED rows, so that a long table costs no more than that."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows.order_by()[:MOST_COUNTED].count() if isinstance(rows, QuerySet) else len(rows)


class PageAsked(Query):
    page = serializers.IntegerField(min_value=1, max_value=LAST_PAGE, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=MOST_ON_A_PAGE, required=False)


class Pages(PageNumberPagination):
    """`?page=` and `?page_size=` up to 500; {"count", "next", "previous", "results"}.

    Raises ValidationError for what is no such number, NotFound for a page beyond the last.
    """

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = MOST_ON_A_PAGE
    last_page_strings = ()

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        PageAsked.asked(request.query_params)
        return super().paginate_queryset(queryset, request, view)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        number = {"type": "integer", "minimum": 1}
        return [
            {"name": "page", "in": "query", "schema": {**number, "maximum": LAST_PAGE}},
            {
                "name": "page_size",
                "in": "query",
                "schema": {**number, "maximum": MOST_ON_A_PAGE, "default": self.page_size},
            },
        ]


class BoundedPages(Pages):
    """For what grows without end: `count` stops at MOST_COUNTED, and what lies beyond is narrowed down to."""

    django_paginator_class = Counted
