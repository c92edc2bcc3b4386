"""Who is asking, and what an error looks like to them."""

import logging
from collections.abc import Callable

from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from firstmove.domains.network import queries
from firstmove.kernel.errors import Problem
from firstmove.kernel.tenancy import NOBODY

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """`request.user` as Django has it, and `request.actor`: on whose behalf the request acts.

    Both are looked up at once and not lazily: the system finds the session's user in a transaction of its own, which must
    not happen inside a page's scope. A request without a session costs no query.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = get_user(request)
        request.actor = queries.actor_of(request.user) if request.user.is_authenticated else NOBODY  # type: ignore
        if request.user.is_authenticated:
            translation.activate(request.user.language)
        return self.get_response(request)


class ProblemMiddleware:
    """A `Problem` raised by a page becomes a gentle page with its status; the log keeps the rest."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Problem):
            return None
        log.info("%s %s: %s (%s)", request.method, request.path, exception, exception.code)
        template = "design/problem_toast.html" if request.htmx else "design/problem.html"  # type: ignore[attr-defined]
        return render(request, template, {"problem": exception}, status=exception.status)
