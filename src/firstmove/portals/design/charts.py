"""Few kinds of chart, each a frozen dataclass: what `{% chart %}` draws, and the table that stands behind it.

A chart is looked at; the figures behind it stay readable by keyboard, screen reader and on paper. Names are given by
the page, translated, so that the script holds no words. All series of a chart are as long as its axis; None is a gap.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from django.utils.translation import gettext as _

from firstmove.portals.design import figures

Values = Sequence[float | None]
Format = Literal["number", "percent", "money"]


class ChartError(ValueError):
    """The series of a chart do not fit its axis; the message names them."""


class Chart(Protocol):
    """What `{% chart %}` needs."""

    kind: str

    def payload(self) -> dict[str, Any]:
        """The JSON that the script draws from."""

    def header(self) -> list[str]:
        """Head of the table behind the chart; the first column is the axis."""

    def rows(self) -> list[list[str]]:
        """Rows of that table, as text in the language of the page."""


def _check(axis: Sequence[Any], series: dict[str, Values]) -> None:
    wrong = [f"{name} has {len(values)}" for name, values in series.items() if values and len(values) != len(axis)]
    if wrong:
        raise ChartError(f"The axis has {len(axis)} points, but {', '.join(wrong)}.")


def _plain(values: Values) -> list[float | None]:
    return [None if value is None or math.isnan(value) else round(float(value), 4) for value in values]


@dataclass(frozen=True, kw_only=True)
class History:
    """A product's past and what is expected: bars of sales, steps of stock, and the forecast as a line in its band.

    `dates` runs from the first day of the past to the last of the forecast. `stock_out` marks the days without stock:
    sales were lost there, not absent.
    """

    dates: Sequence[dt.date]
    sales: Values
    unit: str
    stock: Values = ()
    stock_out: Sequence[bool] = ()
    forecast: Values = ()
    low: Values = ()
    high: Values = ()
    # Other words for the series, where the bars are not sales.
    sales_name: str = ""
    stock_name: str = ""
    forecast_name: str = ""
    kind: str = field(default="history", init=False)

    def __post_init__(self) -> None:
        _check(self.dates, {"sales": self.sales, "stock": self.stock, "stock_out": self.stock_out})
        _check(self.dates, {"forecast": self.forecast, "low": self.low, "high": self.high})

    def payload(self) -> dict[str, Any]:
        return {
            "dates": [day.isoformat() for day in self.dates],
            "sales": _plain(self.sales),
            "stock": _plain(self.stock),
            "stockOut": [index for index, out in enumerate(self.stock_out) if out],
            "forecast": _plain(self.forecast),
            "low": _plain(self.low),
            "high": _plain(self.high),
            "unit": self.unit,
            "names": {
                "sales": self.sales_name or _("Sales"),
                "stock": self.stock_name or _("Stock"),
                "forecast": self.forecast_name or _("Forecast"),
                "range": _("Range"),
                "stockOut": _("Out of stock"),
            },
        }

    def header(self) -> list[str]:
        named = (
            (self.sales_name or _("Sales"), self.sales),
            (self.stock_name or _("Stock"), self.stock),
            (self.forecast_name or _("Forecast"), self.forecast),
        )
        shown = [name for name, values in named if values]
        return [_("Date"), *shown, *([_("Range")] if self.low and self.high else [])]

    def rows(self) -> list[list[str]]:
        shown = [values for values in (self.sales, self.stock, self.forecast) if values]
        banded = bool(self.low and self.high)
        return [
            [
                figures.full_day(day),
                *(figures.quantity(_rounded(values[index])) for values in shown),
                *([figures.span(self.low[index], self.high[index])] if banded else []),
            ]
            for index, day in enumerate(self.dates)
        ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


@dataclass(frozen=True, kw_only=True)
class Series:
    """One named series. `dashed` sets what was said apart from what came; `line` draws it over bars."""

    name: str
    values: Values
    line: bool = False
    dashed: bool = False


@dataclass(frozen=True, kw_only=True)
class _OnCategories:
    """Series over named categories (or days, given as dates)."""

    categories: Sequence[str | dt.date]
    series: Sequence[Series]
    unit: str = ""
    format: Format = "number"
    currency: str = ""
    kind: str = field(default="", init=False)

    def __post_init__(self) -> None:
        _check(self.categories, {series.name: series.values for series in self.series})

    @property
    def _on_dates(self) -> bool:
        return any(isinstance(item, dt.date) for item in self.categories)

    def payload(self) -> dict[str, Any]:
        return {
            "categories": [item.isoformat() if isinstance(item, dt.date) else str(item) for item in self.categories],
            "isDates": self._on_dates,
            "series": [
                {
                    "name": str(series.name),
                    "values": _plain(series.values),
                    "line": series.line,
                    "dashed": series.dashed,
                }
                for series in self.series
            ],
            "unit": str(self.unit),
            "format": self.format,
            "symbol": figures.symbol(self.currency) if self.format == "money" else "",
        }

    def header(self) -> list[str]:
        return [_("Date") if self._on_dates else "", *(str(series.name) for series in self.series)]

    def rows(self) -> list[list[str]]:
        return [
            [
                figures.full_day(item) if isinstance(item, dt.date) else str(item),
                *(self._text(series.values[index]) for series in self.series),
            ]
            for index, item in enumerate(self.categories)
        ]

    def _text(self, value: float | None) -> str:
        return _figure(value, self.format, self.currency, unit=str(self.unit))


def _figure(value: float | None, kind: Format, currency: str, *, unit: str = "") -> str:
    if kind == "percent":
        return figures.percent(value, 1)
    if kind == "money":
        return figures.money(value, currency)
    return figures.quantity(_rounded(value), unit)


@dataclass(frozen=True, kw_only=True)
class Bars(_OnCategories):
    """Bars beside each other; a series with `line` is drawn over them."""

    kind: str = field(default="bars", init=False)


@dataclass(frozen=True, kw_only=True)
class StackedBars(_OnCategories):
    """Bars on top of each other, the first series at the bottom in the darkest tone."""

    kind: str = field(default="stacked", init=False)


@dataclass(frozen=True, kw_only=True)
class HeatMap:
    """A matrix whose darker cells hold more: `values[row][column]`, None where there is nothing."""

    name: str
    row_names: Sequence[str]
    column_names: Sequence[str]
    values: Sequence[Values]
    format: Format = "number"
    currency: str = ""
    kind: str = field(default="heat", init=False)

    def __post_init__(self) -> None:
        _check(self.row_names, {"values": [0.0] * len(self.values)})
        for row, values in zip(self.row_names, self.values, strict=True):
            _check(self.column_names, {row: values})

    def payload(self) -> dict[str, Any]:
        return {
            "name": str(self.name),
            "rows": [str(row) for row in self.row_names],
            "columns": [str(column) for column in self.column_names],
            "values": [_plain(row) for row in self.values],
            "format": self.format,
            "unit": "",
            "symbol": figures.symbol(self.currency) if self.format == "money" else "",
        }

    def header(self) -> list[str]:
        return [str(self.name), *(str(column) for column in self.column_names)]

    def rows(self) -> list[list[str]]:
        return [
            [str(row), *(_figure(value, self.format, self.currency) for value in values)]
            for row, values in zip(self.row_names, self.values, strict=True)
        ]


@dataclass(frozen=True, kw_only=True)
class Lines(_OnCategories):
    """Lines; the first in the accent, the others quieter."""

    kind: str = field(default="lines", init=False)


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate and its interval, which may be unknown; `sure` sets it apart from those that may be luck."""

    name: str
    value: float
    low: float | None
    high: float | None
    sure: bool = False


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """Estimates below each other, each a point on the line of its interval, around a line at nothing."""

    estimates: Sequence[Interval]
    name: str
    low_name: str
    high_name: str
    format: Format = "percent"
    currency: str = ""
    kind: str = field(default="intervals", init=False)

    def __post_init__(self) -> None:
        for one in self.estimates:
            if (one.low is None) != (one.high is None):
                raise ChartError(f"{one.name} has one end of an interval without the other.")

    def payload(self) -> dict[str, Any]:
        return {
            "name": str(self.name),
            "names": [str(one.name) for one in self.estimates],
            "values": [one.value for one in self.estimates],
            "low": [one.low for one in self.estimates],
            "high": [one.high for one in self.estimates],
            "sure": [one.sure for one in self.estimates],
            "format": self.format,
            "unit": "",
            "symbol": figures.symbol(self.currency) if self.format == "money" else "",
        }

    def header(self) -> list[str]:
        return ["", str(self.name), str(self.low_name), str(self.high_name)]

    def rows(self) -> list[list[str]]:
        return [
            [str(one.name), *(_figure(value, self.format, self.currency) for value in (one.value, one.low, one.high))]
            for one in self.estimates
        ]
