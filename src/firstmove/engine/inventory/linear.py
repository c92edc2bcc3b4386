"""Linear programmes by HiGHS: one door, so that every one is solved in the same way and gives the same answer twice."""

from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class NoSolutionError(ValueError):
    """The programme has no best solution; the message says what the solver found instead."""


@dataclass
class Programme:
    """Minimise cost · x within bounds and rows; built block by block, columns and rows numbered as they are added."""

    cost: list[Floats] = field(default_factory=list)
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    row_lower: list[Floats] = field(default_factory=list)
    row_upper: list[Floats] = field(default_factory=list)
    entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    columns: int = 0
    rows: int = 0

    def add_columns(self, *, cost: Floats, lower: Floats | float = 0.0, upper: Floats | float = np.inf) -> Ints:
        """Numbers of the new columns, in the shape of `cost`."""
        flat = np.ravel(cost).astype(np.float64)
        self.cost.append(flat)
        self.lower.append(np.broadcast_to(np.ravel(lower), flat.shape).astype(np.float64))
        self.upper.append(np.broadcast_to(np.ravel(upper), flat.shape).astype(np.float64))
        numbers = np.arange(self.columns, self.columns + flat.size, dtype=np.int64).reshape(np.shape(cost))
        self.columns += flat.size
        return numbers

    def add_rows(self, *, lower: Floats, upper: Floats) -> Ints:
        """Numbers of the new rows, in the shape of `lower`."""
        self.row_lower.append(np.ravel(lower).astype(np.float64))
        self.row_upper.append(np.ravel(upper).astype(np.float64))
        numbers = np.arange(self.rows, self.rows + np.size(lower), dtype=np.int64).reshape(np.shape(lower))
        self.rows += int(np.size(lower))
        return numbers

    def put(self, *, rows: Ints, columns: Ints, values: Floats | float) -> None:
        """Coefficients at (row, column), all three of one shape."""
        shape = np.shape(columns)
        self.entries.append((np.ravel(rows), np.ravel(columns), np.ravel(np.broadcast_to(values, shape))))

    def solve(self) -> Floats:
        """x of least cost, [columns]. One thread and simplex: the same programme has the same answer everywhere.

        Raises `NoSolutionError`.
        """
        row, column, value = (np.concatenate(part) for part in zip(*self.entries, strict=True))
        order = np.lexsort((row, column))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.columns, self.rows
        model.col_cost_ = np.concatenate(self.cost)
        model.col_lower_, model.col_upper_ = np.concatenate(self.lower), np.concatenate(self.upper)
        model.row_lower_, model.row_upper_ = np.concatenate(self.row_lower), np.concatenate(self.row_upper)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.searchsorted(column[order], np.arange(self.columns + 1)).astype(np.int32)
        model.a_matrix_.index_ = row[order].astype(np.int32)
        model.a_matrix_.value_ = value[order].astype(np.float64)
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, setting in (("output_flag", False), ("threads", 1), ("solver", "simplex"), ("random_seed", 0)):
            solver.setOptionValue(name, setting)
        solver.passModel(model)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            found = solver.modelStatusToString(solver.getModelStatus())
            raise NoSolutionError(f"the programme was not solved: {found}.")
        return np.asarray(solver.getSolution().col_value, np.float64)
