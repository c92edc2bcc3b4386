"""What a run reads, once and pinned: the series of every pair into the run's store, and the facts around them."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import polars as pl

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.price_book import PriceBook
from firstmove.domains.network import queries as network
from firstmove.domains.network.queries import DealerView
from firstmove.domains.planning import dealer_terms
from firstmove.domains.planning.operations import calendar, hold_out, lead_times, newcomers, starting
from firstmove.domains.planning.partitions import COLD, Facts, Partition
from firstmove.domains.planning.public_days import public_holidays
from firstmove.domains.planning.scenario import Scenario
from firstmove.domains.trade import queries as trade
from firstmove.engine.inventory.lead_times import LeadTime
from firstmove.engine.inventory.order_days import Cycle, OrderDays, arrival, cycle
from firstmove.lake import series as series_store
from firstmove.lake.store import Lake


@dataclass(frozen=True)
class Inputs:
    """`facts` for all, a partition for each group of buckets that has pairs, how many pairs, lead times by dealer,
    the prices of every quantity, and the first weeks of who and what is new."""

    facts: Facts
    partitions: list[Partition]
    pairs: int
    lead_times: dict[str, LeadTime]
    prices: PriceBook
    starts: starting.Starts = field(default_factory=starting.Starts)


def gather(
    *,
    lake: Lake,
    as_of: dt.date,
    versions: Mapping[str, int],
    scenario: Scenario,
    folder: str | Path,
    partitions: int | None = None,
    service: Mapping[str, float] | None = None,
) -> Inputs:
    """Read everything up to `as_of` and nothing after, and leave the series in `folder` (or under that URL).

    Without `partitions` there is one for each bucket of the store. `service`: the quantile of each class of stock that
    has one of its own. Call it inside the system's scope.
    """
    history = series_store.build(lake, as_of=as_of, versions=versions)
    new = newcomers.found(history, lake=lake, as_of=as_of, versions=versions)
    series, cold = newcomers.added(history, new)
    series_store.save(series, folder)
    inputs = around(
        pairs=series.frame.select("dealer", "sku", "bucket"),
        buckets=series.buckets,
        lake=lake,
        as_of=as_of,
        versions=versions,
        scenario=scenario,
        folder=folder,
        partitions=partitions,
        service=service,
        cold=cold,
    )
    return replace(inputs, starts=starting.recorded(history, new, cold))


def around(
    *,
    pairs: pl.DataFrame,
    buckets: int,
    lake: Lake,
    as_of: dt.date,
    versions: Mapping[str, int],
    scenario: Scenario,
    folder: str | Path,
    partitions: int | None,
    service: Mapping[str, float] | None = None,
    cold: pl.DataFrame | None = None,
) -> Inputs:
    """The facts around the series that stand in `folder`; `pairs` (dealer, sku, bucket) says which they are, and `cold`
    (`partitions.COLD`) which of them hardly sold yet."""
    for_on = as_of + dt.timedelta(days=1)
    country = network.country()
    holidays = public_holidays(around=for_on, country=country)
    active = network.dealers(active_only=True)
    arrivals = series_store.arrivals(lake, as_of=as_of, versions=versions)
    found = lead_times.learned(active, arrivals, as_of=as_of, scenario=scenario)
    calendars = {
        dealer.code: dealer_terms.order_days(dealer.order_weekdays, dealer.delivery_weekdays, holidays)
        for dealer in active
    }
    cycles = {
        dealer.code: cycle(
            calendars[dealer.code],
            today=for_on,
            lead_days=max(found[dealer.code].median, 1),
            review_days=dealer.review_days or scenario.review_days,
        )
        for dealer in active
    }
    waited = {code: _by_calendar(lead, calendars[code], cycles[code], on=for_on) for code, lead in found.items()}
    classed, leads = lead_times.classed(waited)
    products, dealers = products_frame(), _dealers(active, cycles, on=for_on).join(classed, on="dealer")
    pairs = pairs.join(products, on="sku", how="semi").join(dealers, on="dealer", how="semi")
    known = pairs.join(dealers.select("dealer", "dealer_id"), on="dealer", maintain_order="left")
    held = hold_out.held(dealers=known["dealer"], dealer_ids=known["dealer_id"], skus=known["sku"], on=for_on)
    number = pl.col("bucket") % (partitions or buckets)
    placed = pairs.select("dealer", "bucket", number.alias("partition")).unique()
    categories = tuple(sorted(set(products["category"].to_list())))
    prices = catalog.price_book(on=for_on)
    tonight = calendar.mornings(
        lake,
        versions=versions,
        products=products,
        drivers=scenario.drivers,
        first=for_on,
        last=for_on,
        categories=categories,
    )
    ahead = None if tonight is None else tonight.calendar(for_on)
    positions = series_store.positions(lake, as_of=as_of, versions=versions)
    counts = positions.filter(pl.col("on_hand_units").is_not_null()).join(pairs, on=["dealer", "sku"], how="semi")
    uncounted = arrivals.join(counts, on="dealer", how="anti")
    told = [_split(frame, placed) for frame in (positions, uncounted)]
    buyers = _split(dealers.select("dealer", "dealer_id").join(placed, on="dealer", how="semi"), placed)
    facts = Facts(
        as_of=as_of,
        scenario=scenario,
        series=str(folder),
        products=products,
        dealers=dealers,
        leads=leads,
        service=dict(service or {}),
        prices=prices.common,
        holidays=holidays,
        held=known.filter(pl.Series(held, dtype=pl.Boolean)).select("dealer", "sku"),
        calendar=ahead,
        swing=None if tonight is None else tonight.swing(for_on),
        categories=categories,
        offers=None if tonight is None or ahead is None else tonight.offers(for_on),
        cold=pl.DataFrame(schema=COLD) if cold is None else cold,
    )
    groups = placed.group_by("partition").agg(pl.col("bucket").unique().sort()).sort("partition")
    return Inputs(
        facts=facts,
        pairs=len(pairs),
        partitions=[
            Partition(
                buckets=tuple(members),
                prices=prices.of(buyers(group)["dealer_id"].to_list()),
                positions=told[0](group),
                arrivals=told[1](group),
            )
            for group, members in groups.rows()
        ],
        lead_times=found,
        prices=prices,
    )


def _split(frame: pl.DataFrame, placed: pl.DataFrame) -> Callable[[int], pl.DataFrame]:
    """The rows of a frame (with `dealer`) that belong to a partition's dealers; `placed` tells who is where."""
    found = frame.join(placed.select("dealer", "partition").unique(), on="dealer", maintain_order="left")
    parts = found.partition_by("partition", as_dict=True, include_key=False, maintain_order=True)
    return lambda partition: parts.get((partition,), frame.clear())


def products_frame() -> pl.DataFrame:
    """What a plan knows of every product, a row each: codes, order rules, price (0 where none is known), logistics."""
    rows = [
        (
            p.sku,
            p.id,
            p.category,
            p.multiple,
            p.minimum,
            None if p.unit_price is None else float(p.unit_price),
            p.weight_kg,
            p.units_per_pallet,
            p.shelf_life_days,
            p.proposable,
        )
        for p in catalog.plan_products()
    ]
    schema = {
        "sku": pl.String,
        "product_id": pl.Int64,
        "category": pl.String,
        "order_multiple_units": pl.Int64,
        "order_minimum_units": pl.Int64,
        "sale_price": pl.Float64,
        "weight_kg": pl.Float64,
        "units_per_pallet": pl.Int64,
        "shelf_life_days": pl.Int64,
        "proposable": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col("sale_price").fill_null(0.0))


def _by_calendar(lead: LeadTime, days: OrderDays, found: Cycle, *, on: dt.date) -> LeadTime:
    """The days from `on` until an order of the next order day has come, on a day of delivery."""
    if not days.is_given:
        return lead
    came = (arrival(days, found.order_on, max(length, 1)) for length in lead.days)
    return replace(lead, days=tuple(sorted((day - on).days for day in came)))


def _dealers(dealers: Sequence[DealerView], cycles: Mapping[str, Cycle], *, on: dt.date) -> pl.DataFrame:
    credit = trade.credits_left(on=on)
    rows = [
        (
            dealer.code, dealer.id, cycles[dealer.code].review_days, not (dealer.review_days or dealer.order_weekdays),
            *_terms(dealer, credit.get(dealer.id)), dealer.order_weekdays, dealer.delivery_weekdays,
            cycles[dealer.code].order_on, cycles[dealer.code].arrives_on, cycles[dealer.code].next_order_on,
        )
        for dealer in dealers
    ]  # fmt: skip
    schema = {
        "dealer": pl.String,
        "dealer_id": pl.Int64,
        "review_days": pl.Int64,
        "review_assumed": pl.Boolean,
        **dealer_terms.TERMS,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _terms(dealer: network.DealerView, credit_left: Decimal | None) -> tuple[float | str | None, ...]:
    """The first eight of `dealer_terms.TERMS`. A truck whose freight and size are known comes before a pallet."""

    def number(value: Decimal | float | None) -> float | None:
        return None if value is None else float(value)

    least = (number(dealer.minimum_order_amount), dealer.minimum_order_kg)
    most = (number(dealer.order_budget), number(credit_left))
    if dealer.freight_per_truck and (dealer.truck_pallets or dealer.truck_kg):
        return (*least, *most, "truck", dealer.truck_pallets, dealer.truck_kg, number(dealer.freight_per_truck))
    if dealer.freight_per_pallet:
        return (*least, *most, "pallet", 1.0, None, number(dealer.freight_per_pallet))
    return (*least, *most, "", None, None, None)
