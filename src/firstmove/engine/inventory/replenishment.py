"""The order lines of a morning: for every dealer × product how much to order now, why, and what it is worth."""

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.demand.belief import Belief, believing
from firstmove.engine.demand.calendar import HORIZON_DAYS, PairCalendar, PairOffers
from firstmove.engine.demand.distribution import PooledQuantiles, SpanDemand
from firstmove.engine.demand.methods import POOLED, Demand, seen_by
from firstmove.engine.frames import InvalidFrameError, floats, require_columns, require_rows
from firstmove.engine.inventory import attention as look
from firstmove.engine.inventory.position import order_up_to, round_order
from firstmove.engine.inventory.value import NODES, VALUE, earning_order, stock_position, values

Floats = NDArray[np.float64]

PAIRS: dict[str, pl.DataType] = {
    "dealer": pl.String(),
    "sku": pl.String(),
    "category": pl.String(),
    "on_hand_units": pl.Float64(),
    "in_transit_units": pl.Float64(),
    "order_multiple_units": pl.Int64(),
    "order_minimum_units": pl.Int64(),  # 0 where there is none
    "lead_days": pl.Int64(),
    "review_days": pl.Int64(),
    "purchase_price": pl.Float64(),
    "sale_price": pl.Float64(),
    "holding_rate_per_year": pl.Float64(),
    "proposable": pl.Boolean(),  # unlisted products are kept, but never proposed
    "days_known": pl.Int64(),  # since the first sale
}
"""What `propose` needs to know of a pair beside its history. Two more may stand beside them where lead times vary:
`lead_class` (Int64, see `Leads`) and `lead_variance` (Float64, days²); and `BELIEF` for pairs that hardly sold yet."""

BELIEF: dict[str, pl.DataType] = {
    "belief_rate_units_per_day": pl.Float64(),
    "belief_shape": pl.Float64(),
    "belief_lot_units": pl.Float64(),
}
"""What is believed of a pair (`belief.Belief`), all three empty where its history speaks."""

MIXED = 10_000
"""Keys of spans from here on are mixtures: class of lead time × this + days of review."""

Leads = Mapping[int, Sequence[int]]
"""The equally likely days of each class of lead time, by its number from 1 on. 0 is the class of a fixed `lead_days`.

Demand over a lead time that varies is a mixture over its lengths, and demand over lead time and review likewise."""

PROPOSALS: dict[str, pl.DataType] = {
    "rate_units_per_day": pl.Float64(),  # expected over lead time and review (`distribution.centre`), a day
    "rate_recent_units_per_day": pl.Float64(),  # mean of 28 days
    "level_units": pl.Float64(),  # order-up-to: service quantile of demand over lead time and review
    "safety_stock_units": pl.Float64(),  # what of the level lies above the expected demand
    "lead_share": pl.Float64(),  # of the safety stock: the part that a lead time that varies asks for, 0 to 1
    "service_quantile": pl.Float64(),
    "quantity_units": pl.Float64(),
    "cover_before_days": pl.Float64(),  # stock and transit at the mean rate; null where the rate is 0
    "cover_after_days": pl.Float64(),
    **VALUE,
    "lead_nodes": pl.List(pl.Float32()),  # eight equally likely demands over the lead time, units
    "review_nodes": pl.List(pl.Float32()),  # and over the review
    "week_low_units": pl.Float64(),  # 10 % quantile of the next seven days
    "week_mean_units": pl.Float64(),
    "week_high_units": pl.Float64(),  # 90 % quantile, or the mean where a rare large sale lifts it above
    "season_factor": pl.Float64(),  # what the season multiplies the demand of lead time and review by; 1: nothing
    "holiday_factor": pl.Float64(),
    "holiday": pl.String(),  # the one that moves that time most; empty where none does
    "holiday_on": pl.Date(),
    "price_factor": pl.Float64(),  # what the prices of now ask over those that the level was learned at
    "promotion_factor": pl.Float64(),
    "promotion": pl.String(),  # the one that runs or begins in that time; empty where none does
    "promotion_on": pl.Date(),  # its first day
    "reason": pl.String(),
    "attention": pl.String(),
}
"""What `propose` returns for each pair, in the order of the rows that it was given."""

RECENT_DAYS = 28
WEEK_DAYS = 7


def spans(pairs: pl.DataFrame) -> list[int]:
    """The spans that `propose` will ask the pooled tables for: give them to `distribution.pool`."""
    lead, review, cover = span_keys(pairs)
    distinct = pairs.select(lead.alias("a"), review.alias("b"), cover.alias("c")).unpivot()["value"]
    return sorted({WEEK_DAYS, *distinct.to_list()})


def mixtures(pairs: pl.DataFrame, leads: Leads) -> dict[int, list[int]]:
    """The spans among `spans` whose length varies, each with its equally likely days: for `distribution.pool`.

    Example: class 1 takes 5 or 7 days, review 7: lead time (key 10000) is 5 or 7, the whole (10007) 12 or 14 days.
    """
    found = {}
    for key in spans(pairs):
        if key >= MIXED:
            number, review = divmod(key, MIXED)
            found[key] = [review + days for days in leads[number]]
    return found


def span_keys(pairs: pl.DataFrame) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """The keys of lead time, review, and both."""
    lead, review = pl.col("lead_days").cast(pl.Int64), pl.col("review_days").cast(pl.Int64)
    if "lead_class" in pairs.columns:
        number = pl.col("lead_class").cast(pl.Int64)
        lead = pl.when(number > 0).then(number * MIXED).otherwise(lead)
    return lead, review, lead + review


def propose(
    pairs: pl.DataFrame,
    history: NDArray[np.float32],
    pooled: PooledQuantiles,
    *,
    service_quantile: float | Floats,
    attention_per_dealer: int = 12,
    demand: Demand | None = None,
    calendar: PairCalendar | None = None,
) -> pl.DataFrame:
    """Order lines for `pairs` (columns `PAIRS`) with demand `history` [n, days] up to this morning: `PROPOSALS`, [n].

    Each pair is ordered up to the `service_quantile` of its demand over lead time and review (`order_up_to`), in whole
    multiples and at least the minimum. Where so much costs more than half of the profit that the line could make, it is
    cut back (`earning_order`); where no order expects a profit there is none: ordering later is then better. Pairs that
    are not proposable are valued, but not ordered. Lead time and review may differ from row to row, the lead time may
    vary (column `lead_class`), and so may the service quantile (one number, or [n]); `spans` and `mixtures` name the
    spans that have to be pooled. `demand` sees demand another way than by the pooled quantiles (`demand.methods`).

    With a `calendar`, row-aligned with `pairs`, the demand of every span is that of its coming days: season and
    holidays multiply it (`calendar.scaled`); a `demand` that is given has been multiplied already.
    What is told of recent days is compared with the level without it.

    `lead_share` tells by the textbook's sum of variances, dispersion² + rate² × variance of the lead time, what part of
    it the second term is (Silver, Pyke and Thomas, Inventory and Production Management, 4th ed., eq. 6.29).
    Example: dispersion 8, 2 a day, a lead time with variance 4: 16 of 80, 0.2.

    A row's numbers depend on that row alone. `attention` alone ranks lines within their dealer, so a dealer's rows must
    be in one call: partitions are made by dealer (a hash of the dealer's code).

    Raises `InvalidFrameError` for missing columns, empty, negative or non-finite values, a multiple, lead time or
    review below 1, or inputs that are not row-aligned; `UnknownSpanError` when a span was not pooled.
    """
    require_columns(pairs, PAIRS, name="pairs")
    require_rows([("pairs", len(pairs)), ("history", len(history))])
    service = np.broadcast_to(np.asarray(service_quantile, np.float64), (len(pairs),))
    if not ((service > 0) & (service < 1)).all():
        worst = service[~((service > 0) & (service < 1))][0] if len(service) else service_quantile
        raise InvalidFrameError(f"service_quantile is {worst}; it has to lie between 0 and 1.")
    history = np.ascontiguousarray(history, np.float32)
    multiple, minimum, _, review = (
        floats(pairs, column, name="pairs", minimum=least).astype(np.int64)
        for column, least in (
            ("order_multiple_units", 1.0),
            ("order_minimum_units", 0.0),
            ("lead_days", 1.0),
            ("review_days", 1.0),
        )
    )
    purchase, sale, holding = (
        floats(pairs, column, name="pairs", minimum=0.0)
        for column in ("purchase_price", "sale_price", "holding_rate_per_year")
    )
    position = stock_position(pairs, name="pairs")

    keys = [pairs.select(key).to_series().to_numpy() for key in span_keys(pairs)]
    demand = demand or seen_by(POOLED, history, pooled, calendar=calendar)
    if (beliefs := belief(pairs)) is not None:
        demand = believing(demand, beliefs)
    protection, reviewed = demand(keys[2]), demand(review)
    coming = reviewed if (review == WEEK_DAYS).all() else demand(WEEK_DAYS)
    lift = np.ones(len(pairs)) if calendar is None else calendar.factor(protection.days)
    if beliefs is not None:  # season and holidays are in what the like sold, not apart
        lift = np.where(beliefs.holds, 1.0, lift)
    expected = protection.expected_units
    rate = expected / protection.days
    usual_rate = rate / lift
    level, most = _at(protection, service), _at(reviewed, service)
    # stored as float32: round first, so that a line valued again from storage has the same value
    lead_nodes = demand(keys[0]).nodes(NODES).astype(np.float32)
    review_nodes = reviewed.nodes(NODES).astype(np.float32)
    week = coming.nodes(NODES).mean(axis=1)
    band = coming.quantiles([0.1, 0.9])

    economics = {
        "position": position,
        "review_days": review.astype(np.float64),
        "rate": rate,
        "purchase_price": purchase,
        "sale_price": sale,
        "holding_rate": holding,
        "lead": lead_nodes.astype(np.float64),
        "review": review_nodes.astype(np.float64),
    }
    wanted = order_up_to(level=level, review_quantile=most, position=position)
    wanted[~pairs["proposable"].cast(pl.Boolean).to_numpy()] = 0.0
    rounded = round_order(wanted, multiple=multiple, minimum=minimum)
    quantity = earning_order(quantity=rounded, multiple=multiple, minimum=minimum, **economics)
    value = values(quantity=quantity, **economics)

    recent_days = min(RECENT_DAYS, history.shape[1])
    recent = history[:, history.shape[1] - recent_days :].sum(axis=1, dtype=np.float64) / max(recent_days, 1)
    # the dispersion of sums over the protection period, brought to 28 days as that of independent days
    spread = protection.dispersion_units * np.sqrt(RECENT_DAYS / protection.days / lift)
    late = rate**2 * floats(pairs, "lead_variance", name="pairs") if "lead_variance" in pairs.columns else 0.0
    seen = rate > 0
    per_day = np.where(seen, rate, 1.0)
    lines = pl.DataFrame(
        {
            "rate_units_per_day": rate,
            "rate_recent_units_per_day": recent,
            "level_units": level,
            "safety_stock_units": np.maximum(level - expected, 0.0),
            "lead_share": late / np.maximum(protection.dispersion_units**2 + late, 1e-12),
            "service_quantile": service,
            "quantity_units": quantity,
            "cover_before_days": pl.Series(position / per_day).set(pl.Series(~seen), None),
            "cover_after_days": pl.Series((position + quantity) / per_day).set(pl.Series(~seen), None),
            **{column: value[:, k] for k, column in enumerate(VALUE)},
            "lead_nodes": pl.Series(lead_nodes, dtype=pl.Array(pl.Float32, NODES)).cast(pl.List(pl.Float32)),
            "review_nodes": pl.Series(review_nodes, dtype=pl.Array(pl.Float32, NODES)).cast(pl.List(pl.Float32)),
            "week_low_units": np.minimum(band[:, 0], week),
            "week_mean_units": week,
            "week_high_units": np.maximum(band[:, 1], week),
            "position_units": position,
            "wanted_units": wanted,
            "lead_mean_units": lead_nodes.mean(axis=1, dtype=np.float64),
            "drift": (recent - usual_rate) * RECENT_DAYS / np.maximum(spread, 1e-12),
            "usual_rate": usual_rate,
            **_told(calendar, protection.days),
        }
    ).hstack(pairs.select("dealer", "sku", "days_known", "purchase_price", "sale_price"))
    lines = lines.with_columns(reason=look.reason(), attention=look.attention(lines, per_dealer=attention_per_dealer))
    return lines.select(pl.col(column).cast(dtype) for column, dtype in PROPOSALS.items())


def _told(calendar: PairCalendar | None, days: NDArray[np.int64]) -> dict[str, pl.Series]:
    """What the calendar says of each pair's protection period, as columns."""
    if calendar is None:
        return {
            "season_factor": pl.Series(np.ones(len(days))),
            "holiday_factor": pl.Series(np.ones(len(days))),
            "holiday": pl.Series([""] * len(days), dtype=pl.String),
            "holiday_on": pl.Series([None] * len(days), dtype=pl.Date),
            **_offered(None, days),
        }
    names, on = calendar.named(days)
    return {
        "season_factor": pl.Series(calendar.season(days)),
        "holiday_factor": pl.Series(calendar.holidays(days)),
        "holiday": pl.Series(names, dtype=pl.String),
        "holiday_on": pl.Series(on, dtype=pl.Date),
        **_offered(calendar.offers, days),
    }


def _offered(offers: PairOffers | None, days: NDArray[np.int64]) -> dict[str, pl.Series]:
    """What prices and promotions say of each pair's protection period, as columns."""
    if offers is None:
        nobody = np.full(len(days), -1)
        offers = PairOffers(np.ones(len(days)), nobody, np.ones((0, HORIZON_DAYS)), (), (), dt.date.min)
    names, on = offers.named(days)
    return {
        "price_factor": pl.Series(offers.prices),
        "promotion_factor": pl.Series(offers.lift(days)),
        "promotion": pl.Series(names, dtype=pl.String),
        "promotion_on": pl.Series(on, dtype=pl.Date),
    }


def belief(pairs: pl.DataFrame) -> Belief | None:
    """The columns `BELIEF` of `pairs`, row-aligned; None where nothing is believed of any of them."""
    if "belief_shape" not in pairs.columns or not pairs["belief_shape"].is_not_null().any():
        return None
    rate, shape, lot = (pairs[column].cast(pl.Float64) for column in BELIEF)
    return Belief(
        rate=rate.fill_null(0.0).to_numpy(), shape=shape.fill_null(0.0).to_numpy(), lot=lot.fill_null(1.0).to_numpy()
    )


def _at(demand: SpanDemand, service: Floats) -> Floats:
    """The quantile of each pair's demand that its own service asks for, [n]."""
    levels, place = np.unique(service, return_inverse=True)
    if not len(levels):
        return np.zeros(0)
    return np.take_along_axis(demand.quantiles(levels.tolist()), place[:, None], axis=1)[:, 0]
