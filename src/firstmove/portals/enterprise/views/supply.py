"""The supply planner's pages: what to make or buy, how a product's quarter looks, who gets what of scarce goods."""

import datetime as dt
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import BuiltAhead, SupplyLineView, SupplyPlanView
from firstmove.kernel.errors import Invalid, NotFound
from firstmove.kernel.tenancy import Actor
from firstmove.portals.design import figures
from firstmove.portals.design.charts import History
from firstmove.portals.design.tables import sort_from_query
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.download import table_file
from firstmove.portals.enterprise.tables import SHARED, SHARES, SUPPLY, SUPPLY_WEEKS
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import listed, page_of
from firstmove.portals.words import assumed_sentence

WEEK = dt.timedelta(days=7)


@reads("enterprise")
def supply(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Every product that dealers sell: what to make or buy this week, and where it runs short."""
    plan = planning.supply_plan()
    asked = _asked(request)
    sort = sort_from_query(request.GET, columns=SUPPLY, default="-value")
    page = page_of(partial(planning.supply_lines, **asked, sort=sort.param), query=request.GET)
    counts = planning.supply_counts(search=asked["search"])
    return TemplateResponse(
        request,
        "enterprise/supply.html",
        {
            "plan": plan,
            "columns": SUPPLY,
            "sort": sort,
            "page": page,
            "rows": [(line, sum(line.due), _tone(line.shortage_risk), _most_ahead(line)) for line in page.object_list],
            "chips": [
                Chip(value="", label=_("All products"), count=counts["all"]),
                Chip(value="order", label=_("To make or buy"), count=counts["order"]),
                Chip(value="risk", label=_("At risk of a shortage"), count=counts["risk"]),
                Chip(value="ahead", label=_("Built ahead"), count=counts["ahead"]),
                Chip(value="scarce", label=_("Scarce"), count=counts["scarce"]),
            ],
            "assumed": assumed_sentence(plan.assumed, plan.scenario) if plan else "",
            "swing": _swing_sentence(plan) if plan else "",
            "query": request.GET.urlencode(),
        },
    )


@reads("enterprise")
def product(request: HttpRequest, _actor: Actor, *, product_id: int) -> HttpResponse:
    """The thirteen weeks of a product: need, receipts, stock, risk."""
    plan, line = planning.supply_plan(), planning.supply_line(product_id=product_id)
    if plan is None or line is None:
        raise NotFound()
    starts = [plan.starts_on + number * WEEK for number in range(plan.weeks)]
    arrives = [due + planned for due, planned in zip(line.due, line.planned, strict=True)]
    chart = History(
        dates=starts,
        sales=arrives,
        stock=line.projected,
        forecast=line.need,
        low=line.need_low,
        high=line.need_high,
        unit=line.unit,
        sales_name=_("Arrives"),
        stock_name=_("Stock at the end"),
        forecast_name=_("Dealers need"),
    )
    weeks = zip(
        starts, line.need, line.need_low, line.need_high, line.due, line.planned, line.ahead or [0.0] * plan.weeks,
        line.ordered, line.projected, line.risk, [_tone(risk) for risk in line.risk], strict=True,
    )  # fmt: skip
    return TemplateResponse(
        request,
        "enterprise/supply_product.html",
        {
            "plan": plan,
            "line": line,
            "tone": _tone(line.shortage_risk),
            "headline": _headline(line),
            "chart": chart,
            "columns": SUPPLY_WEEKS,
            "weeks": list(weeks),
            "ahead": [_ahead_sentence(line, built) for built in line.built_ahead],
            "assumed": assumed_sentence(_assumed_of(line), plan.scenario),
        },
    )


@reads("enterprise")
def file(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """The plan as it is filtered, as CSV or XLSX: a row a product, the orders of each week beside it."""
    plan = planning.supply_plan()
    if plan is None:
        raise NotFound()
    sort = sort_from_query(request.GET, columns=SUPPLY, default="-value")
    lines, _count = planning.supply_lines(**_asked(request), sort=sort.param, limit=None)
    starts = [(plan.starts_on + number * WEEK).isoformat() for number in range(plan.weeks)]
    header = [
        _("Code"), _("Product"), _("Category"), _("Unit"), _("Supplier"), _("Production line"), _("On hand"),
        _("Not shipped yet"), _("Due"), _("Safety stock"), _("Takes, days"), _("Make or buy now"), _("Value"),
        _("Dealers need in 13 weeks"), _("Shortage risk"), _("There for"),
        *(_("Order in the week of %(day)s") % {"day": start} for start in starts),
    ]  # fmt: skip
    rows = [
        [
            line.sku, line.product_name, line.category, line.unit, line.supplier_name, line.production_line,
            line.on_hand if line.stock_known else None, line.unshipped, sum(line.due), round(line.safety_stock, 1),
            line.supply_days, line.order_now, round(line.order_value, 2), round(line.need_total, 1),
            round(line.shortage_risk, 4), round(line.covered, 4), *line.ordered,
        ]
        for line in lines
    ]  # fmt: skip
    name = f"supply-plan-{plan.starts_on.isoformat()}"
    form = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    return table_file(name=name, form=form, head=header, rows=rows)


@reads("enterprise")
def shares(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """The scarce products, and by how much each tier is preferred."""
    found = planning.shared_products()
    tiers = sorted({dealer.tier for dealer in network.dealers(active_only=True)} - {""})
    bonuses = planning.tier_bonuses()
    plan = planning.supply_plan()
    return TemplateResponse(
        request,
        "enterprise/shares.html",
        {
            "plan": plan,
            "columns": SHARED,
            "page": page_of(listed(found), query=request.GET),
            "untold": sum(1 for product in found if product.published_at is None),
            "tiers": [(tier, round(100 * bonuses.get(tier, 0.0))) for tier in tiers],
            "stock_known": plan is not None and planning.supply_counts()["all"] > 0,
        },
    )


@reads("enterprise")
def share(request: HttpRequest, _actor: Actor, *, product_id: int) -> HttpResponse:
    """Who gets what of one scarce product, and why."""
    found = next((one for one in planning.shared_products() if one.product_id == product_id), None)
    if found is None:
        raise NotFound()
    return TemplateResponse(
        request,
        "enterprise/share.html",
        {
            "product": found,
            "columns": SHARES,
            "page": page_of(partial(planning.allocations, product_id=product_id), query=request.GET),
        },
    )


@writes("enterprise")
def publication(request: HttpRequest, actor: Actor, *, product_id: int) -> HttpResponse:
    told = operations.publish_allocation(actor=actor, product_id=product_id, now=timezone.now())
    sentence = ngettext(
        "%(count)s dealer sees its share and the reason.", "%(count)s dealers see their share and the reason.", told
    )
    messages.success(request, sentence % {"count": told})
    return redirect("enterprise:share", product_id=product_id)


@writes("enterprise")
def tiers(request: HttpRequest, actor: Actor) -> HttpResponse:
    asked = {
        name.removeprefix("bonus-"): value.strip() for name, value in request.POST.items() if name.startswith("bonus-")
    }
    try:
        bonuses = {tier: float(value or 0) / 100 for tier, value in asked.items()}
    except ValueError:
        raise Invalid(_("A bonus is a number of percent, such as 10."), field="bonus") from None
    operations.set_tier_bonuses(actor=actor, bonuses=bonuses)
    messages.success(request, _("Saved. The next run shares by it."))
    return redirect("enterprise:shares")


def _asked(request: HttpRequest) -> dict[str, str]:
    return {"search": request.GET.get("q", "").strip(), "show": request.GET.get("show", "")}


def _tone(risk: float) -> str:
    return "bad" if risk >= 0.5 else "warn" if risk >= planning.SUPPLY_AT_RISK else "neutral"


def _assumed_of(line: SupplyLineView) -> list[str]:
    names = (
        ("supply_stock", not line.stock_known),
        ("supply_days", line.supply_days_assumed),
        ("supply_capacity", not line.production_line),
    )
    return [name for name, assumed in names if assumed]


def _headline(line: SupplyLineView) -> str:
    if line.order_now > 0:
        facts = {"quantity": figures.quantity(line.order_now, line.unit), "days": figures.days(line.supply_days)}
        if line.is_made:
            return _("Make %(quantity)s this week; it is there in %(days)s") % facts
        return _("Buy %(quantity)s this week; it is there in %(days)s") % facts
    later = next((number for number, quantity in enumerate(line.ordered) if quantity > 0), None)
    if later is None:
        return _("Nothing to order in these weeks")
    return ngettext("Next order in %(weeks)s week", "Next order in %(weeks)s weeks", later) % {"weeks": later}


def _most_ahead(line: SupplyLineView) -> str:
    """The week for which most is built ahead, as a sentence."""
    built = max(line.built_ahead, key=lambda one: one.units, default=None)
    return "" if built is None else _ahead_sentence(line, built)


def _ahead_sentence(line: SupplyLineView, built: BuiltAhead) -> str:
    """What is built before its week, and why that week cannot make it; people count weeks from 1."""
    facts = {
        "week": built.week + 1,
        "quantity": figures.quantity(built.units, line.unit),
        "line": line.production_line,
        "load": figures.percent(built.load),
    }
    if built.load > 1:
        return (
            _("Built ahead for week %(week)s: %(quantity)s. %(line)s is then asked for %(load)s of what it can do.")
            % facts
        )
    return _("Built ahead for week %(week)s: %(quantity)s. %(line)s then works for later weeks that are full.") % facts


def _swing_sentence(plan: SupplyPlanView) -> str:
    """Why the plan does not follow the orders that came in."""
    if plan.swing_orders is None:
        return ""
    return _(
        "Week by week dealers' orders swung by %(orders)s around their mean in the last half year, their sales by "
        "%(sales)s. The plan follows the sales: it expects orders that swing by %(plan)s."
    ) % {
        "orders": figures.percent(plan.swing_orders),
        "sales": figures.percent(plan.swing_sales),
        "plan": figures.percent(plan.swing_plan),
    }
