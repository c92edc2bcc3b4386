"""Reads of outcomes: what we said and what came, and what it was worth. Gains here are worked out, not measured."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Case, Count, F, FloatField, Max, Min, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Abs, Greatest, TruncWeek

from firstmove.domains.planning.models import Answer, HeldAdvice, Outcome, Proposal, Verdict
from firstmove.engine.measure.gain import Simulated
from firstmove.kernel.paging import Slice, after

# An order of what was advised, or of some of it, wherever it was placed.
_FOLLOWED = (Answer.ACCEPTED, Answer.CHANGED, Answer.ELSEWHERE)
_LEFT = (Answer.REMOVED, Answer.REJECTED, Answer.IGNORED)
# Advice whose order would have cost more than it earned, within what was said or beyond it.
_UNPAID = (Verdict.UNNEEDED, Verdict.LOST)
_GAP = F("advised_profit") - F("ordered_profit")


@dataclass(frozen=True)
class OutcomeView:
    """One advice and what came. `gap`: what ordering as advised would have brought more than what was ordered."""

    id: int
    dealer_id: int
    dealer_name: str
    proposal_id: int | None
    number: int | None
    product_id: int
    sku: str
    product_name: str
    category: str
    unit: str
    for_on: dt.date
    due_on: dt.date
    answer: str
    verdict: str
    counts: bool
    advised: int
    ordered: float
    received: float
    cycle_days: float | None
    sold: float
    sold_week: float
    out_days: float | None
    lost_units: float | None
    week_low: float | None
    week_mean: float | None
    week_high: float | None
    week_place: int | None
    said_profit: float
    said_low: float
    said_high: float
    advised_profit: float
    ordered_profit: float

    @property
    def gap(self) -> float:
        return self.advised_profit - self.ordered_profit

    @property
    def answer_name(self) -> str:
        return str(Answer(self.answer).label)

    @property
    def verdict_name(self) -> str:
        return str(Verdict(self.verdict).label)


@dataclass(frozen=True)
class Worth:
    """What advice was worth by the ledger, one advice of each product and review period; each sum worked out.

    `followed`: profit of what was ordered of advice that was followed. `missed`: what ordering as advised would have
    brought more, where it was not taken or another quantity was. `spared`: what was spared by not following advice
    that would have brought less. `unpaid`: what advice that did not pay would have cost, followed or not; of it,
    `beyond` lost more than was said.
    """

    advice: int
    since: dt.date | None
    until: dt.date | None
    followed: Simulated
    missed: Simulated
    spared: Simulated
    unpaid: Simulated
    beyond: int
    within_range: int
    taken_lines: int
    taken_value: float
    value: float
    cycle_days: float | None

    @property
    def taken(self) -> float | None:
        """Share of the advice's worth that was ordered as advised or with another quantity."""
        return self.taken_value / self.value if self.value else None


@dataclass(frozen=True)
class Calibration:
    """How often what was said held: weeks below, in and above the band of four weeks in five, and the 95 % level.

    Where a product was out of stock nobody knows what was wanted: these weeks are not `judged`, but `left_out`.
    """

    judged: int
    below: int
    inside: int
    above: int
    levels: int
    levels_held: int
    left_out: int

    def share(self, count: int) -> float | None:
        return count / self.judged if self.judged else None

    @property
    def level_share(self) -> float | None:
        return self.levels_held / self.levels if self.levels else None


@dataclass(frozen=True)
class WeekOfAdvice:
    """The advice for the mornings of one week, by what became of it; amounts at purchase prices."""

    monday: dt.date
    advice: int
    taken: int
    value: float
    taken_value: float


@dataclass(frozen=True)
class DealerWorth:
    dealer_id: int
    dealer_name: str
    advice: int
    taken: float | None
    followed: float
    missed: float
    unpaid: float
    inside: float | None


def _rows(
    *,
    dealer_id: int | None = None,
    product_id: int | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> QuerySet[Outcome]:
    rows = Outcome.objects.all()
    given = {"dealer_id": dealer_id, "product_id": product_id, "for_on__gte": since, "for_on__lte": until}
    return rows.filter(**{name: value for name, value in given.items() if value is not None})


# What a list of outcomes may be narrowed to; the keys stand in addresses.
KINDS: Mapping[str, Q] = {
    "followed": Q(answer__in=_FOLLOWED),
    "missed": Q(answer__in=(*_LEFT, Answer.CHANGED, Answer.ELSEWHERE), advised_profit__gt=F("ordered_profit")),
    "unpaid": Q(verdict__in=_UNPAID) & ~Q(answer=Answer.HELD),
    "held": Q(answer=Answer.HELD),
}


def outcomes(
    *,
    dealer_id: int | None = None,
    product_id: int | None = None,
    kind: str = "",
    search: str = "",
    since: dt.date | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[OutcomeView], int]:
    """A page of outcomes, the latest morning first and there the largest gap first, and how many there are.

    `kind` is one of `KINDS` or empty; "missed" and "unpaid" list the one advice of a review period that counts, those
    that cost most first. `search`: a part of a product's name or code.
    """
    rows = _rows(dealer_id=dealer_id, product_id=product_id, since=since)
    if kind in KINDS:
        rows = rows.filter(KINDS[kind])
    if search:
        rows = rows.filter(product__search__contains=search.lower())
    if kind == "missed":
        rows = rows.filter(counts=True).order_by((_GAP).desc(), "id")
    elif kind == "unpaid":
        rows = rows.filter(counts=True).order_by("advised_profit", "id")
    else:
        rows = rows.annotate(apart=Abs(_GAP)).order_by("-for_on", "-apart", "id")
    return _views(rows[offset : offset + limit]), rows.count()


def outcome_slice(
    *, dealer_id: int | None = None, place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[OutcomeView]:
    """Outcomes behind a place, the latest morning first (see `kernel.paging`)."""
    found = after(_rows(dealer_id=dealer_id), by=("-for_on", "-id"), place=place, limit=limit, view=lambda row: row.pk)
    views = {view.id: view for view in _views(Outcome.objects.filter(id__in=found.items))}
    return Slice([views[key] for key in found.items], found.last, found.more)


def every_outcome(*, dealer_id: int | None = None, since: dt.date | None = None, limit: int) -> list[OutcomeView]:
    """For a file: the latest `limit` outcomes."""
    return _views(_rows(dealer_id=dealer_id, since=since).order_by("-for_on", "dealer_id", "id")[:limit])


def _views(rows: QuerySet[Outcome]) -> list[OutcomeView]:
    names = (
        "id", "dealer_id", "product_id", "for_on", "due_on", "answer", "verdict", "counts", "advised", "ordered",
        "received", "cycle_days", "sold_week", "out_days", "lost_units", "week_low", "week_mean", "week_high",
        "week_place", "said_profit", "said_low", "said_high", "advised_profit", "ordered_profit",
    )  # fmt: skip
    found = rows.annotate(
        sold=F("sold_lead") + F("sold_review"),
        sku=F("product__sku"),
        product_name=F("product__name"),
        category=F("product__category"),
        unit=F("product__unit"),
        proposal_id=F("line__proposal_id"),
        number=F("line__number"),
        line_dealer=F("line__proposal__dealer__name"),
        held_dealer=F("held__dealer__name"),
    ).values(
        *names, "sold", "sku", "product_name", "category", "unit", "proposal_id", "number", "line_dealer", "held_dealer"
    )
    return [OutcomeView(dealer_name=row.pop("line_dealer") or row.pop("held_dealer"), **_only(row)) for row in found]


def _only(row: dict[str, object]) -> dict[str, object]:
    row.pop("held_dealer", None)
    return row


def worth(*, dealer_id: int | None = None, since: dt.date | None = None, until: dt.date | None = None) -> Worth:
    """What advice was worth in a period of mornings; what was held out is not part of it."""
    counting = Q(counts=True)
    money = FloatField()
    missed = counting & Q(advised_profit__gt=F("ordered_profit")) & ~Q(answer=Answer.ACCEPTED)
    spared = counting & Q(advised_profit__lt=F("ordered_profit")) & ~Q(answer=Answer.ACCEPTED)
    followed, unpaid = counting & Q(answer__in=_FOLLOWED), counting & Q(verdict__in=_UNPAID)
    value = F("advised") * F("unit_price")
    sums = (
        _rows(dealer_id=dealer_id, since=since, until=until)
        .exclude(answer=Answer.HELD)
        .aggregate(
            advice=Count("id", filter=counting),
            since=Min("for_on"),
            until=Max("for_on"),
            followed=Sum("ordered_profit", filter=followed),
            followed_n=Count("id", filter=followed),
            missed=Sum(_GAP, filter=missed),
            missed_n=Count("id", filter=missed),
            spared=Sum(-_GAP, filter=spared),
            spared_n=Count("id", filter=spared),
            unpaid=Sum("advised_profit", filter=unpaid),
            unpaid_n=Count("id", filter=unpaid),
            beyond=Count("id", filter=counting & Q(verdict=Verdict.LOST)),
            within=Count("id", filter=counting & Q(verdict__in=(Verdict.AS_SAID, Verdict.BETTER))),
            taken_n=Count("id", filter=followed),
            taken_value=Sum(value, filter=followed, output_field=money),
            value=Sum(value, filter=counting, output_field=money),
            cycle=Avg("cycle_days"),
        )
    )
    return Worth(
        advice=sums["advice"],
        since=sums["since"],
        until=sums["until"],
        followed=Simulated(sums["followed"] or 0.0, sums["followed_n"]),
        missed=Simulated(sums["missed"] or 0.0, sums["missed_n"]),
        spared=Simulated(sums["spared"] or 0.0, sums["spared_n"]),
        unpaid=Simulated(sums["unpaid"] or 0.0, sums["unpaid_n"]),
        beyond=sums["beyond"],
        within_range=sums["within"],
        taken_lines=sums["taken_n"],
        taken_value=sums["taken_value"] or 0.0,
        value=sums["value"] or 0.0,
        cycle_days=sums["cycle"],
    )


def calibration(
    *, dealer_id: int | None = None, product_id: int | None = None, since: dt.date | None = None
) -> Calibration:
    """Of every advice in the period, those held out too: the forecast was made for them all the same."""
    sums = _rows(dealer_id=dealer_id, product_id=product_id, since=since).aggregate(
        below=Count("id", filter=Q(week_place=-1)),
        inside=Count("id", filter=Q(week_place=0)),
        above=Count("id", filter=Q(week_place=1)),
        levels=Count("id", filter=Q(level_held__isnull=False)),
        held=Count("id", filter=Q(level_held=True)),
        left_out=Count("id", filter=Q(week_place__isnull=True)),
    )
    return Calibration(
        judged=sums["below"] + sums["inside"] + sums["above"],
        below=sums["below"],
        inside=sums["inside"],
        above=sums["above"],
        levels=sums["levels"],
        levels_held=sums["held"],
        left_out=sums["left_out"],
    )


def advice_by_week(*, since: dt.date, dealer_id: int | None = None) -> list[WeekOfAdvice]:
    """Acceptance over time: of each week's mornings the advice that counts, and what was ordered of it, anywhere."""
    followed = Q(answer__in=_FOLLOWED)
    value = F("advised") * F("unit_price")
    found = (
        _rows(dealer_id=dealer_id, since=since)
        .filter(counts=True)
        .exclude(answer=Answer.HELD)
        .annotate(monday=TruncWeek("for_on"))
        .values("monday")
        .annotate(
            n=Count("id"),
            n_taken=Count("id", filter=followed),
            worth=Sum(value, output_field=FloatField()),
            worth_taken=Sum(value, filter=followed, output_field=FloatField()),
        )
        .order_by("monday")
    )
    return [
        WeekOfAdvice(row["monday"], row["n"], row["n_taken"], row["worth"], row["worth_taken"] or 0.0) for row in found
    ]


def worth_by_dealer(*, since: dt.date | None = None) -> list[DealerWorth]:
    """Every dealer with outcomes, those first that missed most."""
    counting = Q(counts=True)
    value, money = F("advised") * F("unit_price"), FloatField()
    followed = counting & Q(answer__in=_FOLLOWED)
    found = (
        _rows(since=since)
        .exclude(answer=Answer.HELD)
        .values("dealer_id")
        .annotate(
            name=Max("line__proposal__dealer__name"),
            advice=Count("id", filter=counting),
            value=Sum(value, filter=counting, output_field=money),
            taken=Sum(value, filter=followed, output_field=money),
            followed=Sum("ordered_profit", filter=followed),
            missed=Sum(
                Case(When(answer=Answer.ACCEPTED, then=Value(0.0)), default=Greatest(_GAP, Value(0.0))),
                filter=counting,
                output_field=money,
            ),
            unpaid=Sum("advised_profit", filter=counting & Q(verdict__in=_UNPAID)),
            judged=Count("id", filter=Q(week_place__isnull=False)),
            inside=Count("id", filter=Q(week_place=0)),
        )
    )
    views = [
        DealerWorth(
            dealer_id=row["dealer_id"],
            dealer_name=row["name"],
            advice=row["advice"],
            taken=(row["taken"] or 0.0) / row["value"] if row["value"] else None,
            followed=row["followed"] or 0.0,
            missed=row["missed"] or 0.0,
            unpaid=row["unpaid"] or 0.0,
            inside=row["inside"] / row["judged"] if row["judged"] else None,
        )
        for row in found
    ]
    return sorted(views, key=lambda one: (-one.missed, one.dealer_name))


def advice_pending(*, dealer_id: int | None = None) -> int:
    """Proposals whose advice was decided and whose time is not over yet."""
    latest = _rows(dealer_id=dealer_id).aggregate(latest=Max("for_on"))["latest"]
    rows = Proposal.objects.filter(lines__decision__gt="").distinct()
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    return (rows if latest is None else rows.filter(for_on__gt=latest)).count()


def held_profit(*, since: dt.date) -> Simulated:
    """What advice that was held out was expected to bring: the price of knowing."""
    sums = HeldAdvice.objects.filter(for_on__gte=since).aggregate(total=Sum("profit"), n=Count("id"))
    return Simulated(sums["total"] or 0.0, sums["n"])
