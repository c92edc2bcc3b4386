"""What came of every advice: reckoned when its time is over, and again where history that came late corrects it."""

import datetime as dt
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.conf import settings
from django.db import connection

from firstmove.domains.network import queries as network
from firstmove.domains.planning.models import Answer, Reckoning, Verdict
from firstmove.engine.measure.outcome import reckon
from firstmove.kernel import locks, outbox, tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake import days
from firstmove.lake.store import Lake

log = logging.getLogger(__name__)

# One pass at a time; the number is arbitrary and known only here.
_RECKON_LOCK = 7_215_006
# History that comes later than this after an outcome no longer changes it.
CORRECTED_DAYS = 60
_WEEK_DAYS = 7
# A said range and an outcome by the same valuation may differ in their last digits.
_A_CENT = 0.01
# A proposal may be answered for so long after its morning; what was open at the last pass is decided by then.
_ANSWERED_WITHIN = dt.timedelta(days=3)
_READ = ("sales", "stock_daily", "orders", "shipments")

# Advice that is over from one day to another, of both kinds, in one shape. Advice that was replaced within its own day
# was never answered and is left out. The mornings of one review period advise the same goods again: the answered one,
# or else the first, stands for all in sums of money (`counts`); periods are cut by the calendar.
_ADVICE = """
with advice as (
  select l.id as line_id, null::bigint as held_id, p.dealer_id, l.product_id, p.for_on,
    p.expected_on - p.for_on as lead_days, p.review_days::int, l.decision as answer, l.quantity as advised,
    coalesce(l.current_price, l.unit_price)::float8 as unit_price, l.sale_price::float8, l.holding_rate_per_year,
    l.on_hand, l.in_transit, l.rate_per_day, l.level, l.week_low, l.week_mean, l.week_high,
    l.profit, l.profit_low, l.profit_high
  from planning_proposalline l join planning_proposal p on p.id = l.proposal_id
  where l.decision <> '' and p.for_on between %(since)s - 2 * %(span)s and %(until)s
  union all
  select null, id, dealer_id, product_id, for_on, lead_days, review_days, 'held', quantity,
    unit_price::float8, sale_price::float8, holding_rate_per_year,
    on_hand, in_transit, rate_per_day, level, week_low, week_mean, week_high, profit, profit_low, profit_high
  from planning_heldadvice where for_on between %(since)s - 2 * %(span)s and %(until)s
), standing as (
  select *, for_on + lead_days + review_days - 1 as due_on, row_number() over (
    partition by dealer_id, product_id, review_days, (for_on - date '2000-01-03') / review_days
    order by answer in ('accepted', 'changed') desc, for_on, line_id) = 1 as counts
  from advice
)
select a.*, d.code as dealer, c.sku, l.id is null and h.id is null as fresh
from standing a join network_dealer d on d.id = a.dealer_id join catalog_product c on c.id = a.product_id
left join planning_outcome l on l.line_id = a.line_id left join planning_outcome h on h.held_id = a.held_id
where a.due_on between %(since)s and %(until)s
"""
_LONGEST = """
select greatest(
  (select max(expected_on - for_on + review_days) from planning_proposal),
  (select max(lead_days + review_days) from planning_heldadvice))
"""

_COLUMNS = {
    "line_id": "bigint",
    "held_id": "bigint",
    "dealer_id": "bigint",
    "product_id": "bigint",
    "for_on": "date",
    "due_on": "date",
    "answer": "text",
    "counts": "boolean",
    "advised": "integer",
    "ordered": "double precision",
    "received": "double precision",
    "cycle_days": "double precision",
    "unit_price": "double precision",
    "sold_lead": "double precision",
    "sold_review": "double precision",
    "sold_week": "double precision",
    "stock_known": "boolean",
    "out_days": "double precision",
    "lost_units": "double precision",
    "week_low": "double precision",
    "week_mean": "double precision",
    "week_high": "double precision",
    "week_place": "smallint",
    "level_held": "boolean",
    "said_profit": "double precision",
    "said_low": "double precision",
    "said_high": "double precision",
    "advised_profit": "double precision",
    "ordered_profit": "double precision",
    "verdict": "text",
}
# What history that comes late may change.
_CHANGING = [name for name in _COLUMNS if name not in ("line_id", "held_id", "dealer_id", "product_id", "for_on")]


@dataclass(frozen=True)
class Reckoned:
    """What a pass did: outcomes `looked_at`, and those of them that were new or changed."""

    until: dt.date
    looked_at: int
    written: int
    seconds: float


def reckon_outcomes(*, now: dt.datetime, until: dt.date | None = None) -> Reckoned | None:
    """Reckon every advice whose time was over by `until` (default: the day before the business date).

    Days of the last 60 whose history came or changed since the last pass correct the outcomes that they belong to;
    repeated on the same lake, a pass writes nothing. None on an installation that is not initialised, and where nothing
    is due.
    """
    if not network.is_initialised():
        return None
    clock = time.perf_counter()
    with locks.alone(_RECKON_LOCK):
        while outbox.deliver():
            pass
        lake = Lake(settings.LAKE_ROOT)
        versions = {table: version for table, version in lake.versions().items() if table in _READ}
        with tenancy.scope(SYSTEM):
            until = until or network.enterprise(now=now).business_on - dt.timedelta(days=1)
            last = Reckoning.objects.order_by("-id").first()
            advice = _due(last, lake=lake, versions=versions, until=until)
            if advice.is_empty():
                return None
            outcomes = _outcomes(advice, lake=lake, versions=versions, until=until)
            pass_ = Reckoning.objects.create(
                at=now, until=until, versions=versions, looked_at=len(outcomes), written=0, seconds=0.0
            )
            written = _store(outcomes, reckoning_id=pass_.pk)
            pass_.written, pass_.seconds = written, time.perf_counter() - clock
            pass_.save(update_fields=["written", "seconds"])
    log.info("outcomes up to %s: %s looked at, %s new or corrected", until, len(outcomes), written)
    return Reckoned(until=until, looked_at=len(outcomes), written=written, seconds=pass_.seconds)


def _due(last: Reckoning | None, *, lake: Lake, versions: Mapping[str, int], until: dt.date) -> pl.DataFrame:
    """The advice to look at: what came due since the last pass, and what changed days belong to."""
    with connection.cursor() as cursor:
        cursor.execute(_LONGEST)
        span = cursor.fetchone()[0]
    if span is None:
        return pl.DataFrame(schema=_DUE)
    if last is None:
        return _advice(since=dt.date(2000, 1, 3), until=until, span=span)
    news = _advice(since=min(last.until, until) - _ANSWERED_WITHIN, until=until, span=span).filter("fresh")
    oldest = until - dt.timedelta(days=CORRECTED_DAYS)
    changed = days.changed(lake, tables=_READ, since=oldest, until=until, before=last.versions, now=versions).filter(
        pl.col("date") <= last.until
    )
    if changed.is_empty():
        return news
    older = _advice(since=oldest, until=until, span=span).filter(~pl.col("fresh"))
    touched = (
        older.select("dealer", "for_on", "due_on")
        .unique()
        .join(changed, on="dealer")
        # Goods may come after the period that they were ordered in.
        .filter(pl.col("date").is_between(pl.col("for_on"), pl.col("due_on") + pl.duration(days=span)))
        .select("dealer", "for_on", "due_on")
        .unique()
    )
    return pl.concat([news, older.join(touched, on=["dealer", "for_on", "due_on"], how="semi")])


def _advice(*, since: dt.date, until: dt.date, span: int) -> pl.DataFrame:
    """Advice whose time ended from `since` to `until`."""
    with connection.cursor() as cursor:
        cursor.execute(_ADVICE, {"since": since, "until": until, "span": span})
        names = [column.name for column in cursor.description or ()]
        return pl.DataFrame(cursor.fetchall(), schema={name: _DUE[name] for name in names}, orient="row")


_DUE: dict[str, Any] = {
    **dict.fromkeys(
        ("line_id", "held_id", "dealer_id", "product_id", "lead_days", "review_days", "advised"), pl.Int64
    ),
    **dict.fromkeys(("for_on", "due_on"), pl.Date),
    **dict.fromkeys(("answer", "dealer", "sku"), pl.String),
    **dict.fromkeys(("counts", "fresh"), pl.Boolean),
    **dict.fromkeys(
        (
            "unit_price", "sale_price", "holding_rate_per_year", "on_hand", "in_transit", "rate_per_day", "level",
            "week_low", "week_mean", "week_high", "profit", "profit_low", "profit_high",
        ),
        pl.Float64,
    ),
}  # fmt: skip


def _outcomes(advice: pl.DataFrame, *, lake: Lake, versions: Mapping[str, int], until: dt.date) -> pl.DataFrame:
    """Every column of the table but ids, a row an advice."""
    advice = advice.with_row_index("row")
    first: dt.date = advice["for_on"].min()  # type: ignore[assignment]
    last: dt.date = advice["due_on"].max()  # type: ignore[assignment]
    span = {"since": first, "versions": versions}
    sold = days.sold(lake, until=last, **span)
    stock = days.counted(lake, until=last, **span)
    lines = days.ordered(lake, until=until, **span)

    place = (pl.col("date") - pl.col("for_on")).dt.total_days()
    pairs = advice.select("row", "dealer", "sku", "for_on", "lead_days", "review_days")
    inside = place.is_between(0, pl.col("lead_days") + pl.col("review_days") - 1)
    in_lead, in_week = place < pl.col("lead_days"), place < _WEEK_DAYS
    sales = (
        pairs.join(sold, on=["dealer", "sku"])
        .filter(inside)
        .group_by("row")
        .agg(
            pl.col("units").filter(in_lead).sum().alias("sold_lead"),
            pl.col("units").filter(~in_lead).sum().alias("sold_review"),
            pl.col("units").filter(in_week).sum().alias("sold_week"),
        )
    )
    empty = stock.filter(pl.col("units") == 0).join(
        sold.filter(pl.col("units") > 0), on=["dealer", "sku", "date"], how="anti"
    )
    out = (
        pairs.join(empty, on=["dealer", "sku"])
        .filter(inside)
        .group_by("row")
        .agg(
            in_lead.sum().alias("out_lead"),
            (~in_lead).sum().alias("out_review"),
            in_week.sum().alias("out_week"),
        )
    )
    counts = (
        advice.select("dealer", "for_on", "due_on")
        .unique()
        .join(stock.select("dealer", "date").unique(), on="dealer")
        .filter(pl.col("date").is_between(pl.col("for_on"), pl.col("due_on")))
        .select("dealer", "for_on", "due_on")
        .unique()
        .with_columns(stock_known=pl.lit(value=True))
    )
    ordered = (
        pairs.join(lines, on=["dealer", "sku"])
        .filter((pl.col("ordered_on") - pl.col("for_on")).dt.total_days().is_between(0, pl.col("review_days") - 1))
        .group_by("row")
        .agg(
            pl.col("units").sum().alias("ordered"),
            pl.col("received_units").sum().alias("received"),
            (pl.col("received_on") - pl.col("ordered_on")).dt.total_days().mean().alias("cycle_days"),
        )
    )
    frame = (
        advice.join(sales, on="row", how="left")
        .join(out, on="row", how="left")
        .join(counts, on=["dealer", "for_on", "due_on"], how="left")
        .join(ordered, on="row", how="left")
        .with_columns(
            pl.col("stock_known").fill_null(value=False),
            *(pl.col(name).fill_null(0.0) for name in ("sold_lead", "sold_review", "sold_week", "ordered", "received")),
            *(pl.col(name).fill_null(0).cast(pl.Float64) for name in ("out_lead", "out_review", "out_week")),
        )
        .sort("row")
    )
    found = reckon(frame.rename(_ENGINE))
    frame = frame.rename({"profit": "said_profit", "profit_low": "said_low", "profit_high": "said_high"}).hstack(found)
    advised = pl.col("advised_profit")
    return frame.with_columns(
        out_days=pl.when("stock_known").then(pl.col("out_lead") + pl.col("out_review")),
        answer=pl.when((pl.col("answer") == Answer.IGNORED) & (pl.col("ordered") > 0))
        .then(pl.lit(Answer.ELSEWHERE.value))
        .otherwise("answer"),
        verdict=pl.when((advised < 0) & (advised < pl.col("said_low") - _A_CENT))
        .then(pl.lit(Verdict.LOST.value))
        .when(advised < 0)
        .then(pl.lit(Verdict.UNNEEDED.value))
        .when(advised < pl.col("said_low") - _A_CENT)
        .then(pl.lit(Verdict.WORSE.value))
        .when(advised > pl.col("said_high"))
        .then(pl.lit(Verdict.BETTER.value))
        .otherwise(pl.lit(Verdict.AS_SAID.value)),
    )


# The table's names and the engine's, which say their units.
_ENGINE = {
    "on_hand": "on_hand_units",
    "in_transit": "in_transit_units",
    "rate_per_day": "rate_units_per_day",
    "level": "level_units",
    "unit_price": "purchase_price",
    "advised": "advised_units",
    "ordered": "ordered_units",
    "sold_lead": "sold_lead_units",
    "sold_review": "sold_review_units",
    "sold_week": "sold_week_units",
    "out_lead": "out_lead_days",
    "out_review": "out_review_days",
    "out_week": "out_week_days",
    "week_low": "week_low_units",
    "week_high": "week_high_units",
}


def _store(outcomes: pl.DataFrame, *, reckoning_id: int) -> int:
    """Insert what is new, correct what changed, leave the rest; returns how many rows were written."""
    names = ", ".join(_COLUMNS)
    declared = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    written = 0
    with connection.cursor() as cursor:
        cursor.execute(f"create temporary table reckoned ({declared}) on commit drop")
        with cursor.copy(f"copy reckoned ({names}) from stdin (format csv)") as copy:
            copy.write(outcomes.select(list(_COLUMNS)).write_csv(include_header=False).encode())
        for key in ("line_id", "held_id"):
            # Names from this module alone.
            cursor.execute(
                f"insert into planning_outcome (reckoning_id, {names}) "  # noqa: S608
                f"select %s, {names} from reckoned where {key} is not null "
                f"on conflict ({key}) do update set reckoning_id = excluded.reckoning_id, "
                + ", ".join(f"{name} = excluded.{name}" for name in _CHANGING)
                + f" where ({', '.join(f'planning_outcome.{name}' for name in _CHANGING)}) is distinct from "
                f"({', '.join(f'excluded.{name}' for name in _CHANGING)})",
                [reckoning_id],
            )
            written += cursor.rowcount
        cursor.execute("drop table reckoned")
    return written
