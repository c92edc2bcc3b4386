"""Tiers: their rules, who stands in them, and why."""

from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.incentives import operations
from firstmove.domains.incentives import queries as incentives
from firstmove.domains.network import queries as network
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Problem
from firstmove.kernel.tenancy import Actor
from firstmove.portals.enterprise.incentive_forms import PlacingForm, TierForm
from firstmove.portals.enterprise.tables import TIER_CHANGES, TIERS
from firstmove.portals.pages import reads, within, writes


@reads("enterprise")
def tiers(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _page(request, actor)


def _page(
    request: HttpRequest,
    actor: Actor,
    *,
    form: TierForm | None = None,
    placing: PlacingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    counts = Counter(one.tier for one in network.dealers(active_only=True))
    found = incentives.tiers()
    return TemplateResponse(
        request,
        "enterprise/tiers.html",
        {
            "columns": TIERS,
            "rows": [(one, counts.get(one.name, 0)) for one in found],
            "without": sum(n for name, n in counts.items() if name not in {one.name for one in found}),
            "change_columns": TIER_CHANGES,
            "changes": incentives.tier_changes(limit=20),
            "form": form or TierForm(initial={"rank": len(found) + 1}),
            "placing": placing or PlacingForm(),
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS,
        },
        status=status,
    )


@writes("enterprise")
def tier_rule(request: HttpRequest, actor: Actor) -> HttpResponse:
    with tenancy.scope(actor):
        form = TierForm(request.POST)
        complete = form.is_valid()
    if complete:
        try:
            operations.set_tier_rule(actor=actor, **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("The rule holds from the next month on, when tiers are brought up to date."))
            return redirect("enterprise:tiers")
    return within(actor, _page, request, form=form, status=422)


@writes("enterprise")
def tier_removal(_request: HttpRequest, actor: Actor, *, tier_id: int) -> HttpResponse:
    operations.forget_tier_rule(actor=actor, tier_id=tier_id)
    return redirect("enterprise:tiers")


@writes("enterprise")
def placing(request: HttpRequest, actor: Actor) -> HttpResponse:
    with tenancy.scope(actor):
        form = PlacingForm(request.POST)
        complete = form.is_valid()
    if complete:
        try:
            operations.place_dealer(actor=actor, now=timezone.now(), **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("The dealer stands in its new tier from now on."))
            return redirect("enterprise:tiers")
    return within(actor, _page, request, placing=form, status=422)
