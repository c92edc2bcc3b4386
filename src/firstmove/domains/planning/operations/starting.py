"""The step of a run that keeps the first weeks of new dealers and launches, for the enterprise to watch.

Each week is foreseen as it would have been when it began: by dealers and launches that were known on the first day, and
by what was sold until the week. Nothing later is read, so what came may be held against it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.domains.network import queries as network
from firstmove.domains.network.queries import DealerView
from firstmove.domains.planning.models import DealerStart, ProductStart, Run, StartPair, StartState
from firstmove.domains.planning.operations import newcomers
from firstmove.domains.planning.operations.copying import copy
from firstmove.domains.planning.operations.newcomers import Learned, Newcomers
from firstmove.engine.demand import coldstart, first_weeks
from firstmove.engine.demand.coldstart import LAUNCH_WEEKS, LEAST_LAUNCHES, MONTH_DAYS, MONTHS, WEEK_DAYS
from firstmove.engine.demand.first_weeks import FirstWeeks
from firstmove.lake.series import Series

Floats = NDArray[np.float64]

# Those beyond have next to no say in a plan.
_LIKES_KEPT = 8

_PAIRS: dict[str, pl.DataType] = {
    "dealer": pl.String(),
    "product_id": pl.Int64(),
    "is_launch": pl.Boolean(),
    "expected_week": pl.Float64(),
    "week": pl.Float64(),
    "sold": pl.Float64(),
}


@dataclass(frozen=True)
class Starts:
    """Rows that are not stored yet: new dealers, launches, and their pairs (`_PAIRS`)."""

    dealers: list[DealerStart] = field(default_factory=list)
    products: list[ProductStart] = field(default_factory=list)
    pairs: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_PAIRS))


def recorded(series: Series, new: Newcomers | None, cold: pl.DataFrame) -> Starts:
    """First weeks of all that is new in `series`, and of their pairs in `cold` (`partitions.COLD`)."""
    if new is None:
        return Starts()
    return Starts(dealers=_dealers(series, new), products=_products(series, new), pairs=_pairs(series, new, cold))


def write(*, run: Run, starts: Starts) -> None:
    """Store the first weeks in place of those of the last run. Call it inside the system's scope."""
    for row in (*starts.dealers, *starts.products):
        row.run = run
    for model in (DealerStart, ProductStart, StartPair):
        model.objects.all().delete()
    DealerStart.objects.bulk_create(starts.dealers)
    ProductStart.objects.bulk_create(starts.products)
    ids = network.dealer_ids_by_code()
    pairs = starts.pairs.with_columns(
        seller_id=pl.col("dealer").replace_strict(ids, return_dtype=pl.Int64) if len(starts.pairs) else pl.lit(0)
    )
    copy("planning_startpair", pairs, _COLUMNS, extra={"run_id": str(run.pk)})


_COLUMNS = {
    "seller_id": "bigint",
    "product_id": "bigint",
    "is_launch": "boolean",
    "expected_week": "double precision",
    "week": "double precision",
    "sold": "double precision",
}


def _dealers(series: Series, new: Newcomers) -> list[DealerStart]:
    """Of dealers that opened in the same week, what was known before it is learned once."""
    rows = [_without_plan(series, new, dealer, StartState.NO_MARKET) for dealer in new.unknown]

    def eve(dealer: DealerView) -> int:
        day = new.started.get(dealer.code, series.days)
        return series.days if day == series.days else day - (day - series.days) % WEEK_DAYS

    for until, group in groupby(sorted(new.new, key=lambda one: (eve(one), one.code)), key=eve):
        together = list(group)
        learned = newcomers.learn(series, new, until=until)
        if learned is None:
            rows += [_without_plan(series, new, dealer, StartState.FEW_KNOWN) for dealer in together]
        else:
            rows += _of_week(series, new, together, learned)
    return rows


def _without_plan(series: Series, new: Newcomers, dealer: DealerView, state: StartState) -> DealerStart:
    day = new.started.get(dealer.code)
    return DealerStart(
        newcomer_id=dealer.id,
        state=state,
        opened_on=None if day is None else series.first_on + dt.timedelta(days=day),
        days=0 if day is None else series.days - day,
        own_share=0.0,
    )


def _of_week(series: Series, new: Newcomers, dealers: Sequence[DealerView], learned: Learned) -> list[DealerStart]:
    year = learned.sold.sum(axis=0)
    around = newcomers.markets(dealers, shared=learned.shared)
    rates, weights = coldstart.initial_rates(new=around, known=learned.markets, sold=year, spread=learned.spread)
    km = coldstart.distances(around, learned.markets)
    begun = {dealer.code: new.started.get(dealer.code, series.days) for dealer in dealers}
    days = series.days - np.array(list(begun.values()))
    seen = np.minimum(days // WEEK_DAYS, LAUNCH_WEEKS)
    came = _came(series, begun, learned.skus)
    weeks = first_weeks.of_dealers(rates=rates, came=came, seen=seen, spread=learned.spread)
    own = first_weeks.own_share(seen, learned.spread)
    theirs = year.sum(axis=1) / (MONTHS * MONTH_DAYS) * WEEK_DAYS
    rows = []
    for i, dealer in enumerate(dealers):
        begins_on = series.first_on + dt.timedelta(days=begun[dealer.code])
        likes = [
            {
                "dealer": learned.dealers[j].id,
                "weight": float(weights[i, j]),
                "market": float(learned.markets.reach[j] / around.reach[i]),
                "km": float(km[i, j]) if np.isfinite(km[i, j]) else None,
                "week": float(theirs[j]),
            }
            for j in np.argsort(-weights[i], kind="stable")[:_LIKES_KEPT]
        ]
        rows.append(
            DealerStart(
                newcomer_id=dealer.id,
                state=StartState.PLANNED,
                opened_on=begins_on if days[i] else None,
                days=int(days[i]),
                own_share=float(own[i]),
                market=float(around.reach[i] / (weights[i] @ learned.markets.reach)),
                weeks=_told(weeks, i, came=came[i].sum(axis=1), seen=int(seen[i]), begins_on=begins_on),
                likes=likes,
            )
        )
    return rows


def _came(series: Series, begun: Mapping[str, int], skus: Sequence[str]) -> Floats:
    """Units of each product in each of the first 13 weeks of dealers since their first day, [dealers, 13, skus]."""
    came = np.zeros((len(begun), LAUNCH_WEEKS, len(skus)))
    dealer_at, sku_at = ({code: i for i, code in enumerate(codes)} for codes in (begun, skus))
    sold = newcomers.daily(series, list(begun)).filter(pl.col("sku").is_in(skus))
    if sold.is_empty():
        return came
    weeks = sold.with_columns(week=(pl.col("day") - newcomers.place("dealer", begun)) // WEEK_DAYS)
    sums = weeks.filter(pl.col("week").is_between(0, LAUNCH_WEEKS - 1)).group_by("dealer", "week", "sku")
    for code, week, sku, units in sums.agg(pl.col("quantity").sum()).rows():
        came[dealer_at[code], week, sku_at[sku]] = max(units, 0.0)
    return came


def _told(
    weeks: FirstWeeks, row: int, *, came: Floats, seen: int, begins_on: dt.date
) -> list[dict[str, str | float | None]]:
    return [
        {
            "on": (begins_on + dt.timedelta(weeks=week)).isoformat(),
            "initial": float(weeks.initial[row, week]),
            "planned": float(weeks.planned[row, week]),
            "low": float(weeks.low[row, week]),
            "high": float(weeks.high[row, week]),
            "came": float(came[week]) if week < seen else None,
        }
        for week in range(LAUNCH_WEEKS)
    ]


def _products(series: Series, new: Newcomers) -> list[ProductStart]:
    """Lots are learned before the first of these launches, curves of each from launches that were over before it."""
    if not new.launched:
        return []
    groups, group_of = newcomers.groups_of(new.listed)
    learned = newcomers.learn(series, new, until=series.days - max(new.launched.values()))
    weeks, past = newcomers.past_launches(series, new.listed)
    first = dict(series.frame.group_by("sku").agg(pl.col("first_sale_day").min()).rows())
    over = np.array([first[sku] for sku in past], np.int64) + LAUNCH_WEEKS * WEEK_DAYS
    of_past = np.array([group_of[sku] for sku in past], np.int64)
    sold = _weeks_of(series, new.launched)
    rows = []
    for sku, days in new.launched.items():
        before = over <= series.days - days
        product, group = new.listed[sku], group_of[sku]
        row = ProductStart(
            product_id=product.id,
            state=StartState.FEW_KNOWN,
            listed_on=product.listed_on,
            began_on=series.first_on + dt.timedelta(days=series.days - days) if days else None,
            days=days,
            launches=int((of_past[before] == group).sum()),
            all_launches=int(before.sum()),
        )
        if learned is not None and before.sum() >= LEAST_LAUNCHES and weeks[before].sum():
            launches = coldstart.learn_launches(weeks[before], group=of_past[before], groups=groups)
            seen, came = min(days // WEEK_DAYS, LAUNCH_WEEKS), sold.get(sku, np.zeros(LAUNCH_WEEKS))
            foreseen = first_weeks.of_launches(
                launches, group=np.array([group]), came=came[None], seen=np.array([seen]), spread=learned.spread
            )
            row.state = StartState.PLANNED
            row.curve = [float(value) for value in launches.curve[group]]
            begins_on = series.first_on + dt.timedelta(days=series.days - days)
            row.weeks = _told(foreseen, 0, came=came, seen=seen, begins_on=begins_on)
        rows.append(row)
    return rows


def _weeks_of(series: Series, launched: Mapping[str, int]) -> dict[str, Floats]:
    """Units of each of the first 13 weeks of launches that sold, in the whole network."""
    begun = {sku: series.days - days for sku, days in launched.items() if days}
    if not begun:
        return {}
    own = series.frame.filter(pl.col("sku").is_in(list(begun))).select("sku", "day", "quantity")
    each = own.explode("day", "quantity", empty_as_null=False).with_columns(
        week=(pl.col("day") - newcomers.place("sku", begun)) // WEEK_DAYS
    )
    sums = each.filter(pl.col("week").is_between(0, LAUNCH_WEEKS - 1)).group_by("sku", "week")
    out = {sku: np.zeros(LAUNCH_WEEKS) for sku in begun}
    for sku, week, units in sums.agg(pl.col("quantity").sum()).rows():
        out[sku][week] = max(units, 0.0)
    return out


def _pairs(series: Series, new: Newcomers, cold: pl.DataFrame) -> pl.DataFrame:
    """The pairs that are believed in today's plan, with what each sold of its own."""
    if cold.is_empty():
        return pl.DataFrame(schema=_PAIRS)
    sold = series.frame.select("dealer", "sku", sold=pl.col("quantity").list.sum().cast(pl.Float64))
    why = pl.Struct({"kind": pl.String, "expected_week": pl.Float64, "week": pl.Float64})
    facts = cold.select("dealer", "sku", pl.col("cold").str.json_decode(why)).unnest("cold")
    ids = {sku: product.id for sku, product in new.listed.items()}
    return (
        facts.join(sold, on=["dealer", "sku"], how="left")
        .with_columns(
            pl.col("sold").fill_null(0.0).clip(0.0),
            product_id=newcomers.place("sku", ids),
            is_launch=pl.col("kind") == "product",
        )
        .select(*_PAIRS)
    )
