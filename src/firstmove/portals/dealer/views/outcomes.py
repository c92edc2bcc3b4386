"""We said, it came: every advice whose time is over, and the products that are left to the dealer for comparison."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.kernel.tenancy import Actor
from firstmove.portals import outcomes as words
from firstmove.portals.dealer.tables import HELD_PRODUCTS, OUTCOMES
from firstmove.portals.design import figures
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.download import MOST_ROWS, table_file
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of


@reads("dealer")
def outcomes(request: HttpRequest, actor: Actor) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    dealer_id, currency = actor.dealer_id, installation.currency
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    kind, search = request.GET.get("kind", ""), request.GET.get("q", "").strip()
    since = words.since(request.GET.get("days", ""), on=installation.business_on)
    worth = planning.worth(dealer_id=dealer_id, since=since)
    calibration = planning.calibration(dealer_id=dealer_id, since=since)
    page = page_of(
        partial(planning.outcomes, dealer_id=dealer_id, kind=kind, search=search, since=since), query=request.GET
    )
    page.object_list = [
        (
            one,
            words.came_sentence(one),
            words.worth_sentence(one, currency),
            words.ANSWER_TONES[one.answer],
            words.VERDICT_TONES[one.verdict],
        )
        for one in page.object_list
    ]
    return TemplateResponse(
        request,
        "dealer/outcomes.html",
        {
            "worth": worth,
            "finding": _finding(worth, currency),
            "currency": currency,
            "calibration": calibration,
            "calibration_chart": words.calibration_chart(calibration) if calibration.judged else None,
            "calibration_note": words.calibration_sentence(calibration),
            "columns": OUTCOMES,
            "page": page,
            "pending": planning.advice_pending(dealer_id=dealer_id),
            "periods": words.period_chips(),
            "kinds": [
                Chip(value="", label=_("All")),
                Chip(value="followed", label=_("Followed")),
                Chip(value="missed", label=_("Cost something not to follow")),
                Chip(value="unpaid", label=_("Advice that did not pay")),
                Chip(value="held", label=_("Left to you")),
            ],
        },
    )


def _finding(worth: planning.Worth, currency: str) -> str:
    if not worth.advice:
        return _("What came of our advice stands here once its time is over")
    return _("What you followed brought %(followed)s; what you left would have brought %(missed)s more") % {
        "followed": figures.money(worth.followed.amount, currency),
        "missed": figures.money(worth.missed.amount, currency),
    }


@reads("dealer")
def file(request: HttpRequest, actor: Actor) -> HttpResponse:
    found = planning.every_outcome(dealer_id=actor.dealer_id, limit=MOST_ROWS)
    return table_file(
        name="outcomes", form=request.GET.get("form", "xlsx"), head=words.file_head(), rows=words.file_rows(found)
    )


@reads("dealer")
def comparison(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Which products get no advice, why, and the way out."""
    on = network.enterprise(now=timezone.now()).business_on
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    return TemplateResponse(
        request,
        "dealer/comparison.html",
        {
            "hold_out": planning.hold_out(on=on),
            "participation": planning.participation(dealer_id=dealer_id),
            "products": planning.held_products(dealer_id=dealer_id, on=on),
            "columns": HELD_PRODUCTS,
            "is_owner": request.user.role == "owner",  # type: ignore[union-attr]
        },
    )


@writes("dealer")
def participation(request: HttpRequest, actor: Actor) -> HttpResponse:
    takes_part = request.POST.get("takes_part") == "yes"
    operations.take_part(actor=actor, takes_part=takes_part, now=timezone.now())
    messages.success(
        request,
        _("You take part again. Products that are left to you get no advice from tomorrow on.")
        if takes_part
        else _("You no longer take part. From tomorrow on every product gets its advice."),
    )
    return redirect("dealer:comparison")
