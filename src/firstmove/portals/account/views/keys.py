"""Keys of programs: what there are, making one, renewing and ending it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from firstmove.domains.network import keys as network_keys
from firstmove.domains.network.scopes import SCOPES, offered_to
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Problem
from firstmove.kernel.tenancy import Actor
from firstmove.portals.account.forms import AccountForm
from firstmove.portals.account.signed_in import signed_in
from firstmove.portals.design.tables import Column
from firstmove.portals.pages import within

# Where a key waits in the session between being made and being shown, once.
_MADE = "made_key"

COLUMNS = (
    Column(label=gettext_lazy("Key"), lead=True),
    Column(label=gettext_lazy("Acts as")),
    Column(label=gettext_lazy("May")),
    Column(label=gettext_lazy("Last used")),
    Column(label=gettext_lazy("Works until")),
    Column(label=gettext_lazy("State"), beside=True),
    Column(label=gettext_lazy("Acts"), bare=True),
)


class KeyForm(AccountForm):
    """What a key is for. Make it inside a scope: who may make keys for programs is looked up."""

    name = forms.CharField(label=gettext_lazy("What is it for?"), max_length=80)
    service = forms.ChoiceField(label=gettext_lazy("Acts as"))
    scopes = forms.MultipleChoiceField(label=gettext_lazy("May"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(label=gettext_lazy("Works for"), coerce=int)

    def __init__(self, *given: object, actor: Actor, **named: object) -> None:
        super().__init__(*given, **named)
        owners = [("", _("me, as long as I am here"))]
        if network_keys.may_manage_services(actor=actor):
            owners.insert(0, ("program", _("a program of its own")))
        self.fields["service"].choices = owners
        self.fields["service"].required = False
        self.fields["scopes"].choices = offered_to(actor.kind)
        self.fields["days"].choices = [(days, _("%(n)s days") % {"n": days}) for days in network_keys.LIFETIMES_DAYS]


@require_GET
@signed_in
def keys(request: HttpRequest) -> HttpResponse:
    return within(request.actor, _page, request)  # type: ignore[attr-defined]


@require_POST
@signed_in
def making(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        form = KeyForm(request.POST, actor=actor)
        complete = form.is_valid()
    if complete:
        entered = form.cleaned_data
        try:
            made = network_keys.issue(
                actor=actor,
                name=entered["name"],
                scopes=entered["scopes"],
                days=entered["days"],
                service=entered["service"] == "program",
                now=timezone.now(),
            )
        except Problem as problem:
            form.add_problem(problem)
        else:
            return _hand_out(request, made)
    return within(actor, _page, request, form=form)


@require_POST
@signed_in
def replacement(request: HttpRequest, *, key_id: int) -> HttpResponse:
    made = network_keys.replace(actor=request.actor, key_id=key_id, now=timezone.now())  # type: ignore[attr-defined]
    return _hand_out(request, made)


@require_POST
@signed_in
def revocation(request: HttpRequest, *, key_id: int) -> HttpResponse:
    network_keys.revoke(actor=request.actor, key_id=key_id, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("The key opens nothing any more."))
    return redirect("account:keys")


def _hand_out(request: HttpRequest, made: network_keys.Issued) -> HttpResponse:
    request.session[_MADE] = made.token
    return redirect("account:made-key")


@require_http_methods(["GET", "HEAD"])
@signed_in
def made_key(request: HttpRequest) -> HttpResponse:
    """Show a key that was just made, once: whoever has it acts as its account."""
    token = request.session.pop(_MADE, None)
    if token is None:
        return redirect("account:keys")

    def page(request: HttpRequest, _actor: Actor) -> HttpResponse:
        address = request.build_absolute_uri("/api/v1/enterprise")
        return TemplateResponse(request, "account/made_key.html", {"token": token, "address": address})

    response = within(request.actor, page, request)  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, actor: Actor, *, form: KeyForm | None = None) -> HttpResponse:
    now = timezone.now()
    rows = [
        {
            "key": key,
            "state": key.state(now=now),
            "may": [SCOPES[scope][0] for scope in key.scopes if scope in SCOPES],
            "renewable": key.may_be_renewed_by(actor),
        }
        for key in network_keys.keys(actor=actor)
    ]
    facts = {
        "columns": COLUMNS,
        "rows": rows,
        "active": sum(row["state"] == "active" for row in rows),
        "form": form or KeyForm(actor=actor, initial={"days": 90}),
    }
    return TemplateResponse(request, "account/keys.html", facts, status=200 if form is None else 422)
