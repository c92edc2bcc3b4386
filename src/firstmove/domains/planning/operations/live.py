"""What really changed since advice is given: against each dealer's own past, and against pairs left without."""

import datetime as dt
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from django.conf import settings
from django.db.models import Min

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.planning.models import (
    Comparison,
    HoldOut,
    LiveMeasure,
    Metric,
    Participation,
    Proposal,
    ProposalState,
    Run,
    RunState,
)
from firstmove.domains.planning.operations.hold_out import salt_of
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.measure.draw import lots
from firstmove.engine.measure.experiment import change, effect
from firstmove.engine.measure.gain import Measured
from firstmove.engine.measure.weeks import weekly
from firstmove.kernel import locks, tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake import days
from firstmove.lake.store import Lake

log = logging.getLogger(__name__)

_MEASURE_LOCK = 7_215_007
# Periods that are compared: up to 8 weeks, at least 4; a year is 52 weeks, so that weekdays stay weekdays.
WEEKS, FEWEST_WEEKS = 8, 4
_YEAR = dt.timedelta(days=364)
# What an experiment knows of a pair from before.
_BEFORE = dt.timedelta(days=182)
# Numerator and denominator of each metric, of `engine.measure.weeks`.
_RATIOS = {
    Metric.MARGIN: ("margin", "days"),
    Metric.FILL: ("served_units", "wanted_units"),
    Metric.STOCKED: ("stocked_days", "pair_days"),
    Metric.CYCLE: ("cycle_days", "cycle_lines"),
}


@dataclass(frozen=True)
class _Span:
    """Days from `first` to `last`, both included."""

    first: dt.date
    last: dt.date


def measure(*, now: dt.datetime, until: dt.date | None = None) -> int | None:
    """Measure anew, from what is known up to `until` (default: the day before the business date).

    Returns how many measures there are; None where nobody has had advice for four weeks yet. Prices are those of the
    latest run on both sides, so that a difference is one of units and of days.
    """
    if not network.is_initialised():
        return None
    with locks.alone(_MEASURE_LOCK), tenancy.scope(SYSTEM):
        until = until or network.enterprise(now=now).business_on - dt.timedelta(days=1)
        started = dict(
            Proposal.objects.exclude(state__in=(ProposalState.READY,))
            .values_list("dealer__code")
            .annotate(Min("for_on"))
        )
        first = min(started.values(), default=None)
        if first is None or (until - first).days + 1 < 7 * FEWEST_WEEKS:
            return None
        lake = Lake(settings.LAKE_ROOT)
        versions = lake.versions()
        ids = network.dealer_ids_by_code()
        rows = [
            *_against_past(lake, versions, started=started, until=until, ids=ids),
            *_against_hold_out(lake, versions, until=until),
        ]
        for row in rows:
            row.measured_at = now
        LiveMeasure.objects.all().delete()
        LiveMeasure.objects.bulk_create(rows, batch_size=1000)
    log.info("%s live measures up to %s", len(rows), until)
    return len(rows)


def _priced(pairs: pl.DataFrame, *, on: dt.date) -> pl.DataFrame:
    """Add what a unit is sold at and earns its dealer (margin_per_unit, sale_price) to pairs of known products.

    What one unit costs by the lists; where none has a price, the latest run's scenario says what is left.
    """
    products = pl.DataFrame(
        [
            (one.sku, one.id, None if one.unit_price is None else float(one.unit_price))
            for one in catalog.plan_products()
        ],
        schema={"sku": pl.String, "product_id": pl.Int64, "sale_price": pl.Float64}, orient="row",
    )  # fmt: skip
    dealers = pl.DataFrame(
        list(network.dealer_ids_by_code().items()), schema={"dealer": pl.String, "dealer_id": pl.Int64}, orient="row"
    )
    scenario = Run.objects.filter(state=RunState.COMPLETE).order_by("-id").values_list("scenario", flat=True).first()
    margin = float((scenario or {}).get("dealer_margin", Scenario.dealer_margin))
    cost = pl.coalesce("price", pl.col("sale_price") * (1 - margin))
    known = pairs.join(products, on="sku").join(dealers, on="dealer")
    paid = catalog.price_book(on=on).paid(known.with_columns(quantity=pl.lit(1)))
    return (
        known.with_columns(price=paid)
        .with_columns(sale_price=pl.coalesce("sale_price", cost))
        .filter(pl.col("sale_price").is_not_null())
        .select(*pairs.columns, "sale_price", margin_per_unit=pl.col("sale_price") - cost)
    )


@dataclass(frozen=True)
class _Days:
    sold: pl.DataFrame
    empty: pl.DataFrame
    counting: pl.DataFrame


def _days(lake: Lake, versions: Mapping[str, int], span: _Span) -> _Days:
    sold = days.sold(lake, since=span.first, until=span.last, versions=versions)
    stock = days.counted(lake, since=span.first, until=span.last, versions=versions)
    there = sold.filter(pl.col("units") > 0)
    return _Days(
        sold=sold,
        empty=stock.filter(pl.col("units") == 0).join(there, on=["dealer", "sku", "date"], how="anti"),
        counting=stock.select("dealer").unique(),
    )


def _weekly(
    lake: Lake, versions: Mapping[str, int], of: _Days, *, pairs: pl.DataFrame, start: dt.date, weeks: int
) -> pl.DataFrame:
    """Weeks from `start`, with what had come of their orders by their end: both periods are judged at the same age."""
    until = start + dt.timedelta(days=7 * weeks - 1)
    orders = days.ordered(lake, since=start, until=until, versions=versions)
    return weekly(
        pairs=pairs, sold=of.sold, empty=of.empty, counting=of.counting, orders=orders, start=start, weeks=weeks
    )


def _against_past(
    lake: Lake,
    versions: Mapping[str, int],
    *,
    started: Mapping[str, dt.date],
    until: dt.date,
    ids: Mapping[str, int],
) -> list[LiveMeasure]:
    """Every dealer with four weeks of advice, and all of them together, against two pasts."""
    ready = {code: on for code, on in started.items() if (until - on).days + 1 >= 7 * FEWEST_WEEKS}
    if not ready:
        return []
    first = min(ready.values())
    weeks = min(WEEKS, ((until - first).days + 1) // 7)
    length = dt.timedelta(days=7 * weeks)
    start = until - length + dt.timedelta(days=1)
    present = _days(lake, versions, _Span(start, until))
    found = []
    bases = {Comparison.LAST_YEAR: start - _YEAR, Comparison.BEFORE: first - length}
    for comparison, base_start in bases.items():
        base_until = base_start + length - dt.timedelta(days=1)
        past = _days(lake, versions, _Span(base_start, base_until))
        sides = [
            of.sold.filter(pl.col("dealer").is_in(list(ready))).select("dealer", "sku").unique()
            for of in (past, present)
        ]
        # A product that is new, or gone, sold nothing in one of the two: that is part of the margin.
        union = pl.concat(sides).group_by("dealer", "sku").agg(lasting=pl.len() == 2)
        pairs = _priced(union, on=until + dt.timedelta(days=1))
        base = _weekly(lake, versions, past, pairs=pairs, start=base_start, weeks=weeks)
        now = _weekly(lake, versions, present, pairs=pairs, start=start, weeks=weeks)
        both = base.join(now, on=["dealer", "week"], suffix="_now")
        spans = {"from_on": start, "until_on": until, "base_from_on": base_start, "base_until_on": base_until}
        for metric, (part, whole) in _RATIOS.items():
            names = [part, whole, f"{part}_now", f"{whole}_now"]
            sums = both.select("dealer", "week", *names)
            network_wide = sums.group_by("dealer").agg(pl.col(names).sum()).sort("dealer")
            found += _row(None, comparison, metric, network_wide, names, spans)
            for (code,), rows in sums.group_by("dealer", maintain_order=True):
                found += _row(ids[str(code)], comparison, metric, rows, names, spans)
    return found


def _row(  # noqa: PLR0917 (called from one place)
    dealer_id: int | None,
    comparison: Comparison,
    metric: Metric,
    rows: pl.DataFrame,
    names: Sequence[str],
    spans: Mapping[str, dt.date],
) -> list[LiveMeasure]:
    """The measure, or nothing where one of the two periods knows nothing of it."""
    if dealer_id is None:
        rows = rows.filter((pl.col(names[1]) > 0) & (pl.col(names[3]) > 0))
    before, before_size, now, now_size = (rows[name].to_numpy() for name in names)
    if before_size.sum() <= 0 or now_size.sum() <= 0 or (metric == Metric.MARGIN and before.sum() == 0):
        return []
    gain = change(before=before, before_size=before_size, now=now, now_size=now_size)
    return [_stored(gain, dealer_id=dealer_id, comparison=comparison, metric=metric, spans=spans)]


def _stored(
    gain: Measured, *, dealer_id: int | None, comparison: Comparison, metric: Metric, spans: Mapping[str, dt.date]
) -> LiveMeasure:
    known = math.isfinite(gain.low)
    return LiveMeasure(
        dealer_id=dealer_id, comparison=comparison, metric=metric, base=gain.base, difference=gain.difference,
        low=gain.low if known else None, high=gain.high if known else None, verdict=gain.verdict,
        clusters=gain.clusters, **spans,
    )  # fmt: skip


def _against_hold_out(lake: Lake, versions: Mapping[str, int], *, until: dt.date) -> list[LiveMeasure]:
    """Pairs with advice against pairs without, all since the lot was drawn, each compared with its half year before.

    Left out: dealers that do not take part, or came back later than the draw; pairs that were held out for a part of
    the time; pairs that sold nothing before, whose past says nothing.
    """
    latest = HoldOut.objects.filter(from_on__lte=until).order_by("-version").first()
    if latest is None:
        return []
    salt = salt_of(latest)
    drawn = list(HoldOut.objects.filter(holdoutsalt__salt=salt, from_on__lte=until).order_by("version"))
    began = min((one.from_on for one in drawn if one.share > 0), default=None)
    if began is None or (until - began).days + 1 < 7 * FEWEST_WEEKS:
        return []
    shares = [one.share for one in drawn if one.from_on >= began or one is drawn[-1]]
    away = Participation.objects.exclude(takes_part=True, since_on__lte=began).values_list("dealer__code", flat=True)
    span, past = _Span(began, until), _Span(began - _BEFORE, began - dt.timedelta(days=1))
    now, before = _days(lake, versions, span), _days(lake, versions, past)
    # Who sold before the draw is known before the draw: nothing that came of it chooses the pairs.
    sold_before = before.sold.filter(~pl.col("dealer").is_in(list(away))).select("dealer", "sku").unique()
    pairs = _priced(sold_before.sort("dealer", "sku"), on=until + dt.timedelta(days=1))
    lot = pl.Series(lots(salt=salt, dealers=pairs["dealer"].to_list(), skus=pairs["sku"].to_list()))
    pairs = pairs.with_columns(lot=lot).filter((pl.col("lot") < min(shares)) | (pl.col("lot") >= max(shares)))
    sides = pairs.with_columns(held=pl.col("lot") < min(shares))
    counting = before.counting.join(now.counting, on="dealer")
    for name, of, period in (("before", before, past), ("now", now, span)):
        length = (period.last - period.first).days + 1
        cost = pl.col("sale_price") - pl.col("margin_per_unit")
        earned = pl.col("amount").fill_null(pl.col("units") * pl.col("sale_price")) - pl.col("units") * cost
        margin = (
            of.sold.join(pairs, on=["dealer", "sku"])
            .group_by("dealer", "sku")
            .agg((earned.sum() / length).alias(f"margin_{name}"))
        )
        empty = of.empty.group_by("dealer", "sku").agg((1 - pl.len() / length).alias(f"stocked_{name}"))
        sides = sides.join(margin, on=["dealer", "sku"], how="left").join(empty, on=["dealer", "sku"], how="left")
    sides = sides.with_columns(
        pl.col("margin_before").fill_null(0.0),
        pl.col("margin_now").fill_null(0.0),
        pl.col("stocked_before", "stocked_now").fill_null(1.0),
        counts=pl.col("dealer").is_in(counting["dealer"].implode()),
    ).sort("dealer", "sku")
    spans = {
        "from_on": span.first, "until_on": span.last, "base_from_on": past.first, "base_until_on": past.last
    }  # fmt: skip
    found = []
    for metric, name, rows in (
        (Metric.MARGIN, "margin", sides),
        (Metric.STOCKED, "stocked", sides.filter("counts")),
    ):
        if rows.is_empty():
            continue
        seen = effect(
            before=rows[f"{name}_before"].to_numpy(),
            now=rows[f"{name}_now"].to_numpy(),
            held=rows["held"].to_numpy(),
            dealer=rows["dealer"].rank("dense").to_numpy().astype(np.int64),
        )
        if not math.isfinite(seen.gain.difference):
            continue
        row = _stored(seen.gain, dealer_id=None, comparison=Comparison.HOLD_OUT, metric=metric, spans=spans)
        row.advised, row.held, row.held_needed = seen.advised, seen.held, seen.held_needed
        row.detectable = seen.detectable if math.isfinite(seen.detectable) else None
        found.append(row)
    return found
