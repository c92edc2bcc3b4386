"""Alerts of a run about demand itself: a pair whose demand changed for good, and a dealer whose feed is silent.

What changed is told by the scores of the partition pass, cut to the list as a whole (`engine.demand.watch`). An alert's
money is a margin: of four weeks at the difference for a level that rose, fell or stopped, of what was sold beyond the
usual for a week that stands alone, and of the sales that nobody sees for a feed that is silent.
"""

import datetime as dt

import polars as pl

from firstmove.domains.planning.models import AlertKind, Topic
from firstmove.domains.planning.operations.alerting import COLUMNS, settle
from firstmove.engine.demand.sensing import NEWS_DAYS, SPIKED
from firstmove.engine.demand.watch import list_of

_WEEK, _STAKE_DAYS = 7, 28
# A score that wavers around its limit is one change, not one a week.
_SAME_DAYS = 28


def watch_demand(*, results: pl.DataFrame, held: pl.DataFrame, for_on: dt.date) -> int:
    """Bring alerts about demand up to a run's results. Returns how many are open. Call it inside the system's scope.

    The list is cut over all pairs; those that are `held` (dealer, sku) then get no alert, as it would be advice. A
    silent feed is told of the dealer, of no product.
    """
    changes = list_of(results).join(held, on=["dealer", "sku"], how="anti")
    # A silence of half a year is no news: what lies there without selling is surplus, with an alert of its own.
    changes = changes.filter(pl.col("proposable"), pl.col("shift_days") <= NEWS_DAYS)
    alerts = pl.concat([_changed(changes, for_on=for_on), _silent(results, for_on=for_on)])
    settle(alerts, topics=(Topic.DEMAND, Topic.FEED), for_on=for_on, same_days=_SAME_DAYS)
    return len(alerts)


def _margin() -> pl.Expr:
    return (pl.col("sale_price") - pl.col("purchase_price")).clip(0)


def _changed(found: pl.DataFrame, *, for_on: dt.date) -> pl.DataFrame:
    usual, now = pl.col("shift_usual_units_per_day"), pl.col("shift_now_units_per_day")
    beyond = (pl.col("shift_sold_units") - usual * _WEEK).clip(0)
    units = pl.when(pl.col("shift") == SPIKED).then(beyond).otherwise((now - usual).abs() * _STAKE_DAYS)
    facts = pl.struct(
        since=(pl.lit(for_on) - pl.duration(days="shift_days")).cast(pl.String),
        days=pl.col("shift_days"),
        before=(usual * _WEEK).round(2),
        now=(now * _WEEK).round(2),
        plan=(pl.col("rate_units_per_day") * _WEEK).round(2),
        sold=pl.col("shift_sold_units").round(1),
        stock_assumed=pl.col("stock_assumed"),
    ).struct.json_encode()
    return found.select(
        **_row(topic=Topic.DEMAND, kind=pl.col("shift"), money=units * _margin(), facts=facts),
    )


def _silent(results: pl.DataFrame, *, for_on: dt.date) -> pl.DataFrame:
    dealers = (
        results.filter(pl.col("silent_days") > 0)
        .group_by("dealer_id", "silent_days")
        .agg(a_day=(pl.col("rate_units_per_day") * _margin()).sum(), products=pl.len())
        .sort("dealer_id")
        .with_columns(product_id=pl.lit(None, pl.Int64))
    )
    facts = pl.struct(
        since=(pl.lit(for_on) - pl.duration(days="silent_days")).cast(pl.String),
        days=pl.col("silent_days"),
        products=pl.col("products"),
    ).struct.json_encode()
    money = pl.col("a_day") * pl.col("silent_days")
    return dealers.select(**_row(topic=Topic.FEED, kind=pl.lit(str(AlertKind.SILENT)), money=money, facts=facts))


def _row(*, topic: Topic, kind: pl.Expr, money: pl.Expr, facts: pl.Expr) -> dict[str, pl.Expr]:
    given = {
        "dealer_id": pl.col("dealer_id"), "product_id": pl.col("product_id"), "topic": pl.lit(str(topic)),
        "kind": kind, "money": money, "facts": facts,
    }  # fmt: skip
    # Dates and units of goods that run short are none of theirs.
    empty = {"lost_units": pl.lit(None, pl.Float64)}
    return {name: given.get(name, empty.get(name, pl.lit(None, pl.Date))) for name in COLUMNS}
