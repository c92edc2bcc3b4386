"""What makes a function a page: who may open it, and the scope in which it reads."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from firstmove.kernel import reading, tenancy
from firstmove.kernel.errors import NotAllowed
from firstmove.kernel.tenancy import Actor

View = Callable[..., HttpResponse]


def reads(kind: tenancy.Kind) -> Callable[[View], View]:
    """A page of an audience: opened and rendered inside the reader's scope, so what is hidden stays hidden.

    The view is called as ``view(request, actor, **kwargs)`` and answers GET alone.
    """

    def decorate(view: View) -> View:
        @opens(kind)
        @functools.wraps(view)
        def page(request: HttpRequest, actor: Actor, **kwargs: Any) -> HttpResponse:
            return within(actor, view, request, **kwargs)

        return page

    return decorate


def opens(kind: tenancy.Kind) -> Callable[[View], View]:
    """As `reads`, but called outside any scope: for a page that also shows sums over rows that its reader may not see.

    The view asks for those sums first and then calls `within`.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.method not in ("GET", "HEAD"):
                return HttpResponseNotAllowed(["GET", "HEAD"])
            actor = _admitted(request, kind)
            if actor is None:
                return redirect_to_login(request.get_full_path())
            return view(request, actor, **kwargs)

        return page

    return decorate


def writes(kind: tenancy.Kind) -> Callable[[View], View]:
    """An act of an audience: POST alone, called outside any scope as ``view(request, actor, **kwargs)``.

    It calls one operation, whose transaction ends there, and then redirects, or shows a result by `within`.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def act(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            actor = _admitted(request, kind)
            if actor is None:
                # Back to the start and not to the act, which cannot be opened.
                return redirect_to_login("/")
            return view(request, actor, **kwargs)

        return act

    return decorate


def within(actor: Actor, view: View, request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Call a reading view and render its answer inside the actor's scope."""
    with tenancy.scope(actor), reading.page():
        response = view(request, actor, **kwargs)
        render = getattr(response, "render", None)
        return render() if callable(render) else response


def _admitted(request: HttpRequest, kind: tenancy.Kind) -> Actor | None:
    """The actor; None for somebody who is not signed in. Raises NotAllowed for another audience."""
    if not request.user.is_authenticated:
        return None
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind != kind:
        raise NotAllowed()
    return actor
