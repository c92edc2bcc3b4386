"""The catalogue with the dealer's own prices and stock, and all about one product."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.queries import ProductView, PromotionView
from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import OutlookView
from firstmove.domains.stock import queries as stock
from firstmove.domains.stock.queries import Offered
from firstmove.domains.trade import queries as trade
from firstmove.kernel.tenancy import Actor
from firstmove.portals import words
from firstmove.portals.alert_words import Places, told
from firstmove.portals.dealer import catalogue_filters
from firstmove.portals.dealer.history import history_chart
from firstmove.portals.dealer.order_sheet import COVER_SCALE_DAYS
from firstmove.portals.dealer.prices import OwnPrice, own_prices, own_steps
from firstmove.portals.dealer.tables import MOVEMENTS, PRICE_STEPS, PRODUCTS
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.pages import reads
from firstmove.portals.paging import listed, page_of


@dataclass(frozen=True)
class ProductRow:
    product: ProductView
    price: OwnPrice
    outlook: OutlookView | None
    # Counted or moved: the ledger's figure, before anything assumed.
    on_hand: float | None
    # Units of it in the cart.
    asked: int
    # Whether the enterprise has it; None where it keeps no stock of it here.
    offered: Offered | None
    is_new: bool
    promotion: PromotionView | None


@reads("dealer")
def catalogue(request: HttpRequest, actor: Actor) -> HttpResponse:
    search, category = request.GET.get("q", "").strip(), request.GET.get("category", "")
    installation = network.enterprise(now=timezone.now())
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    found = catalogue_filters.found(
        dealer_id=dealer_id, on=installation.business_on, search=search, category=category, asked=request.GET
    )
    page = page_of(listed(found.ids), query=request.GET)
    ids = list(page.object_list)
    known = catalog.products_by_id(ids=ids)
    products = [known[product_id] for product_id in ids]
    prices = own_prices(products, dealer_id=dealer_id, on=installation.business_on, currency=installation.currency)
    outlooks = planning.outlooks(dealer_id=dealer_id, product_ids=ids)
    balances = stock.balances(dealer_id=dealer_id, product_ids=ids)
    in_cart = trade.cart_quantities(dealer_id=dealer_id, product_ids=ids)
    return TemplateResponse(
        request,
        "dealer/catalogue.html",
        {
            "page": page,
            "may_order": request.user.role in network.ORDERING_ROLES,  # type: ignore[union-attr]
            "columns": PRODUCTS,
            "scale": COVER_SCALE_DAYS,
            "currency": installation.currency,
            "search": search,
            "chips": [Chip(value=name, label=name) for name in catalog.categories()],
            "category": category,
            "found": found,
            "stock_note": _stock_note(dealer_id, list(outlooks.values())),
            "rows": [
                ProductRow(
                    product=product,
                    price=prices[product.id],
                    outlook=outlooks.get(product.id),
                    on_hand=_on_hand(product.id, balances, outlooks),
                    asked=in_cart.get(product.id, 0),
                    offered=found.offered.get(product.id),
                    is_new=product.id in found.new,
                    promotion=found.promoted.get(product.id),
                )
                for product in products
            ],
        },
    )


@reads("dealer")
def product(request: HttpRequest, actor: Actor, *, product_id: int) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    dealer_id, on = actor.dealer_id, installation.business_on
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    shown = catalog.product(product_id=product_id)
    history = planning.product_history(dealer_id=dealer_id, product_id=product_id, sku=shown.sku)
    outlook = history.outlook if history else None
    balances = stock.balances(dealer_id=dealer_id, product_ids=[product_id])
    proposal = planning.todays_proposal(dealer_id=dealer_id, on=on)
    line = planning.line_of_product(proposal_id=proposal.id, product_id=product_id) if proposal else None
    lead = planning.lead_time(dealer_id=dealer_id)
    parts = _level_parts(dealer_id, outlook, lead)
    return TemplateResponse(
        request,
        "dealer/product.html",
        {
            "product": shown,
            "price": own_prices([shown], dealer_id=dealer_id, on=on, currency=installation.currency)[product_id],
            "noticed": [
                told(one.alert, currency=installation.currency, places=Places(""))
                for one in planning.demand_of_product(product_id=product_id, dealer_id=dealer_id)
            ],
            "price_steps": own_steps(shown, dealer_id=dealer_id, on=on, currency=installation.currency),
            "step_columns": PRICE_STEPS,
            "outlook": outlook,
            "parts": parts,
            "level_chart": words.level_chart(parts, unit=shown.unit),
            "class_name": words.class_name(outlook.stock_class) if outlook else "",
            "stage_name": words.stage_name(outlook.life_cycle)[0] if outlook else "",
            "lead_time": words.lead_time_sentence(lead),
            "month": words.whole_units(outlook.rate_per_day * 28) if outlook else None,
            "on_hand": _on_hand(product_id, balances, {product_id: outlook} if outlook else {}),
            "stock_note": _stock_note(dealer_id, [outlook] if outlook else []),
            "chart": history_chart(history, unit=shown.unit),
            "out_days": sum(history.out_days) if history else 0,
            "movements": stock.movements(dealer_id=dealer_id, product_id=product_id, limit=10),
            "movement_columns": MOVEMENTS,
            "orders": trade.orders_of_product(dealer_id=dealer_id, product_id=product_id, limit=8),
            "proposal": proposal if proposal and proposal.is_ready else None,
            "line": line,
            "reason": words.reason_sentence(line) if line else "",
            "currency": installation.currency,
        },
    )


def _level_parts(
    dealer_id: int, outlook: OutlookView | None, lead: planning.LeadTimeView | None
) -> list[words.LevelPart]:
    if outlook is None or lead is None:
        return []
    review = network.dealer(dealer_id=dealer_id).review_days
    review = review or planning.assumptions(dealer_id=dealer_id).scenario.get("review_days", 0)
    return words.level_parts(outlook, lead_days=lead.median, protection_days=lead.median + review)


def _on_hand(product_id: int, balances: dict[int, stock.BalanceView], outlooks: dict[int, OutlookView]) -> float | None:
    if product_id in balances:
        return float(balances[product_id].on_hand)
    return outlooks[product_id].on_hand if product_id in outlooks else None


def _stock_note(dealer_id: int, outlooks: list[OutlookView]) -> str:
    """On what an assumed stock rests; empty where all stock is counted."""
    if not any(outlook.stock_assumed for outlook in outlooks):
        return ""
    return words.assumed_sentence(["stock"], planning.assumptions(dealer_id=dealer_id).scenario)
