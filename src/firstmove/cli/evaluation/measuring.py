"""The parts of an evaluation as plain figures: what is written as JSON, printed and drawn."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.cli.evaluation.folder import NO_CATEGORY, Network
from firstmove.engine.demand.boosted import BoostedQuantiles, Driver, TooLittleToLearnError, train
from firstmove.engine.demand.calendar import PairCalendar
from firstmove.engine.demand.distribution import pool, seen_from
from firstmove.engine.demand.drivers import customer_rhythm, network_trends
from firstmove.engine.demand.intermittent import SEGMENTS, segments
from firstmove.engine.demand.mornings import Mornings, mornings
from firstmove.engine.demand.season import weekday_profile
from firstmove.engine.twin import accuracy, comparison
from firstmove.engine.twin.accuracy import Errors
from firstmove.engine.twin.opening import pair_keys
from firstmove.engine.twin.policies import POLICIES, Scene, best_minmax, boosted, reorder_point
from firstmove.engine.twin.replay import Protocol

# What a folder does not tell, as in the scenario of a plan.
DEALER_MARGIN = 0.2
HOLDING_RATE_PER_YEAR = 0.25
ORDER_LINE_COST = 0.5
YEAR_DAYS = 365
WEEK = 7
# What a plan counts in where nobody chose otherwise.
PLAN_DRIVERS = ("season",)
CHALLENGER = "firstmove-boosted"


def about(network: Network, *, folder: Path, drivers: Sequence[str] = PLAN_DRIVERS) -> dict[str, Any]:
    """What was evaluated, and what had to be assumed for it."""
    protocol = Protocol()
    return {
        "data": folder.name,
        "as_of": network.as_of.isoformat(),
        "window_days": network.window_days,
        "pairs": len(network.pairs),
        "pairs_eligible": network.eligible,
        "rows_set_aside": network.set_aside,
        "days_without_a_sale": float((network.demand == 0).mean()),
        "assumed": {
            "review_days": protocol.review_days,
            "lead_days": [protocol.lead_low, protocol.lead_high],
            "opening_stock_days": protocol.opening_days,
            "days_not_counted": protocol.warm_days,
            "dealer_margin": DEALER_MARGIN,
            "holding_rate_per_year": HOLDING_RATE_PER_YEAR,
            "order_line_cost": ORDER_LINE_COST,
            "drivers_of_the_replay": [name for name in drivers if name != "holidays"],
        },
    }


def forecast(network: Network) -> dict[str, Any]:
    """Accuracy of the engine, of plain methods and of the field's for items that seldom sell, and by kind of demand."""
    span, start = Protocol().protection_days, network.start
    before = accuracy.known(network.demand, start)
    dealers = network.pairs["dealer"].rank("dense").to_numpy().astype(np.int64)
    profile = weekday_profile(before, group=dealers, first_day=start - before.shape[1])
    pooled, seasons = pool(before, spans=[span]), _seasons(network)
    methods = {
        "firstmove": accuracy.firstmove(span, pooled=pooled, profile=profile, calendars=seasons),
        "textbook": accuracy.textbook(span),
        "moving_average": accuracy.moving_average(span),
        "seasonal_naive": accuracy.seasonal_naive(span),
        "croston_sba": accuracy.croston_sba(span),
        "tsb": accuracy.tsb(span),
    }
    for driver, calendars in _offers(network):
        methods[f"firstmove+{driver}"] = accuracy.firstmove(span, pooled=pooled, profile=profile, calendars=calendars)
    learned = challenger(network)
    if learned is not None:
        model, drivers = learned
        methods[CHALLENGER] = accuracy.boosted(model, demand=network.demand, drivers=drivers, profile=profile)
    # compiled before the clock runs; on a day without a calendar, since calendars are of all pairs
    for name in ("firstmove", "croston_sba", "tsb"):
        methods[name].sums(before[:2], -1)
    missed = accuracy.missed(network.demand, methods, start=start, span=span)
    everywhere = np.ones(len(network.demand), np.bool_)
    kinds = segments(before)
    return {
        "span_days": span,
        "methods": {name: asdict(errors.of(everywhere)) for name, errors in missed.items()},
        "segments": {name: _segment(missed, kinds == place) for place, name in enumerate(SEGMENTS)},
    }


def _segment(missed: Mapping[str, Errors], rows: NDArray[np.bool_]) -> dict[str, Any]:
    """Pairs of one kind and each method's figures on them; no methods where there are no such pairs."""
    figures = {name: asdict(errors.of(rows)) for name, errors in missed.items()} if rows.any() else {}
    for measured in figures.values():
        del measured["series_per_cpu_s"]  # of all pairs together: the clock does not know kinds
    return {"pairs": int(rows.sum()), "methods": figures}


def _seasons(network: Network) -> dict[int, PairCalendar]:
    """What the season asks on each morning of the window, by the days before it: the default of a planning run."""
    return _calendars(network, ("season",))


def _offers(network: Network) -> Iterator[tuple[str, dict[int, PairCalendar]]]:
    """The default with one more driver, by its name, where the folder tells of it: prices of lines, promotions."""
    chosen = {"prices": network.lines["amount"].is_not_null().any(), "promotions": len(network.promotions) > 0}
    for driver in (name for name, told in chosen.items() if told):
        yield driver, _calendars(network, ("season", driver))


def _calendars(network: Network, drivers: Sequence[str]) -> dict[int, PairCalendar]:
    seen = _mornings(network, drivers).seen_by(network.pairs, first_on=network.first_on)
    asked = {day: seen(day) for day in range(network.start, network.demand.shape[1], WEEK)}
    return {day: calendar for day, calendar in asked.items() if calendar is not None}


def _mornings(network: Network, drivers: Sequence[str]) -> Mornings:
    """What each morning of the window could see, as a planning run does. A folder names no country: no holidays."""
    products = network.products if len(network.products) else network.pairs.select("sku", "category").unique("sku")
    return mornings(
        network.lines.with_columns(date=pl.lit(network.first_on) + pl.duration(days="day")).lazy(),
        products=products.with_columns(pl.col("category").fill_null(NO_CATEGORY)),
        promotions=network.promotions,
        country="",
        drivers=drivers,
        first=network.as_of + dt.timedelta(days=1),
        last=network.first_on + dt.timedelta(days=network.demand.shape[1]),
    )


def replay(network: Network, *, drivers: Sequence[str] = PLAN_DRIVERS) -> dict[str, Any]:
    """Every policy's curve on the window, and what each needs for equal service. `drivers` count as in a plan."""
    pairs, scene = network.pairs, scene_of(network, drivers=drivers)
    price = pairs["unit_price"].fill_null(0.0).to_numpy()
    holding_per_day = price * (1 - DEALER_MARGIN) * HOLDING_RATE_PER_YEAR / YEAR_DAYS
    # in costs of holding a unit for a review period; without a price there is nothing to weigh an order line against
    holding = holding_per_day * scene.protocol.review_days
    order_cost = np.divide(ORDER_LINE_COST, holding, out=np.zeros(len(holding)), where=holding > 0)
    policies, learned = dict(POLICIES), challenger(network)
    policies["best-minmax"] = lambda scene: best_minmax(scene, order_cost=order_cost)
    policies["reorder-point"] = lambda scene: reorder_point(scene, order_cost=order_cost)
    if learned is not None:
        policies[CHALLENGER] = lambda scene: boosted(scene, model=learned[0], drivers=learned[1])
    curves = comparison.compare(
        scene,
        policies,
        multiple=pairs["multiple"].to_numpy(),
        key=pair_keys(pairs),
        margin=price * DEALER_MARGIN,
        holding_per_day=holding_per_day,
    )
    stock = {name: comparison.stock_days_at(curve) for name, curve in curves.items()}
    fill = {name: comparison.fill_at(curve) for name, curve in curves.items()}
    lost = {name: None if share is None else 1 - share for name, share in fill.items()}
    return {
        "policies": {name: {"curve": [asdict(point) for point in curve]} for name, curve in curves.items()},
        "at_equal_fill": {
            name: {
                "fill": comparison.EQUAL_FILL,
                "stock_days": stock[name],
                "stock_ratio_to_reactive": _ratio(stock[name], stock["reactive"]),
                "stock_ratio_to_textbook": _ratio(stock[name], stock["textbook"]),
            }
            for name in curves
        },
        "at_equal_stock": {
            name: {
                "stock_days": comparison.EQUAL_STOCK_DAYS,
                "fill": fill[name],
                "lost_ratio_to_reactive": _ratio(lost[name], lost["reactive"]),
                "lost_ratio_to_textbook": _ratio(lost[name], lost["textbook"]),
            }
            for name in curves
        },
    }


@lru_cache(maxsize=1)
def challenger(network: Network) -> tuple[BoostedQuantiles, list[Driver]] | None:
    """Trees grown on the days before the window, and what they look at; None where there is too little to grow on."""
    span = Protocol().protection_days
    demand, start = network.demand, network.start

    def scale(mornings: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        seen = seen_from(demand, mornings=mornings, span=span)
        return seen.expected, seen.dispersion

    # the mornings that rhythms are learned on end a span before the window
    learn = np.arange(start - span - WEEK, YEAR_DAYS, -6 * WEEK)[::-1]
    drivers = [
        network_trends(network.pairs, network.lines, span=span, days=demand.shape[1]),
        customer_rhythm(network.pairs, network.lines, span=span, learn=learn, expected=scale),
    ]
    try:
        return train(np.ascontiguousarray(demand[:, :start]), span=span, drivers=drivers), drivers
    except TooLittleToLearnError:
        return None


def scene_of(network: Network, *, drivers: Sequence[str] = PLAN_DRIVERS) -> Scene:
    """The window as the twin replays it."""
    calendars = _mornings(network, drivers).seen_by(network.pairs, first_on=network.first_on)
    return Scene(network.demand, network.start, Protocol(), calendars)


def _ratio(figure: float | None, base: float | None) -> float | None:
    return None if figure is None or not base else figure / base
