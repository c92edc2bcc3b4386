"""Checks of what comes in: a frame that would give a wrong order is refused with what, where and what to do."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


class InvalidFrameError(ValueError):
    """A frame or array does not keep the contract of the function that it was given to."""


def require_columns(frame: pl.DataFrame, schema: Mapping[str, pl.DataType | type[pl.DataType]], *, name: str) -> None:
    """Refuse a frame without the columns of `schema`, or with nulls in them. Types are cast later, by `floats`."""
    missing = [column for column in schema if column not in frame.columns]
    if missing:
        raise InvalidFrameError(f"{name} has no column {', '.join(missing)}; it needs {', '.join(schema)}.")
    for column in schema:
        if frame[column].null_count():
            row = int(frame[column].is_null().arg_max() or 0)
            raise InvalidFrameError(f"{name}.{column} is empty in row {row}: give it a value or leave the row out.")


def floats(frame: pl.DataFrame, column: str, *, name: str, minimum: float | None = None) -> NDArray[np.float64]:
    """One column as float64 [n], refused where it is not a finite number or is below `minimum`."""
    try:
        values = frame[column].cast(pl.Float64).to_numpy()
    except pl.exceptions.PolarsError as error:
        raise InvalidFrameError(f"{name}.{column} is {frame[column].dtype}, not a number.") from error
    wrong = ~np.isfinite(values)
    if minimum is not None:
        wrong |= values < minimum
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        at_least = "a finite number" if minimum is None else f"a finite number of at least {minimum:g}"
        raise InvalidFrameError(f"{name}.{column} is {values[row]} in row {row}; it has to be {at_least}.")
    return np.ascontiguousarray(values, np.float64)


def flat_lists(lists: pl.Series, dtype: type[pl.DataType], *, name: str) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """A list column as (values end to end, offsets [n + 1]): row i is `values[offsets[i]:offsets[i + 1]]`."""
    try:
        flat = lists.cast(pl.List(dtype)).explode(empty_as_null=False, keep_nulls=False)
    except pl.exceptions.PolarsError as error:
        raise InvalidFrameError(f"{name}.{lists.name} is {lists.dtype}, not a list of {dtype.__name__}.") from error
    if flat.null_count():
        raise InvalidFrameError(f"{name}.{lists.name} holds an empty value: lists must be complete.")
    offsets = np.zeros(len(lists) + 1, np.int64)
    np.cumsum(lists.list.len().to_numpy(), out=offsets[1:])
    return flat.to_numpy(), offsets


def require_rows(lengths: Iterable[tuple[str, int]]) -> None:
    """Refuse inputs that are not row-aligned; `lengths` names each input with its number of rows."""
    named = list(lengths)
    if len({length for _, length in named}) > 1:
        sizes = ", ".join(f"{name} {length}" for name, length in named)
        raise InvalidFrameError(f"these must have one row for each pair, in the same order: {sizes}.")
