"""A password forgotten, and a password set by the link of a letter."""

import contextlib

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from procrastinate.exceptions import AlreadyEnqueued

from firstmove.domains.network import attempts, operations
from firstmove.domains.network import queries as network
from firstmove.domains.reminders import operations as reminders
from firstmove.domains.reminders.tasks import send_letters
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.portals.account import letters
from firstmove.portals.account.forms import ForgotForm, NewPasswordForm
from firstmove.portals.account.views.signing import start_session


@require_http_methods(["GET", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """Says the same whether or not anybody signs in by the address."""
    form = ForgotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _send_reset(request, form.cleaned_data["email"])
        return render(request, "account/forgot_sent.html", {"email": form.cleaned_data["email"]})
    return render(request, "account/forgot.html", {"form": form}, status=422 if form.errors else 200)


def _send_reset(request: HttpRequest, email: str) -> None:
    now = timezone.now()
    if attempts.is_exhausted(kind="reset", email=email, now=now) or not letters.may_write_to_others(request):
        return
    attempts.record(kind="reset", email=email, now=now)
    user_id = operations.user_id_for_reset(email=email)
    if user_id is None:
        return
    # In line and not within the request: how long it takes would tell whether somebody signs in by the address.
    with tenancy.scope(tenancy.SYSTEM):
        reminders.queue_password_letter(user_id=user_id, origin=letters.origin_of(request), now=now)
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            send_letters.defer()


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def set_password(request: HttpRequest, *, uid: str, token: str) -> HttpResponse:
    """For an invitation and for a reset. Whoever sets the password is signed in at once."""
    person = operations.user_of_link(uid=uid, token=token)
    if person is None:
        return render(request, "account/link_used.html", status=410)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.set_password_by_link(uid=uid, token=token, password=form.cleaned_data["password"])
        except Conflict:
            return render(request, "account/link_used.html", status=410)
        except Invalid as problem:
            form.add_problem(problem)
        else:
            attempts.forget(email=person.email)
            with tenancy.scope(tenancy.SYSTEM):
                # Read anew: a session is bound to the password, which has just changed.
                account = network.active_user(user_id=person.pk)
            start_session(request, account)
            messages.success(
                request, _("Your password is set. Next time, sign in with %(email)s.") % {"email": person.email}
            )
            return redirect("account:home")
    facts = {"form": form, "person": person, "invited": not person.has_usable_password()}
    return render(request, "account/set_password.html", facts, status=422 if form.errors else 200)
