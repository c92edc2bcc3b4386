"""What a person sets for themselves: name, address, language, password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from firstmove.domains.network import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Problem
from firstmove.portals.account.forms import PasswordForm, ProfileForm
from firstmove.portals.account.signed_in import signed_in


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    if request.method == "GET":
        return _page(request)
    form = ProfileForm(request.POST)
    if form.is_valid():
        try:
            operations.change_profile(actor=actor, **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            with translation.override(form.cleaned_data["language"]):
                messages.success(request, _("Saved."))
            return redirect("account:profile")
    return _page(request, profile_form=form)


@sensitive_post_parameters("old", "new")
@require_POST
@signed_in
def password(request: HttpRequest) -> HttpResponse:
    """All other sessions of this person end; this one goes on."""
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            changed = operations.change_password(actor=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
        except Problem as problem:
            form.add_problem(problem)
        else:
            update_session_auth_hash(request, changed)
            messages.success(
                request, _("Your password is changed. Wherever else you were signed in, you are no longer.")
            )
            return redirect("account:profile")
    return _page(request, password_form=form)


def _page(
    request: HttpRequest, *, profile_form: ProfileForm | None = None, password_form: PasswordForm | None = None
) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        person = queries.user(user_id=actor.user_id)
        initial = {"name": person.name, "email": person.email, "language": person.language}
        facts = {
            "person": person,
            "profile_form": profile_form or ProfileForm(initial=initial),
            "password_form": password_form or PasswordForm(),
        }
        refused = profile_form is not None or password_form is not None
        return render(request, "account/profile.html", facts, status=422 if refused else 200)
