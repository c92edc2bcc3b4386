"""Outcomes in words, charts and files, alike for dealer and enterprise."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from firstmove.domains.planning.queries import Calibration, MeasureView, OutcomeView, WeekOfAdvice
from firstmove.portals.design import figures
from firstmove.portals.design.charts import Bars, Series, StackedBars
from firstmove.portals.design.templatetags.design import Chip

# How far back a page looks, by what the address says; the longest is the default.
PERIODS = {"28": 28, "91": 91, "364": 364}
ANSWER_TONES = {
    "accepted": "good", "changed": "accent", "elsewhere": "accent", "removed": "neutral", "rejected": "neutral",
    "ignored": "warn", "held": "neutral",
}  # fmt: skip
VERDICT_TONES = {"better": "good", "as_said": "good", "worse": "warn", "unneeded": "neutral", "lost": "bad"}


def period_chips() -> list[Chip]:
    return [
        Chip(value="", label=_("One year")),
        Chip(value="91", label=_("13 weeks")),
        Chip(value="28", label=_("4 weeks")),
    ]


def since(asked: str, *, on: dt.date) -> dt.date:
    """The first morning of the period that the address asks for."""
    return on - dt.timedelta(days=PERIODS.get(asked, PERIODS["364"]))


def came_sentence(one: OutcomeView) -> str:
    """What came, against what was said, in a sentence."""
    sold = figures.quantity(round(one.sold, 1), one.unit)
    if one.out_days:
        return _("%(sold)s sold, and %(days)s without stock lost about %(lost)s.") % {
            "sold": sold,
            "days": figures.days(one.out_days),
            "lost": figures.quantity(round(one.lost_units or 0.0, 1), one.unit),
        }
    if one.out_days is None:
        return _("%(sold)s sold; whether it ran out is not known, as stock is not counted.") % {"sold": sold}
    return _("%(sold)s sold, and it never ran out.") % {"sold": sold}


def worth_sentence(one: OutcomeView, currency: str) -> str:
    """What following or not following was worth; both sides, whoever was right."""
    facts = {
        "gap": figures.money(abs(one.gap), currency),
        "loss": figures.money(-one.advised_profit, currency),
        "profit": figures.money(one.advised_profit, currency),
    }
    if one.verdict == "lost":
        return _("Our advice was wrong: following it would have lost %(loss)s, more than we said it could.") % facts
    if one.verdict == "unneeded":
        return _("Not needed this time: ordering as advised would have cost %(loss)s, as it may.") % facts
    if one.answer == "accepted" or abs(one.gap) < 0.005:
        return _("It brought %(profit)s.") % facts
    if one.answer == "held":
        return _("Not advised, for comparison: it would have brought %(gap)s more than what was ordered.") % facts
    if one.gap > 0:
        return _("Ordering as advised would have brought %(gap)s more.") % facts
    return _("Not following was right: as advised it would have brought %(gap)s less.") % facts


def calibration_chart(found: Calibration) -> Bars:
    """How often weeks ended below, in and above the band, beside how often we said that they would."""
    return Bars(
        categories=[_("Below the band"), _("In the band"), _("Above the band"), _("Within the order level")],
        series=[
            Series(
                name=_("It came"),
                values=[
                    found.share(found.below), found.share(found.inside), found.share(found.above), found.level_share
                ],
            ),
            Series(name=_("We said"), values=[0.1, 0.8, 0.1, 0.95], line=True, dashed=True),
        ],
        format="percent",
    )  # fmt: skip


def calibration_sentence(found: Calibration) -> str:
    inside = found.share(found.inside)
    if inside is None:
        return _("No week could be judged yet.")
    facts = {
        "inside": figures.percent(inside),
        "judged": figures.number(found.judged),
        "left": figures.number(found.left_out),
    }
    return (
        _(
            "%(inside)s of %(judged)s weeks ended in the band that was said to hold 80 %%. Weeks without stock "
            "(%(left)s) are left out: what customers wanted then is not known. Where single units sell, a band holds "
            "more than it says."
        )
        % facts
    )


def acceptance_chart(weeks: Sequence[WeekOfAdvice], currency: str) -> StackedBars:
    """Advice by week at purchase prices: what was ordered of it, and the rest."""
    return StackedBars(
        categories=[week.monday for week in weeks],
        series=[
            Series(name=_("Ordered"), values=[week.taken_value for week in weeks]),
            Series(name=_("Not ordered"), values=[week.value - week.taken_value for week in weeks]),
        ],
        format="money",
        currency=currency,
    )


def file_head() -> list[str]:
    return [
        _("Morning"), _("Until"), _("Dealer"), _("Product code"), _("Product"), _("Category"), _("What became of it"),
        _("Counts in sums"), _("Advised"), _("Ordered quantity"), _("Received quantity"), _("Sold"),
        _("Days out of stock"), _("Units lost (estimate)"), _("Week said, low"), _("Week said"), _("Week said, high"),
        _("Week sold"), _("Profit said"), _("Profit said, low"), _("Profit said, high"),
        _("Profit as advised (worked out)"), _("Profit as ordered (worked out)"), _("Verdict"),
    ]  # fmt: skip


def file_rows(found: Iterable[OutcomeView]) -> Iterable[list[Any]]:
    for one in found:
        yield [
            one.for_on, one.due_on, one.dealer_name, one.sku, one.product_name, one.category, one.answer_name,
            int(one.counts), one.advised, one.ordered, one.received, one.sold, one.out_days, one.lost_units,
            one.week_low, one.week_mean, one.week_high, one.sold_week, one.said_profit, one.said_low, one.said_high,
            one.advised_profit, one.ordered_profit, one.verdict_name,
        ]  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """A measure as a row of a table shows it."""

    base: str
    difference: str
    span: str
    verdict: str
    tone: str
    note: str


def measure_row(one: MeasureView, currency: str) -> tuple[MeasureView, Figures]:
    """The measure with its figures in words; "no measurable effect" wherever the interval holds 0."""
    good = one.is_better
    verdict = {
        "none": _("no measurable effect"),
        "too_few": _("too little is known"),
    }.get(one.verdict, _("better") if good else _("worse"))
    tone = "neutral" if one.verdict == "none" else "warn" if one.verdict == "too_few" else "good" if good else "bad"
    span = "" if one.low is None else f"{_amount(one, one.low, currency)} … {_amount(one, one.high, currency)}"
    return one, Figures(
        base=_level(one, currency),
        difference=_amount(one, one.difference, currency),
        span=span,
        verdict=verdict,
        tone=tone,
        note=_how(one),
    )


def measured_sentence(one: MeasureView, currency: str) -> str:
    """The experiment's answer as the headline of a page."""
    if one.verdict == "too_few":
        return _("The comparison group is too small to tell what advice did")
    if one.verdict == "none":
        return _("No measurable effect on margin so far: the difference could be chance")
    facts = {"difference": _amount(one, one.difference, currency), "span": _spoken(one, currency)}
    return _("Advice changed the margin of a product and day by %(difference)s (%(span)s)") % facts


def _spoken(one: MeasureView, currency: str) -> str:
    return f"{_amount(one, one.low, currency)} … {_amount(one, one.high, currency)}"


def _how(one: MeasureView) -> str:
    period = f"{figures.full_day(one.from_on)} – {figures.full_day(one.until_on)}"
    if one.comparison != "hold_out":
        return _("%(period)s against %(base)s") % {
            "period": period,
            "base": f"{figures.full_day(one.base_from_on)} – {figures.full_day(one.base_until_on)}",
        }
    sentence = _("%(advised)s pairs with advice, %(held)s without, at %(dealers)s dealers; %(period)s") % {
        "advised": figures.number(one.advised), "held": figures.number(one.held),
        "dealers": figures.number(one.clusters), "period": period,
    }  # fmt: skip
    if one.held_needed is None:
        return sentence
    needed = _("A change of 5 %% would be found with %(needed)s pairs without advice.") % {
        "needed": figures.number(one.held_needed)
    }
    # A translation sets the full stop of its own language.
    return _("%(sentence)s. %(next)s") % {"sentence": sentence, "next": needed}


def _level(one: MeasureView, currency: str) -> str:
    if one.metric == "margin":
        return figures.price(one.base, currency) if one.comparison == "hold_out" else figures.money(one.base, currency)
    return figures.days(one.base, 1) if one.metric == "cycle" else figures.percent(one.base, 1)


def _amount(one: MeasureView, value: float | None, currency: str) -> str:
    """A difference with its sign, in the metric's unit; of shares in percentage points."""
    if value is None:
        return figures.UNKNOWN
    sign = "+" if value > 0 else "−" if value < 0 else ""
    if one.metric == "margin":
        text = (
            figures.price(abs(value), currency) if one.comparison == "hold_out" else figures.money(abs(value), currency)
        )
    elif one.metric == "cycle":
        text = figures.days(abs(value), 1)
    else:
        text = _("%(points)s points") % {"points": figures.number(abs(value) * 100, 1)}
    return f"{sign}{text}"
