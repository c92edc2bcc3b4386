# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""The enterprise's supply plan: per product and week what dealers will need, what to make or buy, what may run short.

The need is the sum of the dealers' order paths (`paths`). Time-phased netting (material requirements planning, Orlicky
1975) covers it: what lies in the warehouse and is due from production, less need, must not fall under the safety stock;
what is missing is ordered a lead time before, in lots. Where a production line cannot make it all, a linear programme
decides what is made when (`capacity`).
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, floats, require_columns, require_rows
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WEEK = 7
SHRINK_WEEKS = 52

SUPPLIES: dict[str, pl.DataType] = {
    "available_units": pl.Float64(),  # on hand, less what dealers ordered and has not been shipped
    "stock_known": pl.Boolean(),
    "lead_days": pl.Int64(),  # from a production or purchase order to its receipt
    "lot_minimum_units": pl.Float64(),
    "lot_multiple_units": pl.Float64(),
}
"""What the plan needs to know of a product beside its need."""


@dataclass(frozen=True, eq=False)
class SupplyWeeks:
    """The plan, [products, weeks] each, units: week 0 begins this morning.

    `ordered` is what is to be made or bought in the week, `planned` its receipt a lead time later, `projected` the
    stock at the week's end where the need comes as expected (below zero: owed to dealers), `risk` the chance that need
    up to then exceeds supply. `safety_units` [products] is what the plan keeps in stock at least.
    """

    ordered: Floats
    planned: Floats
    projected: Floats
    risk: Floats
    safety_units: Floats


def by_product(values: Floats, *, product: Ints, products: int) -> Floats:
    """Sums of the rows of `values` [n, weeks] over each product's pairs, [products, weeks]."""
    require_rows([("values", len(values)), ("product", len(product))])
    out: Floats = np.zeros((products, values.shape[1]))
    np.add.at(out, product, values)
    return out


def weekly_variance(history: NDArray[np.float32], *, days: int = 364) -> Floats:
    """Variance of each pair's weekly demand over the last `days` of history [n, days], [n] units²."""
    weeks = min(days, history.shape[1]) // WEEK
    if weeks < 2:
        return np.zeros(len(history))
    sums = history[:, history.shape[1] - weeks * WEEK :].reshape(len(history), weeks, WEEK).sum(axis=2)
    variance: Floats = sums.astype(np.float64).var(axis=1)
    return variance


def moving_together(*, alone: Floats, weekly: Floats) -> Floats:
    """How much more the sum over dealers varies than independent dealers would make it, [products], at least 1.

    `alone` [products] is the sum of the variances of the product's pairs (`weekly_variance`), `weekly`
    [products, weeks] the demand of all its dealers in past weeks. The ratio is 1 for dealers that have nothing in
    common and n for n dealers in step. A year of a product is little evidence, so it is shrunk half way to that of all
    products together.

    Example: two dealers that both sell 0, 2, 0, 2: each has the variance 1, the sum 4, so the ratio is 2.
    """
    require_rows([("alone", len(alone)), ("weekly", len(weekly))])
    weeks = weekly.shape[1]
    if weeks < 2 or not alone.sum() > 0:
        return np.ones(len(alone))
    together = weekly.var(axis=1)
    network = max(float(together.sum() / alone.sum()), 1.0)
    own = np.where(alone > 0, together / np.where(alone > 0, alone, 1.0), network)
    share = weeks / (weeks + SHRINK_WEEKS)
    shrunk: Floats = np.maximum(share * own + (1 - share) * network, 1.0)
    return shrunk


def swing(weekly: Floats, *, variance: Floats | None = None) -> float:
    """How much a product's week swings around its mean: the coefficient of variation, in the mean over products.

    `weekly` [products, weeks]; products weigh by volume. With `variance`, of the same shape, the weeks are expected
    ones, which vary by it besides. The ratio of two swings is the bullwhip effect, squared: orders over sell-out above
    1 means that orders swing more.

    Example: 0, 20, 0, 20 has a mean of 10 and a standard deviation of 10, so 1.
    """
    mean = weekly.mean(axis=1)
    total = weekly.var(axis=1) + (0.0 if variance is None else variance.mean(axis=1))
    return float(np.sqrt(total).sum() / mean.sum()) if mean.sum() > 0 else 0.0


def plan_weeks(
    products: pl.DataFrame,
    *,
    need: Floats,
    cumulated_variance: Floats,
    receipts: Floats,
    service: float,
) -> SupplyWeeks:
    """The unconstrained plan for `products` (columns `SUPPLIES`).

    `need`, `cumulated_variance` (of need up to and including the week, of the sum over dealers) and `receipts` (already
    due from production and suppliers) are [products, weeks]. Safety stock covers `service` of the need over lead time
    and the week until the next plan, of the sum over dealers: variances add, so n like dealers need √n times one
    dealer's and not n times (Eppen, "Effects of Centralization on Expected Costs", 1979). A receipt can be planned from
    the week in which an order placed now arrives, the lead time rounded up to weeks; before, what is missing shows as
    risk. Where the stock is not known, the plan opens with what the lead time needs and the safety stock: then it
    orders what will be needed, and nothing to make up.

    Example: 10 a week for certain, 25 available, lead time 7 days, lots of 12: receipts of 12 in weeks 2, 3, 4 …,
    ordered a week before.

    Raises `InvalidFrameError` for missing columns or inputs that are not row-aligned.
    """
    require_columns(products, SUPPLIES, name="products")
    n, weeks = need.shape
    require_rows([("products", len(products)), ("need", n), ("variance", len(cumulated_variance))])
    if cumulated_variance.shape != need.shape or receipts.shape != need.shape:
        raise InvalidFrameError("need, cumulated_variance and receipts have to be of one shape, [products, weeks].")
    lead = -(-floats(products, "lead_days", name="products", minimum=0.0).astype(np.int64) // WEEK)
    multiple = np.maximum(floats(products, "lot_multiple_units", name="products", minimum=0.0), 1.0)
    minimum = floats(products, "lot_minimum_units", name="products", minimum=0.0)
    deviation = np.sqrt(np.maximum(cumulated_variance, 0.0))
    within = np.minimum(lead, weeks - 1)
    rows = np.arange(n)
    z = max(NormalDist().inv_cdf(service), 0.0)
    # beyond the horizon the variance grows with time
    safety = z * deviation[rows, within] * np.sqrt((lead + 1) / (within + 1))
    known = products["stock_known"].cast(pl.Boolean).to_numpy()
    opening = np.where(
        known,
        floats(products, "available_units", name="products"),
        np.cumsum(need, axis=1)[rows, within] + safety,
    )
    ordered, planned, projected = np.zeros((n, weeks)), np.zeros((n, weeks)), np.zeros((n, weeks))
    _net(opening, need, receipts, safety, lead, minimum, multiple, ordered, planned, projected)
    return SupplyWeeks(ordered, planned, projected, shortage_risk(projected, deviation), safety)


def project(*, opening: Floats, need: Floats, receipts: Floats, planned: Floats) -> Floats:
    """Stock at each week's end, [products, weeks], where need comes as expected; below zero it is owed."""
    return opening[:, None] + np.cumsum(receipts + planned - need, axis=1)


def shortage_risk(projected: Floats, deviation: Floats) -> Floats:
    """Chance that the need up to each week exceeds what there is, by the normal distribution of the sum over dealers.

    `projected` is what is left where need comes as expected, `deviation` that of the need so far, both of one shape.

    Example: 20 left with a deviation of 10: two deviations, 2.3 %.
    """
    margin = projected / np.where(deviation > 0, deviation, 1.0)
    sure = (projected < 0).astype(np.float64)
    return np.where(deviation > 0, 1.0 - _normal(margin), sure)


def _normal(x: Floats) -> Floats:
    """Distribution function of the normal, Abramowitz and Stegun 26.2.17: absolute error below 7.5e-8."""
    t = 1.0 / (1.0 + 0.2316419 * np.abs(x))
    tail = np.exp(-0.5 * x * x) / sqrt(2 * np.pi)
    tail *= t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    return np.where(x >= 0, 1.0 - tail, tail)


@kernel
def _net(
    opening: Floats,
    need: Floats,
    receipts: Floats,
    safety: Floats,
    lead: Ints,
    minimum: Floats,
    multiple: Floats,
    ordered: Floats,
    planned: Floats,
    projected: Floats,
) -> None:
    weeks = need.shape[1]
    for i in range(len(opening)):
        stock = opening[i]
        for w in range(weeks):
            stock += receipts[i, w] - need[i, w]
            if w >= lead[i]:
                missing = safety[i] - stock
                if missing > 1e-6:
                    lot = np.ceil(max(missing, minimum[i]) / multiple[i] - 1e-6) * multiple[i]
                    planned[i, w] = lot
                    ordered[i, w - lead[i]] = lot
                    stock += lot
            projected[i, w] = stock
