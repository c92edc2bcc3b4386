"""Where a run's partitions are computed: threads of this process, or a Ray cluster.

An executor maps a function of `partitions` over partitions and gives their results in the partitions' order, which is
all that a run asks of it, so the results of a run do not depend on it. What the partitions share (facts, pooled tables)
is sent to each machine once. This module knows no Django, nor do the workers.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import firstmove

Shared = TypeVar("Shared")
Part = TypeVar("Part")
Result = TypeVar("Result")

# A worker that dies (its machine goes away, or is out of memory) is replaced and its partition computed again.
_RETRIES = 8
# Partitions that wait beside each core of the cluster: enough to keep it busy, few enough to keep results few.
_AHEAD = 2


class UnknownExecutorError(ValueError):
    """An executor was asked for that does not exist."""


class MissingRayError(RuntimeError):
    """The executor `ray` was asked for and Ray is not installed here."""


class ClusterError(RuntimeError):
    """The cluster cannot be reached, or its machines run another firstmove."""


class Executor(Protocol):
    """Used in a `with` statement, which connects to the cluster and leaves it again."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def map(
        self, function: Callable[[Shared, Part], Result], shared: Shared, parts: Sequence[Part]
    ) -> Iterator[Result]:
        """`function(shared, part)` for every part, in their order. `function` stands in a module, not in another."""
        ...


class Local:
    """A thread for each core: kernels and Polars let go of the interpreter, so nothing has to be sent anywhere."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def map(
        self, function: Callable[[Shared, Part], Result], shared: Shared, parts: Sequence[Part]
    ) -> Iterator[Result]:
        from joblib import Parallel, delayed  # Here: pages and most commands map nothing.

        jobs: Any = Parallel(n_jobs=-1, prefer="threads", return_as="generator", pre_dispatch="n_jobs")
        return jobs(delayed(function)(shared, part) for part in parts)


class Ray:
    """A task for each partition on a Ray cluster; one on this machine where no `address` is given.

    Workers import firstmove, which has to be installed there in the same version, and read the run's series, which
    have to lie where they reach them.
    """

    def __init__(self, address: str = "") -> None:
        """Raises MissingRayError where Ray is not installed."""
        try:
            import ray
        except ImportError:
            raise MissingRayError("Ray is not installed") from None
        self._ray: Any = ray
        self._address = address
        self._connected = False

    def __enter__(self) -> Self:
        """Raises ClusterError where nobody answers at the address."""
        if not self._ray.is_initialized():
            alone: dict[str, Any] = {} if self._address else {"include_dashboard": False}
            try:
                self._ray.init(address=self._address or "local", log_to_driver=False, logging_level="WARNING", **alone)
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise ClusterError(f"{self._address}: {error}") from error
            self._connected = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connected:
            self._ray.shutdown()
            self._connected = False

    def map(
        self, function: Callable[[Shared, Part], Result], shared: Shared, parts: Sequence[Part]
    ) -> Iterator[Result]:
        task = self._ray.remote(num_cpus=1, max_retries=_RETRIES)(_on_worker)
        everywhere = self._ray.put(shared)
        most = _AHEAD * max(int(self._ray.cluster_resources().get("CPU", 1)), 1)
        waiting: deque[Any] = deque()
        for part in parts:
            if len(waiting) == most:
                yield self._ray.get(waiting.popleft())
            waiting.append(task.remote(function, firstmove.__version__, everywhere, part))
        while waiting:
            yield self._ray.get(waiting.popleft())


def _on_worker(function: Callable[[Shared, Part], Result], version: str, shared: Shared, part: Part) -> Result:
    """What a cluster's worker runs. Another version would compute something else and nobody would see it."""
    if version != firstmove.__version__:
        raise ClusterError(f"the run is firstmove {version}, a worker has {firstmove.__version__}")
    return function(shared, part)


def named(name: str, *, address: str = "") -> Executor:
    """`local` or `ray`. Raises UnknownExecutorError for any other, MissingRayError where Ray is not installed."""
    if name == "local":
        return Local()
    if name == "ray":
        return Ray(address)
    raise UnknownExecutorError(name)
