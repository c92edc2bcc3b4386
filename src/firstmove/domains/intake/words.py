"""What is said of files and rows, in the reader's language: what was wrong, where, and what to do."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from firstmove.domains.intake.refusal import LIFE_CYCLES, limits
from firstmove.lake.feeds import FEEDS

Words = str | Promise

FEED_NAMES: Mapping[str, Words] = {
    "dealers": _("dealers"),
    "suppliers": _("suppliers"),
    "products": _("products"),
    "customers": _("customers"),
    "prices": _("prices"),
    "promotions": _("promotions"),
    "lead_times": _("lead times"),
    "sales": _("sales"),
    "orders": _("orders"),
    "shipments": _("shipments"),
    "stock": _("stock"),
    "production": _("production"),
    "warehouse": _("enterprise stock"),
    "supply": _("supply terms"),
    "capacity": _("production capacity"),
    "payments": _("payments"),
}

# Columns are named as in the contract, which is how English files call them; the translation is for readers alone.
COLUMN_NAMES: Mapping[str, Words] = {
    "dealer": _("dealer"),
    "reference": _("reference"),
    "orders": _("orders"),
    "supplier": _("supplier"),
    "supplier_name": _("supplier_name"),
    "customer": _("customer"),
    "sku": _("sku"),
    "name": _("name"),
    "region": _("region"),
    "city": _("city"),
    "tier": _("tier"),
    "lat": _("lat"),
    "lon": _("lon"),
    "customers": _("customers"),
    "credit_limit": _("credit_limit"),
    "terms_days": _("terms_days"),
    "lead_time_min_days": _("lead_time_min_days"),
    "lead_time_max_days": _("lead_time_max_days"),
    "review_days": _("review_days"),
    "minimum_order_amount": _("minimum_order_amount"),
    "minimum_order_kg": _("minimum_order_kg"),
    "order_budget": _("order_budget"),
    "order_weekdays": _("order_weekdays"),
    "delivery_weekdays": _("delivery_weekdays"),
    "truck_pallets": _("truck_pallets"),
    "truck_kg": _("truck_kg"),
    "freight_per_truck": _("freight_per_truck"),
    "freight_per_pallet": _("freight_per_pallet"),
    "weight_kg": _("weight_kg"),
    "units_per_pallet": _("units_per_pallet"),
    "shelf_life_days": _("shelf_life_days"),
    "market_growth": _("market_growth"),
    "market_share": _("market_share"),
    "category": _("category"),
    "volume_ml": _("volume_ml"),
    "unit": _("unit"),
    "pack": _("pack"),
    "minimum": _("minimum"),
    "multiple": _("multiple"),
    "carton": _("carton"),
    "unit_cost": _("unit_cost"),
    "unit_price": _("unit_price"),
    "barcode": _("barcode"),
    "listed_on": _("listed_on"),
    "life_cycle": _("life_cycle"),
    "kind": _("kind"),
    "zip": _("zip"),
    "age_band": _("age_band"),
    "segment": _("segment"),
    "price": _("price"),
    "contract": _("contract"),
    "list": _("list"),
    "from_quantity": _("from_quantity"),
    "tax_rate": _("tax_rate"),
    "valid_from": _("valid_from"),
    "valid_to": _("valid_to"),
    "promotion": _("promotion"),
    "starts_on": _("starts_on"),
    "ends_on": _("ends_on"),
    "discount": _("discount"),
    "minimum_days": _("minimum_days"),
    "maximum_days": _("maximum_days"),
    "date": _("date"),
    "line": _("line"),
    "order": _("order"),
    "ordered_on": _("ordered_on"),
    "expected_on": _("expected_on"),
    "shipped_on": _("shipped_on"),
    "received_on": _("received_on"),
    "quantity": _("quantity"),
    "amount": _("amount"),
    "on_hand": _("on_hand"),
    "supply_days": _("supply_days"),
    "lot_minimum": _("lot_minimum"),
    "lot_multiple": _("lot_multiple"),
    "production_line": _("production_line"),
    "use_per_unit": _("use_per_unit"),
    "a_week": _("a_week"),
}

_ROW: Mapping[str, Words] = {
    "missing": _("Row %(row)s: %(column)s is empty. Every row needs it."),
    "not_a_number": _('Row %(row)s: %(column)s "%(value)s" is not a number. Write digits, such as 12 or 1,234.50.'),
    "not_whole": _('Row %(row)s: %(column)s "%(value)s" is not a whole number.'),
    "not_a_date": _('Row %(row)s: %(column)s "%(value)s" is not a date. Write it as 2024-01-31.'),
    "not_text": _(
        'Row %(row)s: %(column)s "%(value)s" holds bytes that are not text. Save the file as CSV UTF-8 again.'
    ),
    "in_the_future": _("Row %(row)s: %(column)s %(value)s lies in the future."),
    "too_small": _("Row %(row)s: %(column)s %(value)s is too small. The least is %(bound)s."),
    "too_large": _("Row %(row)s: %(column)s %(value)s is too large. The most is %(bound)s."),
    "zero": _("Row %(row)s: %(column)s is 0. Leave the row out, or write what was sold; a return is negative."),
    "out_of_order": _("Row %(row)s: %(column)s %(value)s is less than %(bound)s."),
    "unknown_dealer": _('Row %(row)s: there is no dealer "%(value)s". Take in the dealers first, or correct the code.'),
    "unknown_supplier": _(
        'Row %(row)s: there is no supplier "%(value)s". Take in the suppliers first, or correct the code.'
    ),
    "unknown_product": _(
        'Row %(row)s: there is no product "%(value)s". Take in the products first, or correct the code.'
    ),
    "unknown_kind": _('Row %(row)s: %(column)s "%(value)s" is not known. Write one of: %(bound)s.'),
    "nobodys_contract": _(
        'Row %(row)s: %(column)s "%(value)s" names nobody. Fill in the dealer, tier or region that it is with.'
    ),
    "not_weekdays": _(
        'Row %(row)s: %(column)s "%(value)s" names no weekdays. Write them as 1,4 or Mon, Thu or 周一、周四.'
    ),
    "too_many_cells": _(
        'Row %(row)s has more cells than the header, from "%(value)s" on. '
        "Put quotes around a text that holds the separator."
    ),
    "too_long": _('Row %(row)s: %(column)s "%(value)s" is too long. It may have %(bound)s characters.'),
    "duplicate_key": _(
        'Row %(row)s: a later row of the file has the same %(column)s "%(value)s" and other content. '
        "The later row is used."
    ),
}

_EARLIER: Words = _("Row %(row)s: %(column)s %(value)s is before %(bound)s.")

_FILE: Mapping[str, Words] = {
    "no_file": _("%(file)s: there is no such file. Check the path."),
    "unknown_format": _("%(file)s: this kind of file is not read. Save it as CSV, XLSX or Parquet."),
    "empty_file": _("%(file)s: the file is empty (0 bytes). Export it again."),
    "unknown_encoding": _(
        "%(file)s: the text is neither UTF-8 nor GB18030. Save the file as CSV UTF-8 and send it again."
    ),
    "broken_file": _("%(file)s: the file is damaged or incomplete. Export it again and send the new file."),
    "no_header": _("%(file)s: there is no header. Put the names of the columns in the first row."),
    "missing_column": _(
        "%(file)s: the column %(columns)s is missing. Add it, or rename the column that is meant; "
        "these names are understood too: %(aliases)s."
    ),
    "unknown_feed": _(
        "%(file)s: neither the name nor the header tells what the file holds. "
        "Name it after its feed, such as sales.csv: %(feeds)s."
    ),
    "ambiguous_feed": _(
        "%(file)s: the header fits several feeds. Name the file after its feed, such as sales.csv: %(feeds)s."
    ),
    "interrupted": _(
        "%(file)s: the reading was interrupted. Send the same file again; it goes on, and nothing is doubled."
    ),
}


def row_sentence(*, feed: str, row: int, reason: str, column: str, value: str) -> str:
    """Why a row was set aside: ``'Row 17: quantity "abc" is not a number. Write digits, such as 12 or 1,234.50.'``"""
    facts = {"row": row, "column": column_name(column), "value": value, "bound": _bound(feed, reason, column)}
    if reason == "out_of_order" and FEEDS[feed].column(column).dtype == pl.Date:
        return str(_EARLIER) % facts
    return str(_ROW[reason]) % facts


def file_sentence(*, feed: str, file: str, problem: Mapping[str, Any]) -> str:
    """Why a file was not taken. A code that has no words of its own keeps those of whoever found the fault."""
    words = _FILE.get(problem["code"])
    if words is None:
        return str(problem.get("detail") or problem["code"])
    columns = [name for name in problem.get("columns", ()) if feed in FEEDS]
    said = [column_name(name) for name in columns]
    understood = [alias for name in columns for alias in (name, *FEEDS[feed].column(name).aliases[:6])]
    return str(words) % {
        "file": file,
        "columns": ", ".join(said),
        "aliases": ", ".join(alias for alias in understood if alias not in said) or "-",
        "feeds": ", ".join(FEEDS),
    }


def feed_name(feed: str) -> str:
    """What a reader calls a feed; empty where nobody could tell."""
    return str(FEED_NAMES.get(feed, feed))


def column_name(column: str) -> str:
    """What a reader calls a column."""
    return str(COLUMN_NAMES.get(column, column))


def _bound(feed: str, reason: str, column: str) -> str:
    """What the contract allows at the point where a row broke it."""
    contract = FEEDS[feed]
    rule = next((each for each in contract.columns if each.name == column), None)
    if rule is None:
        return ""
    if reason in {"too_small", "too_large"}:
        return _plain(rule.minimum if reason == "too_small" else rule.maximum)
    if reason == "unknown_kind":
        return ", ".join(sorted(set((rule.kinds or LIFE_CYCLES).values())))
    if reason == "too_long":
        return str(limits(feed, history=contract.table is not None).get(column, ""))
    if reason == "out_of_order":
        return column_name(next((low for low, high in contract.ascending if high == column), ""))
    return ""


def _plain(bound: object) -> str:
    """1e9 as 1,000,000,000."""
    return f"{bound:,}" if isinstance(bound, int) else str(bound)
