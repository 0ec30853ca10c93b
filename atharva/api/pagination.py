"""How every list is cut."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property
from rest_framework.pagination import PageNumberPagination

MOST_COUNTED = 10_000


class Counted(Paginator):  # type: ignore[type-arg]  # generic in the stubs alone
    """Counts and shows at most MOST_COUNTED rows, so that a long table costs no more than that."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows.order_by()[:MOST_COUNTED].count() if isinstance(rows, QuerySet) else len(rows)


class Pages(PageNumberPagination):
    """`?page=` and `?page_size=` up to 500; {"count", "next", "previous", "results"}."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


class BoundedPages(Pages):
    """For what grows without end: `count` stops at MOST_COUNTED, and what lies beyond is narrowed down to."""

    django_paginator_class = Counted
