"""A folder of feeds as the demand that is evaluated: no server, no database, the rules of intake all the same."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from firstmove.engine.demand.history import dense
from firstmove.engine.demand.offers import PROMOTIONS
from firstmove.kernel.errors import Problem
from firstmove.lake.feeds import FEEDS, FeedError
from firstmove.lake.parse import Known, feed_of, read

WINDOW_DAYS = 210
LEAST_WINDOW_DAYS = 64
LEAST_PAST_DAYS = 420
PAST_DAYS = 730
SALE_DAYS = 12
ALIVE_DAYS = 182
NOBODY = Known()
NO_CATEGORY = "?"
LISTING = {"sku": pl.String(), "category": pl.String(), "unit_price": pl.Float64(), "listed_on": pl.Date()}
MARKETS = {
    "dealer": pl.String(), "customers": pl.Int64(), "lat": pl.Float64(), "lon": pl.Float64(), "region": pl.String(),
}  # fmt: skip
SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".parquet"})


class EvaluationError(Problem):
    """The folder cannot be evaluated; the message says why and what to do."""

    code = "evaluation"


@dataclass(frozen=True, eq=False)
class Network:
    """Pairs chosen before the window, and their demand.

    `pairs`: dealer, sku, category, multiple, unit_price (null where unknown). `demand` [n, days]: days before `start`
    are known, those from it on are the window. `lines`: sell-out lines (dealer, customer, sku, day, quantity, amount)
    of all pairs, the window's too. `products`: sku and category. `promotions`: as `demand.offers.PROMOTIONS`, those
    that begin before the window ends. `listing` (`LISTING`) and `dealers` (`MARKETS`): what their feeds tell, empty
    where there is none. `eligible`: how many pairs a sample was taken from. `set_aside`: rows that broke
    a feed's rules.
    """

    pairs: pl.DataFrame
    demand: NDArray[np.float32]
    lines: pl.DataFrame
    products: pl.DataFrame
    promotions: pl.DataFrame
    listing: pl.DataFrame
    dealers: pl.DataFrame
    first_on: dt.date
    start: int
    eligible: int
    set_aside: int

    @property
    def as_of(self) -> dt.date:
        return self.first_on + dt.timedelta(days=self.start - 1)

    @property
    def window_days(self) -> int:
        return self.demand.shape[1] - self.start


def open_network(folder: Path, *, as_of: dt.date | None, sample: int, today: dt.date) -> Network:
    """Read the feeds in `folder` and choose the pairs to evaluate.

    A pair takes part if it sold on 12 or more of the 730 days up to `as_of` and at least once in the last 182 of them.
    Where there are more than `sample` (0: no limit), a seeded sample is drawn. The window is the days after `as_of`, at
    most 210. Raises EvaluationError where there are no sales, or too few days before or after `as_of`.
    """
    feeds, set_aside = _feeds(folder, today=today)
    if "sales" not in feeds:
        raise EvaluationError(
            _("There is no feed of sales in %(folder)s.") % {"folder": folder},
            _("Put a file such as sales.csv there; see docs/guide/feeds.md."),
        )
    daily = feeds["sales"].group_by("dealer", "sku", "date").agg(pl.col("quantity").sum())
    first_on, last_on = daily["date"].min(), daily["date"].max()
    if not isinstance(first_on, dt.date) or not isinstance(last_on, dt.date):
        raise EvaluationError(
            _("The sales in %(folder)s have no rows.") % {"folder": folder},
            _("Check the rows that intake sets aside."),
        )
    as_of = as_of or last_on - dt.timedelta(days=WINDOW_DAYS)
    last_on = min(last_on, as_of + dt.timedelta(days=WINDOW_DAYS))
    start, days = (as_of - first_on).days + 1, (last_on - first_on).days + 1
    if days - start < LEAST_WINDOW_DAYS or start < LEAST_PAST_DAYS:
        raise EvaluationError(
            _("There are sales of %(before)s days up to %(day)s and of %(after)s days after it.")
            % {"before": max(start, 0), "day": as_of, "after": max(days - start, 0)},
            _("Evaluation takes %(before)s days before and %(after)s after: choose another --as-of.")
            % {"before": LEAST_PAST_DAYS, "after": LEAST_WINDOW_DAYS},
        )
    daily = daily.with_columns(day=(pl.col("date") - first_on).dt.total_days().cast(pl.Int32))
    pairs = _chosen(daily, start)
    eligible = len(pairs)
    if not eligible:
        raise EvaluationError(
            _("No product of a dealer sold on %(least)s of the %(days)s days up to %(day)s.")
            % {"least": SALE_DAYS, "days": PAST_DAYS, "day": as_of},
            _("Choose another --as-of, or bring more history."),
        )
    if 0 < sample < eligible:
        pairs = pairs.sample(sample, seed=1).sort("dealer", "sku")
    pairs = pairs.select("dealer", "sku").join(
        _products(feeds.get("products")), on="sku", how="left", maintain_order="left"
    )
    pairs = pairs.with_columns(pl.col("category").fill_null(NO_CATEGORY), pl.col("multiple").fill_null(1))
    series = _series(pairs, daily.filter(pl.col("day") < days), feeds.get("stock"), first_on=first_on, days=days)
    lines = (
        feeds["sales"]
        .with_columns(day=(pl.col("date") - first_on).dt.total_days().cast(pl.Int32))
        .filter((pl.col("day") < days) & (pl.col("quantity") > 0))
        .select("dealer", "customer", "sku", "day", "quantity", "amount")
    )
    return Network(
        pairs,
        dense(series, days=days),
        lines,
        _products(feeds.get("products")).select("sku", "category"),
        _promotions(feeds.get("promotions"), until=last_on),
        _told(feeds.get("products"), LISTING),
        _told(feeds.get("dealers"), MARKETS),
        first_on,
        start,
        eligible,
        set_aside,
    )


def _feeds(folder: Path, *, today: dt.date) -> tuple[dict[str, pl.DataFrame], int]:
    """Sales, products, stock, promotions and dealers of a folder, each key once: of two rows the later file's wins."""
    if not folder.is_dir():
        raise EvaluationError(_("%(folder)s is no folder.") % {"folder": folder}, _("Give --data a folder of feeds."))
    parts: dict[str, list[pl.DataFrame]] = {}
    set_aside = 0
    refused: list[tuple[Path, FeedError]] = []
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES):
        try:
            feed = feed_of(path)
        except FeedError as error:
            refused.append((path, error))  # not a feed, such as a list of holidays beside them
            continue
        if feed not in ("sales", "products", "stock", "promotions", "dealers"):
            continue
        try:
            for chunk in read(path, feed=feed, today=today, known=NOBODY):
                parts.setdefault(feed, []).append(chunk.good)
                set_aside += len(chunk.bad)
        except FeedError as error:
            raise EvaluationError(
                _("%(file)s cannot be read: %(why)s") % {"file": path.name, "why": error},
                _("Mend or remove the file."),
            ) from error
    if "sales" not in parts and refused:  # most likely sales under other names: the nearest file says what it lacks
        path, error = min(refused, key=lambda one: one[1].code != "missing_column")
        raise EvaluationError(
            _("%(file)s cannot be read: %(why)s") % {"file": path.name, "why": error}, _("Mend or remove the file.")
        )
    feeds = {
        name: pl.concat(frames).unique(list(FEEDS[name].key), keep="last", maintain_order=True)
        for name, frames in parts.items()
    }
    return feeds, set_aside


def _chosen(daily: pl.DataFrame, start: int) -> pl.DataFrame:
    """Dealer and sku of the pairs that are alive on the eve of the window, sorted."""
    seen = daily.filter(pl.col("day").is_between(start - PAST_DAYS, start - 1) & (pl.col("quantity") > 0))
    pairs = seen.group_by("dealer", "sku").agg(sales=pl.len(), last=pl.col("day").max())
    alive = pairs.filter((pl.col("sales") >= SALE_DAYS) & (pl.col("last") >= start - ALIVE_DAYS))
    return alive.sort("dealer", "sku")


def _products(products: pl.DataFrame | None) -> pl.DataFrame:
    if products is None:
        schema = {"sku": pl.String, "category": pl.String, "multiple": pl.Int64, "unit_price": pl.Float64}
        return pl.DataFrame(schema=schema)
    return products.select("sku", "category", "multiple", "unit_price")


def _told(feed: pl.DataFrame | None, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Some columns of a feed."""
    return pl.DataFrame(schema=schema) if feed is None else feed.select(pl.col(n).cast(t) for n, t in schema.items())


def _promotions(promotions: pl.DataFrame | None, *, until: dt.date) -> pl.DataFrame:
    if promotions is None:
        return pl.DataFrame(schema=PROMOTIONS)
    named = promotions.with_columns(name=pl.coalesce("name", "promotion")).filter(pl.col("starts_on") <= until)
    return named.select(PROMOTIONS.keys())


def _series(
    pairs: pl.DataFrame, daily: pl.DataFrame, stock: pl.DataFrame | None, *, first_on: dt.date, days: int
) -> pl.DataFrame:
    """The engine's series of `pairs`, row-aligned; days that ended without stock and a sale are missing there."""
    sold = daily.sort("day").group_by("dealer", "sku").agg("day", pl.col("quantity").cast(pl.Float32))
    series = pairs.select("dealer", "sku").join(sold, on=["dealer", "sku"], how="left", maintain_order="left")
    if stock is None:
        return series.with_columns(out_day=pl.lit([], pl.List(pl.Int32)))
    out = (
        stock.filter(pl.col("quantity") == 0)
        .with_columns(day=(pl.col("date") - first_on).dt.total_days().cast(pl.Int32))
        .filter(pl.col("day").is_between(0, days - 1))
        .select("dealer", "sku", "day")
        .join(daily.filter(pl.col("quantity") > 0), on=["dealer", "sku", "day"], how="anti")
        .sort("day")
        .group_by("dealer", "sku")
        .agg(out_day=pl.col("day").unique(maintain_order=True))
    )
    return series.join(out, on=["dealer", "sku"], how="left", maintain_order="left").with_columns(
        pl.col("out_day").fill_null(pl.lit([], pl.List(pl.Int32)))
    )
