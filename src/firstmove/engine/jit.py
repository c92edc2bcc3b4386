"""How the engine compiles its kernels: one place, so that every kernel behaves the same."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile `function` on its first call; later processes load it from the cache beside the source.

    Kernels release the interpreter lock, so a thread for each partition uses every core. No fast-math and no parallel
    reductions: a sum has one order, so that the result of a row does not depend on the rows beside it.
    """
    return cast(Function, njit(cache=True, nogil=True, error_model="numpy")(function))
