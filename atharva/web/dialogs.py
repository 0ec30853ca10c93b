"""Dialogs with an address of their own: over the list where scripts run, else a page by themselves."""

from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from .frame import PlacedRequest
from .views import Page


class Dialog(Page):
    """What is asked in a dialog. htmx gets the dialog alone, anybody else a page around it."""

    template_name = "layouts/dialog.html"
    dialog_template: ClassVar[str]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.shown(self.dialog_template)

    def shown(self, dialog: str, *, status: int = 200, **context: object) -> HttpResponse:
        """The dialog of this template, with what `context()` has and `context` adds."""
        values = self.context() | context | {"dialog": dialog}
        if "HX-Request" in self.request.headers:
            return render(self.request, dialog, values, status=status)
        cast(PlacedRequest, self.request).place = self.place()
        return render(self.request, self.template_name, values, status=status)

    def left(self, url: str) -> HttpResponse:
        """Off to `url`, as a whole page; to the list as it was, where the dialog lies over that."""
        if "HX-Request" not in self.request.headers:
            return redirect(url)
        here = HtmxDetails(self.request).current_url_abs_path or ""
        return HttpResponseClientRedirect(here if here.partition("?")[0] == url else url)
