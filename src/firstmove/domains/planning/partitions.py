"""What a run does with one partition of dealers: pure functions of files and frames, on any machine.

A worker of a cluster imports this module and what it imports: the engine, the lake's series store, and no Django (an
import contract keeps it so). It starts no database. Nothing here depends on how dealers were put into partitions.

A step that belongs to a pair or to a dealer alone goes here: what its feeds or the scenario say of it (`prepare`), and
what follows for its order (`decide`). What compares dealers goes into the network step of `operations.pipeline`.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.domains.catalog.price_book import PriceBook
from firstmove.domains.planning.dealer_terms import TERMS, under_terms
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.demand.boosted import BoostedQuantiles
from firstmove.engine.demand.calendar import Ahead, PairCalendar
from firstmove.engine.demand.distribution import PooledQuantiles, content_hash
from firstmove.engine.demand.history import dense
from firstmove.engine.demand.methods import POOLED, mixed
from firstmove.engine.demand.mornings import places
from firstmove.engine.demand.offers import OffersAhead
from firstmove.engine.demand.watch import Watch, look
from firstmove.engine.frames import flat_lists
from firstmove.engine.inventory import guard
from firstmove.engine.inventory.classes import classify
from firstmove.engine.inventory.replenishment import BELIEF, Leads, propose
from firstmove.engine.inventory.supply import weekly_variance
from firstmove.engine.twin.opening import pair_keys, reactive_opening, roll_forward
from firstmove.engine.twin.service import start_of_window
from firstmove.lake import series as series_store

COLD: dict[str, pl.DataType] = {"dealer": pl.String(), "sku": pl.String(), **BELIEF, "cold": pl.String()}
"""Pairs of new dealers and new products, with what is believed of each and why (`cold`: JSON for people)."""

# How far back a scenario's opening may lie before a dealer's first order: it needs a year of history before.
OLDEST_OPENING_DAYS = 200
# Who takes part in a replay: sold in the year before it, and was known for half a year.
ALIVE_DAYS = 364
LEAST_KNOWN_DAYS = 182


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What every partition needs to know: sent to each machine once.

    `series`: folder or URL of the run's series store. `products`: a row a product (sku, product_id, category, order
    multiple and minimum, sale_price, weight_kg, units_per_pallet, shelf_life_days, proposable). `dealers`: a row an
    active dealer (dealer, dealer_id, lead_days, lead_class, lead_variance, review_days, which of them are assumed, and
    `dealer_terms.TERMS`). `leads`: the days of each class of lead times. `service`: the service quantile of each class
    of stock that has its own. `prices`: everybody's, the common part of a `PriceBook`. On `holidays` nobody orders or
    delivers; `held` are pairs (dealer, sku) that get no advice; `cold` those that hardly sold yet, and what is
    believed of them (`COLD`). `methods`: the method of each segment (the second letter of a class of stock) that is not
    planned by the pooled history, and the `trees` of those that learn them. `calendar` is what season and holidays ask
    of the days ahead, None where nothing of it is chosen; its rows are `categories`. `offers`
    is the same for prices and promotions, and counts only beside a calendar. `swing` [categories + 1, days] is the
    season of the last days, its last row 1 for what has no category: changes of demand are told from it. None where no
    driver is chosen.
    """

    as_of: dt.date
    scenario: Scenario
    series: str
    products: pl.DataFrame
    dealers: pl.DataFrame
    leads: Leads
    service: dict[str, float]
    prices: pl.DataFrame
    holidays: frozenset[dt.date]
    held: pl.DataFrame
    cold: pl.DataFrame
    methods: Mapping[str, str] = field(default_factory=dict)
    trees: BoostedQuantiles | None = None
    calendar: Ahead | None = None
    categories: tuple[str, ...] = ()
    offers: OffersAhead | None = None
    swing: NDArray[np.float64] | None = None


@dataclass(frozen=True, kw_only=True)
class Partition:
    """Some buckets of dealers, and what is told of them alone.

    `prices`: those that are for its dealers alone. `positions` as `lake.series.positions` returns them,
    `arrivals` as `lake.series.arrivals` does, of the dealers who count no stock.
    """

    buckets: tuple[int, ...]
    prices: PriceBook
    positions: pl.DataFrame
    arrivals: pl.DataFrame


@dataclass(frozen=True)
class Survey:
    """What pass 1 learns from a partition: its dealers (codes), the days on which each sold anything [dealers, days],
    the hash of every history with a sale, [n], and the histories whose hash is not above the limit that was asked for,
    [k, days]."""

    dealers: list[str]
    sold: NDArray[np.bool_]
    hashes: NDArray[np.uint64]
    sample: NDArray[np.float32]


@dataclass(frozen=True)
class Prepared:
    """Row-aligned: `pairs` (the engine's columns, ids, `*_assumed` flags) and `history` [n, days] in units a day.

    `out_days`: the days without stock of each pair, where they are asked for."""

    pairs: pl.DataFrame
    history: NDArray[np.float32]
    out_days: pl.Series | None = None


@dataclass(frozen=True)
class Learned:
    """What pass 1 knows in the end: the shapes of demand, and what a change of it is told by."""

    pooled: PooledQuantiles
    watch: Watch

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; `from_dict` gives back an equal object."""
        return {**self.pooled.to_dict(), "watch": self.watch.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Learned":
        """The opposite of `to_dict`."""
        return cls(PooledQuantiles.from_dict(data), Watch.from_dict(data["watch"]))


def survey(facts: Facts, asked: tuple[Partition, int]) -> Survey:
    """Pass 1 looks at a partition; `asked` brings the highest hash of a history that may be in the sample."""
    partition, limit = asked
    series, days = _series(facts, partition)
    history = dense(series, days=days)
    dealers, sold = _days_sold(series, days=days)
    history = history[history.any(axis=1)]
    hashes = content_hash(history)
    return Survey(dealers, sold, hashes, history[hashes <= np.uint64(limit)])


def _days_sold(series: pl.DataFrame, *, days: int) -> tuple[list[str], NDArray[np.bool_]]:
    """The dealers (codes) and the days on which each of them sold anything, [dealers, days]."""
    sales = series.select("dealer", "day", "quantity").explode("day", "quantity").filter(pl.col("quantity") > 0)
    dealers = series["dealer"].unique().sort()
    rows = pl.DataFrame({"dealer": dealers}).with_row_index("row")
    found = sales.select("dealer", "day").unique().join(rows, on="dealer")
    sold = np.zeros((len(dealers), days), np.bool_)
    sold[found["row"].to_numpy(), found["day"].to_numpy()] = True
    return dealers.to_list(), sold


def on_the_eve(facts: Facts, asked: tuple[Partition, int]) -> Prepared:
    """The sampled pairs of a partition that a replay of the last half year is played on.

    They sold in the year before its window and were known for half a year by then; their classes are those of its eve.
    """
    partition, limit = asked
    prepared = prepare(facts, partition)
    pairs, history = prepared.pairs, prepared.history
    start = start_of_window(history.shape[1])
    past = history[:, :start]
    known = pairs["days_known"].to_numpy() - (history.shape[1] - start)
    alive = np.flatnonzero((known >= LEAST_KNOWN_DAYS) & past[:, -ALIVE_DAYS:].any(axis=1))
    pairs, history, past = pairs[alive], history[alive], past[alive]
    pairs = pairs.hstack(classify(pairs.with_columns(days_known=pl.Series(known[alive])), past))
    chosen = np.flatnonzero(content_hash(history) <= np.uint64(limit))
    return Prepared(pairs[chosen], history[chosen])


def on_the_eves(facts: Facts, asked: tuple[Partition, int, tuple[tuple[int, int], ...]]) -> list[Prepared]:
    """The sampled pairs of a partition that each window of a trial of methods is played on.

    `asked` brings the windows (first day, end). Histories stop at the end of their window; who takes part is known on
    its eve, as are their classes.
    """
    partition, limit, windows = asked
    prepared = prepare(facts, partition)
    days = prepared.history.shape[1]
    found = []
    for start, end in windows:
        past = prepared.history[:, :start]
        known = prepared.pairs["days_known"].to_numpy() - (days - start)
        alive = np.flatnonzero((known >= LEAST_KNOWN_DAYS) & past[:, -ALIVE_DAYS:].any(axis=1))
        pairs, past = prepared.pairs[alive], np.ascontiguousarray(past[alive])
        # ABC is within a dealer: classes are those among all of its pairs, not among the sampled.
        pairs = pairs.hstack(classify(pairs.with_columns(days_known=pl.Series(known[alive])), past))
        chosen = np.flatnonzero(content_hash(past) <= np.uint64(limit))
        found.append(Prepared(pairs[chosen], np.ascontiguousarray(prepared.history[alive[chosen], :end])))
    return found


def decide(known: tuple[Facts, Learned], partition: Partition) -> pl.DataFrame:
    """Pass 2: what to order now, why, and what it is worth, and what changed, for every pair of the partition."""
    facts, learned = known
    pooled = learned.pooled
    prepared = prepare(facts, partition)
    classed = classify(prepared.pairs, prepared.history)
    service = classed["stock_class"].replace_strict(
        facts.service, default=facts.scenario.service_quantile, return_dtype=pl.Float64
    )
    methods = classed["stock_class"].str.slice(-1).replace_strict(facts.methods, default=POOLED).to_list()
    calendar = _calendar(facts, prepared, methods)
    demand = None
    if facts.methods:
        demand = mixed(methods, prepared.history, pooled, boosted=facts.trees, calendar=calendar)
    # Of what nobody knows yet a little is ordered, and again soon.
    first = np.minimum(service.to_numpy(), facts.scenario.first_order_quantile)
    asked = np.where(prepared.pairs["belief_shape"].is_not_null().to_numpy(), first, service.to_numpy())
    lines = propose(prepared.pairs, prepared.history, pooled, service_quantile=asked, demand=demand, calendar=calendar)
    return under_terms(
        prepared.pairs.hstack(classed)
        .hstack(lines)
        .hstack(_changed(facts, prepared, learned.watch))
        .with_columns(
            week_variance=pl.Series(weekly_variance(prepared.history), dtype=pl.Float64),
            kept_units=pl.Series(_kept(prepared, lines, pooled)),
        ),
        prepared.history,
        pooled,
        dealers=facts.dealers,
        today=facts.as_of + dt.timedelta(days=1),
        holidays=facts.holidays,
        held=facts.held,
    )


def _changed(facts: Facts, prepared: Prepared, watch: Watch) -> pl.DataFrame:
    """What has happened to the demand of every pair (`watch.SHIFTS`)."""
    group = places(prepared.pairs["category"], facts.categories)
    # The last row of the season is that of what has no category.
    group = np.where(group < 0, len(facts.categories), group)
    empty = np.zeros(prepared.history.shape, np.bool_)
    if prepared.out_days is not None:
        days, offsets = flat_lists(prepared.out_days, pl.Int32, name="out_day")
        empty[np.repeat(np.arange(len(empty)), np.diff(offsets)), days] = True
    dealers = prepared.pairs["dealer"].to_list()
    return look(prepared.history, watch, dealers=dealers, empty=empty, swing=facts.swing, group=group)


def _calendar(facts: Facts, prepared: Prepared, methods: Sequence[str]) -> PairCalendar | None:
    """What is ahead of pairs that are seen by the pooled history; other methods know their seasons by themselves."""
    if facts.calendar is None:
        return None
    place = places(prepared.pairs["category"], facts.categories)
    counts = np.asarray(methods, dtype=np.str_) == POOLED
    offers = None if facts.offers is None else facts.offers.of(prepared.pairs, counted=counts)
    return PairCalendar(facts.calendar, np.where(counts, place, -1), offers)


def _kept(prepared: Prepared, lines: pl.DataFrame, pooled: PooledQuantiles) -> NDArray[np.float64]:
    """What stays with a pair whose goods are given to another dealer, [n] units: what its own sell-out supports.

    Looked up only where counted stock is beyond the level; elsewhere nothing could be given, and the level stands.
    """
    kept = lines["level_units"].to_numpy().astype(np.float64).copy()
    pairs = prepared.pairs
    beyond = (pairs["on_hand_units"].to_numpy() > kept) & ~pairs["stock_assumed"].to_numpy()
    rows = np.flatnonzero(beyond)
    if len(rows):
        history = np.ascontiguousarray(prepared.history[rows])
        kept[rows] = guard.supported_units(history, pooled, level=kept[rows])
    return kept


def prepare(facts: Facts, partition: Partition) -> Prepared:
    """What feeds and scenario say of every pair of the partition, with its daily demand."""
    frame, days = _series(facts, partition)
    frame = frame.join(facts.products, on="sku", how="left", maintain_order="left").join(
        facts.dealers.drop(list(TERMS)), on="dealer", how="left", maintain_order="left"
    )
    frame = frame.join(partition.positions, on=["dealer", "sku"], how="left", maintain_order="left")
    frame = frame.join(facts.cold, on=["dealer", "sku"], how="left", maintain_order="left")
    frame = _priced(frame, facts, partition)
    history = dense(frame, days=days)
    frame = _stocked(frame, history, facts, partition)
    pairs = frame.with_columns(
        days_known=days - pl.col("first_sale_day"),
        holding_rate_per_year=pl.lit(facts.scenario.holding_rate_per_year),
    ).drop("day", "quantity", "out_day")
    return Prepared(pairs=pairs, history=history, out_days=frame["out_day"])


def _series(facts: Facts, partition: Partition) -> tuple[pl.DataFrame, int]:
    """The series of the partition's pairs whose dealer is active and whose product is known, and their days."""
    parts = [series_store.load(facts.series, bucket=bucket) for bucket in partition.buckets]
    frame = pl.concat([part.frame for part in parts])
    known = frame.join(facts.products, on="sku", how="semi", maintain_order="left").join(
        facts.dealers, on="dealer", how="semi", maintain_order="left"
    )
    return known, parts[0].days


def _priced(frame: pl.DataFrame, facts: Facts, partition: Partition) -> pl.DataFrame:
    """What one unit costs by the lists, else by the scenario's share of the customer's price.

    How much to order is decided at this price. A step of the price that the order then reaches only makes it better.
    """
    assumed = (pl.col("sale_price") * (1 - facts.scenario.dealer_margin)).round(4)
    paid = partition.prices.with_common(facts.prices).paid(frame.with_columns(quantity=pl.lit(1)))
    return frame.with_columns(price_assumed=paid.is_null(), purchase_price=paid).with_columns(
        purchase_price=pl.coalesce("purchase_price", assumed)
    )


def _stocked(frame: pl.DataFrame, history: NDArray[np.float32], facts: Facts, partition: Partition) -> pl.DataFrame:
    """Stock from the feed where the dealer has one; there, a product that was never counted has none.

    Elsewhere from the scenario: opened on the eve of the dealer's first order with us, then rolled forward with what
    was really sold and received, so that an order placed today is on its way tomorrow.
    """
    scenario = facts.scenario
    counted = frame.group_by("dealer").agg(pl.col("on_hand_units").is_not_null().any().alias("counts"))
    frame = frame.join(counted, on="dealer", how="left", maintain_order="left").with_columns(
        stock_assumed=~pl.col("counts"),
        on_hand_units=pl.when("counts").then(pl.col("on_hand_units").fill_null(0.0)).otherwise(None),
        in_transit_units=pl.col("in_transit_units").fill_null(0.0),
    )
    assumed = np.flatnonzero(frame["stock_assumed"].to_numpy())
    if not len(assumed):
        return frame.drop("counts")
    on_hand = frame["on_hand_units"].fill_null(0.0).to_numpy().copy()
    in_transit = frame["in_transit_units"].to_numpy().copy()
    multiple = frame["order_multiple_units"].to_numpy()
    keys = np.zeros(len(frame), np.uint64)
    keys[assumed] = pair_keys(frame[assumed])
    first_order = partition.arrivals.group_by("dealer").agg(pl.col("ordered_on").min())
    opened = (
        frame.select("dealer")
        .join(first_order, on="dealer", how="left", maintain_order="left")
        .select((pl.lit(facts.as_of) - pl.col("ordered_on")).dt.total_days() + 1)
        .to_series()
        .fill_null(0)
        .clip(0, OLDEST_OPENING_DAYS)
        .to_numpy()
    )
    days = history.shape[1]
    for ago in np.unique(opened[assumed]):
        rows = assumed[opened[assumed] == ago]
        until = days - int(ago)
        stock, pipeline = reactive_opening(
            history[rows, :until],
            multiple=multiple[rows],
            key=keys[rows],
            cover_days=scenario.opening_cover_days,
            review_days=scenario.opening_review_days,
            lead_low=scenario.lead_time_min_days,
            lead_high=scenario.lead_time_max_days,
        )
        if ago:
            came = _received(frame[rows], partition.arrivals, as_of=facts.as_of, days=int(ago))
            stock, pipeline = roll_forward(stock, pipeline, history[rows, until:], came)
        on_hand[rows] = stock
        in_transit[rows] += pipeline.sum(axis=1)
    return frame.drop("counts").with_columns(on_hand_units=pl.Series(on_hand), in_transit_units=pl.Series(in_transit))


def _received(pairs: pl.DataFrame, arrivals: pl.DataFrame, *, as_of: dt.date, days: int) -> NDArray[np.float32]:
    """Units received on each of the last `days` days, [n, days], row-aligned with `pairs`."""
    came = np.zeros((len(pairs), days), np.float32)
    found = (
        arrivals.filter(pl.col("received_on").is_not_null())
        .with_columns(column=days - 1 - (pl.lit(as_of) - pl.col("received_on")).dt.total_days())
        .filter(pl.col("column") >= 0)
        .join(pairs.select("dealer", "sku").with_row_index("row"), on=["dealer", "sku"])
    )
    np.add.at(came, (found["row"].to_numpy(), found["column"].to_numpy()), found["received_units"].to_numpy())
    return came
