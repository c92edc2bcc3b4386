"""Coming, going, and in which language."""

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from firstmove.domains.network import attempts, operations, queries
from firstmove.kernel import tenancy
from firstmove.portals.account.forms import SignInForm


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Answers a wrong address and a wrong password alike, and refuses an address that was tried too often."""
    if request.user.is_authenticated and request.method == "GET":
        return redirect("account:home")
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        email, now = form.cleaned_data["email"], timezone.now()
        if attempts.is_exhausted(kind="sign-in", email=email, now=now):
            form.add_error(None, _("Too many wrong passwords. Wait a quarter of an hour, or set a new password."))
            status = 429
        else:
            user = authenticate(request, email=email, password=form.cleaned_data["password"])
            if user is not None:
                attempts.forget(email=email)
                start_session(request, user)
                return _with_language(redirect(_destination(request)), user.language)  # type: ignore[attr-defined]
            attempts.record(kind="sign-in", email=email, now=now)
            form.add_error(None, _("E-mail or password is wrong."))
            status = 422
    return render(request, "account/sign_in.html", {"form": form, "next": _asked_for(request)}, status=status)


def start_session(request: HttpRequest, user: object) -> None:
    """Sign the person in. Django notes the time on the user's row, which only the system reaches without a scope."""
    with tenancy.scope(tenancy.SYSTEM):
        login(request, user)  # type: ignore[arg-type]
    request.actor = queries.actor_of(user)  # type: ignore[attr-defined, arg-type]


def _asked_for(request: HttpRequest) -> str:
    return request.POST.get("next", request.GET.get("next", ""))


def _destination(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is theirs; else the start."""
    wanted = _asked_for(request)
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return "account:home"
    try:
        audience = resolve(wanted.partition("?")[0]).namespace
    except Resolver404:
        return "account:home"
    return wanted if audience in ("account", request.actor.kind) else "account:home"  # type: ignore[attr-defined]


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    spoken = translation.get_language()
    logout(request)
    return _with_language(redirect("account:sign-in"), spoken)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remembered with the account of whoever is signed in, and in this browser for whoever is not."""
    chosen = request.POST.get("language", "")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "account:home"
    response = redirect(target)
    if chosen not in dict(settings.LANGUAGES):
        return response
    actor = request.actor  # type: ignore[attr-defined]
    if actor.kind != "nobody":
        operations.set_language(actor=actor, language=chosen)
    return _with_language(response, chosen)


def _with_language(response: HttpResponse, chosen: str) -> HttpResponse:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=365 * 24 * 3600,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response
