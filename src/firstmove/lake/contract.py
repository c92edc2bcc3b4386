"""What a feed's contract is made of: columns, feeds, and the error of a file that cannot be taken whole."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl


class FeedError(ValueError):
    """A whole file cannot be taken.

    `code` is for programs; the text says what is wrong, where, and what to do.
    """

    def __init__(self, code: str, sentence: str, *, columns: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.code = code
        self.columns = tuple(columns)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a feed.

    `minimum` and `maximum` are inclusive. `nonzero` refuses 0. `share` accepts "15%" for 0.15. `past` refuses a date
    after today, except in rows whose column `past_unless[0]` holds `past_unless[1]` (a planned production lies ahead).
    `kinds` maps every spelling to the canonical word. `reference` names the master data in which a code must be known.
    """

    name: str
    dtype: pl.DataType
    required: bool = False
    aliases: tuple[str, ...] = ()
    minimum: float | dt.date | None = None
    maximum: float | dt.date | None = None
    nonzero: bool = False
    share: bool = False
    past: bool = False
    past_unless: tuple[str, str] | None = None
    kinds: Mapping[str, str] | None = None
    default: str | None = None
    reference: Literal["dealer", "supplier"] | None = None


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One kind of file.

    `key` names the columns that identify a row. `table` is the lake table of a history feed, None for master data.
    `files` are words by which a file's name gives the feed away. `ascending` are pairs of columns of which the second
    must not be less than the first.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    table: str | None = None
    files: tuple[str, ...] = ()
    ascending: tuple[tuple[str, str], ...] = ()
    _names: dict[str, tuple[int, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index every name that a header may use by its folded form; the canonical name outranks the aliases."""
        names: dict[str, tuple[int, str]] = {}
        for column in self.columns:
            for rank, name in enumerate((column.name, *column.aliases)):
                other = names.setdefault(fold(name), (rank, column.name))
                if other[1] != column.name:
                    raise ValueError(f"feed {self.name}: '{name}' names both {other[1]} and {column.name}")
        object.__setattr__(self, "_names", names)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which a file of this feed says nothing."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Canonical column names and dtypes, in the contract's order."""
        return {column.name: column.dtype for column in self.columns}

    def column(self, name: str) -> Column:
        """Return the column called `name` (canonical)."""
        return next(column for column in self.columns if column.name == name)

    def match(self, header: Sequence[str]) -> dict[str, int]:
        """Map canonical names to positions in `header`.

        Where two columns of a file fit one name, the canonical name wins, then the alias that stands first.
        """
        best: dict[str, tuple[int, int]] = {}
        for position, name in enumerate(header):
            found = self._names.get(fold(name))
            if found and (found[1] not in best or found[0] < best[found[1]][0]):
                best[found[1]] = (found[0], position)
        return {name: position for name, (_, position) in best.items()}


_IGNORED = re.compile(r"\([^)]*\)|[\s_\-./:*#]+")


def fold(name: str) -> str:
    """Fold a column name so that case, spaces, underscores, full width and a unit in brackets do not matter.

    >>> fold("Order_No."), fold("数量（瓶）")
    ('orderno', '数量')
    """
    return _IGNORED.sub("", unicodedata.normalize("NFKC", name).casefold())
