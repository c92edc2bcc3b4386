"""Codes and numbers that the system stores, as sentences in the reader's language."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.planning.operations import Change
from firstmove.domains.planning.queries import (
    AttemptView,
    LeadTimeView,
    LineView,
    OutlookView,
    ProposalView,
    RestingLines,
    Scarcity,
)
from firstmove.portals.design import figures
from firstmove.portals.design.charts import Series, StackedBars

LEAST_TOLD = 0.01


def assumed_sentence(names: Sequence[str], scenario: Mapping[str, Any]) -> str:
    """What rests on a scenario and not on a feed, in sentences. Empty where nothing does."""
    if not names:
        return ""
    sentences = {
        "stock": _("Stock is what a dealer that orders %(cover)s days of cover every %(review)s days would hold.")
        % {"cover": scenario.get("opening_cover_days"), "review": scenario.get("opening_review_days")},
        "price": _("Purchase prices leave the dealer %(margin)s of the customer's price.")
        % {"margin": figures.percent(scenario.get("dealer_margin"))},
        "lead_time": _("Goods take %(low)s to %(high)s days.")
        % {"low": scenario.get("lead_time_min_days"), "high": scenario.get("lead_time_max_days")},
        "order_days": _("Dealers order every %(days)s days.") % {"days": scenario.get("review_days")},
        "supply_stock": _("The enterprise has enough of what no stock file tells of."),
        "supply_days": _("Production and suppliers take %(days)s days where nothing else is known.")
        % {"days": scenario.get("supply_days")},
        "supply_capacity": _("Whatever has no production line with a capacity can be had in any quantity."),
        "transfer_freight": _(
            "Between dealers goods take %(days)s days and cost %(share)s of their value and %(more)s more for each "
            "100 km; %(near)s km within a region and %(far)s km between two where places are not known. A trip costs "
            "%(trip)s besides and has to gain %(gain)s at least."
        )
        % {
            "days": scenario.get("transfer_days"),
            "share": figures.percent(scenario.get("transfer_freight_share")),
            "more": figures.percent(scenario.get("transfer_freight_share_per_100_km")),
            "near": scenario.get("transfer_near_km"),
            "far": scenario.get("transfer_far_km"),
            "trip": figures.number(scenario.get("transfer_trip_cost")),
            "gain": figures.number(scenario.get("transfer_least_gain")),
        },
    }
    return " ".join(sentences[name] for name in names if name in sentences)


def lead_time_sentence(lead: LeadTimeView | None) -> str:
    """How long orders take, and how we know."""
    if lead is None:
        return figures.UNKNOWN
    span = figures.span(lead.low, lead.high) if lead.low < lead.high else figures.number(lead.low)
    numbers = {"days": span, "orders": figures.number(lead.orders)}
    return {
        "learned": _("%(days)s days, learned from %(orders)s orders"),
        "given": _("%(days)s days, given"),
        "network": _("%(days)s days, learned from %(orders)s orders of all dealers"),
        "assumed": _("%(days)s days, assumed"),
    }[lead.source] % numbers


def whole_units(value: float) -> float:
    """An expected quantity as people say it: whole from ten on, one decimal below."""
    return round(value) if abs(value) >= 10 else round(value, 1)


def reason_sentence(line: LineView) -> str:
    """Why a line is as it is: the stored reason code and numbers, in words."""
    unit = line.unit
    numbers = {
        "have": figures.quantity(line.on_hand + line.in_transit, unit),
        "hand": figures.quantity(line.on_hand, unit),
        "transit": figures.quantity(line.in_transit, unit),
        "month": figures.quantity(whole_units(line.rate_per_day * 28), unit),
        "recent": figures.quantity(whole_units(line.rate_recent_per_day * 28), unit),
        "chance": figures.percent(line.stockout_probability),
        "multiple": figures.quantity(line.order_multiple, unit),
        "minimum": figures.quantity(line.order_minimum, unit),
        "cover": figures.days(line.cover_after_days),
    }
    sentences = {
        "runs_out": _(
            "%(have)s on hand and on the way do not last until an order arrives; %(month)s sell in four weeks."
        ),
        "new": _("New here: %(recent)s sold in the last four weeks; %(have)s on hand and on the way."),
        "rising": _(
            "Sells faster: %(recent)s in the last four weeks, %(month)s is usual; %(have)s on hand and on the way."
        ),
        "falling": _("Sells slower: %(recent)s in the last four weeks, %(month)s is usual; the order is kept small."),
        "large": _("Large: lasts %(cover)s; it sells seldom and then much, %(month)s in four weeks on average."),
        "rounded": _("Rounded up to the order multiple of %(multiple)s; %(month)s sell in four weeks."),
        "steady": _("Tops up: %(month)s sell in four weeks, %(have)s on hand and on the way."),
    }
    why = cold_sentence(line) or sentences.get(line.reason, "") % numbers
    return " ".join(filter(None, (scarce_sentence(line), why)))


def resting_sentence(resting: RestingLines | None) -> str:
    """On what a new dealer's plan rests as a whole; empty where its own history speaks."""
    if resting is None:
        return ""
    facts = {
        "dealers": figures.number(resting.look_alikes),
        "market": figures.percent(resting.market),
        "own": figures.number(resting.on_likes),
        "lines": figures.number(resting.lines),
        "days": figures.days(resting.days),
    }
    sentence = _(
        "Your first plan rests on dealers like you (%(dealers)s; your market is %(market)s of theirs): %(own)s of "
        "%(lines)s lines."
    )
    if resting.days:
        came = _("What you sold in %(days)s has corrected it, and every day goes on to.")
    else:
        came = _("Assumed, as nothing is sold yet: every day of your sales corrects it.")
    return f"{sentence} {came}" % facts


def cold_sentence(line: LineView) -> str:
    """Why a line of a new dealer or product: what it rests on, what was expected, sold so far, and made of it."""
    cold = line.cold
    if cold is None:
        return ""
    facts = {
        "expected": figures.quantity(whole_units(cold.expected_week), line.unit),
        "week": figures.quantity(whole_units(cold.week), line.unit),
        "sold": figures.quantity(whole_units(cold.sold), line.unit),
        "days": figures.days(cold.days),
        "dealers": figures.number(cold.look_alikes),
        "theirs": figures.quantity(whole_units(cold.their_week), line.unit),
        "market": figures.percent(cold.market),
        "launches": figures.number(cold.launches or cold.all_launches),
    }
    if cold.kind == "dealer":
        why = _(
            "Dealers like you (%(dealers)s) sell %(theirs)s a week on average; your market is %(market)s of theirs."
        )
    elif cold.launches:
        why = _("New: by %(launches)s launches in its category and price band.")
    else:
        why = _("New: no launch of its kind is known, so by all %(launches)s launches.")
    if not cold.days:
        came = _("So %(expected)s a week are expected (assumed: nothing sold yet).")
    elif cold.kind == "dealer":
        came = _("Expected %(expected)s a week, sold %(sold)s in %(days)s, corrected to %(week)s a week.")
    else:
        came = _(
            "Expected %(expected)s a week here, all dealers sold %(sold)s in %(days)s, corrected to %(week)s a week."
        )
    return f"{why} {came}" % facts


def scarce_sentence(line: LineView) -> str:
    """Why a line is smaller than it would be: the network's share, the dealer's, its bonus, and when more comes."""
    scarce = line.scarce
    if scarce is None:
        return ""
    facts = {
        "quantity": figures.number(line.proposed_quantity),
        "wanted": figures.quantity(scarce.wanted, line.unit),
        "covered": figures.percent(scarce.covered),
        "day": figures.day(scarce.more_on),
        "bonus": figures.percent(scarce.bonus),
        "tier": scarce.tier,
    }
    sentence = (
        _("%(quantity)s of %(wanted)s: the network has %(covered)s of what dealers need until %(day)s.")
        if scarce.more_on
        else _("%(quantity)s of %(wanted)s: the network has %(covered)s of what dealers need, and no more is in sight.")
    ) % facts
    return f"{sentence} {_share_rule(scarce) % facts}"


def _share_rule(scarce: Scarcity) -> str:
    """Why a dealer gets the share that it gets."""
    if scarce.reached > 0:
        return _("You get the same share as everybody, and %(bonus)s more for your tier and a programme's step.")
    if scarce.bonus > 0:
        return _("You get the same share as everybody, and %(bonus)s more for tier %(tier)s.")
    return _("You get the same share as everybody.")


def order_rule(line: LineView) -> str:
    """In which steps a product is ordered, where a dealer could not order a single unit."""
    if line.order_minimum > line.order_multiple:
        return _("At least %(minimum)s, in steps of %(multiple)s") % {
            "minimum": line.order_minimum,
            "multiple": line.order_multiple,
        }
    return _("In steps of %(multiple)s") % {"multiple": line.order_multiple} if line.order_multiple > 1 else ""


def order_headline(proposal: ProposalView) -> str:
    """What is proposed, in one line: how many products, for how much, when they come."""
    return _("%(lines)s products, %(amount)s, arrives %(day)s") % {
        "lines": figures.number(proposal.totals.lines),
        "amount": figures.money(proposal.totals.amount, proposal.currency),
        "day": figures.weekday(proposal.expected_on),
    }


def order_lead(proposal: ProposalView) -> str:
    """What ordering is worth until the next order day, and what is lost without it."""
    totals = proposal.totals
    worth = _("Ordering today brings %(profit)s (%(span)s) until the next order day, %(day)s.") % {
        "profit": figures.money(totals.profit, proposal.currency),
        "span": figures.money_span(totals.profit_low, totals.profit_high, proposal.currency),
        "day": figures.weekday(next_order_on(proposal)),
    }
    if not totals.runs_out:
        return worth
    without = ngettext(
        "Without it %(count)s product is likely to run out before the next order could arrive.",
        "Without it %(count)s products are likely to run out before the next order could arrive.",
        totals.runs_out,
    ) % {"count": figures.number(totals.runs_out)}
    return f"{worth} {without}"


def next_order_on(proposal: ProposalView) -> dt.date:
    """The next chance to order after the proposal's day."""
    return proposal.terms.next_order_on or proposal.for_on + dt.timedelta(days=proposal.review_days)


def credit_sentence(left: Decimal | None, currency: str) -> str:
    if left is None:
        return _("No credit limit is set.")
    return _("Credit left: %(left)s") % {"left": figures.money(left, currency)}


def over_credit_sentence(amount: Decimal, left: Decimal | None, currency: str) -> str:
    """What is missing and what to do; empty where the credit carries the order."""
    if left is None or amount <= left:
        return ""
    return _(
        "%(missing)s over the credit that is left. Take out what can wait (the last lines of a category lose least), "
        "or ask for a higher limit."
    ) % {"missing": figures.money(amount - left, currency)}


def change_sentence(change: Change) -> str:
    """Why a line is no longer as the proposal said."""
    return {
        "price": _("The price changed."),
        "unlisted": _("No longer listed; it was taken out."),
        "stock": _("Came or was ordered meanwhile, so less is needed."),
    }[change.kind]


def why_quantity(line: LineView, *, protection_days: int) -> list[str]:
    """How the proposed quantity came about, step by step, in sentences that can be checked with a pencil."""
    unit = line.unit
    stock = line.on_hand + line.in_transit
    missing = line.level - stock
    sentences = [
        _(
            "What you have must last %(days)s: until an order of the next order day arrives. In that time about "
            "%(mean)s sell; to be safe we count with %(level)s."
        )
        % {
            "days": figures.days(protection_days),
            "mean": figures.quantity(whole_units(line.level - line.safety_stock), unit),
            "level": figures.quantity(whole_units(line.level), unit),
        },
        _("You have %(hand)s on hand and %(transit)s on the way.")
        % {"hand": figures.quantity(line.on_hand, unit), "transit": figures.quantity(line.in_transit, unit)},
    ]
    sentences[1:1] = calendar_sentences(line)
    if line.scarce is not None:
        sentences.append(scarce_sentence(line))
        return [*sentences, _skipped(line)]
    steps = {
        "missing": figures.quantity(whole_units(missing), unit),
        "multiple": line.order_multiple,
        "minimum": line.order_minimum,
        "quantity": figures.quantity(line.proposed_quantity, unit),
    }
    if line.proposed_quantity >= missing:
        sentences.append(
            _("%(missing)s are missing; in steps of %(multiple)s, at least %(minimum)s, that makes %(quantity)s.")
            % steps
        )
    else:
        sentences.append(
            _(
                "%(missing)s are missing, but only %(quantity)s are proposed: more would hardly sell before the next "
                "order comes, or cost more to keep than it earns."
            )
            % steps
        )
    return [*sentences, _skipped(line)]


def calendar_sentences(line: LineView) -> list[str]:
    """What season, holidays and offers do to the days that the stock must last, where that is a hundredth or more."""
    sentences = []
    season, holiday = line.season_factor or 1.0, line.holiday_factor or 1.0
    if abs(season - 1) >= LEAST_TOLD:
        text = (
            _("Season: this category then sells %(share)s more than its level, by earlier years. Counted in.")
            if season > 1
            else _("Season: this category then sells %(share)s less than its level, by earlier years. Counted in.")
        )
        sentences.append(text % {"share": figures.percent(abs(season - 1))})
    if abs(holiday - 1) >= LEAST_TOLD and line.holiday_on is not None:
        text = (
            _("%(holiday)s on %(day)s: this category then sells %(share)s more, by earlier years. Counted in.")
            if holiday > 1
            else _("%(holiday)s on %(day)s: this category then sells %(share)s less, by earlier years. Counted in.")
        )
        facts = {"holiday": holiday_name(line.holiday), "day": figures.day(line.holiday_on)}
        sentences.append(text % {**facts, "share": figures.percent(abs(holiday - 1))})
    return [*sentences, *_offer_sentences(line)]


def _offer_sentences(line: LineView) -> list[str]:
    sentences = []
    price, promotion = line.price_factor or 1.0, line.promotion_factor or 1.0
    if abs(price - 1) >= LEAST_TOLD:
        text = (
            _("Price: at the price of now it sells %(share)s more than its level, by earlier changes. Counted in.")
            if price > 1
            else _("Price: at the price of now it sells %(share)s less than its level, by earlier changes. Counted in.")
        )
        sentences.append(text % {"share": figures.percent(abs(price - 1))})
    if abs(promotion - 1) < LEAST_TOLD:
        return sentences
    share = figures.percent(abs(promotion - 1))
    if promotion > 1 and line.promotion_on is not None:
        text = _("Promotion %(name)s from %(day)s: %(share)s more than the level, by earlier ones. Counted in.")
        facts = {"name": line.promotion, "day": figures.day(line.promotion_on), "share": share}
        return [*sentences, text % facts]
    text = (
        _("Promotions: these days have more of them than the level was learned with, %(share)s more. Counted in.")
        if promotion > 1
        else _("Promotions: these days have fewer of them than the level was learned with, %(share)s less. Counted in.")
    )
    return [*sentences, text % {"share": share}]


def holiday_name(name: str) -> str:
    """A holiday in the reader's language; by its English name where we have no other."""
    return {
        "Chinese New Year (Spring Festival)": _("Spring Festival"),
        "New Year's Day": _("New Year's Day"),
        "Tomb-Sweeping Day": _("Tomb-Sweeping Day"),
        "Labor Day": _("Labor Day"),
        "Dragon Boat Festival": _("Dragon Boat Festival"),
        "Mid-Autumn Festival": _("Mid-Autumn Festival"),
        "National Day": _("National Day"),
        "Thanksgiving Day": _("Thanksgiving Day"),
        "Christmas Day": _("Christmas Day"),
        "Independence Day": _("Independence Day"),
        "Memorial Day": _("Memorial Day"),
        "make-up workday": _("make-up workday"),
    }.get(name, name)


def _skipped(line: LineView) -> str:
    return _("Skipped, it runs out with a chance of %(chance)s, and sales of about %(lost)s are lost.") % {
        "chance": figures.percent(line.stockout_probability),
        "lost": figures.quantity(whole_units(line.lost_units_if_skipped), line.unit),
    }


@dataclass(frozen=True)
class LevelPart:
    """A part of the level that a product is ordered up to, in units, and why it is there."""

    name: str
    units: float
    why: str


def level_parts(line: LineView | OutlookView, *, lead_days: int, protection_days: int) -> list[LevelPart]:
    """The level as expected demand over lead time and review, and safety stock by what it is against."""
    expected = max(line.level - line.safety_stock, 0.0)
    lead = expected * lead_days / protection_days if protection_days else 0.0
    late = line.safety_stock * line.lead_share
    served = figures.percent(line.service_quantile, 1)
    return [
        LevelPart(
            _("Until the order arrives"),
            lead,
            _("expected sales in %(days)s of lead time") % {"days": figures.days(lead_days)},
        ),
        LevelPart(
            _("Until the next order day"),
            expected - lead,
            _("expected sales in %(days)s between order days") % {"days": figures.days(protection_days - lead_days)},
        ),
        LevelPart(
            _("Safety: sales vary"),
            line.safety_stock - late,
            _("so that %(served)s of such periods are served%(whose)s")
            % {
                "served": served,
                "whose": _(": the service of class %(name)s") % {"name": line.stock_class} if line.stock_class else "",
            },
        ),
        LevelPart(
            _("Safety: lead time varies"),
            late,
            _("goods do not always come on the same day: %(share)s of the safety stock")
            % {"share": figures.percent(line.lead_share)},
        ),
    ]


def level_chart(parts: Sequence[LevelPart], *, unit: str) -> StackedBars | None:
    """The parts of a level on top of each other; None where there is nothing to hold."""
    if sum(part.units for part in parts) <= 0:
        return None
    return StackedBars(
        categories=[_("Order up to")],
        series=[Series(name=part.name, values=[part.units]) for part in parts],
        unit=unit,
    )


def class_name(stock_class: str) -> str:
    """A class of stock in words: how much margin it brings, how evenly it sells."""
    margin = {
        "A": _("brings the first 80%% of the margin") % {},
        "B": _("brings the margin up to 95%%") % {},
        "C": _("brings the last of the margin"),
    }
    pace = {"X": _("sells evenly"), "Y": _("sells less evenly"), "Z": _("sells in lumps")}
    if len(stock_class) != len("AX"):
        return ""
    return _("%(margin)s, %(pace)s") % {"margin": margin[stock_class[0]], "pace": pace[stock_class[1]]}


def segment_words(segment: str) -> str:
    """What a segment of the methods holds."""
    return {
        "X": _("Much the same every week: the weekly sales vary by at most half of their mean."),
        "Y": _("Up and down from week to week, by up to their mean."),
        "Z": _("Nothing for weeks, then much at once; and what sold too seldom to tell."),
    }[segment]


def method_words(method: str) -> tuple[str, str]:
    """The name of a method, and how it looks at demand, in plain words."""
    return {
        "pooled": (
            _("Pooled history"),
            _(
                "Looks at how far each product's sales strayed from what was expected, and learns from all products "
                "that sell alike. Every plan starts with it."
            ),
        ),
        "textbook": (
            _("Textbook"),
            _(
                "The average of four weeks plus a safety margin from a bell curve: what most systems do. It stands "
                "here to be beaten, and would be used where it is not."
            ),
        ),
        "boosted": (
            _("Learned trees"),
            _(
                "Many small decision trees that learned from all products what comes before a large week: seasons, "
                "gaps, recent pace. It needs much history and some minutes of learning."
            ),
        ),
    }[method]


def method_of_line(methods: dict[str, str], stock_class: str) -> str:
    """The name of the method by which the demand of a line was seen; empty where none was noted."""
    method = methods.get(stock_class[-1:], "")
    return method_words(method)[0] if method else ""


def stage_name(life_cycle: str) -> tuple[str, str]:
    """A stage of life, and what it means."""
    return {
        "new": (_("Newly sold"), _("first sold within half a year")),
        "growing": (_("Growing"), _("the last 13 weeks sold half as much again as a year before")),
        "mature": (_("Mature"), _("sells as it did a year before")),
        "declining": (_("Declining"), _("the last 13 weeks sold two thirds and less of a year before")),
        "dead": (_("Dead"), _("not sold for half a year")),
    }.get(life_cycle, ("–", ""))


def all_products() -> str:
    return _("All products")


def at_risk() -> str:
    return _("Likely to run out")


def attempt_sentence(attempt: AttemptView, currency: str) -> str:
    """What automatic ordering made of a proposal, and why a person was to decide."""
    lines = int(attempt.facts.get("lines", 0))
    facts = {
        "amount": figures.money(Decimal(str(attempt.facts.get("amount", 0))), currency),
        "limit": figures.money(Decimal(str(attempt.facts.get("limit", 0))), currency),
        "lines": figures.number(lines),
    }
    return {
        "ordered": _("Ordered by itself for %(amount)s."),
        "over_order": _("%(amount)s is over your limit of %(limit)s for an order, so it waits for you."),
        "over_month": _("With it the month would come to %(amount)s, over your limit of %(limit)s; it waits for you."),
        "over_credit": _("%(amount)s is over the credit that is left, so it waits for you."),
        "unusual": ngettext(
            "%(lines)s line is new, unusual or large, so it waits for you.",
            "%(lines)s lines are new, unusual or large, so it waits for you.",
            lines,
        ),
        "edited": _("Somebody was editing it, so it waits for you."),
        "changed": ngettext(
            "Price, product or stock of %(lines)s line changed since the night, so it waits for you.",
            "Price, product or stock of %(lines)s lines changed since the night, so it waits for you.",
            lines,
        ),
        "stale": _("The night's plan lacked a day's feeds, so it waits for you."),
        "empty": _("Nothing was left to order."),
    }[attempt.outcome] % facts
