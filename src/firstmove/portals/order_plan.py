"""The rolling order plan as both sides see it: the grid, its chart, what was typed into it, and words about it."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial

from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import Accuracy, PlanCell, PlanView, PlanWeek
from firstmove.kernel.errors import Invalid
from firstmove.portals.design import figures
from firstmove.portals.design.charts import Bars, Lines, Series
from firstmove.portals.design.grids import FigureGrid, GridCell, GridRow
from firstmove.portals.design.tables import Column
from firstmove.portals.paging import page_of

PREFIX = "amount-"
TONES = {"proposed": "warn", "changed": "accent", "countered": "warn", "agreed": "good"}

WEEKS = (
    Column(label=gettext_lazy("Week from"), lead=True),
    Column(label=gettext_lazy("Plan"), number=True, beside=True),
    Column(label=gettext_lazy("System's figure"), number=True),
    Column(label=gettext_lazy("Difference"), number=True),
    Column(label=gettext_lazy("Last year"), number=True),
    Column(label=gettext_lazy("Units"), number=True),
    Column(label=gettext_lazy("Ahead of the season"), number=True),
)

ACCURACY = (
    Column(label=gettext_lazy("Planned ahead"), lead=True),
    Column(label=gettext_lazy("Weeks compared"), number=True),
    Column(label=gettext_lazy("Planned"), number=True),
    Column(label=gettext_lazy("Ordered"), number=True),
    Column(label=gettext_lazy("Deviation (WAPE)"), number=True, beside=True),
    Column(label=gettext_lazy("Too much or too little"), number=True, beside=True),
)

VERSIONS = (
    Column(label=gettext_lazy("What happened"), lead=True),
    Column(label=gettext_lazy("When")),
    Column(label=gettext_lazy("Who")),
    Column(label=gettext_lazy("Note")),
    Column(label=gettext_lazy("Plan"), number=True, beside=True),
)


@dataclass(frozen=True)
class WeekRow:
    """A week of one category: its cell to write in, and what it is compared with."""

    cell: PlanCell
    entry: GridCell
    difference: float | None


def category_name(category: str) -> str:
    return category or _("No category")


def _entry(cell: PlanCell, *, currency: str, editable: bool, typed: Mapping[str, str]) -> GridCell:
    name = f"{PREFIX}{cell.id}"
    aside = ""
    if round(cell.amount) != round(cell.system):
        aside = figures.number(cell.system)
    if cell.enterprise is not None and cell.dealer is not None and round(cell.dealer) != round(cell.enterprise):
        aside = _("dealer %(amount)s") % {"amount": figures.number(cell.dealer)}
    writable = editable and not cell.closed
    return GridCell(
        name=name if writable else "",
        value=typed.get(name, str(round(cell.amount))) if writable else figures.number(cell.amount),
        label=_("%(category)s, week from %(day)s; system's figure %(amount)s, %(low)s to %(high)s")
        % {
            "category": category_name(cell.category),
            "day": figures.day(cell.week_on),
            "amount": figures.money(cell.system, currency),
            "low": figures.number(cell.low),
            "high": figures.number(cell.high),
        },
        aside=aside,
        moved=round(cell.amount) != round(cell.system),
    )


def grid(
    *,
    cells: Iterable[PlanCell],
    order: Sequence[str],
    weeks: Sequence[PlanWeek],
    currency: str,
    editable: bool,
    typed: Mapping[str, str],
    address: str,
) -> FigureGrid:
    """Categories by weeks, in the order given; `weeks` are the sums of the whole plan, on every page of it."""
    by_category: dict[str, dict[dt.date, PlanCell]] = {}
    for cell in cells:
        by_category.setdefault(cell.category, {})[cell.week_on] = cell
    days = [week.week_on for week in weeks]
    rows = []
    for category in order:
        found = by_category.get(category, {})
        entries = [
            _entry(found[day], currency=currency, editable=editable, typed=typed)
            if day in found
            else GridCell(value=figures.UNKNOWN, label="")
            for day in days
        ]
        rows.append(
            GridRow(
                title=category_name(category),
                href=f"{address}?{urlencode({'category': category})}",
                cells=entries,
                total=figures.number(sum(cell.amount for cell in found.values())),
            )
        )
    return FigureGrid(
        corner=_("Category"),
        columns=[figures.day(day) for day in days],
        rows=rows,
        totals=GridRow(
            title=_("All categories"),
            cells=[
                GridCell(
                    value=figures.number(week.amount),
                    label="",
                    aside=figures.number(week.system) if round(week.amount) != round(week.system) else "",
                )
                for week in weeks
            ],
            total=figures.number(sum(week.amount for week in weeks)),
        ),
    )


def week_rows(cells: Iterable[PlanCell], *, currency: str, editable: bool, typed: Mapping[str, str]) -> list[WeekRow]:
    return [
        WeekRow(
            cell,
            _entry(cell, currency=currency, editable=editable, typed=typed),
            cell.amount / cell.system - 1 if cell.system else None,
        )
        for cell in cells
    ]


def chart(weeks: Sequence[PlanWeek], *, currency: str) -> Bars | None:
    """Last year and the plan as bars, what was ordered and the system's figure as lines over them."""
    if not weeks:
        return None
    series = [
        Series(name=_("Last year"), values=[week.last_year for week in weeks]),
        Series(name=_("Plan"), values=[week.amount for week in weeks]),
        Series(name=_("Ordered"), values=[week.ordered for week in weeks], line=True),
        Series(name=_("System's figure"), values=[week.system for week in weeks], line=True, dashed=True),
    ]
    shown = [one for one in series if any(value is not None for value in one.values)]
    return Bars(categories=[week.week_on for week in weeks], series=shown, format="money", currency=currency)


def category_chart(cells: Sequence[PlanCell], currency: str) -> Lines:
    """The plan of one category in the band that the system gives it."""
    series = [
        Series(name=_("Plan"), values=[cell.amount for cell in cells]),
        Series(name=_("System's figure"), values=[cell.system for cell in cells], dashed=True),
        Series(name=_("Low (10%)"), values=[cell.low for cell in cells], dashed=True),
        Series(name=_("High (90%)"), values=[cell.high for cell in cells], dashed=True),
    ]
    if any(cell.last_year is not None for cell in cells):
        series.append(Series(name=_("Last year"), values=[cell.last_year for cell in cells]))
    return Lines(categories=[cell.week_on for cell in cells], series=series, format="money", currency=currency)


def typed(post: Mapping[str, str]) -> dict[str, str]:
    """What stands in the inputs of a sent grid, by their names."""
    return {name: value for name, value in post.items() if name.startswith(PREFIX)}


def amounts(entered: Mapping[str, str]) -> dict[int, float]:
    """Amounts by line. Raises Invalid for what is not a number, or a name that no grid gives."""
    found = {}
    for name, text in entered.items():
        try:
            line = int(name.removeprefix(PREFIX))
            found[line] = float(Decimal(text.replace(",", "").replace("，", "").strip() or "0"))
        except (ValueError, InvalidOperation, OverflowError):
            raise Invalid(
                _("%(text)s is not an amount.") % {"text": text[:40]}, _("Write it in figures alone."), field=name
            ) from None
    return found


def asked_version(post: Mapping[str, str]) -> int:
    """The version that the sender looked at; one that no plan has where the form does not say."""
    text = post.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def horizon_name(accuracy: Accuracy) -> str:
    if accuracy.horizon == 0:
        return _("In the week itself")
    return _("%(weeks)s weeks before") % {"weeks": figures.number(accuracy.horizon)}


def season_sentence(plan: PlanView) -> str:
    if plan.season_years:
        return _("Season learned from %(years)s years of sales of each category.") % {
            "years": figures.number(plan.season_years)
        }
    return _("Less than two years of sales are known, so the plan has no season yet.")


def ahead_sentence(weeks: Sequence[PlanWeek], *, currency: str) -> str:
    """What is ordered before its season, why, and what holding it costs; empty where nothing is."""
    most = max(weeks, key=lambda week: week.ahead, default=None)
    if most is None or most.ahead < 1:
        return ""
    return _(
        "Up to %(amount)s is ordered ahead of its season, most by the week of %(day)s: ordered when the season is "
        "there, it would come too late. Holding it costs about %(cost)s over the plan."
    ) % {
        "amount": figures.money(most.ahead, currency),
        "day": figures.day(most.week_on),
        "cost": figures.money(sum(week.holding_cost for week in weeks), currency),
    }


NETWORK_WEEKS = (
    Column(label=gettext_lazy("Week from"), lead=True),
    Column(label=gettext_lazy("Plan"), number=True, beside=True),
    Column(label=gettext_lazy("Units"), number=True, beside=True),
    Column(label=gettext_lazy("System's figure"), number=True),
    Column(label=gettext_lazy("Ahead of the season"), number=True),
    Column(label=gettext_lazy("Last year"), number=True),
    Column(label=gettext_lazy("Ordered"), number=True),
)


def sheet(
    plan: PlanView,
    *,
    today: dt.date,
    query: Mapping[str, str],
    category: str | None,
    editable: bool,
    typed: Mapping[str, str],
    address: str,
) -> dict[str, object]:
    """What both sides' pages of one plan show: all categories as a grid, or one of them week by week."""
    weeks = planning.plan_weeks(today=today, plan=plan)
    ahead = [week for week in weeks if week.week_on >= plan.first_week_on]
    page = page_of(partial(planning.plan_categories, plan=plan), query=query)
    order = [one.category for one in page.object_list] if category is None else [category]
    cells = planning.plan_cells(plan=plan, today=today, categories=order)
    own = {"currency": plan.currency, "editable": editable, "typed": typed}
    return {
        "page": page,
        "category": category,
        "category_title": None if category is None else category_name(category),
        "address": address,
        "categories": [
            (category_name(one.category), f"{address}?{urlencode({'category': one.category})}", one)
            for one in page.object_list
        ],
        "grid": grid(cells=cells, order=order, weeks=ahead, address=address, **own) if category is None else None,
        "week_rows": week_rows(cells, **own) if category is not None else [],
        "week_columns": WEEKS,
        "chart": chart(weeks, currency=plan.currency) if category is None else category_chart(cells, plan.currency),
        "amount": sum(week.amount for week in ahead),
        "system": sum(week.system for week in ahead),
        "difference": sum(week.amount for week in ahead) - sum(week.system for week in ahead),
        "season": season_sentence(plan),
        "ahead": ahead_sentence(ahead, currency=plan.currency),
        "versions": planning.plan_versions(dealer_id=plan.dealer_id),
        "version_columns": VERSIONS,
        "accuracy": [(one, horizon_name(one)) for one in planning.plan_accuracy(today=today, dealer_id=plan.dealer_id)],
        "accuracy_columns": ACCURACY,
    }
