"""The base of pages behind a mailed link."""

from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from atharva.api.problems import Problem, TooManyRequests

from ..services.limits import limit

# Stands in the address where the secret was.
KEPT = "open"


@method_decorator(never_cache, name="dispatch")
@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class MailedLink(View):
    """Takes the secret out of the address at the first visit: no history, referrer or screenshot has it."""

    url_name: ClassVar[str]
    void: ClassVar[type[Problem]]
    void_template: ClassVar[str]
    limited_as: ClassVar[str]

    def kept(self, key: object, secret: str) -> str:
        """What the session keeps of a good link. Raises `void`."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, key: object, secret: str, **kwargs: Any) -> HttpResponseBase:
        place = f"{self.url_name} {key}"
        try:
            if secret != KEPT:
                request.session[place] = self.kept(key, secret)
                return redirect(self.url_name, key, KEPT)
            return super().dispatch(request, key, cast(str, request.session.get(place, "")), **kwargs)
        except self.void as problem:
            request.session.pop(place, None)
            return self.refused(request, problem)

    def refused(self, request: HttpRequest, problem: Problem) -> HttpResponse:
        """Good links are never counted, so that a whole office may come in on one morning."""
        try:
            limit(request, self.limited_as)
        except TooManyRequests as too_many:
            problem = too_many
        return render(request, self.void_template, {"problem": problem}, status=problem.status)


def to_sign_in(username: str) -> HttpResponse:
    """On to the form of signing in, with the name filled in."""
    return redirect(f"{reverse('accounts:sign_in')}?{urlencode({'username': username})}")
