"""Writes of the catalogue: one transaction each. Amounts become decimals of four places, as they are stored."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from pypinyin import Style, lazy_pinyin

from firstmove.domains.catalog.models import LifeCycle, LineCapacity, Price, PriceList, Product, Promotion, SupplyTerms
from firstmove.domains.network.queries import dealer_ids_by_code, role_of, supplier_ids_by_code
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM, Actor
from firstmove.kernel.upsert import Upserted, upsert

_HIGHEST_PRICE, _MOST_UNITS = Decimal(1_000_000_000), 1_000_000_000
_AMOUNTS = ("unit_cost", "unit_price", "price", "tax_rate")


def search_words(*, name: str, sku: str, barcode: str = "") -> str:
    """What a search looks through: name, code, bar code, pinyin and pinyin initials, in lower case.

    ``search_words(name="乌龙茶", sku="000123")`` is ``"乌龙茶 000123 wulongcha wlc"``.
    """
    words = [name, sku, barcode]
    if any("\u4e00" <= letter <= "\u9fff" for letter in name):
        words += ["".join(lazy_pinyin(name)), "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))]
    return " ".join(word for word in words if word).lower()


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.0001"))


def _amounts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _decimal(value) if name in _AMOUNTS else value for name, value in row.items()}


def upsert_products(*, rows: Sequence[Mapping[str, Any]]) -> Upserted:
    """Add or change products by `sku`. `supplier` is a supplier's code; one that is unknown stays empty."""
    with tenancy.scope(SYSTEM):
        suppliers = supplier_ids_by_code()
        # A file may name one of the words that a search looks through and leave the others as they are.
        no_words = {"name": "", "barcode": ""}
        words = {row.pop("sku"): row for row in Product.objects.values("sku", *no_words)}
        prepared = []
        for raw in rows:
            row = _amounts(raw)
            if "supplier" in row:
                row["supplier_id"] = suppliers.get(row.pop("supplier"))
            name, barcode = (row.get(column, value) for column, value in words.get(row["sku"], no_words).items())
            row["search"] = search_words(name=name, sku=row["sku"], barcode=barcode or "")
            prepared.append(row)
        return upsert(Product, key=("sku",), rows=prepared)


def register_unlisted(*, skus: Collection[str]) -> int:
    """Keep products that sales know and the catalogue does not, as unlisted, never proposed. Returns how many."""
    with tenancy.scope(SYSTEM):
        known = set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
        new = sorted(set(skus) - known)
        Product.objects.bulk_create(
            [Product(sku=sku, name=sku, search=sku.lower(), life_cycle=LifeCycle.UNLISTED) for sku in new],
            batch_size=2000,
        )
        return len(new)


_PARTY = ("name", "contract", "dealer_id", "tier", "region")


def upsert_prices(*, rows: Sequence[Mapping[str, Any]]) -> Upserted:
    """What dealers pay: `sku`, `price`, maybe `from_quantity`, `valid_from`, `valid_to`, and whose price it is.

    `dealer` (code), `tier` and `region` are its conditions, `contract` and `list` its number and name; the list that
    they describe is made where there is none. Rows of unknown products or dealers are left out: they must not become
    everybody's.
    """
    with tenancy.scope(SYSTEM):
        prepared = [
            {"valid_from": None, "from_quantity": 1} | row for row in _with_ids(rows, dealers=dealer_ids_by_code())
        ]
        lists = _lists({_party(row) for row in prepared})
        for row in prepared:
            row["price_list_id"] = lists[_party(row)]
            for name in ("list", "contract", "tier", "region"):
                row.pop(name, None)
        return upsert(Price, key=("product_id", "price_list_id", "from_quantity", "valid_from"), rows=prepared)


def _party(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Whose price a row is, in the order of `_PARTY`."""
    return (
        row.get("list") or "",
        row.get("contract") or "",
        row["dealer_id"],
        row.get("tier") or "",
        row.get("region") or "",
    )


def _lists(parties: Collection[tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    """Ids of the price lists of these parties; those that nobody had before are made."""
    known = {tuple(party): pk for pk, *party in PriceList.objects.values_list("id", *_PARTY)}
    new = sorted(parties - known.keys(), key=str)
    made = PriceList.objects.bulk_create([PriceList(**dict(zip(_PARTY, party, strict=True))) for party in new])
    return known | {party: row.pk for party, row in zip(new, made, strict=True)}


def upsert_promotions(*, rows: Sequence[Mapping[str, Any]]) -> Upserted:
    """Offers to end customers: `code`, `sku`, `starts_on`, `ends_on`, maybe `dealer` (code), `discount`, `name`."""
    with tenancy.scope(SYSTEM):
        return upsert(Promotion, key=("code", "product_id", "dealer_id", "starts_on"), rows=_with_ids(rows))


def upsert_supply_terms(*, rows: Sequence[Mapping[str, Any]]) -> Upserted:
    """How products are got: `sku`, `supply_days`, maybe lots, `production_line`, `use_per_unit`. Unknown skus stay out.

    A product that names its line and nothing else keeps the rest.
    """
    with tenancy.scope(SYSTEM):
        prepared = [{name: value for name, value in row.items() if name != "dealer_id"} for row in _with_ids(rows)]
        return upsert(SupplyTerms, key=("product_id",), rows=prepared)


def upsert_capacities(*, rows: Sequence[Mapping[str, Any]]) -> Upserted:
    """What production lines make in a week: `production_line`, `a_week`, maybe `starts_on`."""
    with tenancy.scope(SYSTEM):
        return upsert(
            LineCapacity, key=("production_line", "starts_on"), rows=[{"starts_on": None} | dict(row) for row in rows]
        )


def _with_ids(rows: Sequence[Mapping[str, Any]], *, dealers: Mapping[str, int] | None = None) -> list[dict[str, Any]]:
    """Rows with ids in place of codes. Unknown products are left out, and unknown dealers where `dealers` is given."""
    products = dict(Product.objects.values_list("sku", "id"))
    known = dealer_ids_by_code() if dealers is None else dealers
    prepared = []
    for raw in rows:
        row = _amounts(raw)
        product_id = products.get(row.pop("sku"))
        dealer = row.pop("dealer", None)
        if product_id is not None and (not dealer or dealers is None or dealer in dealers):
            prepared.append(row | {"product_id": product_id, "dealer_id": known.get(dealer)})
    return prepared


_PRICERS = ("admin", "channel")


def _may_price(actor: Actor) -> None:
    if actor != SYSTEM and (actor.kind != "enterprise" or role_of(actor=actor) not in _PRICERS):
        raise NotAllowed(_("Only administrators and channel managers set prices."))


def make_price_list(
    *, actor: Actor, name: str = "", contract: str = "", dealer_id: int | None = None, tier: str = "", region: str = ""
) -> int:
    """A list for the dealers who meet every condition that is given; returns its id, also where there is one already.

    Raises NotAllowed, and Invalid for a contract with nobody.
    """
    with tenancy.scope(actor):
        _may_price(actor)
        if contract and not (dealer_id or tier or region):
            raise Invalid(
                _("A contract is with somebody."),
                _("Choose the dealer, tier or region that it is with."),
                field="contract",
            )
        party = (name, contract, dealer_id, tier, region)
        return _lists({party})[party]


def put_price(
    *,
    actor: Actor,
    price_list_id: int,
    product_id: int,
    price: Decimal,
    from_quantity: int = 1,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> Upserted:
    """Set one price of a list: the row of this product, quantity and first day is added or changed, and no other.

    Raises NotFound for an unknown list or product, NotAllowed, Invalid for a price below zero, a quantity below one or
    days that end before they begin.
    """
    with tenancy.scope(actor):
        _may_price(actor)
        party = PriceList.objects.filter(id=price_list_id).first()
        if party is None or not Product.objects.filter(id=product_id).exists():
            raise NotFound()
        _check_price(price, from_quantity, valid_from, valid_to)
        row = {
            "price_list_id": price_list_id, "product_id": product_id, "dealer_id": party.dealer_id,
            "from_quantity": from_quantity, "valid_from": valid_from, "valid_to": valid_to, "price": _decimal(price),
        }  # fmt: skip
        return upsert(Price, key=("product_id", "price_list_id", "from_quantity", "valid_from"), rows=[row])


def _check_price(price: Decimal, from_quantity: int, valid_from: dt.date | None, valid_to: dt.date | None) -> None:
    if not (price.is_finite() and 0 <= price < _HIGHEST_PRICE):
        raise Invalid(_("A price is a number from 0 on, such as 9.80."), field="price")
    if not 1 <= from_quantity <= _MOST_UNITS:
        raise Invalid(_("A quantity step begins at 1 unit or more."), field="from_quantity")
    if valid_from and valid_to and valid_to < valid_from:
        raise Invalid(
            _("The price ends before it begins."),
            _("Choose a last day that is not before the first."),
            field="valid_to",
        )


def remove_price(*, actor: Actor, price_list_id: int, price_id: int) -> None:
    """Take one price out of a list. Orders that were placed at it keep it. Raises NotFound, NotAllowed."""
    with tenancy.scope(actor):
        _may_price(actor)
        row = Price.objects.filter(id=price_id, price_list_id=price_list_id).first()
        if row is None:
            raise NotFound()
        row.delete()


def set_price(*, sku: str, price: Decimal, dealer: str | None = None, valid_from: dt.date | None = None) -> Upserted:
    """One price of everybody or of a dealer, as from a program."""
    return upsert_prices(rows=[{"sku": sku, "price": price, "dealer": dealer, "valid_from": valid_from}])
