"""What service costs is replayed on days past, under each pair's own conditions, and looks at nothing later."""

import numpy as np
import pytest
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.twin.policies import Scene, firstmove
from firstmove.engine.twin.replay import Protocol, replay
from firstmove.engine.twin.service import Trial, start_of_window, try_service

from .networks import lumpy

N, DAYS = 60, 730
HISTORY = lumpy(N, days=DAYS)
KEY = np.arange(N, dtype=np.uint64)
GRID = (0.8, 0.95)


def tried(history: NDArray[np.float32] = HISTORY, *, leads: list[tuple[int, ...]] | None = None) -> list[Trial]:
    n = len(history)
    return try_service(
        history, start=start_of_window(DAYS), leads=leads or [tuple(range(5, 13))] * n, review_days=np.full(n, 7),
        multiple=np.ones(n, np.int64), key=KEY[:n], margin=np.full(n, 2.0), holding_per_day=np.full(n, 0.01), grid=GRID,
    )  # fmt: skip


def test_more_service_sells_more_and_holds_more() -> None:
    low, high = tried()
    everybody = np.ones(N, np.bool_)
    assert high.fill(everybody) > low.fill(everybody)
    assert high.stock_days(everybody) > low.stock_days(everybody)
    assert high.fill(~everybody) is None
    lost = high.demanded_units - high.sold_units
    assert high.costs == pytest.approx(2.0 * lost + 0.01 * high.held_unit_days)


def test_a_pair_whose_goods_take_longer_pays_for_it() -> None:
    near, far = tried(leads=[(5,)] * N), tried(leads=[(5,)] * 30 + [(25, 40)] * 30)
    assert far[1].costs[30:].sum() > near[1].costs[30:].sum() * 1.2


def test_it_is_the_twin_that_is_played() -> None:
    start = start_of_window(DAYS)
    scene = Scene(HISTORY, start, Protocol())
    for trial, (_, rule) in zip(tried(), firstmove(scene, probabilities=GRID), strict=True):
        outcome = replay(HISTORY, rule, start=start, multiple=np.ones(N, np.int64), key=KEY)
        assert (trial.sold_units == outcome.sold_units).all()


def test_a_history_that_is_too_short_says_how_long_it_has_to_be() -> None:
    with pytest.raises(InvalidFrameError, match="637"):
        start_of_window(500)
