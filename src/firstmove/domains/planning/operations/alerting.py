"""Alerts of a run: what runs out before goods can come, what lies too long, and the life of each alert.

An alert's money is what doing nothing costs, so that all of them rank together: of goods that run short the margin that
is lost before new ones can come, beyond what full shelves would lose as well, of goods that cannot be sold while they
are fresh what is written off of them within a week, of all other surplus what four weeks of holding it cost.
"""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import polars as pl
from django.db import connection
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import enterprise
from firstmove.domains.planning.models import Alert, AlertAnswer, AlertKind, DemandVerdict, Topic
from firstmove.domains.planning.operations.copying import copy
from firstmove.engine.inventory.run_out import LEAST_LOST, run_out, threatens
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotFound
from firstmove.kernel.tenancy import Actor
from firstmove.lake import series as series_store
from firstmove.lake.store import Lake

# More cover than this is too much, however goods come.
OVERSTOCK_DAYS = 120
SNOOZE_DAYS = (1, 7, 14, 28)
_SAFELY = 0.1
# Beyond the day on which goods can come, for the day on which stock runs out.
_LOOKS_ON_DAYS = 14
# Found again within so few days it is the same alert, not a new one.
_SAME_DAYS = 3
_HOLDING_DAYS = 28
# Goods that run short are asked for within about a week; what spoils is measured by the same time.
_SPOILING_DAYS = 7

COLUMNS = {
    "dealer_id": "bigint",
    "product_id": "bigint",
    "topic": "text",
    "kind": "text",
    "money": "double precision",
    "run_out_on": "date",
    "run_out_early_on": "date",
    "comes_on": "date",
    "lost_units": "double precision",
    "facts": "jsonb",
}
_SCHEMA = {
    "dealer_id": pl.Int64, "product_id": pl.Int64, "topic": pl.String, "kind": pl.String, "money": pl.Float64,
    "run_out_on": pl.Date, "run_out_early_on": pl.Date, "comes_on": pl.Date, "lost_units": pl.Float64,
    "facts": pl.String,
}  # fmt: skip

# An alert of a dealer as a whole has no product. Written so that the database can still join by hash.
_SAME = "a.dealer_id = f.dealer_id and coalesce(a.product_id, 0) = coalesce(f.product_id, 0) and a.topic = f.topic"
_REOPEN = f"""
update planning_alert set solved_on = null where id in (
  select max(a.id) from planning_alert a join found f on {_SAME}
  where a.solved_on >= %(since)s and not exists (
    select 1 from planning_alert o where o.solved_on is null and o.topic = a.topic
    and o.dealer_id = a.dealer_id and coalesce(o.product_id, 0) = coalesce(a.product_id, 0))
  group by a.dealer_id, a.product_id, a.topic)
"""  # noqa: S608 (names from this module)
_REFRESH = f"""
update planning_alert a set last_seen_on = greatest(a.raised_on, %(on)s), kind = f.kind, money = f.money,
  run_out_on = f.run_out_on, run_out_early_on = f.run_out_early_on, comes_on = f.comes_on, lost_units = f.lost_units,
  facts = f.facts
from found f where a.solved_on is null and {_SAME}
"""  # noqa: S608 (names from this module)
_SOLVE = f"""
update planning_alert a set solved_on = greatest(a.raised_on, %(on)s)
where a.solved_on is null and a.topic = any(%(topics)s) and not exists (select 1 from found f where {_SAME})
"""  # noqa: S608 (names from this module)
_RAISE = f"""
insert into planning_alert (raised_on, last_seen_on, {", ".join(COLUMNS)})
select %(on)s, %(on)s, {", ".join(COLUMNS)} from found f
where not exists (select 1 from planning_alert a where a.solved_on is null and {_SAME})
"""  # noqa: S608 (names from this module)


def watch_stock(
    *,
    results: pl.DataFrame,
    held: pl.DataFrame,
    comes_on: Mapping[str, dt.date],
    lake: Lake,
    as_of: dt.date,
    versions: Mapping[str, int],
    for_on: dt.date,
) -> int:
    """Bring alerts about stock up to a run's results. Returns how many are open. Call it inside the system's scope.

    `comes_on`: by dealer's code, when goods that are ordered now can come. Pairs that are `held` (dealer, sku) get no
    alert either: it would be advice.
    """
    found = results.join(held, on=["dealer", "sku"], how="anti").with_columns(
        comes_on=pl.col("dealer").replace_strict(comes_on, default=None, return_dtype=pl.Date)
    )
    arriving = series_store.arrivals(lake, as_of=as_of, versions=versions)
    alerts = pl.concat([_short(found, arriving, for_on=for_on), _excess(found)])
    settle(alerts, topics=(Topic.SHORT, Topic.EXCESS), for_on=for_on)
    return len(alerts)


def settle(found: pl.DataFrame, *, topics: tuple[Topic, ...], for_on: dt.date, same_days: int = _SAME_DAYS) -> None:
    """Raise, refresh or solve the alerts of the topics so that those `found` (columns `COLUMNS`) are the open ones.

    One that was solved within `same_days` and is found again is the same alert.
    """
    with connection.cursor() as cursor:
        declared = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        cursor.execute(f"create temporary table found ({declared}) on commit drop")
        copy("found", found.select(list(COLUMNS)), COLUMNS)
        facts = {"on": for_on, "since": for_on - dt.timedelta(days=same_days), "topics": [str(one) for one in topics]}
        for statement in (_REOPEN, _REFRESH, _SOLVE, _RAISE):
            cursor.execute(statement, facts)
        cursor.execute("drop table found")


def none_found() -> pl.DataFrame:
    """No alert."""
    return pl.DataFrame(schema=_SCHEMA)


def _short(results: pl.DataFrame, arriving: pl.DataFrame, *, for_on: dt.date) -> pl.DataFrame:
    position = pl.col("on_hand_units") + pl.col("in_transit_units")
    fresh = pl.col("rate_units_per_day") * pl.col("shelf_life_days")
    # What the rhythm of orders can keep there: up to the order level, and no more than sells while it is fresh.
    possible = pl.min_horizontal("level_units", fresh)
    risky = results.with_columns(comes_in_days=(pl.col("comes_on") - pl.lit(for_on)).dt.total_days().clip(1)).filter(
        pl.col("comes_on").is_not_null()
        & pl.col("proposable")
        & (pl.col("rate_units_per_day") > 0)
        & (
            (pl.col("stockout_probability") >= _SAFELY)
            | (position < pl.col("safety_stock_units"))
            # What is on its way may come too late.
            | (pl.col("on_hand_units") < pl.col("rate_units_per_day") * pl.col("comes_in_days"))
        )
    )
    if risky.is_empty():
        return none_found()
    days = int(risky["comes_in_days"].max()) + _LOOKS_ON_DAYS  # type: ignore[arg-type]
    arrivals, next_on = _arrivals(risky, arriving, for_on=for_on, days=days)
    # Goods that spoil sooner than new ones come run short in every cycle: only what is lost beyond that needs somebody.
    full = risky.with_columns(on_hand_units=pl.max_horizontal("on_hand_units", possible))
    by_design = run_out(full, arrivals)["lost_units"]
    found = risky.hstack(run_out(risky, arrivals)).with_columns(
        lost_units=(pl.col("lost_units") - by_design).clip(0),
        next_arrival_on=next_on,
        next_units=pl.Series(arrivals.sum(axis=1)),
        kind=pl.when(threatens())
        .then(pl.lit(str(AlertKind.RUNS_OUT)))
        .when((position < pl.min_horizontal("safety_stock_units", fresh)) & (pl.col("chance") >= _SAFELY))
        .then(pl.lit(str(AlertKind.LOW))),
    ).filter(pl.col("kind").is_not_null())  # fmt: skip
    facts = pl.struct(
        on_hand=pl.col("on_hand_units").round(1),
        in_transit=pl.col("in_transit_units").round(1),
        safety_stock=pl.col("safety_stock_units").round(1),
        rate=pl.col("rate_units_per_day").round(3),
        chance=pl.col("chance").round(3),
        proposed=pl.col("quantity_units").cast(pl.Int64),
        next_arrival=pl.col("next_arrival_on").cast(pl.String),
        stock_assumed=pl.col("stock_assumed"),
    ).struct.json_encode()
    return found.select(
        "dealer_id",
        "product_id",
        topic=pl.lit(str(Topic.SHORT)),
        kind="kind",
        money=pl.col("lost_units") * (pl.col("sale_price") - pl.col("purchase_price")).clip(0),
        run_out_on=pl.lit(for_on) + pl.duration(days="median_days"),
        run_out_early_on=pl.lit(for_on) + pl.duration(days="early_days"),
        comes_on="comes_on",
        lost_units="lost_units",
        facts=facts,
    )


def _arrivals(
    pairs: pl.DataFrame, arriving: pl.DataFrame, *, for_on: dt.date, days: int
) -> tuple[np.ndarray, pl.Series]:
    """Units that come on each of the next days [n, days], and the first such day where an open order tells it.

    An open order comes when the median of its dealer's lead times has passed, one that is late tomorrow. What is on its
    way by the scenario alone has no order: it comes when goods ordered now could.
    """
    open_lines = (
        arriving.filter(pl.col("received_units") < pl.col("quantity_units"))
        .filter(pl.col("ordered_on") >= for_on - dt.timedelta(days=series_store.IN_TRANSIT_DAYS))
        .join(pairs.with_row_index("row").select("row", "dealer", "sku", "lead_days"), on=["dealer", "sku"])
        .with_columns(
            comes=(pl.col("ordered_on") - pl.lit(for_on)).dt.total_days() + pl.col("lead_days").cast(pl.Int64),
            units=pl.col("quantity_units") - pl.col("received_units"),
        )
        .with_columns(pl.col("comes").clip(1, days - 1))
    )
    coming = np.zeros((len(pairs), days))
    np.add.at(coming, (open_lines["row"].to_numpy(), open_lines["comes"].to_numpy()), open_lines["units"].to_numpy())
    rest = np.maximum(pairs["in_transit_units"].to_numpy() - coming.sum(axis=1), 0.0)
    coming[np.arange(len(pairs)), pairs["comes_in_days"].to_numpy().clip(0, days - 1)] += rest
    first = open_lines.group_by("row").agg(pl.col("comes").min())
    on = pl.DataFrame({"row": pl.Series(np.arange(len(pairs)), dtype=first["row"].dtype)}).join(
        first, on="row", how="left", maintain_order="left"
    )
    return coming, on.select(pl.lit(for_on) + pl.duration(days="comes")).to_series()


def _excess(results: pl.DataFrame) -> pl.DataFrame:
    """Only what was counted: surplus of an assumed stock is no surplus.

    Nobody says how old goods are, so what does not sell while it is fresh is taken to spoil evenly over its shelf life:
    of 100 worth with a shelf life of 28 days 25 are written off within a week, and with one of 7 days all of it.
    """
    position = pl.col("on_hand_units") + pl.col("in_transit_units")
    surplus = (position - pl.col("rate_units_per_day") * OVERSTOCK_DAYS).clip(0)
    stale = (pl.col("on_hand_units") - pl.col("rate_units_per_day") * pl.col("shelf_life_days")).clip(0).fill_null(0)
    dead = (pl.col("life_cycle") == "dead") & (pl.col("on_hand_units") > 0)
    found = (
        results.filter(~pl.col("stock_assumed"))
        .with_columns(
            kind=pl.when(stale >= LEAST_LOST)
            .then(pl.lit(str(AlertKind.EXPIRING)))
            .when(dead)
            .then(pl.lit(str(AlertKind.DEAD)))
            .when((surplus >= LEAST_LOST) & (pl.col("days_known") > OVERSTOCK_DAYS))
            .then(pl.lit(str(AlertKind.OVERSTOCK))),
            units=pl.when(stale >= LEAST_LOST).then(stale).when(dead).then("on_hand_units").otherwise(surplus),
        )
        .filter(pl.col("kind").is_not_null())
        .with_columns(value=pl.col("units") * pl.col("purchase_price"))
    )
    holding = pl.col("value") * pl.col("holding_rate_per_year") * _HOLDING_DAYS / 365
    spoils = pl.col("value") * (_SPOILING_DAYS / pl.col("shelf_life_days")).clip(upper_bound=1)
    facts = pl.struct(
        on_hand=pl.col("on_hand_units").round(1),
        units=pl.col("units").round(1),
        value=pl.col("value").round(2),
        cover_days=pl.col("cover_before_days").round(0),
        shelf_life=pl.col("shelf_life_days"),
        stock_assumed=pl.col("stock_assumed"),
    ).struct.json_encode()
    return found.select(
        "dealer_id",
        "product_id",
        topic=pl.lit(str(Topic.EXCESS)),
        kind="kind",
        money=pl.when(pl.col("kind") == AlertKind.EXPIRING).then(spoils).otherwise(holding),
        run_out_on=pl.lit(None, pl.Date),
        run_out_early_on=pl.lit(None, pl.Date),
        comes_on=pl.lit(None, pl.Date),
        lost_units=pl.lit(None, pl.Float64),
        facts=facts,
    )


def answer_alert(
    *, actor: Actor, alert_id: int, now: dt.datetime, snooze_days: int | None = None, verdict: str = ""
) -> None:
    """The dealer has seen an alert; with `snooze_days` it is not shown again before then, unless it gets worse.

    `verdict` (`DemandVerdict`) is what the dealer knows of a change of demand: it lasts, or was one-off. It is kept
    with the alert, which then needs nobody any more. Raises NotFound for an alert that is not the dealer's or is
    solved, Invalid for another number of days than those of `SNOOZE_DAYS`, and for a verdict that is none or not of a
    change of demand.
    """
    if snooze_days is not None and snooze_days not in SNOOZE_DAYS:
        raise Invalid(
            _("An alert cannot be put off by %(days)s days.") % {"days": snooze_days},
            _("Choose one of: %(days)s.") % {"days": ", ".join(map(str, SNOOZE_DAYS))},
            field="days",
        )
    with tenancy.scope(actor):
        alert = Alert.objects.filter(id=alert_id, dealer_id=actor.dealer_id, solved_on__isnull=True).first()
        if alert is None or actor.dealer_id is None:
            raise NotFound(_("There is no such alert, or it is solved."))
        if verdict and (verdict not in DemandVerdict.values or alert.topic != Topic.DEMAND):
            raise Invalid(
                _("This alert cannot be answered by %(answer)s.") % {"answer": verdict},
                _("Whether it lasts or was one-off is asked of changes of demand alone."),
                field="verdict",
            )
        today = enterprise(now=now).business_on
        AlertAnswer.objects.update_or_create(
            alert=alert,
            defaults={
                "dealer_id": actor.dealer_id,
                "kind": alert.kind,
                "seen_at": now,
                "user_id": actor.user_id,
                "verdict": verdict,
                "snoozed_until": None if snooze_days is None else today + dt.timedelta(days=snooze_days),
            },
        )
