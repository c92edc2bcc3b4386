"""From a stock position to an order that a supplier can ship."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def order_up_to(*, level: Floats, review_quantile: Floats, position: Floats) -> Floats:
    """Units to order, [n], before packs: bring the position up to `level`, as far as the order can still sell.

    `level` is the service quantile of demand over lead time and review, `review_quantile` that of the review alone,
    `position` stock on hand and in transit. Demand that finds no stock is lost, not owed: what the order has to serve
    is min(D_R, D_L + D_R - position), so no more is ordered than the review's demand asks for, however empty the shelf.

    Example: level 20, review quantile 12: a position of 15 orders 5, a position of 0 orders 12 and not 20.
    """
    return np.maximum(np.minimum(level - position, review_quantile), 0.0)


def round_order(quantity: Floats, *, multiple: NDArray[np.int64], minimum: NDArray[np.int64]) -> Floats:
    """Units as whole multiples, [n]: up to the next one and to the minimum; nothing wanted is nothing ordered.

    Example: 5 units with multiple 6 and minimum 10 become 12.
    """
    # a hair's breadth above a multiple is rounding error of the sums, not a wish for one more carton
    packs = np.ceil(np.maximum(quantity, minimum) / multiple - 1e-6)
    return np.where(quantity > 1e-6, np.maximum(packs, 1.0) * multiple, 0.0)
