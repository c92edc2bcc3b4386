"""What an error looks like to a program: one problem document, whoever raised it."""

import logging
import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import ConfigDict

from firstmove.kernel.errors import Invalid, NotAllowed, NotFound, Problem

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class SignedOut(Problem):
    """Nobody is signed in."""

    status = 401
    code = "signed-out"


class BadRequest(Problem):
    """The request could not be read."""

    status = 400
    code = "bad-request"


class WrongMethod(Problem):
    """The address exists, and not for this method."""

    status = 405
    code = "wrong-method"


class TooMany(Problem):
    """More requests than a key has in a minute."""

    status = 429
    code = "too-many-requests"


class Broken(Problem):
    """Our own fault; the log knows more, the answer does not."""

    status = 500
    code = "broken"


class ProblemOut(Schema):
    """A problem document of RFC 9457. Its kind is `type`; other members name facts of that kind."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str


# What any operation may answer besides its result.
REFUSALS: dict[int, type[ProblemOut]] = dict.fromkeys((400, 401, 403, 404, 405, 409, 422, 429, 500), ProblemOut)


# What each of them says, in the contract's own words.
MEANINGS = {
    400: "The request could not be read.",
    401: "No key and no session, or a key that opens nothing.",
    403: "The key's scope, the account's role or its party does not allow it.",
    404: "There is nothing here that the account may see.",
    405: "The address exists, and not for this method.",
    409: "What is asked does not fit what is; type says how.",
    422: "The request does not fit the contract, or a rule of the business; errors or detail say where.",
    429: "The key made more requests than a minute allows; Retry-After says when to come again.",
    500: "Our own fault.",
}


def answer(problem: Problem) -> HttpResponse:
    """The problem as a response of its status."""
    return JsonResponse(problem.as_json(), status=problem.status, content_type=MEDIA_TYPE, encoder=DjangoJSONEncoder)


def as_problem(error: Exception) -> Problem:
    """Whatever was raised, as the problem that a caller is told about. Nothing of an unexpected error is told."""
    match error:
        case Problem():
            return error
        case Http404():
            return NotFound()
        case ValidationError():
            errors = [{"where": [str(step) for step in one["loc"]], "what": one["msg"]} for one in error.errors]
            return Invalid(
                _("The request does not fit the contract."), _("See errors, and openapi.json."), errors=errors
            )
        case HttpError():
            return _refused(error)
        case _:
            return Broken(
                _("Something went wrong on our side."), _("Try again later; if it stays, tell your administrator.")
            )


def _refused(error: HttpError) -> Problem:
    """What the framework itself refuses before an operation is called."""
    if isinstance(error, AuthenticationError):
        return SignedOut(
            _("You are not signed in."),
            _("Send a key as Authorization: Bearer, or sign in and send the session's cookie."),
        )
    if error.status_code == NotAllowed.status:
        return NotAllowed(_("The request lacks its CSRF token."), _("Send the csrftoken cookie again as X-CSRFToken."))
    return BadRequest(_("The request could not be read."), _("Send a JSON document, or none."))


def handle(request: HttpRequest, error: Any) -> HttpResponse:
    """The one handler of every error under the API."""
    problem = as_problem(error)
    if isinstance(problem, Broken):
        log.error("%s %s failed", request.method, request.path, exc_info=error)
    return answer(problem)


def install(api: NinjaAPI) -> None:
    """Let `handle` take what the framework would answer in words of its own."""
    for kind in (Problem, AuthenticationError, ValidationError, HttpError, Http404, Exception):
        api.add_exception_handler(kind, handle)


def unknown_address(_request: HttpRequest, **_path: Any) -> HttpResponse:
    """The view of addresses that are none."""
    return answer(NotFound())


def refusing_in_problems(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, with what the framework refuses before it looks for an operation made a problem."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404 as error:
            return handle(request, error)
        if response.status_code == WrongMethod.status:
            refusal = answer(WrongMethod(_("This address does not take %(method)s.") % {"method": request.method}))
            refusal["Allow"] = response["Allow"]
            return refusal
        return _with_limit(request, response)

    return wrapped


def _with_limit(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A key is told what is left of its minute, and one that has nothing left, when to come again."""
    admission = getattr(request, "admission", None)
    if admission is None:
        return response
    seconds = max(1, math.ceil((admission.resets_at - timezone.now()).total_seconds()))
    response["RateLimit-Limit"], response["RateLimit-Remaining"] = str(admission.limit), str(admission.left)
    response["RateLimit-Reset"] = str(seconds)
    if admission.is_over:
        response["Retry-After"] = str(seconds)
    return response
