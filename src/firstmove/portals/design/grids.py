"""A grid of figures that somebody plans with: rows by weeks, an own figure in each cell beside what it departs from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GridCell:
    """A cell. `name` is the input's; without one the figure stands as text. `aside` says what else was said of it.

    `label` is for those who cannot see the grid. `moved` marks a figure that departs from what was proposed.
    """

    value: str
    label: str
    name: str = ""
    aside: str = ""
    moved: bool = False


@dataclass(frozen=True, kw_only=True)
class GridRow:
    """A row: its name, where one reads more about it, a figure a column and the sum."""

    title: str
    cells: Sequence[GridCell]
    total: str
    href: str = ""
    aside: str = ""


@dataclass(frozen=True, kw_only=True)
class FigureGrid:
    """What `{% figure_grid %}` draws. Every row, and `totals`, has as many figures as there are `columns`."""

    corner: str
    columns: Sequence[str]
    rows: Sequence[GridRow]
    totals: GridRow

    def __post_init__(self) -> None:
        wrong = [row.title for row in (*self.rows, self.totals) if len(row.cells) != len(self.columns)]
        if wrong:
            raise ValueError(f"the grid has {len(self.columns)} columns; these rows have not: {', '.join(wrong)}")
