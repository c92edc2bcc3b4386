"""The start: everybody is sent to their own first page."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from firstmove.kernel.tenancy import Actor

FIRST_PAGES = {"dealer": "dealer:today", "enterprise": "enterprise:overview", "supplier": "supplier:orders"}


def home(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind == "nobody":
        return redirect_to_login("/")
    return redirect(FIRST_PAGES[actor.kind])
