"""A chart carries its figures twice: as JSON for the eye, and as a table for everyone else."""

import datetime as dt
import json
import re

import pytest

from firstmove.portals.design.charts import Bars, ChartError, HeatMap, History, Interval, Intervals, Lines, Series

DAYS = [dt.date(2026, 11, 20) + dt.timedelta(days=n) for n in range(4)]


def _history(**changes):
    given = {
        "dates": DAYS,
        "sales": [6, 0, None, None],
        "stock": [9, 0, None, None],
        "stock_out": [False, True, False, False],
        "forecast": [None, None, 8.25, 7],
        "low": [None, None, 5, 4],
        "high": [None, None, 12, 11],
        "unit": "箱",
    }
    return History(**{**given, **changes})


def test_the_figures_of_a_chart_stand_behind_it_as_a_table(page):
    html = page("{% chart data label='Sales of tea' note='Grows.' %}", data=_history())
    assert 'data-chart="history"' in html
    assert 'aria-label="Sales of tea"' in html
    payload = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL).group(1))
    assert payload["stockOut"] == [1]
    assert payload["sales"] == [6.0, 0.0, None, None]
    assert "<td>22 Nov 2026</td>" in html
    assert '<td class="num">5–12</td>' in html


def test_a_series_name_cannot_end_the_script(page):
    html = page(
        "{% chart data label='x' %}", data=Bars(categories=["</script>"], series=[Series(name="<b>", values=[1])])
    )
    assert html.count("</script>") == 1


def test_a_series_that_does_not_fit_the_axis_is_named():
    with pytest.raises(ChartError, match="stock has 2"):
        _history(stock=[1, 2])
    with pytest.raises(ChartError, match="Network has 1"):
        Lines(categories=["a", "b"], series=[Series(name="Network", values=[1.0])])


def test_gaps_and_numbers_that_are_none_stay_gaps():
    lines = Lines(
        categories=DAYS, series=[Series(name="In stock", values=[0.9, None, float("nan"), 0.95])], format="percent"
    )
    assert lines.payload()["series"][0]["values"] == [0.9, None, None, 0.95]
    assert [row[1] for row in lines.rows()] == ["90.0%", "–", "–", "95.0%"]


def test_a_course_of_one_point_is_no_line(page):
    assert "–" in page("{% sparkline values %}", values=[3])
    assert "<polyline" in page("{% sparkline values %}", values=[3, None, 5])


def test_a_matrix_stands_behind_its_colours_as_a_table():
    heat = HeatMap(name="Share", row_names=["A", "B"], column_names=["X", "Y"], values=[[0.5, None], [0.25, 0.25]],
                   format="percent")  # fmt: skip
    assert heat.header() == ["Share", "X", "Y"]
    assert heat.rows() == [["A", "50.0%", "–"], ["B", "25.0%", "25.0%"]]
    with pytest.raises(ChartError, match="B has 1"):
        HeatMap(name="Share", row_names=["B"], column_names=["X", "Y"], values=[[0.5]])


def test_an_interval_stands_behind_its_estimate_in_the_table() -> None:
    chart = Intervals(
        name="Saving",
        low_name="At least",
        high_name="At most",
        estimates=[
            Interval(name="Lumpy", value=0.08, low=0.03, high=0.12, sure=True),
            Interval(name="Steady", value=-0.01, low=None, high=None),
        ],
    )
    assert chart.header() == ["", "Saving", "At least", "At most"]
    assert chart.rows() == [["Lumpy", "8.0%", "3.0%", "12.0%"], ["Steady", "−1.0%", "–", "–"]]
    assert chart.payload()["sure"] == [True, False]
    with pytest.raises(ChartError, match="one end"):
        Intervals(name="x", low_name="", high_name="", estimates=[Interval(name="half", value=1.0, low=0.0, high=None)])
