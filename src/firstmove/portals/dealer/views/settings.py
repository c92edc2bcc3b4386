"""What the dealer shares with the enterprise, and the people who work here."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.network import operations
from firstmove.domains.network import queries as network
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals.dealer.tables import PEOPLE
from firstmove.portals.pages import reads, within, writes

# Where the link for a new person waits for the page that shows it, once.
_LINK = "password-link"


class Invitation(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=network.dealer_roles)


@reads("dealer")
def settings(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _page(request, actor)


def _page(request: HttpRequest, actor: Actor, form: Invitation | None = None) -> TemplateResponse:
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    return TemplateResponse(
        request,
        "dealer/settings.html",
        {
            "dealer": network.dealer(dealer_id=dealer_id),
            "shares": network.shares_customers(dealer_id=dealer_id),
            "people": network.users(dealer_id=dealer_id),
            "columns": PEOPLE,
            "is_owner": request.user.role == "owner",  # type: ignore[union-attr]
            "form": form or Invitation(initial={"role": "buyer"}),
            "link": request.session.pop(_LINK, ""),
        },
        status=422 if form is not None else 200,
    )


@writes("dealer")
def consent(request: HttpRequest, actor: Actor) -> HttpResponse:
    if "shares_orders" in request.POST:
        word = request.POST["shares_orders"] == "yes"
        operations.set_consent(actor=actor, shares_supplier_orders=word, now=timezone.now())
        messages.success(
            request,
            _("From now on the enterprise sees your orders from suppliers.")
            if word
            else _("From now on the enterprise does not see your orders from suppliers."),
        )
        return redirect("dealer:sharing")
    shares = request.POST.get("shares") == "yes"
    operations.set_consent(actor=actor, shares_customers=shares, now=timezone.now())
    messages.success(
        request,
        _("From now on the enterprise sees your customers one by one.")
        if shares
        else _("From now on the enterprise sees sums alone."),
    )
    return redirect("dealer:sharing" if request.POST.get("back") == "sharing" else "dealer:settings")


@writes("dealer")
def invitation(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new person of this dealer, and the link by which they choose a password."""
    form = Invitation(request.POST)
    if form.is_valid():
        try:
            user_id = operations.invite(
                actor=actor, dealer_id=actor.dealer_id, language=translation.get_language() or "en", **form.cleaned_data
            )
        except (Conflict, Invalid) as problem:
            form.add_error("email", str(problem))
        else:
            return _with_link(request, actor, user_id)
    return within(actor, _page, request, form=form)


@writes("dealer")
def link(request: HttpRequest, actor: Actor, *, user_id: int) -> HttpResponse:
    return _with_link(request, actor, user_id)


def _with_link(request: HttpRequest, actor: Actor, user_id: int) -> HttpResponse:
    uid, token = operations.password_link(actor=actor, user_id=user_id)
    request.session[_LINK] = request.build_absolute_uri(reverse("account:set-password", args=[uid, token]))
    return redirect("dealer:settings")


@writes("dealer")
def departure(request: HttpRequest, actor: Actor, *, user_id: int) -> HttpResponse:
    if user_id == actor.user_id:
        messages.error(request, _("You cannot close your own account."))
        return redirect("dealer:settings")
    operations.leave(actor=actor, user_id=user_id, now=timezone.now())
    messages.success(request, _("This person can no longer sign in."))
    return redirect("dealer:settings")


@writes("dealer")
def come_back(request: HttpRequest, actor: Actor, *, user_id: int) -> HttpResponse:
    operations.come_back(actor=actor, user_id=user_id)
    messages.success(request, _("This person can sign in again."))
    return redirect("dealer:settings")
