"""What a replay plays: the demand of every pair that was known before its window, with the money of a unit."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.planning import dealer_terms
from firstmove.domains.planning.operations import calendar, lead_times
from firstmove.domains.planning.operations.inputs import products_frame
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.demand.calendar import Calendars
from firstmove.engine.demand.history import dense
from firstmove.engine.inventory.order_days import OrderDays, arrival, cycle
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake import series as series_store
from firstmove.lake.store import Lake

# The days before the window that are played and not counted, and those that are known before these.
WARM_DAYS = 35
PAST_DAYS = 730
# A dealer takes part from half a year of history on; a product if it sold on so many days, and lately.
LEAST_PAST_DAYS = 182
_LEAST_SALE_DAYS = 12
_ALIVE_DAYS = 182
_OF_PRODUCTS = ("sku", "product_id", "category", "order_multiple_units", "order_minimum_units", "sale_price")
# So many orders tell the rhythm of a dealer with fixed order days.
_CYCLES = 8


@dataclass(frozen=True, eq=False)
class Past:
    """Row-aligned: `pairs` and `demand` [n, days], units a day; the days from `start` on are played.

    `pairs`: dealer, sku, category, ids, order_multiple_units, order_minimum_units, purchase_price, sale_price,
    lead_days (the equally likely days of an order) with their ends, review_days, order_minimum (money of a whole order,
    0 where none was agreed), and which of these are assumed. `left_out`: pairs that were too young or asleep on the eve
    of `start`.
    `calendars`: what the scenario's drivers asked of the pairs on each morning.
    """

    pairs: pl.DataFrame
    demand: NDArray[np.float32]
    start: int
    left_out: pl.DataFrame
    calendars: Calendars | None = None

    def known_days(self, *, dealer_id: int | None) -> int:
        """Days of history before `start` of what was left out."""
        out = self.left_out if dealer_id is None else self.left_out.filter(pl.col("dealer_id") == dealer_id)
        first = out["first_sale_day"].min()
        return max(self.start - first, 0) if isinstance(first, int) else 0


def past(lake: Lake, *, since: dt.date, until: dt.date, versions: Mapping[str, int], scenario: Scenario) -> Past:
    """Read the lake at pinned versions. Pairs are chosen by the days before `start`, prices are those of `since`.

    Lead times are learned from what had been received on the eve of `start`. Order days, multiples, minimums and
    promotions are master data as it stands: nobody recorded what it was then.
    """
    eve = since - dt.timedelta(days=WARM_DAYS + 1)
    days = (until - since).days + 1 + WARM_DAYS + PAST_DAYS
    series = series_store.build(lake, as_of=until, versions=versions, days=days, active_within_days=days)
    with tenancy.scope(SYSTEM):
        dealers = _dealers(lake, eve=eve, versions=versions, scenario=scenario)
        products = products_frame().select(_OF_PRODUCTS)
        seen = calendar.mornings(
            lake,
            versions=versions,
            products=products,
            drivers=scenario.drivers,
            first=eve + dt.timedelta(days=1),
            last=until,
        )
        frame = (
            series.frame.join(products, on="sku", how="inner", maintain_order="left")
            .join(dealers, on="dealer", how="inner", maintain_order="left")
        )  # fmt: skip
        frame = _priced(frame, on=since, scenario=scenario)
    demand = dense(frame, days=days)
    kept = _takes_part(frame, demand[:, :PAST_DAYS])
    frame = frame.drop("day", "quantity", "out_day")
    pairs = frame[np.flatnonzero(kept)]
    first_on = until - dt.timedelta(days=days - 1)
    return Past(
        pairs=pairs,
        demand=np.ascontiguousarray(demand[kept]),
        start=PAST_DAYS,
        left_out=frame[np.flatnonzero(~kept)],
        calendars=None if seen is None else seen.seen_by(pairs, first_on=first_on),
    )


def _takes_part(frame: pl.DataFrame, before: NDArray[np.float32]) -> NDArray[np.bool_]:
    opened = frame.select(pl.col("first_sale_day").min().over("dealer")).to_series().to_numpy()
    often = (before > 0).sum(axis=1) >= _LEAST_SALE_DAYS
    alive = (before[:, -_ALIVE_DAYS:] > 0).any(axis=1)
    taking: NDArray[np.bool_] = often & alive & (opened <= before.shape[1] - LEAST_PAST_DAYS)
    return taking


def _dealers(lake: Lake, *, eve: dt.date, versions: Mapping[str, int], scenario: Scenario) -> pl.DataFrame:
    active = network.dealers(active_only=True)
    arrivals = series_store.arrivals(lake, as_of=eve, versions=versions)
    found = lead_times.learned(active, arrivals, as_of=eve, scenario=scenario)
    rows = []
    for dealer in active:
        lead = found[dealer.code]
        review, leads = _rhythm(
            dealer_terms.order_days(dealer.order_weekdays, dealer.delivery_weekdays, frozenset()),
            lead.days,
            on=eve,
            median=max(lead.median, 1),
            review_days=dealer.review_days or scenario.review_days,
        )
        assumed = not (dealer.review_days or dealer.order_weekdays)
        rows.append(
            (
                dealer.code, dealer.id, min(leads), max(leads), leads, lead.source == "assumed", review, assumed,
                float(dealer.minimum_order_amount or 0),
            )
        )  # fmt: skip
    schema = {
        "dealer": pl.String,
        "dealer_id": pl.Int64,
        "lead_low_days": pl.Int64,
        "lead_high_days": pl.Int64,
        "lead_days": pl.List(pl.Int64),
        "lead_assumed": pl.Boolean,
        "review_days": pl.Int64,
        "review_assumed": pl.Boolean,
        "order_minimum": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _rhythm(
    days: OrderDays, lengths: Sequence[int], *, on: dt.date, median: int, review_days: int
) -> tuple[int, list[int]]:
    """Days from one order to the next, in the mean of some, and from an order to its delivery; no holidays.

    Example: orders on Mondays and Thursdays, deliveries every day: 3 or 4 days in turn, so 4 (3.5 rounds up).
    """
    if not days.is_given:
        return review_days, [max(length, 1) for length in lengths]
    first = cycle(days, today=on, lead_days=median, review_days=review_days)
    last = first
    for _step in range(_CYCLES):
        last = cycle(days, today=last.next_order_on, lead_days=median, review_days=review_days)
    review = (2 * (last.order_on - first.order_on).days + _CYCLES) // (2 * _CYCLES)
    came = [(arrival(days, first.order_on, max(length, 1)) - first.order_on).days for length in lengths]
    return max(review, 1), sorted(came)


def _priced(frame: pl.DataFrame, *, on: dt.date, scenario: Scenario) -> pl.DataFrame:
    """What one unit costs by the lists of that day, else by the scenario's share of the customer's price."""
    paid = catalog.price_book(on=on).paid(frame.with_columns(quantity=pl.lit(1)))
    share = pl.col("sale_price") * (1 - scenario.dealer_margin)
    return frame.with_columns(price_assumed=paid.is_null(), purchase_price=paid).with_columns(
        purchase_price=pl.coalesce("purchase_price", share)
    )
