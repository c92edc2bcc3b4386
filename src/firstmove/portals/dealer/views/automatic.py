"""Automatic ordering: whether it is offered, within what limits it is on, and what it did."""

from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import replay_sheet, words
from firstmove.portals.dealer.tables import ATTEMPTS
from firstmove.portals.pages import reads, within, writes
from firstmove.portals.paging import page_of

# What a month holds of weekly orders, for the first suggestion of a limit.
_ORDERS_A_MONTH = 5


class Limits(forms.Form):
    most_per_order = forms.DecimalField(
        label=gettext_lazy("At most for one order"), min_value=1, max_digits=12, decimal_places=2
    )
    most_per_month = forms.DecimalField(
        label=gettext_lazy("At most in a month"), min_value=1, max_digits=13, decimal_places=2
    )
    at_hour = forms.TypedChoiceField(
        label=gettext_lazy("Every day at"),
        coerce=int,
        choices=[(hour, f"{hour}:00") for hour in operations.AUTOMATIC_HOURS],
    )
    stops_at_unusual = forms.BooleanField(
        label=gettext_lazy("Wait for a person when a line is new, unusual or large"), required=False
    )


@reads("dealer")
def automatic(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _page(request, actor)


def _page(request: HttpRequest, actor: Actor, form: Limits | None = None) -> TemplateResponse:
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    installation = network.enterprise(now=timezone.now())
    consent = planning.automatic(dealer_id=dealer_id)
    gate = planning.gate(dealer_id=dealer_id, on=installation.business_on)
    page = page_of(partial(planning.attempts, dealer_id=dealer_id), query=request.GET)
    return TemplateResponse(
        request,
        "dealer/automatic.html",
        {
            "consent": consent,
            "gate": gate,
            "gate_sentence": replay_sheet.gate_sentence(gate),
            "pause": planning.pause(),
            "is_owner": request.user.role == "owner",  # type: ignore[union-attr]
            "may_order": request.user.role in network.ORDERING_ROLES,  # type: ignore[union-attr]
            "form": form or Limits(initial=_initial(consent, dealer_id)),
            "cancel_hours": operations.CANCEL_HOURS,
            "currency": installation.currency,
            "page": page,
            "attempts": [
                (attempt, words.attempt_sentence(attempt, installation.currency)) for attempt in page.object_list
            ],
            "columns": ATTEMPTS,
        },
        status=422 if form is not None else 200,
    )


def _initial(consent: planning.AutomaticView | None, dealer_id: int) -> dict[str, Any]:
    """The limits as they are; before the first time, those of the latest proposal and half as much again."""
    if consent is not None:
        return {
            "most_per_order": consent.most_per_order,
            "most_per_month": consent.most_per_month,
            "at_hour": consent.at_hour,
            "stops_at_unusual": consent.stops_at_unusual,
        }
    latest, _count = planning.proposals(dealer_id=dealer_id, limit=1)
    usual = max(latest[0].totals.amount if latest else Decimal(0), Decimal(100))
    order = (usual * 3 / 2).quantize(Decimal(100))
    return {
        "most_per_order": order,
        "most_per_month": order * _ORDERS_A_MONTH,
        "at_hour": 9,
        "stops_at_unusual": True,
    }


@writes("dealer")
def consent(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = Limits(request.POST)
    if form.is_valid():
        try:
            operations.switch_on(actor=actor, now=timezone.now(), **form.cleaned_data)
        except Invalid as problem:
            field = problem.facts.get("field")
            form.add_error(field if field in form.fields else None, str(problem))
        except Conflict as problem:
            messages.error(request, str(problem))
            return redirect("dealer:automatic")
        else:
            messages.success(request, _("Automatic ordering is on. You can switch it off here at any time."))
            return redirect("dealer:automatic")
    return within(actor, _page, request, form=form)


@writes("dealer")
def withdrawal(request: HttpRequest, actor: Actor) -> HttpResponse:
    operations.switch_off(actor=actor, now=timezone.now())
    messages.success(request, _("Automatic ordering is off. From now on nothing is ordered by itself."))
    return redirect("dealer:automatic")
