"""Where a run's partitions are computed: threads of this process, or a Ray cluster.

An executor maps a function of `partitions` over partitions and gives their results in the partitions' order. What all
of them share (facts, pooled tables) is sent to each machine once. It knows no Django, nor do its workers.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from joblib import Parallel, delayed

Shared = TypeVar("Shared")
Part = TypeVar("Part")
Result = TypeVar("Result")


class Executor(Protocol):
    """`function(shared, part)` for every part, in their order, as they are done."""

    def map(
        self, function: Callable[[Shared, Part], Result], shared: Shared, parts: Sequence[Part]
    ) -> Iterator[Result]: ...


class Local:
    """A thread for each core: kernels and Polars let go of the interpreter, so nothing has to be sent anywhere."""

    def map(
        self, function: Callable[[Shared, Part], Result], shared: Shared, parts: Sequence[Part]
    ) -> Iterator[Result]:
        jobs: Any = Parallel(n_jobs=-1, prefer="threads", return_as="generator", pre_dispatch="n_jobs")
        return jobs(delayed(function)(shared, part) for part in parts)
