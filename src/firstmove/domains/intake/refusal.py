"""Rows that keep their feed's contract but that the database cannot hold or place: set aside like any other."""

from dataclasses import dataclass

import polars as pl

from firstmove.lake.parse import BAD_SCHEMA, RAW_CHARACTERS, VALUE_CHARACTERS

_CODE = 60
LONGEST = {
    "dealer": _CODE, "supplier": _CODE, "sku": _CODE, "customer": _CODE, "promotion": _CODE, "segment": _CODE,
    "production_line": _CODE,
    "reference": _CODE, "orders": 500,
    "contract": _CODE, "list": 120,
    "name": 200, "supplier_name": 200, "region": 100, "city": 100, "category": 120,
    "tier": 40, "barcode": 40, "unit": 20, "zip": 20, "age_band": 20,
}  # fmt: skip
"""How many characters the database keeps, by column of a feed."""
_LONGER = {"products": {"name": 300}}

_HISTORY = ("dealer", "sku")
"""Of history, only these reach the database; the lake holds texts of any length."""

LIFE_CYCLES = {
    "new": "new", "新品": "new",
    "active": "active", "listed": "active", "在售": "active", "正常": "active", "启用": "active",
    "phase_out": "phase_out", "phase out": "phase_out", "phasing out": "phase_out", "淘汰": "phase_out",
    "清仓": "phase_out",
    "unlisted": "unlisted", "delisted": "unlisted", "discontinued": "unlisted", "下架": "unlisted",
    "停售": "unlisted", "停产": "unlisted", "停用": "unlisted",
}  # fmt: skip
"""How files call the stages of a product's life."""


@dataclass
class Rows:
    """Good rows, and what was refused of them so far."""

    good: pl.DataFrame
    bad: pl.DataFrame

    def refuse(self, *, where: pl.Expr, reason: str, column: str) -> None:
        """Set aside the rows where the expression is true."""
        wrong = self.good.filter(where.fill_null(value=False))
        if wrong.is_empty():
            return
        self.good = self.good.filter(~where.fill_null(value=False))
        refused = wrong.select(
            "row",
            pl.lit(reason).alias("reason"),
            pl.lit(column).alias("column"),
            pl.col(column).cast(pl.String).str.slice(0, VALUE_CHARACTERS).alias("value"),
            pl.struct(pl.exclude("row")).struct.json_encode().str.slice(0, RAW_CHARACTERS).alias("raw"),
        ).cast(BAD_SCHEMA)
        self.bad = pl.concat([self.bad, refused]).sort("row")


def limits(feed: str, *, history: bool) -> dict[str, int]:
    """How many characters each text column of a feed may have."""
    if history:
        return {name: LONGEST[name] for name in _HISTORY}
    return LONGEST | _LONGER.get(feed, {})


def refuse_unstorable(rows: Rows, *, longest: dict[str, int]) -> None:
    """Set aside texts that are too long for the database, and texts with a zero character, which it cannot keep."""
    for name, limit in longest.items():
        if name not in rows.good.columns:
            continue
        rows.refuse(where=pl.col(name).str.contains("\0", literal=True), reason="not_text", column=name)
        # Bytes are counted first: that is nearly free, and no text has more characters than bytes.
        most = rows.good[name].str.len_bytes().max()
        if isinstance(most, int) and most > limit:
            rows.refuse(where=pl.col(name).str.len_chars() > limit, reason="too_long", column=name)
