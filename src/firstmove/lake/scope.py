"""Who may see which rows of the lake. What a scope does not name, it does not see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["system", "enterprise", "dealer", "supplier", "nobody"]


@dataclass(frozen=True, kw_only=True)
class LakeScope:
    """The eyes with which the lake is read; made by one of the class methods.

    >>> LakeScope.dealer("D-ankeny").kind
    'dealer'
    """

    kind: Kind
    code: str = ""
    open_dealers: frozenset[str] = frozenset()

    @classmethod
    def system(cls) -> "LakeScope":
        """Everything: for planning and other work that serves no single reader."""
        return cls(kind="system")

    @classmethod
    def enterprise(cls, *, open_dealers: frozenset[str] = frozenset()) -> "LakeScope":
        """Every dealer's rows, but `customer` is null unless the dealer is one of `open_dealers`, who consented."""
        return cls(kind="enterprise", open_dealers=open_dealers)

    @classmethod
    def dealer(cls, code: str) -> "LakeScope":
        """The rows of one dealer, and nothing of production."""
        return cls(kind="dealer", code=code)

    @classmethod
    def supplier(cls, code: str) -> "LakeScope":
        """The production rows of one supplier, and nothing of the dealers."""
        return cls(kind="supplier", code=code)

    @classmethod
    def nobody(cls) -> "LakeScope":
        """Nothing."""
        return cls(kind="nobody")

    def apply(self, *, table: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return the rows of `table` that this scope may see, columns unchanged. No rule, no rows."""
        rule = RULES.get(self.kind, {}).get(table, _nothing)
        return rule(rows, self)


Rule = Callable[[pl.LazyFrame, LakeScope], pl.LazyFrame]


def _everything(rows: pl.LazyFrame, _: LakeScope) -> pl.LazyFrame:
    return rows


def _nothing(rows: pl.LazyFrame, _: LakeScope) -> pl.LazyFrame:
    return rows.filter(pl.lit(value=False))


def _own_dealer(rows: pl.LazyFrame, scope: LakeScope) -> pl.LazyFrame:
    return rows.filter(pl.col("dealer") == scope.code) if scope.code else _nothing(rows, scope)


def _own_supplier(rows: pl.LazyFrame, scope: LakeScope) -> pl.LazyFrame:
    return rows.filter(pl.col("supplier") == scope.code) if scope.code else _nothing(rows, scope)


def _customers_with_consent(rows: pl.LazyFrame, scope: LakeScope) -> pl.LazyFrame:
    consented = pl.Series(sorted(scope.open_dealers), dtype=pl.String).implode()
    return rows.with_columns(pl.when(pl.col("dealer").is_in(consented)).then("customer").alias("customer"))


RULES: Mapping[Kind, Mapping[str, Rule]] = {
    "system": {
        "sales": _everything,
        "orders": _everything,
        "shipments": _everything,
        "stock_daily": _everything,
        "warehouse_daily": _everything,
        "production": _everything,
    },
    "enterprise": {
        "sales": _customers_with_consent,
        "orders": _everything,
        "shipments": _everything,
        "stock_daily": _everything,
        "warehouse_daily": _everything,
        "production": _everything,
    },
    "dealer": {
        "sales": _own_dealer,
        "orders": _own_dealer,
        "shipments": _own_dealer,
        "stock_daily": _own_dealer,
        "warehouse_daily": _nothing,
        "production": _nothing,
    },
    "supplier": {
        "sales": _nothing,
        "orders": _nothing,
        "shipments": _nothing,
        "stock_daily": _nothing,
        "warehouse_daily": _nothing,
        "production": _own_supplier,
    },
    "nobody": {
        "sales": _nothing,
        "orders": _nothing,
        "shipments": _nothing,
        "stock_daily": _nothing,
        "warehouse_daily": _nothing,
        "production": _nothing,
    },
}
"""One rule for every kind of scope and every table; a test fails when a table has none."""
