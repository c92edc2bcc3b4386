"""A product's half year in weeks, and the four weeks to come, as the chart that every page of a product shows."""

import datetime as dt

from firstmove.domains.planning.queries import ProductHistory
from firstmove.portals.design.charts import History

WEEKS_AHEAD = 4


def history_chart(found: ProductHistory | None, *, unit: str) -> History | None:
    """Bars of weekly sales, weeks with days out of stock marked, the band of a coming week; None without a history."""
    if found is None:
        return None
    past, ahead = len(found.week_ends), WEEKS_AHEAD
    gap: list[float | None] = [None] * past
    return History(
        dates=[*found.week_ends, *(found.as_of + dt.timedelta(days=7 * week) for week in range(1, ahead + 1))],
        sales=[*found.sold, *[None] * ahead],
        stock_out=[*(days > 0 for days in found.out_days), *[False] * ahead],
        forecast=[*gap, *[found.week_mean] * ahead],
        low=[*gap, *[found.week_low] * ahead],
        high=[*gap, *[found.week_high] * ahead],
        unit=unit,
    )
