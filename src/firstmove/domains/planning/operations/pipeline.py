"""The steps of a run, each with one place for what belongs to it:

1. **gather** (`inputs`): what feeds and master data say, read once at pinned versions; series go to the run's store.
2. **learn**: pass 1, the tables that are pooled over all pairs, from a sample that no partition changes.
3. **decide** (`partitions.decide`): pass 2, a pure function of a partition of dealers and the pooled tables, on any
   executor. What rests on a pair or on one dealer (constraints of its order, mixtures of its lead time) belongs there.
4. **between dealers**: what compares dealers (allocation of scarce goods, transfers) works on the results of all of
   them, here, between `decide` and `write`.
5. **write** (`writing`): proposals, lines and outlook in one transaction. What a run leaves besides, and has to be
   whole with it, is written there too; what may come later hangs on `runs.plan` after it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.domains.planning import dealer_terms, partitions
from firstmove.domains.planning.executors import Executor
from firstmove.domains.planning.operations.inputs import Inputs
from firstmove.domains.planning.partitions import Learned, Survey
from firstmove.engine.demand.distribution import SAMPLE_PAIRS, pool
from firstmove.engine.demand.watch import Watch, learn_watch
from firstmove.engine.inventory.replenishment import mixtures, spans

Share = Callable[[float], None]
Result = TypeVar("Result")

_HIGHEST = int(np.iinfo(np.uint64).max)
# So many times the histories that are needed are asked for at first: hashes are even, but not exactly so.
_SPARE = 1.2


def learn(inputs: Inputs, executor: Executor, *, done: Share | None = None) -> Learned:
    """Pass 1: pool what all pairs have in common, the same as `pool` over all histories at once, and what a change of
    demand is told by.

    Partitions bring the histories that can be in its sample and no others, so that a run needs the memory of a sample:
    those whose hash is low for the number of pairs there are. Should too few come (hashes are not even where many
    histories are the same), they are asked again, now by the limit that their hashes tell.
    """
    facts, parts = inputs.facts, inputs.partitions
    limit = min(int(_HIGHEST * _SPARE * SAMPLE_PAIRS / inputs.pairs), _HIGHEST)
    asked = [(part, limit) for part in parts]
    surveys = list(_told(executor.map(partitions.survey, facts, asked), len(parts), done))
    hashes = np.concatenate([one.hashes for one in surveys])
    last = min(SAMPLE_PAIRS, len(hashes)) - 1
    exact = int(np.partition(hashes, last)[last])
    if exact > limit:
        surveys = list(executor.map(partitions.survey, facts, [(part, exact) for part in parts]))
    present = pl.Series([code for one in surveys for code in one.dealers], dtype=pl.String)
    dealers = facts.dealers.filter(pl.col("dealer").is_in(present.implode()))
    sample = np.concatenate([one.sample for one in surveys])
    wanted = [*spans(dealers), *dealer_terms.spans(facts.products)]
    if facts.trees:
        wanted.append(facts.trees.span)
    return Learned(pool(sample, spans=wanted, mixtures=mixtures(dealers, facts.leads)), _watch(inputs, surveys, sample))


def _watch(inputs: Inputs, surveys: Sequence[Survey], sample: NDArray[np.float32]) -> Watch:
    """Limits of changes from the sample of histories, silent feeds from every dealer's days of sale."""
    rows = sorted((code, row) for one in surveys for code, row in zip(one.dealers, one.sold, strict=True))
    sold = np.array([row for _code, row in rows], np.bool_).reshape(len(rows), -1)
    as_of = inputs.facts.as_of
    holidays = [sold.shape[1] - 1 - (as_of - day).days for day in inputs.facts.holidays if day <= as_of]
    return learn_watch(sample, dealers=[code for code, _row in rows], sold=sold, holidays=holidays)


def decide(inputs: Inputs, learned: Learned, executor: Executor, *, done: Share | None = None) -> pl.DataFrame:
    """Pass 2 over all partitions: a row a pair, sorted by dealer and sku, the same for any number of them."""
    parts = inputs.partitions
    results = executor.map(partitions.decide, (inputs.facts, learned), parts)
    return pl.concat(_told(results, len(parts), done)).sort("dealer", "sku")


def _told(results: Iterator[Result], count: int, done: Share | None) -> Iterator[Result]:
    """The results, while whoever watches is told which share of them is there."""
    for number, result in enumerate(results, start=1):
        if done:
            done(number / count)
        yield result
