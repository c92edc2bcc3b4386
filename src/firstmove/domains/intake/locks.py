"""One intake at a time."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from firstmove.kernel import locks

# The number is arbitrary and known only here.
_KEY = 7_215_002


def alone(*, waiting: Callable[[], None]) -> AbstractContextManager[None]:
    """Hold the intake's lock; `waiting` is called once if another intake holds it."""
    return locks.alone(_KEY, waiting=waiting)


def is_held() -> bool:
    """Whether an intake runs now."""
    return locks.is_held(_KEY)
