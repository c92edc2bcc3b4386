"""Write docs/guide/feeds.md from the feed contracts, so that the guide cannot say what the code does not do.

    python tools/feeds_doc.py            # write the page
    python tools/feeds_doc.py --check    # fail when the committed page is not the one that would be written

Only the meaning of a column stands here; its type, bounds and names come from `firstmove.lake.feeds`, the sentences of
rows that are set aside from `firstmove.domains.intake.words`. The Chinese needs the compiled catalogue (`make setup`).
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import django
import polars as pl
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "guide" / "feeds.md"
LOCALE = ROOT / "src" / "firstmove" / "portals" / "design" / "locale"

if not settings.configured:
    settings.configure(LOCALE_PATHS=[LOCALE], USE_I18N=True, LANGUAGE_CODE="en")
    django.setup()

from django.utils import translation  # noqa: E402 (reads the settings)

from firstmove.domains.intake import words  # noqa: E402
from firstmove.domains.intake.files import ORDER  # noqa: E402
from firstmove.domains.intake.refusal import LIFE_CYCLES  # noqa: E402
from firstmove.lake.feeds import FEEDS, LARGEST, Column, Feed  # noqa: E402

PURPOSE = {
    "suppliers": "Who the enterprise buys from.",
    "dealers": "Who buys from the enterprise, on what terms, and the market each of them serves.",
    "products": "What is sold, in what packs, at what cost and price, and whether it may still be proposed.",
    "customers": "The dealers' customers: stores, or persons with their age band.",
    "prices": "What dealers pay, tax included. Of several prices the most particular holds: contract, dealer, tier, "
    "region, everybody; then the one that started last, then that of the highest quantity reached.",
    "lead_times": "Days from order to receipt. Several suppliers of one dealer give one range that spans them all.",
    "promotions": "What was or will be sold at a discount, when and where.",
    "orders": "Sell-in: what dealers ordered from the enterprise.",
    "shipments": "What was shipped on those orders and when it arrived. Open orders less receipts are in transit.",
    "stock": "Counts of what dealers have, a day each. Between counts stock is rolled on with sales and receipts.",
    "production": "What suppliers made or plan to make. What is planned for days to come is due in the supply plan.",
    "warehouse": "Counts of the enterprise's own stock. Without it, the enterprise is taken to have enough: "
    "nothing is rationed. Between counts stock is rolled on with shipments and production. What ships here after the "
    "file came in stays off it.",
    "supply": "How the enterprise gets a product: how long it takes and in what lots.",
    "capacity": "What a production line can make in a week. Without it, a line makes all that is planned.",
    "payments": "What dealers paid. A number of a dealer makes one payment: sent again with another amount, the "
    "difference is entered; with 0, it is taken back. The oldest open items are settled, those of `orders` first.",
    "sales": "Sell-out: what dealers sold to their customers, line by line. The one feed that planning needs.",
}

MEANING = {
    "dealer": "the dealer's code",
    "supplier": "the supplier's code",
    "customer": "the customer's code",
    "sku": "the product's code",
    "name": "the name that people read",
    "city": "city",
    "lat": "latitude in degrees",
    "lon": "longitude in degrees",
    "quantity": "sales units of the product",
    "amount": "what the customer paid for the line, in the installation's currency",
    "date": "the day it happened",
    "order": "order number",
    "kind": "see the words below",
    "expected_on": "the day it is expected",
    "dealers.region": "sales region",
    "dealers.tier": "the enterprise's own class of dealer",
    "dealers.customers": "how many customers its market has",
    "dealers.credit_limit": "most that may be open; without one, no limit is checked",
    "dealers.terms_days": "days until an order is due",
    "dealers.lead_time_min_days": "fewest days from order to receipt",
    "dealers.lead_time_max_days": "most days from order to receipt",
    "dealers.review_days": "days from one order day to the next",
    "dealers.minimum_order_amount": "no order is proposed below it",
    "dealers.minimum_order_kg": "no order is proposed that weighs less",
    "dealers.order_budget": "most that it means to spend on one order",
    "dealers.order_weekdays": "when it orders, such as 1,4 or Mon, Thu or 周一、周四; empty: any day",
    "dealers.delivery_weekdays": "when goods are brought, in the same words; empty: any day",
    "dealers.truck_pallets": "pallets that a truck takes",
    "dealers.truck_kg": "kilograms that a truck takes",
    "dealers.freight_per_truck": "what a truck to it costs; with it, trucks are filled",
    "dealers.freight_per_pallet": "what a pallet to it costs; with it, pallets are filled where no truck is told",
    "dealers.market_growth": "growth of its market a year, 8% or 0.08",
    "dealers.market_share": "its share of that market, 15% or 0.15",
    "products.category": "what lines are grouped by",
    "products.supplier_name": "names a supplier that no file lists",
    "products.volume_ml": "content in millilitres",
    "products.weight_kg": "kilograms of a unit with its packaging",
    "products.units_per_pallet": "units that fill a pallet",
    "products.shelf_life_days": "days from receipt by the dealer to the last day of sale; empty: it keeps",
    "products.unit": "what one unit is called, such as bottle or 箱",
    "products.pack": "units in a case",
    "products.minimum": "fewest units of an order line",
    "products.multiple": "units by which an order line grows",
    "products.carton": "units of a carton that is never opened; empty: single units can be had",
    "products.unit_cost": "what the enterprise pays for a unit",
    "products.unit_price": "what the customer pays for a unit",
    "products.barcode": "barcode",
    "products.tax_rate": "tax that its prices include, as a share of the net price, 13% or 0.13",
    "products.listed_on": "since when it is sold",
    "products.life_cycle": "see the words below; empty is active",
    "customers.zip": "postal code",
    "customers.age_band": "such as 25-34, of persons",
    "customers.segment": "the dealer's own class of customer",
    "prices.price": "what the dealer pays for a unit",
    "prices.dealer": "whose price it is; empty: everybody's, or that of the tier, region or contract",
    "prices.tier": "for dealers of this tier alone",
    "prices.region": "for dealers of this region alone",
    "prices.contract": "number of the contract with this dealer, tier or region; it goes before all other prices",
    "prices.list": "name of the price list, such as 2026 spring",
    "prices.from_quantity": "from how many units of an order on; empty: from 1",
    "prices.valid_from": "the first day; empty: always was",
    "prices.valid_to": "the last day; empty: until further notice",
    "promotions.promotion": "the promotion's code",
    "promotions.dealer": "where it runs; empty: everywhere",
    "promotions.starts_on": "the first day",
    "promotions.ends_on": "the last day",
    "promotions.discount": "share of the price that is taken off, 15% or 0.15",
    "sales.line": "number of the line, unique within the source",
    "sales.quantity": "sales units; a return is negative",
    "sales.customer": "who bought; may be empty",
    "orders.line": "number of the line within the order",
    "orders.ordered_on": "the day of the order",
    "orders.quantity": "sales units; 0 cancels the line",
    "orders.price": "what the dealer pays for a unit",
    "shipments.line": "number of the order's line",
    "shipments.shipped_on": "the day it left",
    "shipments.received_on": "the day it arrived; empty: still on its way",
    "stock.date": "the day at whose end it was counted",
    "stock.quantity": "sales units on hand",
    "production.date": "the day it was made, or is planned to be",
    "production_line": "the line that makes it",
    "warehouse.date": "the day at whose end it was counted",
    "warehouse.on_hand": "sales units in the enterprise's warehouses",
    "supply.supply_days": "days from a production or purchase order to its receipt",
    "supply.lot_minimum": "fewest units of a production or purchase order",
    "supply.lot_multiple": "units by which it grows",
    "supply.use_per_unit": "capacity that a unit uses, such as hours; empty: one",
    "capacity.a_week": "capacity of a week, in what `use_per_unit` counts",
    "capacity.starts_on": "from which day on; empty: always",
    "payments.date": "the day of the payment",
    "payments.reference": "its number at the bank or in the books",
    "payments.amount": "what was paid, in the installation's currency; rounded to its smallest unit",
    "payments.orders": "numbers of the orders it is for, with commas between; empty: the oldest due",
    "lead_times.minimum_days": "fewest days from order to receipt",
    "lead_times.maximum_days": "most days from order to receipt",
    "lead_times.supplier": "whose goods; empty: all",
}

# One row that breaks each rule: the sentences below are those that a reader of the report would see.
BROKEN = {
    "missing": ("sales", "sku", ""),
    "not_a_number": ("sales", "quantity", "abc"),
    "not_whole": ("products", "pack", "6.5"),
    "not_a_date": ("sales", "date", "03/04/2026"),
    "not_text": ("products", "name", "\ufffd"),
    "in_the_future": ("sales", "date", "2062-01-05"),
    "too_small": ("products", "pack", "-6"),
    "too_large": ("dealers", "market_share", "15"),
    "zero": ("sales", "quantity", "0"),
    "out_of_order": ("promotions", "ends_on", "2026-01-01"),
    "unknown_dealer": ("sales", "dealer", "D-7"),
    "unknown_supplier": ("production", "supplier", "S-9"),
    "unknown_product": ("prices", "sku", "000123"),
    "unknown_kind": ("production", "kind", "maybe"),
    "nobodys_contract": ("prices", "contract", "C-2026-17"),
    "not_weekdays": ("dealers", "order_weekdays", "someday"),
    "too_many_cells": ("products", "", "12 x 500 ml"),
    "too_long": ("products", "barcode", "6901234567890 …"),
    "duplicate_key": ("sales", "line", "INV-1/3"),
}

TYPES = {pl.String(): "text", pl.Float64(): "number", pl.Int64(): "whole number", pl.Date(): "date"}


def page() -> str:
    """The whole page."""
    return "\n".join([*_head(), *(line for name in ORDER for line in _feed(FEEDS[name])), *_set_aside()]) + "\n"


def _head() -> Iterator[str]:
    yield from (
        "<!-- Written by tools/feeds_doc.py from the contracts in firstmove.lake.feeds. Do not edit by hand. -->",
        "",
        "# Feeds",
        "",
        "A *feed* is one kind of file. Put the files into a folder, name each after its feed (`sales_2026.csv`, "
        "`销售明细.xlsx`), and run `firstmove intake FOLDER`.",
        "",
        "- Files are CSV, TSV or TXT (UTF-8, with or without BOM, or GB18030; comma, semicolon, tab or bar), XLSX, "
        "or Parquet. A title above the header does no harm.",
        "- Headers may be the column's name or any of the names beside it. Case, spaces, `_ - . / : * #`, full width "
        "and a unit in brackets do not matter: `数量（瓶）` is `数量`.",
        "- Codes are text: leading zeros stay, `Ａ１` and `A1` are one.",
        "- Numbers may be written `1,234.50`, `¥12`, `(12)` for −12, shares also `15%`. Dates are year first: "
        "`2026-01-31`, `2026/1/31`, `20260131`, `2026年1月31日`.",
        "- Columns that a feed does not know are ignored. A column that a file of master data does not have stays as "
        "it is.",
        "- Master data (suppliers, dealers, products, supply terms, capacity, customers, prices, lead times, "
        "promotions, payments) is known by its code; "
        "the file sent last is the newer word. A row of history (orders, shipments, stock, enterprise stock, "
        "production, sales) is known "
        "by source and key: the same or an overlapping file again adds what is new, replaces what changed and "
        "doubles nothing. `--source NAME` keeps two systems apart whose line numbers could meet.",
        "- A row that breaks the contract is set aside with its number and the reason; the others load. "
        "Files are read in the order of this page, since later feeds refer to earlier ones.",
        "- `network.json` beside the files may say who the enterprise is: "
        '`{"name": "…", "currency": "CNY", "time_zone": "Asia/Shanghai"}`. It is heeded when the data folder is empty.',
        "",
    )


def _feed(feed: Feed) -> Iterator[str]:
    with translation.override("zh-hans"):
        chinese = words.feed_name(feed.name)
    yield f"## {feed.name} {chinese}"
    yield ""
    yield PURPOSE[feed.name]
    yield ""
    kept = f"table `{feed.table}` of the lake" if feed.table else "master data in PostgreSQL"
    known = " + ".join(f"`{name}`" for name in feed.key)
    named = ", ".join(f"`{word}`" for word in feed.files)
    yield f"Kept as {kept}; a row is known by {known}. Recognised by these words in a file's name: {named}."
    yield ""
    yield "| column | 列 | type | what it is | also understood |"
    yield "|---|---|---|---|---|"
    for column in feed.columns:
        yield _column(feed, column)
    yield ""
    yield from _words_of(feed)


def _column(feed: Feed, column: Column) -> str:
    with translation.override("zh-hans"):
        chinese = words.column_name(column.name)
    meaning = MEANING.get(f"{feed.name}.{column.name}") or MEANING[column.name]
    needed = "**needed**; " if column.required else ""
    kind = TYPES[column.dtype] + _bounds(column)
    return (
        f"| `{column.name}` | {chinese} | {kind} | {needed}{meaning} | {', '.join(column.aliases).replace('|', '/')} |"
    )


def _bounds(column: Column) -> str:
    said = []
    if isinstance(column.minimum, dt.date):
        said.append(f"from {column.minimum}")
    elif column.minimum is not None and column.minimum > -LARGEST:
        said.append(f"at least {column.minimum:g}")
    if column.maximum is not None and not isinstance(column.maximum, dt.date) and column.maximum < LARGEST:
        said.append(f"at most {column.maximum:g}")
    if column.nonzero:
        said.append("not 0")
    if column.past:
        said.append("not after today" + (f" unless {column.past_unless[1]}" if column.past_unless else ""))
    return f", {', '.join(said)}" if said else ""


def _words_of(feed: Feed) -> Iterator[str]:
    """The spellings of columns that hold one of a few words."""
    for column in feed.columns:
        kinds = LIFE_CYCLES if column.name == "life_cycle" else column.kinds
        if kinds:
            by_word: dict[str, list[str]] = {}
            for spelling, word in kinds.items():
                by_word.setdefault(word, []).append(spelling)
            told = "; ".join(f"`{word}` ({', '.join(s for s in said if s != word)})" for word, said in by_word.items())
            default = f" Empty: `{column.default}`." if column.default else ""
            yield f"`{column.name}` is one of {told}.{default}"
            yield ""
    for low, high in feed.ascending:
        yield f"`{high}` is not less than `{low}`."
        yield ""


def _set_aside() -> Iterator[str]:
    yield "## Rows that are set aside 搁置行"
    yield ""
    yield "One example for each reason, in the words of the report. The first 10,000 of a file are kept one by one."
    yield ""
    yield "| reason | in English | 中文 |"
    yield "|---|---|---|"
    for reason, (feed, column, value) in BROKEN.items():
        said = []
        for language in ("en", "zh-hans"):
            with translation.override(language):
                said.append(words.row_sentence(feed=feed, row=17, reason=reason, column=column, value=value))
        yield f"| `{reason}` | {said[0]} | {said[1]} |"
    yield ""
    yield "An unknown product or customer in history is no fault: history keeps the row, and a product that only"
    yield "history knows is kept as unlisted and never proposed."


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write docs/guide/feeds.md from the feed contracts.")
    parser.add_argument("--check", action="store_true", help="fail when the page is not up to date")
    text = page()
    if parser.parse_args(arguments).check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            print(f"{PAGE.relative_to(ROOT)} is out of date: run python tools/feeds_doc.py", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(FEEDS)} feeds, {len(BROKEN)} reasons")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
