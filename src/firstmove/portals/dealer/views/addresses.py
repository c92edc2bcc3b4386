"""Where the dealer's orders go."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.tenancy import Actor
from firstmove.portals.account.forms import AccountForm
from firstmove.portals.design.tables import Column
from firstmove.portals.pages import reads, within, writes

COLUMNS = (
    Column(label=gettext_lazy("Address"), lead=True),
    Column(label=gettext_lazy("Who receives"), beside=True),
    Column(label=gettext_lazy("Acts"), bare=True, narrow=True),
)


class AddressForm(AccountForm):
    label = forms.CharField(label=gettext_lazy("Name of the address"), max_length=60)
    contact = forms.CharField(label=gettext_lazy("Who receives"), max_length=80)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40)
    address = forms.CharField(label=gettext_lazy("Place"), max_length=300)
    is_default = forms.BooleanField(label=gettext_lazy("Orders go here unless another is chosen"), required=False)


@reads("dealer")
def addresses(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`?edit=3` fills the form with that address."""
    return _page(request, actor, None)


def _page(request: HttpRequest, actor: Actor, form: AddressForm | None, *, status: int = 200) -> HttpResponse:
    assert actor.dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    rows = trade.addresses(dealer_id=actor.dealer_id)
    asked = request.GET.get("edit", "") or request.POST.get("edit", "")
    edited = next((row for row in rows if str(row.id) == asked), None)
    initial: dict[str, Any] = {}
    if edited is not None:
        initial = {name: getattr(edited, name) for name in AddressForm.base_fields}
    return TemplateResponse(
        request,
        "dealer/addresses.html",
        {
            "rows": rows,
            "columns": COLUMNS,
            "edited": edited,
            "form": form or AddressForm(initial=initial),
            "may_keep": network.role_of(actor=actor) in network.ORDERING_ROLES,
        },
        status=status,
    )


@writes("dealer")
def keeping(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = AddressForm(request.POST)
    if form.is_valid():
        given = dict(form.cleaned_data)
        try:
            operations.keep_address(
                actor=actor,
                dealer_id=actor.dealer_id or 0,
                is_default=given.pop("is_default"),
                destination=trade.Destination(**given),
                address_id=number(request.POST.get("edit", "")),
            )
        except (Conflict, Invalid) as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("Kept. Orders that were placed keep the address they had."))
            return redirect("dealer:addresses")
    return within(actor, lambda request, actor: _page(request, actor, form, status=422), request)


@writes("dealer")
def removal(request: HttpRequest, actor: Actor, *, address_id: int) -> HttpResponse:
    operations.forget_address(actor=actor, dealer_id=actor.dealer_id or 0, address_id=address_id)
    messages.success(request, _("Taken away. Orders that were placed keep it."))
    return redirect("dealer:addresses")


@writes("dealer")
def order_address(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    """Send an order that has not left to another address."""
    chosen = number(request.POST.get("address", ""))
    if chosen is None:
        raise NotFound()
    try:
        operations.send_elsewhere(actor=actor, order_id=order_id, address_id=chosen)
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The order goes there now."))
    return redirect("dealer:order", order_id=order_id)


def number(text: str) -> int | None:
    """An id of a form's field; None where it names none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
