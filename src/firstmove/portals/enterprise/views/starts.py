"""New dealers and launches in their first 13 weeks: first plan, what came, and what each week made of it."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import StartWeek
from firstmove.kernel.tenancy import Actor
from firstmove.portals.design.charts import History, Lines, Series
from firstmove.portals.enterprise.tables import (
    DEALER_STARTS,
    LOOK_ALIKES,
    PRODUCT_STARTS,
    START_DEALERS,
    START_PRODUCTS,
)
from firstmove.portals.pages import reads
from firstmove.portals.paging import page_of


@reads("enterprise")
def dealer_starts(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Dealers in their first 13 weeks, the youngest first."""
    search = request.GET.get("q", "").strip()
    return TemplateResponse(
        request,
        "enterprise/dealer_starts.html",
        {
            "search": search,
            "columns": DEALER_STARTS,
            "page": page_of(partial(planning.dealer_starts, search=search), query=request.GET),
        },
    )


@reads("enterprise")
def dealer_start(request: HttpRequest, _actor: Actor, *, dealer_id: int) -> HttpResponse:
    """One new dealer: whom it is like, its weeks, and its products."""
    found = planning.dealer_start(dealer_id=dealer_id)
    return TemplateResponse(
        request,
        "enterprise/dealer_start.html",
        {
            "start": found,
            "unit": _("units"),
            "chart": _weeks(found.weeks, unit=_("units")),
            "like_columns": LOOK_ALIKES,
            "columns": START_PRODUCTS,
            "page": page_of(partial(planning.start_pairs, dealer_id=dealer_id), query=request.GET),
        },
    )


@reads("enterprise")
def product_starts(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Products in their first 13 weeks, the latest first."""
    search = request.GET.get("q", "").strip()
    return TemplateResponse(
        request,
        "enterprise/product_starts.html",
        {
            "search": search,
            "columns": PRODUCT_STARTS,
            "page": page_of(partial(planning.product_starts, search=search), query=request.GET),
        },
    )


@reads("enterprise")
def product_start(request: HttpRequest, _actor: Actor, *, product_id: int) -> HttpResponse:
    """One launch: its kind's curve, its weeks, and the dealers for whom it is planned."""
    found = planning.product_start(product_id=product_id)
    return TemplateResponse(
        request,
        "enterprise/product_start.html",
        {
            "start": found,
            "chart": _weeks(found.weeks, unit=found.unit),
            "curve": Lines(
                categories=[_("week %(number)s") % {"number": week + 1} for week in range(len(found.curve))],
                series=[Series(name=_("of the mean week"), values=found.curve)],
                format="percent",
            )
            if found.curve
            else None,
            "columns": START_DEALERS,
            "page": page_of(partial(planning.start_pairs, product_id=product_id), query=request.GET),
        },
    )


def _weeks(weeks: tuple[StartWeek, ...], *, unit: str) -> History | None:
    """What came as bars, the first plan as steps, the corrected one as a line in its range."""
    if not weeks:
        return None
    return History(
        dates=[week.on for week in weeks],
        sales=[week.came for week in weeks],
        stock=[week.initial for week in weeks],
        forecast=[week.planned for week in weeks],
        low=[week.low for week in weeks],
        high=[week.high for week in weeks],
        unit=unit,
        sales_name=_("It came"),
        stock_name=_("First plan"),
        forecast_name=_("Corrected plan"),
    )
