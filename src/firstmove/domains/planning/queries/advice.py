"""Reads of proposals, their lines and what became of them."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Any

import polars as pl
from django.db.models import Avg, Case, Count, F, FloatField, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from firstmove.domains.planning.models import (
    AT_RISK,
    Attention,
    Decision,
    Proposal,
    ProposalLine,
    ProposalState,
    RejectCause,
)
from firstmove.domains.planning.queries.cold_start import ColdStart, cold_start
from firstmove.domains.planning.queries.lead_times import LeadTimeView, lead_time_of
from firstmove.domains.planning.queries.supply import Scarcity, scarcity
from firstmove.domains.planning.queries.terms import OrderTerms, terms_of
from firstmove.engine.inventory.value import order_value
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, after


@dataclass(frozen=True)
class Totals:
    """Of an order as it now stands. The range takes the lines' own ranges as independent of each other."""

    lines: int
    quantity: int
    amount: Decimal
    profit: float
    profit_low: float
    profit_high: float
    # Lines that more likely than not run out before the next order could arrive, if skipped.
    runs_out: int


@dataclass(frozen=True)
class ProposalView:
    id: int
    dealer_id: int
    dealer_name: str
    state: str
    as_of: dt.date
    for_on: dt.date
    expires_on: dt.date
    expected_on: dt.date
    # How long orders took, as it was known then; None for a proposal of before lead times were learned.
    lead_time: LeadTimeView | None
    review_days: int
    # Of "stock", "price", "lead_time", "order_days": what no feed gave and the scenario supplied.
    assumed: tuple[str, ...]
    assumptions: dict[str, Any]
    # The method by which the demand of each segment (second letter of a class of stock) was seen; empty before trials.
    methods: dict[str, str]
    currency: str
    terms: OrderTerms
    decided_at: dt.datetime | None
    decided_by: str
    reject_cause: str
    order_id: int | None
    totals: Totals
    attention_lines: int
    edited_lines: int

    @property
    def is_ready(self) -> bool:
        return self.state == ProposalState.READY

    @property
    def state_name(self) -> str:
        return str(ProposalState(self.state).label)

    @property
    def reject_cause_name(self) -> str:
        return str(RejectCause(self.reject_cause).label) if self.reject_cause else ""


@dataclass(frozen=True)
class LineView:
    """`quantity` is what would be ordered now, with its value; `proposed_quantity` is what we said."""

    id: int
    proposal_id: int
    number: int
    product_id: int
    sku: str
    product_name: str
    category: str
    unit: str
    pack: int
    proposed_quantity: int
    # What the line alone would order, and which term of the whole order changed it; empty for older advice.
    wished_quantity: int | None
    cause: str
    quantity: int
    order_multiple: int
    order_minimum: int
    unit_price: Decimal
    price_assumed: bool
    amount: Decimal
    on_hand: float
    in_transit: float
    rate_per_day: float
    rate_recent_per_day: float
    level: float
    safety_stock: float
    lead_share: float
    service_quantile: float
    stock_class: str
    cover_before_days: float | None
    cover_after_days: float | None
    stockout_probability: float
    lost_units_if_skipped: float
    profit: float
    profit_low: float
    profit_high: float
    reason: str
    attention: str
    decision: str
    decided_quantity: int | None
    # What season and holidays multiply the demand of lead time and review by; empty for older advice.
    season_factor: float | None = None
    holiday_factor: float | None = None
    holiday: str = ""
    holiday_on: dt.date | None = None
    # The same for prices and promotions, and the promotion that runs or begins in that time.
    price_factor: float | None = None
    promotion_factor: float | None = None
    promotion: str = ""
    promotion_on: dt.date | None = None
    # Set where goods are scarce and the dealer's share made the line smaller.
    scarce: Scarcity | None = None
    # Set where the dealer or the product is new: what was believed, and what sales made of it.
    cold: ColdStart | None = None

    @property
    def is_edited(self) -> bool:
        return self.quantity != self.proposed_quantity

    @property
    def attention_name(self) -> str:
        return str(Attention(self.attention).label)


@dataclass(frozen=True)
class Group:
    """The lines of one category that want no look of their own, confirmed together."""

    category: str
    lines: int
    quantity: int
    amount: Decimal
    profit: float
    cover_before_days: float | None
    cover_after_days: float | None


@dataclass(frozen=True)
class Acceptance:
    """What became of the lines that were decided in a period: `taken` as proposed, `changed` or not taken."""

    taken: int
    changed: int
    removed: int
    rejected: int
    ignored: int

    @property
    def decided(self) -> int:
        return self.taken + self.changed + self.removed + self.rejected + self.ignored

    @property
    def rate(self) -> float | None:
        return (self.taken + self.changed) / self.decided if self.decided else None


_QUANTITY = Coalesce("chosen_quantity", "quantity")


_PRICE = Coalesce("current_price", "unit_price")


_LINE_FIELDS = (
    "id", "proposal_id", "number", "product_id", "order_multiple", "order_minimum", "price_assumed",
    "on_hand", "in_transit", "rate_per_day", "rate_recent_per_day", "level", "safety_stock", "lead_share",
    "service_quantile", "stock_class", "cover_before_days", "cover_after_days", "stockout_probability",
    "lost_units_if_skipped", "profit", "profit_low", "profit_high", "reason", "attention", "decision",
    "decided_quantity", "wished_quantity", "cause", "season_factor", "holiday_factor", "holiday", "holiday_on",
    "price_factor", "promotion_factor", "promotion", "promotion_on",
)  # fmt: skip


_VALUE_INPUTS = ("sale_price", "holding_rate_per_year", "lead_nodes", "review_nodes", "proposal__review_days")


def todays_proposal(*, dealer_id: int, on: dt.date) -> ProposalView | None:
    """The dealer's ready proposal; else what it made of the one for this day; else None."""
    rows = Proposal.objects.filter(dealer_id=dealer_id).select_related("dealer", "decided_by")
    row = rows.filter(state=ProposalState.READY, expires_on__gte=on).first()
    row = row or rows.filter(for_on=on).exclude(state=ProposalState.SUPERSEDED).order_by("-id").first()
    return None if row is None else _proposal_views([row])[0]


def proposal(*, proposal_id: int, dealer_id: int | None = None) -> ProposalView:
    """Raises NotFound, also for somebody else's."""
    rows = Proposal.objects.filter(id=proposal_id)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    row = rows.select_related("dealer", "decided_by").first()
    if row is None:
        raise NotFound()
    return _proposal_views([row])[0]


def proposals(*, dealer_id: int, offset: int = 0, limit: int = 50) -> tuple[list[ProposalView], int]:
    rows = (
        Proposal.objects.filter(dealer_id=dealer_id).select_related("dealer", "decided_by").order_by("-for_on", "-id")
    )
    return _proposal_views(list(rows[offset : offset + limit])), rows.count()


def proposals_of_run(*, run_id: int) -> list[ProposalView]:
    rows = Proposal.objects.filter(run_id=run_id).select_related("dealer", "decided_by").order_by("dealer_id")
    return _proposal_views(list(rows))


def proposal_slice(
    *, dealer_id: int | None = None, place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[ProposalView]:
    """Proposals behind a place, the latest morning first (see `kernel.paging`)."""
    rows = Proposal.objects.select_related("dealer", "decided_by")
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    found = after(rows, by=("-for_on", "-id"), place=place, limit=limit, view=lambda row: row)
    return Slice(_proposal_views(found.items), found.last, found.more)


def attention_lines(*, proposal_id: int) -> list[LineView]:
    """The lines that want a look, those first that lose most if skipped."""
    rows = ProposalLine.objects.filter(proposal_id=proposal_id).exclude(attention="").order_by("-profit", "number")
    return _line_views(rows)


def groups(*, proposal_id: int) -> list[Group]:
    """All other lines by category, largest profit first."""
    rows = ProposalLine.objects.filter(proposal_id=proposal_id, attention="")
    plain = ~_ANEW
    categories = rows.values("product__category").annotate(
        lines=Count("id", filter=plain),
        units=Sum("quantity", filter=plain),
        amount=Sum(F("quantity") * F("unit_price"), filter=plain),
        gain=Sum("profit", filter=plain),
        before=Avg("cover_before_days", filter=plain),
        after=Avg("cover_after_days", filter=plain),
        anew=Count("id", filter=_ANEW),
    )
    counted = list(categories)
    edited = _line_views(rows.filter(_ANEW)) if any(row["anew"] for row in counted) else []
    sums = {row["product__category"]: row for row in counted if row["lines"]}
    found = []
    for category in {*sums, *(line.category for line in edited)}:
        plain = sums.get(category)
        own = [line for line in edited if line.category == category]
        found.append(
            Group(
                category=category,
                lines=(plain["lines"] if plain else 0) + sum(1 for line in own if line.quantity),
                quantity=(plain["units"] if plain else 0) + sum(line.quantity for line in own),
                amount=(plain["amount"] if plain else Decimal(0)) + sum((line.amount for line in own), Decimal(0)),
                profit=(plain["gain"] if plain else 0.0) + sum(line.profit for line in own),
                cover_before_days=plain["before"] if plain else None,
                cover_after_days=plain["after"] if plain else None,
            )
        )
    return sorted(found, key=lambda group: (-group.profit, group.category))


def group_lines(*, proposal_id: int, category: str, offset: int = 0, limit: int = 200) -> tuple[list[LineView], int]:
    rows = ProposalLine.objects.filter(proposal_id=proposal_id, attention="", product__category=category)
    return _line_views(rows.order_by("-profit", "number")[offset : offset + limit]), rows.count()


def lines(*, proposal_id: int) -> list[LineView]:
    """Every line, by number: the largest amount first."""
    return _line_views(ProposalLine.objects.filter(proposal_id=proposal_id).order_by("number"))


def proposal_lines(*, proposal_id: int, offset: int = 0, limit: int = 50) -> tuple[list[LineView], int]:
    """All lines in one list: those that want a look first, then by profit."""
    rows = ProposalLine.objects.filter(proposal_id=proposal_id)
    ordered = rows.order_by(Case(When(attention="", then=1), default=0), "-profit", "number")
    return _line_views(ordered[offset : offset + limit]), rows.count()


def line(*, proposal_id: int, number: int) -> LineView:
    found = _line_views(ProposalLine.objects.filter(proposal_id=proposal_id, number=number))
    if not found:
        raise NotFound()
    return found[0]


def line_of_product(*, proposal_id: int, product_id: int) -> LineView | None:
    found = _line_views(ProposalLine.objects.filter(proposal_id=proposal_id, product_id=product_id))
    return found[0] if found else None


def totals(*, proposal_id: int) -> Totals:
    """Of the order as it now stands: sums in the database, edited lines valued anew."""
    return totals_of([proposal_id])[proposal_id]


_EDITED = Q(chosen_quantity__isnull=False) & ~Q(chosen_quantity=F("quantity"))


# Lines whose worth is no longer what the run computed.
_ANEW = _EDITED | Q(current_price__isnull=False)


_NOTHING = {"lines": 0, "units": 0, "amount": Decimal(0), "gain": 0.0, "down": 0.0, "up": 0.0, "out": 0}


def totals_of(proposal_ids: Collection[int]) -> dict[int, Totals]:
    return _totals(proposal_ids, _line_sums(proposal_ids))


def _line_sums(proposal_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """By proposal: sums over the lines whose worth is as the run computed it, and how many are not so, were edited or
    want a look."""
    below, above = F("profit") - F("profit_low"), F("profit_high") - F("profit")
    plain = ~_ANEW
    rows = ProposalLine.objects.filter(proposal_id__in=proposal_ids).values("proposal_id")
    sums = rows.annotate(
        lines=Count("id", filter=plain),
        units=Sum("quantity", filter=plain, default=0),
        amount=Sum(F("quantity") * F("unit_price"), filter=plain, default=Decimal(0)),
        gain=Sum("profit", filter=plain, default=0.0),
        down=Sum(below * below, filter=plain, output_field=FloatField(), default=0.0),
        up=Sum(above * above, filter=plain, output_field=FloatField(), default=0.0),
        out=Count("id", filter=plain & Q(stockout_probability__gte=AT_RISK)),
        anew=Count("id", filter=_ANEW),
        edited=Count("id", filter=_EDITED),
        attention=Count("id", filter=~Q(attention="")),
    )
    return {row["proposal_id"]: row for row in sums}


def _totals(proposal_ids: Collection[int], sums: dict[int, dict[str, Any]]) -> dict[int, Totals]:
    edited: dict[int, list[LineView]] = {}
    # Most proposals are as they were computed: none of their lines has to be read.
    if anew := [proposal_id for proposal_id, row in sums.items() if row["anew"]]:
        rows = ProposalLine.objects.filter(proposal_id__in=anew)
        for line in _line_views(rows.filter(_ANEW).exclude(chosen_quantity=0)):
            edited.setdefault(line.proposal_id, []).append(line)
    found = {}
    for proposal_id in proposal_ids:
        plain, own = sums.get(proposal_id, _NOTHING), edited.get(proposal_id, [])
        profit = plain["gain"] + sum(line.profit for line in own)
        down = plain["down"] + sum((line.profit - line.profit_low) ** 2 for line in own)
        up = plain["up"] + sum((line.profit_high - line.profit) ** 2 for line in own)
        found[proposal_id] = Totals(
            lines=plain["lines"] + len(own),
            quantity=plain["units"] + sum(line.quantity for line in own),
            amount=plain["amount"] + sum((line.amount for line in own), Decimal(0)),
            profit=profit,
            profit_low=profit - sqrt(down),
            profit_high=profit + sqrt(up),
            runs_out=plain["out"] + sum(1 for line in own if line.stockout_probability >= AT_RISK),
        )
    return found


def _proposal_views(rows: Sequence[Proposal]) -> list[ProposalView]:
    ids = [row.pk for row in rows]
    counts = _line_sums(ids)
    sums = _totals(ids, counts)
    return [
        ProposalView(
            id=row.pk,
            dealer_id=row.dealer_id,
            dealer_name=row.dealer.name,
            state=row.state,
            as_of=row.as_of,
            for_on=row.for_on,
            expires_on=row.expires_on,
            expected_on=row.expected_on,
            lead_time=lead_time_of(row.lead_time),
            review_days=row.review_days,
            assumed=tuple(row.assumed),
            assumptions=row.assumptions,
            methods=row.methods,
            currency=row.currency,
            terms=terms_of(row.terms),
            decided_at=row.decided_at,
            decided_by=row.decided_by.name if row.decided_by else "",
            reject_cause=row.reject_cause,
            order_id=row.order_id,
            totals=sums[row.pk],
            attention_lines=counts[row.pk]["attention"],
            edited_lines=counts[row.pk]["edited"],
        )
        for row in rows
    ]


def _line_views(rows: QuerySet[ProposalLine]) -> list[LineView]:
    """Views of lines; those with another quantity or price than proposed are valued anew, all in one call."""
    found = list(
        rows.annotate(
            ordered=_QUANTITY,
            price=_PRICE,
            product_sku=F("product__sku"),
            product_name=F("product__name"),
            product_category=F("product__category"),
            product_unit=F("product__unit"),
            product_pack=F("product__pack"),
        ).values(
            *_LINE_FIELDS, *_VALUE_INPUTS, "quantity", "ordered", "price", "current_price",
            "product_sku", "product_name", "product_category", "product_unit", "product_pack", "scarce",
            "cold",
        )
    )  # fmt: skip
    _value_anew([row for row in found if row["ordered"] != row["quantity"] or row["current_price"] is not None])
    return [
        LineView(
            **{name: row[name] for name in _LINE_FIELDS},
            sku=row["product_sku"],
            product_name=row["product_name"],
            category=row["product_category"],
            unit=row["product_unit"],
            pack=row["product_pack"],
            proposed_quantity=row["quantity"],
            quantity=row["ordered"],
            unit_price=row["price"],
            amount=row["ordered"] * row["price"],
            scarce=scarcity(row["scarce"]),
            cold=cold_start(row["cold"]),
        )
        for row in found
    ]


def _value_anew(rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    frame = pl.DataFrame(
        {
            "on_hand_units": [row["on_hand"] for row in rows],
            "in_transit_units": [row["in_transit"] for row in rows],
            "quantity_units": [float(row["ordered"]) for row in rows],
            "review_days": [row["proposal__review_days"] for row in rows],
            "rate_units_per_day": [row["rate_per_day"] for row in rows],
            "purchase_price": [float(row["price"]) for row in rows],
            "sale_price": [float(row["sale_price"]) for row in rows],
            "holding_rate_per_year": [row["holding_rate_per_year"] for row in rows],
            "lead_nodes": [row["lead_nodes"] for row in rows],
            "review_nodes": [row["review_nodes"] for row in rows],
        }
    )
    for row, value in zip(rows, order_value(frame).iter_rows(named=True), strict=True):
        for name in ("profit", "profit_low", "profit_high", "stockout_probability", "lost_units_if_skipped"):
            row[name] = value[name]
        if row["rate_per_day"] > 0:
            row["cover_after_days"] = (row["on_hand"] + row["in_transit"] + row["ordered"]) / row["rate_per_day"]


def acceptance(*, since: dt.date, until: dt.date, dealer_id: int | None = None) -> Acceptance:
    """Decisions on advice for business days in the period. Advice that was replaced on its own day counts nowhere."""
    rows = ProposalLine.objects.filter(proposal__for_on__range=(since, until)).exclude(decision=Decision.OPEN)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    return _acceptance(dict(rows.values_list("decision").annotate(n=Count("id"))))


def _acceptance(counts: Mapping[str, int]) -> Acceptance:
    return Acceptance(
        taken=counts.get(Decision.ACCEPTED, 0),
        changed=counts.get(Decision.CHANGED, 0),
        removed=counts.get(Decision.REMOVED, 0),
        rejected=counts.get(Decision.REJECTED, 0),
        ignored=counts.get(Decision.IGNORED, 0),
    )


def decisions(*, proposal_ids: Collection[int]) -> dict[int, Acceptance]:
    """What became of the lines of each proposal, by proposal id; those of which nothing was decided are absent."""
    rows = ProposalLine.objects.filter(proposal_id__in=proposal_ids).exclude(decision=Decision.OPEN)
    counts: dict[int, dict[str, int]] = {}
    for proposal_id, decision, n in rows.values_list("proposal_id", "decision").annotate(n=Count("id")):
        counts.setdefault(proposal_id, {})[decision] = n
    return {proposal_id: _acceptance(found) for proposal_id, found in counts.items()}


def reject_causes() -> Iterable[tuple[str, str]]:
    """(code, name) of the causes to choose from."""
    return [(value, str(label)) for value, label in RejectCause.choices]
