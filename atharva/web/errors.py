"""What a page answers when Django refuses before or inside a view."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)
