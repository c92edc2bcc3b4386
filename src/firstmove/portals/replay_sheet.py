"""A replay as dealers and the enterprise read it: policies side by side, what each step brings, and what is assumed."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from firstmove.domains.planning.operations import REPLAY_WEEKS
from firstmove.domains.planning.queries import Estimate, Gate, PolicyFigures, ReplayFigures, ReplayView, StepGain
from firstmove.portals.design import figures
from firstmove.portals.design.charts import Lines, Series
from firstmove.portals.design.tables import Column
from firstmove.portals.words import assumed_sentence

STATE_TONES = {"waiting": "neutral", "running": "accent", "complete": "good", "failed": "bad"}
SLOW, FAST, OURS = "reactive-18", "reactive", "firstmove"
# Those whose course is drawn; all six would be a tangle.
_DRAWN = (OURS, FAST, SLOW)

_DRIVERS = {
    "season": gettext_lazy("the season"),
    "holidays": gettext_lazy("holidays"),
    "prices": gettext_lazy("prices"),
    "promotions": gettext_lazy("promotions"),
}

POLICIES = (
    Column(label=gettext_lazy("Policy"), lead=True),
    Column(label=gettext_lazy("Fill rate"), number=True, beside=True),
    Column(label=gettext_lazy("Empty shelves"), number=True),
    Column(label=gettext_lazy("Stock days"), number=True, beside=True),
    Column(label=gettext_lazy("Mean stock"), number=True),
    Column(label=gettext_lazy("Turns a year"), number=True),
    Column(label=gettext_lazy("Order lines"), number=True),
    Column(label=gettext_lazy("Order cycle"), number=True),
    Column(label=gettext_lazy("Margin lost"), number=True),
    Column(label=gettext_lazy("Holding cost"), number=True),
    Column(label=gettext_lazy("Cost in all"), number=True),
)

REPLAYS = (
    Column(label=gettext_lazy("Replay"), lead=True),
    Column(label=gettext_lazy("State"), beside=True),
    Column(label=gettext_lazy("Of")),
    Column(label=gettext_lazy("Saving by decisions (simulated)"), number=True),
    Column(label=gettext_lazy("Asked for by")),
)


def window_options() -> list[tuple[int, str]]:
    """(weeks, words), the year first."""
    return [
        (weeks, ngettext("%(count)s week", "%(count)s weeks", weeks) % {"count": weeks})
        for weeks in sorted(REPLAY_WEEKS, reverse=True)
    ]


def sheet(view: ReplayView, *, currency: str) -> dict[str, Any]:
    """All that the page of a replay shows."""
    context: dict[str, Any] = {
        "replay": view,
        "tone": STATE_TONES[view.state],
        "title": _headline(view),
        "span": _("%(first)s to %(last)s") % {
            "first": figures.full_day(view.since), "last": figures.full_day(view.until),
        },
        "percent_done": round(100 * view.progress),
        "failure": _failure(view),
        "currency": currency,
    }  # fmt: skip
    if view.figures is not None:
        context |= _results(view, view.figures, currency)
    return context


def _results(view: ReplayView, found: ReplayFigures, currency: str) -> dict[str, Any]:
    return {
        "columns": POLICIES,
        "policies": [(_name(one.name), _habit(one, found), one, one.name == OURS) for one in found.policies],
        "figures": found,
        "steps": [
            (_("Faster orders alone"), _step_sentences(found.speed, found, currency)),
            (_("Better decisions on top"), _step_sentences(found.decisions, found, currency)),
        ],
        "proof": proof_sentence(view),
        "stock_chart": _course(view, found, "week_stock_value", "money", currency),
        "empty_chart": _course(view, found, "week_empty", "percent", currency),
        "trade_off": _trade_off(found),
        "assumptions": _assumptions(view, found, currency=currency),
        "actual": found.actual,
        "sold_year": found.actual.sold_units if found.actual else None,
    }


def _headline(view: ReplayView) -> str:
    whose = view.dealer_name or _("the whole network")
    if view.figures is None:
        return _("Replay of %(weeks)s weeks: %(whose)s") % {"weeks": view.weeks, "whose": whose}
    ours, slow = view.figures.policy(OURS), view.figures.policy(SLOW)
    return _("Fill rate %(ours)s instead of %(slow)s, at %(days)s of stock instead of %(slow_days)s (simulated)") % {
        "ours": figures.percent(ours.fill, 1),
        "slow": figures.percent(slow.fill, 1),
        "days": figures.days(ours.stock_days),
        "slow_days": figures.days(slow.stock_days),
    }


def _failure(view: ReplayView) -> str:
    if view.error == "too_little":
        return _(
            "There are %(days)s days of sales before the window; a replay takes half a year of them, and products that "
            "sold on twelve of these days. Choose a shorter window, or wait until there is more history."
        ) % {"days": figures.number(view.known_days or 0)}
    return view.error_name


def _name(policy: str) -> str:
    return {
        "reactive-18": _("Fixed cover, slow orders"),
        "reactive": _("Fixed cover, fast orders"),
        "minmax": _("Minimum and maximum of an ERP"),
        "textbook": _("Safety stock of the textbook"),
        "firstmove": _("firstmove"),
        "clairvoyant": _("Perfect foresight"),
    }[policy]


def _habit(one: PolicyFigures, found: ReplayFigures) -> str:
    """How the policy was run: what is assumed of the dealer."""
    cover = figures.days(one.parameter * 7)
    words = {
        "reactive-18": _("%(cover)s of cover every %(every)s; goods take %(low)s to %(high)s days"),
        "reactive": _("%(cover)s of cover every %(every)s"),
        "minmax": _("ordered below %(days)s of sales, set once a quarter"),
        "textbook": _("service %(service)s"),
        "firstmove": _("service %(service)s, as the plan proposes"),
        "clairvoyant": _("a bound that nobody reaches"),
    }
    return words[one.name] % {
        "cover": cover,
        "every": figures.days(found.order_every_days),
        "low": found.slow_lead_low,
        "high": found.slow_lead_high,
        "days": figures.days(one.parameter),
        "service": figures.percent(min(one.parameter, 1.0), 1),
    }


def _step_sentences(step: StepGain, found: ReplayFigures, currency: str) -> list[str]:
    """What a step brings, in sentences; what the curves do not tell is said, too."""
    fill, stock = figures.percent(found.at_fill, 1), figures.days(found.at_stock_days, 1)
    return [
        _("At the same fill rate of %(fill)s: %(gain)s fewer days of stock.")
        % {"fill": fill, "gain": _figure(step.stock_days_fewer)}
        if step.stock_days_fewer.value is not None
        else _("A fill rate of %(fill)s lies off the curves, so stock cannot be compared there.") % {"fill": fill},
        _("At the same stock of %(stock)s: %(gain)s points more fill rate.")
        % {"stock": stock, "gain": _figure(_times(step.fill_more, 100))}
        if step.fill_more.value is not None
        else _("A stock of %(stock)s lies off the curves, so fill rates cannot be compared there.") % {"stock": stock},
        _("As each would be run: %(gain)s less margin lost and stock held.") % {"gain": _sum(step.cost_less, currency)},
    ]


def _times(one: Estimate, factor: float) -> Estimate:
    return Estimate(*(None if value is None else value * factor for value in (one.value, one.low, one.high)))


def _figure(one: Estimate) -> str:
    text = figures.number(one.value, 1)
    return text if one.low is None else f"{text} ({figures.span(one.low, one.high, 1)})"


def _sum(one: Estimate, currency: str) -> str:
    text = figures.money(one.value, currency)
    return text if one.low is None else f"{text} ({figures.money_span(one.low, one.high, currency)})"


def proof_sentence(view: ReplayView) -> str:
    """Whether decisions alone save, beyond luck, at no lower fill."""
    if view.saving is None:
        return ""
    facts = {
        "saving": figures.percent(view.saving, 1),
        "low": figures.percent(view.saving_low, 1),
        "high": figures.percent(view.saving_high, 1),
        "fill": figures.percent(view.fill, 1),
        "base": figures.percent(view.fill_of_base, 1),
    }
    if view.gains:
        words = _(
            "Decisions alone save %(saving)s of the cost of fixed cover at the same speed (95 of 100 draws: %(low)s to "
            "%(high)s), at a fill rate of %(fill)s instead of %(base)s: the gain is sure."
        )
    elif view.saving_low is None:
        words = _("Decisions alone save %(saving)s, but from so few products no interval can be told.")
    elif view.saving_low <= 0:
        words = _("Decisions alone save %(saving)s, but it may be luck: 95 of 100 draws lie from %(low)s to %(high)s.")
    else:
        words = _("Decisions alone save %(saving)s, but at a lower fill rate: %(fill)s instead of %(base)s.")
    return words % facts


def gate_sentence(gate: Gate) -> str:
    """Why automatic ordering is offered, or not."""
    if gate.why == "none":
        return _("No replay of half a year or more shows yet that it would gain.")
    if gate.why == "old":
        return _("The latest replay is older than six weeks.")
    return proof_sentence(gate.replay) if gate.replay else ""


def _course(view: ReplayView, found: ReplayFigures, what: str, form: Any, currency: str) -> Lines:
    weeks = len(found.policy(OURS).week_stock_value)
    return Lines(
        categories=[view.since + dt.timedelta(days=7 * week) for week in range(weeks)],
        series=[Series(name=_name(name), values=list(getattr(found.policy(name), what))) for name in _DRAWN],
        format=form,
        currency=currency,
    )


def _trade_off(found: ReplayFigures) -> Lines:
    """Fill at each stock, every two days, between the points of the curves."""
    most = max(point.stock_days for one in found.policies if one.name in _DRAWN for point in one.curve)
    grid = np.arange(2, min(most, 90) + 2, 2)

    def fills(name: str) -> list[float | None]:
        curve = found.policy(name).curve
        places = [point.stock_days for point in curve]
        heights = np.interp(grid, places, [point.fill for point in curve])
        return [
            float(height) if places[0] <= place <= places[-1] else None
            for place, height in zip(grid, heights, strict=True)
        ]

    return Lines(
        categories=[figures.days(float(place)) for place in grid],
        series=[Series(name=_name(name), values=fills(name)) for name in _DRAWN],
        format="percent",
    )


def _assumptions(view: ReplayView, found: ReplayFigures, *, currency: str) -> list[str]:
    said = [
        _("Demand is what was sold; days that are known to be out of stock count as the mean of the days before."),
        _("Stock opens with 21 days of sales, and the first five weeks are played and not counted."),
        _("Orders take %(low)s to %(high)s days, each equally likely, and can be placed every %(review)s.")
        % {
            "low": found.lead_low_days,
            "high": found.lead_high_days,
            "review": " / ".join(figures.days(days) for days in found.review_days),
        },
        _("Fixed cover is %(cover)s every %(every)s, and slow orders take %(low)s to %(high)s days: assumed.")
        % {
            "cover": figures.days(found.cover_days),
            "every": figures.days(found.order_every_days),
            "low": found.slow_lead_low,
            "high": found.slow_lead_high,
        },
        _("Holding stock costs %(rate)s of its price a year: assumed.")
        % {"rate": figures.percent(view.scenario.get("holding_rate_per_year"))},
        _(
            "Products and settings were chosen by what was known before the window; %(out)s younger or sleeping "
            "products are left out."
        )
        % {"out": figures.number(found.left_out)},
    ]  # fmt: skip
    return [*said, *_counted_in(view, found, currency), *filter(None, [assumed_sentence(view.assumed, view.scenario)])]


def _counted_in(view: ReplayView, found: ReplayFigures, currency: str) -> Iterator[str]:
    """What a replay has of a dealer's terms and of what moves demand, where it has any."""
    if found.order_minimums and view.dealer_id is not None:
        least = figures.money(found.order_minimums[0], currency)
        yield _("An order below %(least)s waits for the next order day, whoever decides.") % {"least": least}
    elif found.order_minimums:
        yield ngettext(
            "The orders of %(count)s dealer wait where they are below its agreed minimum, whoever decides.",
            "The orders of %(count)s dealers wait where they are below their agreed minimum, whoever decides.",
            len(found.order_minimums),
        ) % {"count": figures.number(len(found.order_minimums))}
    named = [str(_DRIVERS[name]) for name in found.drivers if name in _DRIVERS]
    if named:
        yield _("This system counts in what each morning knew of: %(drivers)s.") % {"drivers": ", ".join(named)}


def listed(rows: Sequence[ReplayView], *, address: str) -> list[tuple[ReplayView, str, str, str]]:
    """Rows of the list of replays: the replay, the tone of its state, its span, and where its page is."""
    return [
        (
            row,
            STATE_TONES[row.state],
            _("%(first)s to %(last)s") % {"first": figures.full_day(row.since), "last": figures.full_day(row.until)},
            reverse(address, args=[row.id]),
        )
        for row in rows
    ]
