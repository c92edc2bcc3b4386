"""What a table declares once in Python: its columns, and the order that the address asks for.

The cells are written in the template (`{% table %}`, `{% row %}`, `{% td %}`), so that one row can also be rendered
alone and swapped in place after an edit; alignment, phone layout and labels come from the columns in both cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column.

    `label` may be lazy. `number` aligns right. `sort` is the key in the address that orders by this column; a number
    column sorts the largest first. On a phone the column `lead` opens the row, columns `beside` stand to its right,
    and all others follow below, each with its label: no figure is lost. `bare` leaves the label out there (for a
    sentence or a button). `narrow` keeps the column as small as its content, on a desk.
    """

    label: str
    number: bool = False
    sort: str = ""
    lead: bool = False
    beside: bool = False
    bare: bool = False
    narrow: bool = False

    @property
    def classes(self) -> str:
        names = {
            "num": self.number,
            "row-lead": self.lead,
            "beside": self.beside,
            "bare": self.bare,
            "narrow": self.narrow,
        }
        return " ".join(name for name, wanted in names.items() if wanted)


@dataclass(frozen=True, kw_only=True)
class Sort:
    """The order in force: a column's key and the direction."""

    key: str
    descending: bool = False

    @property
    def param(self) -> str:
        return f"-{self.key}" if self.descending else self.key


def sort_from_query(query: Mapping[str, str], *, columns: Sequence[Column], default: str) -> Sort:
    """The order that ``?sort=-profit`` asks for, or `default`; a key that no column offers is ignored.

    >>> columns = [Column(label="Profit", number=True, sort="profit")]
    >>> sort_from_query({"sort": "drop table"}, columns=columns, default="-profit")
    Sort(key='profit', descending=True)
    """
    offered = {column.sort for column in columns if column.sort}
    asked = query.get("sort", "")
    chosen = asked if asked.removeprefix("-") in offered else default
    return Sort(key=chosen.removeprefix("-"), descending=chosen.startswith("-"))
