"""Who is asking, and what an error looks like to them."""

import json
import logging
from collections.abc import Callable

from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from firstmove.domains.network import queries
from firstmove.kernel.errors import Invalid, Problem
from firstmove.kernel.tenancy import NOBODY

log = logging.getLogger(__name__)
_NUL = "\x00"
GetResponse = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """`request.user` as Django has it, and `request.actor`: on whose behalf the request acts.

    For somebody who is signed in, `request.installation` too.

    Both are looked up at once and not lazily: the system finds the session's user in a transaction of its own, which
    must not happen inside a page's scope. A request without a session costs no query.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = get_user(request)
        request.actor = queries.actor_of(request.user) if request.user.is_authenticated else NOBODY  # type: ignore
        if not request.user.is_authenticated:
            return self.get_response(request)
        translation.activate(request.user.language)
        # Moments are shown on the installation's clock; a thread serves another request next, so it is set back.
        request.installation = queries.enterprise(now=timezone.now())  # type: ignore[attr-defined]
        with timezone.override(request.installation.time_zone):  # type: ignore[attr-defined]
            return self.get_response(request)


class ProblemMiddleware:
    """A `Problem` raised by a page becomes a gentle page with its status, or, where a part of a page was asked for, the
    problem document that the page's script shows as a message. The log keeps the rest."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Refuse what no text of the database can hold, in a search or a note. Programs have a contract for it."""
        match = request.resolver_match
        if match is not None and "api" in match.namespaces:
            return None
        for sent in (request.GET, request.POST):
            if any(_NUL in text for name, texts in sent.lists() for text in (name, *texts)):
                return self.process_exception(
                    request,
                    Invalid(
                        _("What was sent holds a character that no text can have (NUL)."),
                        _("Type it anew instead of pasting it."),
                        code="nul",
                    ),
                )
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Problem):
            return None
        log.info("%s %s: %s (%s)", request.method, request.path, exception, exception.code)
        if request.htmx:  # type: ignore[attr-defined]
            document = {**exception.as_json(), "detail": str(exception)}
            response = JsonResponse(document, status=exception.status, content_type="application/problem+json")
            if exception.status == 422:  # which htmx takes for a form with its errors
                toast = {"toast": {"text": str(exception), "level": "error"}}
                response["HX-Reswap"], response["HX-Trigger"] = "none", json.dumps(toast)
            return response
        return render(request, "design/problem.html", {"problem": exception}, status=exception.status)
