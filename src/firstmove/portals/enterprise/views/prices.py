"""Price lists: who gets which, one price with its days, and what a dealer would pay and why."""

from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.catalog import operations
from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.price_history import PriceEvent, price_history
from firstmove.domains.catalog.queries import PriceListView, ProductView
from firstmove.domains.network import queries as network
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotFound, Problem
from firstmove.kernel.tenancy import Actor
from firstmove.portals import price_words
from firstmove.portals.design import figures
from firstmove.portals.enterprise.forms import PriceForm, PriceListForm
from firstmove.portals.enterprise.tables import LIST_PRICES, PRICE_HISTORY, PRICE_LISTS, PRICE_PREVIEW
from firstmove.portals.pages import reads, within, writes
from firstmove.portals.paging import listed, page_of

_PRICERS = ("admin", "channel")
_TONES = {"now": "good", "later": "accent", "over": "neutral"}
_SHOWN_DEALERS = 12


@dataclass(frozen=True)
class ListRow:
    view: PriceListView
    name: str
    rule: str


@reads("enterprise")
def price_lists(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _lists_page(request, actor, PriceListForm())


def _lists_page(request: HttpRequest, actor: Actor, form: PriceListForm, *, status: int = 200) -> HttpResponse:
    on = network.enterprise(now=timezone.now()).business_on
    found = catalog.price_lists(on=on, search=request.GET.get("q", "").strip())
    page = page_of(listed(found), query=request.GET)
    page.object_list = [_row(view) for view in page.object_list]
    return TemplateResponse(
        request,
        "enterprise/price_lists.html",
        {
            "columns": PRICE_LISTS,
            "page": page,
            "form": form,
            "may_price": network.role_of(actor=actor) in _PRICERS,
        },
        status=status,
    )


def _row(view: PriceListView) -> ListRow:
    party = view.party
    who = price_words.party_name(
        party.rule, contract=party.contract, tier=party.tier, region=party.region, dealer=view.dealer_name
    )
    return ListRow(view, f"{party.name} · {who}" if party.name else who, price_words.rule_names()[party.rule])


@writes("enterprise")
def new_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    with tenancy.scope(actor):
        form = PriceListForm(request.POST)
        complete = form.is_valid()
    if complete:
        try:
            list_id = operations.make_price_list(actor=actor, **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            return redirect("enterprise:price-list", price_list_id=list_id)
    return within(actor, lambda request, actor: _lists_page(request, actor, form, status=422), request)


@reads("enterprise")
def price_list(request: HttpRequest, actor: Actor, *, price_list_id: int) -> HttpResponse:
    """`?product=7` fills the form with a product; `&from=24&since=2026-03-01` with one of its prices."""
    return _list_page(request, actor, _asked_form(request), price_list_id=price_list_id)


def _asked_form(request: HttpRequest) -> PriceForm:
    names = {"sku": "sku", "from": "from_quantity", "price": "price", "since": "valid_from", "until": "valid_to"}
    given = {field: request.GET[name] for name, field in names.items() if name in request.GET}
    return PriceForm(initial={"from_quantity": 1, **given})


def _list_page(
    request: HttpRequest, actor: Actor, form: PriceForm, *, price_list_id: int, status: int = 200
) -> HttpResponse:
    on = network.enterprise(now=timezone.now()).business_on
    view = catalog.price_list(price_list_id=price_list_id, on=on)
    read = partial(catalog.prices_of_list, price_list_id=price_list_id, on=on, search=request.GET.get("q", "").strip())
    page = page_of(read, query=request.GET)
    page.object_list = [(price, _TONES[price.state], _state_name(price.state)) for price in page.object_list]
    gets = [
        dealer
        for dealer in network.dealers()
        if view.party.is_for(dealer_id=dealer.id, tier=dealer.tier, region=dealer.region)
    ]
    return TemplateResponse(
        request,
        "enterprise/price_list.html",
        {
            "row": _row(view),
            "view": view,
            "columns": LIST_PRICES,
            "page": page,
            "form": form,
            "gets": [
                (dealer, f"{reverse('enterprise:price-preview')}?dealer={dealer.id}")
                for dealer in gets[:_SHOWN_DEALERS]
            ],
            "history": [_told(one) for one in price_history(price_list_id=price_list_id)],
            "history_columns": PRICE_HISTORY,
            "more_dealers": max(len(gets) - _SHOWN_DEALERS, 0),
            "may_price": network.role_of(actor=actor) in _PRICERS,
        },
        status=status,
    )


@dataclass(frozen=True)
class HistoryRow:
    """A change as the page tells it: `what` was done."""

    event: PriceEvent
    by: str
    what: str


def _told(event: PriceEvent) -> HistoryRow:
    if event.act == "insert":
        what = _("set")
    elif event.act == "delete":
        what = _("taken out")
    elif event.after is not None:
        what = _("changed")
    elif event.until_after is not None:
        what = _("holds until %(day)s") % {"day": figures.full_day(event.until_after)}
    else:
        what = _("holds until further notice")
    return HistoryRow(event, event.by or _("a file or program"), what)


def _state_name(state: str) -> str:
    return {"now": _("holds"), "later": _("comes"), "over": _("is over")}[state]


@writes("enterprise")
def new_price(request: HttpRequest, actor: Actor, *, price_list_id: int) -> HttpResponse:
    form = PriceForm(request.POST)
    if form.is_valid():
        entered = dict(form.cleaned_data)
        sku = entered.pop("sku")
        with tenancy.scope(actor):
            product = next(iter(catalog.products_by_sku(skus=[sku])), None)
        if product is None:
            form.add_error("sku", _("There is no product with this code."))
        else:
            try:
                done = operations.put_price(actor=actor, price_list_id=price_list_id, product_id=product.id, **entered)
            except Problem as problem:
                if isinstance(problem, NotFound):
                    raise
                form.add_problem(problem)
            else:
                messages.success(request, _("The price is set.") if done.added else _("The price is changed."))
                return redirect("enterprise:price-list", price_list_id=price_list_id)
    return within(
        actor,
        lambda request, actor: _list_page(request, actor, form, price_list_id=price_list_id, status=422),
        request,
    )


@writes("enterprise")
def removal(request: HttpRequest, actor: Actor, *, price_list_id: int, price_id: int) -> HttpResponse:
    operations.remove_price(actor=actor, price_list_id=price_list_id, price_id=price_id)
    messages.success(request, _("The price is taken out. Orders that were placed at it keep it."))
    return redirect("enterprise:price-list", price_list_id=price_list_id)


@dataclass(frozen=True)
class Preview:
    """What a unit of a product costs a dealer and why; `why` is empty without a price."""

    product: ProductView
    quote: catalog.PriceQuote | None
    why: str
    step: str


@reads("enterprise")
def preview(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """What would this dealer pay? `?dealer=3&q=oolong&quantity=24`."""
    installation = network.enterprise(now=timezone.now())
    dealers = network.dealers()
    asked, units = request.GET.get("dealer", ""), request.GET.get("quantity", "").strip()
    dealer = next((one for one in dealers if str(one.id) == asked), dealers[0] if dealers else None)
    quantity = max(int(units), 1) if units.isascii() and units.isdigit() and len(units) < 8 else 1
    search = request.GET.get("q", "").strip()
    read = partial(catalog.products, search=search, listed_only=True)
    page = page_of(read, query=request.GET)
    ids = [product.id for product in page.object_list]
    quotes = {}
    if dealer is not None:
        quotes = catalog.prices_for(
            dealer_id=dealer.id,
            on=installation.business_on,
            product_ids=ids,
            quantities=dict.fromkeys(ids, quantity),
        )
    page.object_list = [
        _preview(product, quotes.get(product.id), installation.currency) for product in page.object_list
    ]
    return TemplateResponse(
        request,
        "enterprise/price_preview.html",
        {
            "columns": PRICE_PREVIEW,
            "page": page,
            "dealers": dealers,
            "dealer": dealer,
            "quantity": quantity,
            "search": search,
        },
    )


def _preview(product: ProductView, quote: catalog.PriceQuote | None, currency: str) -> Preview:
    if quote is None:
        return Preview(product, None, "", "")
    step = price_words.next_step(quote, currency=currency, unit=product.unit)
    return Preview(product, quote, price_words.why_quote(quote), step)
