"""Bases of all pages: signed in, of a fitting role, and at a known position of their live events."""

from collections.abc import Set
from typing import Any, ClassVar, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from atharva.live import position

from .frame import Place, PlacedRequest


@method_decorator(never_cache, name="dispatch")
class Guarded(View):
    """Something rendered for people with one of `roles`; subclasses say from what."""

    roles: ClassVar[Set[str]]
    template_name: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if request.user.role not in self.roles:
            raise PermissionDenied
        self.admit()
        return super().dispatch(request, *args, **kwargs)

    def admit(self) -> None:
        """Look further at what the address names. Raises Http404, PermissionDenied."""

    def context(self) -> dict[str, object]:
        raise NotImplementedError

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return render(request, self.template_name, self.context())


class Page(Guarded):
    """A whole page in the frame."""

    def place(self) -> Place:
        raise NotImplementedError

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        # Before the context: what happens while we read it then comes as an event, and is not missed.
        cast(PlacedRequest, request).place = self.place()
        return super().get(request, **kwargs)


def at_stream(stream: str, url: str, **where: Any) -> Place:
    """A place that follows a live stream from its present position."""
    return Place(live_url=url, live_seq=position(stream), **where)
