"""Master feeds: their columns as the rooms below know them, written by those rooms' own operations."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog.queries import product_ids_by_sku
from firstmove.domains.customers import operations as customers
from firstmove.domains.intake.refusal import LIFE_CYCLES, Rows, limits, refuse_unstorable
from firstmove.domains.intake.weekdays import read_weekdays
from firstmove.domains.network import operations as network
from firstmove.domains.network.queries import supplier_ids_by_code
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.kernel.upsert import Upserted

Cells = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Taken:
    """What became of the rows of a master feed; `bad` are those refused."""

    added: int
    replaced: int
    unchanged: int
    bad: pl.DataFrame


def take(*, feed: str, good: pl.DataFrame, bad: pl.DataFrame, now: dt.datetime) -> Taken:
    """Add or change master data. Empty columns say nothing, so what is known stays; an empty cell among filled ones
    empties the field."""
    rows = Rows(good=good, bad=bad)
    refuse_unstorable(rows, longest=limits(feed, history=False))
    written = _payments(rows, now) if feed == "payments" else _LOADERS[feed](rows)
    return Taken(
        added=written.added,
        replaced=written.changed,
        unchanged=rows.good.height - written.added - written.changed,
        bad=rows.bad,
    )


def _cells(
    frame: pl.DataFrame, *, renamed: dict[str, str] | None = None, keep: Sequence[str] = (), **defaults: object
) -> list[dict[str, Any]]:
    """The frame as rows without `row` and without columns that are empty throughout, unless they are to be kept.

    `defaults` stand for empty cells; texts default to "".
    """
    said = [name for name in frame.columns if name in keep or frame[name].null_count() < frame.height]
    filled = [name for name in said if name != "row"]
    used = frame.select(filled).with_columns(
        pl.col(name).fill_null(pl.lit(defaults.get(name, "")))
        for name in filled
        if name in defaults or (frame.schema[name] == pl.String and name not in keep)
    )
    return used.rename({old: new for old, new in (renamed or {}).items() if old in filled}).to_dicts()


_DEALER_AMOUNTS = (
    "credit_limit", "minimum_order_amount", "order_budget", "freight_per_truck", "freight_per_pallet",
)  # fmt: skip


def _money(cells: Cells, *names: str) -> Cells:
    """Amounts as they are stored, so that an unchanged one compares equal."""
    for row in cells:
        for name in names:
            if row.get(name) is not None:
                row[name] = Decimal(str(row[name])).quantize(Decimal("0.01"))
    return cells


def _suppliers(rows: Rows) -> Upserted:
    return network.upsert_suppliers(rows=_cells(rows.good, renamed={"supplier": "code"}))


def _dealers(rows: Rows) -> Upserted:
    lead = ("lead_time_min_days", "lead_time_max_days")
    # One bound alone replaces both: it must not meet a stored one that contradicts it.
    keep = lead if any(rows.good[name].null_count() < rows.good.height for name in lead) else ()
    for column in ("order_weekdays", "delivery_weekdays"):
        read_weekdays(rows, column=column)
    cells = _cells(rows.good, renamed={"dealer": "code", "customers": "market_customers"}, keep=keep)
    return network.upsert_dealers(rows=_money(cells, *_DEALER_AMOUNTS))


def _products(rows: Rows) -> Upserted:
    words = pl.col("life_cycle").str.to_lowercase()
    rows.refuse(where=~words.is_in(list(LIFE_CYCLES)), reason="unknown_kind", column="life_cycle")
    # A product that a file lists is listed, even if sales had made it known before.
    good = rows.good.with_columns(
        words.replace_strict(LIFE_CYCLES, default="active", return_dtype=pl.String).fill_null("active")
    )
    with tenancy.scope(SYSTEM):
        known = supplier_ids_by_code()
    named = good.filter(pl.col("supplier").is_not_null() & ~pl.col("supplier").is_in(list(known)))
    if named.height:
        new = named.group_by("supplier", maintain_order=True).agg(pl.col("supplier_name").drop_nulls().first())
        network.upsert_suppliers(
            rows=[{"code": code, "name": name or code} for code, name in new.iter_rows()],
        )
    return catalog.upsert_products(rows=_cells(good.drop("supplier_name"), pack=1, minimum=1, multiple=1, carton=1))


def _customers(rows: Rows) -> Upserted:
    return customers.upsert_customers(
        rows=_cells(rows.good, renamed={"customer": "code", "zip": "zip_code"}, kind="store")
    )


def _prices(rows: Rows) -> Upserted:
    _refuse_unknown_products(rows)
    nobody = pl.all_horizontal(pl.col("dealer", "tier", "region").is_null())
    rows.refuse(where=pl.col("contract").is_not_null() & nobody, reason="nobodys_contract", column="contract")
    return catalog.upsert_prices(rows=_cells(rows.good, keep=("dealer", "valid_from"), from_quantity=1))


def _promotions(rows: Rows) -> Upserted:
    _refuse_unknown_products(rows)
    return catalog.upsert_promotions(rows=_cells(rows.good, renamed={"promotion": "code"}, keep=("dealer",)))


def _lead_times(rows: Rows) -> Upserted:
    """A dealer's lead time is that of its rows without a supplier; with suppliers alone, it spans them all."""
    general = pl.col("supplier").is_null()
    chosen = rows.good.filter(general | ~general.any().over("dealer"))
    spans = chosen.group_by("dealer", maintain_order=True).agg(
        pl.col("minimum_days").min().alias("lead_time_min_days"),
        pl.col("maximum_days").max().alias("lead_time_max_days"),
    )
    return network.upsert_dealers(rows=spans.rename({"dealer": "code"}).to_dicts())


def _supply(rows: Rows) -> Upserted:
    _refuse_unknown_products(rows)
    return catalog.upsert_supply_terms(rows=_cells(rows.good))


def _capacity(rows: Rows) -> Upserted:
    return catalog.upsert_capacities(rows=_cells(rows.good, keep=("starts_on",)))


def _payments(rows: Rows, now: dt.datetime) -> Upserted:
    """Payments of dealers, into their accounts."""
    cells = _cells(rows.good, renamed={"date": "paid_on", "orders": "meant_for"})
    return trade.load_payments(rows=_money(cells, "amount"), now=now)


def _refuse_unknown_products(rows: Rows) -> None:
    with tenancy.scope(SYSTEM):
        known = list(product_ids_by_sku())
    rows.refuse(where=~pl.col("sku").is_in(known), reason="unknown_product", column="sku")


_LOADERS: dict[str, Callable[[Rows], Upserted]] = {
    "suppliers": _suppliers,
    "dealers": _dealers,
    "products": _products,
    "customers": _customers,
    "prices": _prices,
    "promotions": _promotions,
    "lead_times": _lead_times,
    "supply": _supply,
    "capacity": _capacity,
}
