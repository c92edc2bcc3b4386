"""Carriers whose programs tell where shipments are: set up, their secrets, and what they told of unknown numbers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import keys as network_keys
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import shipment_sheet
from firstmove.portals.enterprise.forms import CarrierForm
from firstmove.portals.enterprise.tables import CARRIERS, UNKNOWN_NOTICES
from firstmove.portals.pages import reads, within, writes

# Where a secret waits in the session between being made and being shown, once.
_SECRET = "carrier_secret"  # noqa: S105 (a name)


@reads("enterprise")
def carriers(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _page(request, actor)


def _page(request: HttpRequest, actor: Actor, *, form: CarrierForm | None = None) -> HttpResponse:
    found = trade.carriers()
    words = shipment_sheet.carrier_statuses()
    facts = {
        "columns": CARRIERS,
        "rows": [(one, _address(request, one.id)) for one in found],
        "notice_columns": UNKNOWN_NOTICES,
        "unknown": [(one, words.get(one.status, one.status)) for one in trade.unknown_notices()],
        "unknown_count": sum(one.unknown for one in found),
        "may_change": network_keys.may_manage_services(actor=actor),
        "form": form or CarrierForm(),
    }
    return TemplateResponse(request, "enterprise/carriers.html", facts, status=200 if form is None else 422)


def _address(request: HttpRequest, carrier_id: int) -> str:
    return request.build_absolute_uri(f"/api/v1/carriers/{carrier_id}/notices")


@writes("enterprise")
def new_carrier(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = CarrierForm(request.POST)
    if form.is_valid():
        try:
            carrier_id, secret = operations.set_up_carrier(
                actor=actor, name=form.cleaned_data["name"], now=timezone.now()
            )
        except (Conflict, Invalid) as problem:
            form.add_problem(problem)
        else:
            return _hand_out(request, secret, carrier_id)
    return within(actor, _page, request, form=form)


@writes("enterprise")
def rotation(request: HttpRequest, actor: Actor, *, carrier_id: int) -> HttpResponse:
    secret = operations.change_carrier_secret(actor=actor, carrier_id=carrier_id, now=timezone.now())
    return _hand_out(request, secret, carrier_id)


@writes("enterprise")
def end(request: HttpRequest, actor: Actor, *, carrier_id: int) -> HttpResponse:
    operations.end_carrier(actor=actor, carrier_id=carrier_id, now=timezone.now())
    messages.success(request, _("Nothing more is heard from this carrier."))
    return redirect("enterprise:carriers")


@reads("enterprise")
def made_secret(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Show a secret that was just made, once: whoever has it can tell that goods came."""
    made = request.session.pop(_SECRET, None)
    if made is None:
        return redirect("enterprise:carriers")
    facts = {"secret": made["secret"], "address": _address(request, made["carrier_id"])}
    response = TemplateResponse(request, "enterprise/carrier_secret.html", facts)
    response["Cache-Control"] = "no-store"
    return response


def _hand_out(request: HttpRequest, secret: str, carrier_id: int) -> HttpResponse:
    request.session[_SECRET] = {"secret": secret, "carrier_id": carrier_id}
    return redirect("enterprise:carrier-secret")
