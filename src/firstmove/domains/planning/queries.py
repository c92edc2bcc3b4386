"""Reads of proposals, the outlook and runs. Call them inside a `tenancy.scope`."""

import datetime as dt
import functools
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from django.db.models import Avg, Case, Count, F, FloatField, Max, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.planning.models import (
    AT_RISK,
    Attention,
    DealerOutlook,
    Decision,
    Outlook,
    Proposal,
    ProposalLine,
    ProposalState,
    RejectCause,
    Run,
    RunState,
)
from firstmove.engine.inventory.value import order_value
from firstmove.kernel.errors import NotFound
from firstmove.lake import series as series_store
from firstmove.lake.tables import LakeError

log = logging.getLogger(__name__)


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
    review_days: int
    # Of "stock", "price", "lead_time", "order_days": what no feed gave and the scenario supplied.
    assumed: tuple[str, ...]
    assumptions: dict[str, Any]
    currency: str
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
class OutlookView:
    product_id: int
    sku: str
    product_name: str
    category: str
    unit: str
    on_hand: float
    in_transit: float
    stock_assumed: bool
    rate_per_day: float
    cover_days: float | None
    stockout_probability: float
    safety_stock: float
    unit_price: float
    price_assumed: bool
    proposed_quantity: int


@dataclass(frozen=True)
class ProductHistory:
    """A product at a dealer by weeks that end on the as-of day, oldest first, and the weeks to come.

    `sold` [w] units, `out_days` [w] known days without stock; `stock` of today only, where the feed or the scenario
    gives it. `week_low/mean/high`: the 80 % band of one coming week.
    """

    as_of: dt.date
    week_ends: list[dt.date]
    sold: list[float]
    out_days: list[int]
    outlook: OutlookView | None
    week_low: float
    week_mean: float
    week_high: float


@dataclass(frozen=True)
class RunView:
    id: int
    as_of: dt.date
    state: str
    assumed: tuple[str, ...]
    scenario: dict[str, Any]
    versions: dict[str, int]
    stale: tuple[str, ...]
    dealers: int
    proposals: int
    pairs: int
    lines: int
    quantity: Decimal
    amount: Decimal
    seconds: float
    error: str
    started_at: dt.datetime
    finished_at: dt.datetime | None

    @property
    def state_name(self) -> str:
        return str(RunState(self.state).label)


@dataclass(frozen=True)
class DealerStanding:
    """A dealer as the channel manager sees it this morning."""

    dealer_id: int
    proposal_id: int | None
    proposal_state: str
    lines: int
    amount: Decimal
    profit: float
    pairs: int
    at_risk: int
    lost_sales_at_risk: float
    stock_days: float | None
    stock_assumed: bool


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


@dataclass(frozen=True)
class Network:
    """The network by the latest run. `covered` is the share of demand whose products are not at risk of running out."""

    as_of: dt.date | None
    pairs: int
    at_risk: int
    covered: float | None
    stock_days: float | None
    stock_assumed: bool


# --- proposals

_QUANTITY = Coalesce("chosen_quantity", "quantity")
_PRICE = Coalesce("current_price", "unit_price")
_LINE_FIELDS = (
    "id", "proposal_id", "number", "product_id", "order_multiple", "order_minimum", "price_assumed",
    "on_hand", "in_transit", "rate_per_day", "rate_recent_per_day", "level", "safety_stock", "cover_before_days",
    "cover_after_days", "stockout_probability", "lost_units_if_skipped", "profit", "profit_low", "profit_high",
    "reason",
    "attention", "decision", "decided_quantity",
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


def attention_lines(*, proposal_id: int) -> list[LineView]:
    """The lines that want a look, those first that lose most if skipped."""
    rows = ProposalLine.objects.filter(proposal_id=proposal_id).exclude(attention="").order_by("-profit", "number")
    return _line_views(rows)


def groups(*, proposal_id: int) -> list[Group]:
    """All other lines by category, largest profit first."""
    rows = ProposalLine.objects.filter(proposal_id=proposal_id, attention="")
    edited = _line_views(rows.filter(_ANEW))
    sums = {
        row["product__category"]: row
        for row in rows.exclude(_ANEW)
        .values("product__category")
        .annotate(
            lines=Count("id"),
            units=Sum("quantity"),
            amount=Sum(F("quantity") * F("unit_price")),
            gain=Sum("profit"),
            before=Avg("cover_before_days"),
            after=Avg("cover_after_days"),
        )
    }
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
    return _totals([proposal_id])[proposal_id]


_EDITED = Q(chosen_quantity__isnull=False) & ~Q(chosen_quantity=F("quantity"))
# Lines whose worth is no longer what the run computed.
_ANEW = _EDITED | Q(current_price__isnull=False)
_NOTHING = {"lines": 0, "units": 0, "amount": Decimal(0), "gain": 0.0, "down": 0.0, "up": 0.0, "out": 0}


def _totals(proposal_ids: Collection[int]) -> dict[int, Totals]:
    rows = ProposalLine.objects.filter(proposal_id__in=proposal_ids)
    below, above = F("profit") - F("profit_low"), F("profit_high") - F("profit")
    sums = {
        row["proposal_id"]: row
        for row in rows.exclude(_ANEW)
        .values("proposal_id")
        .annotate(
            lines=Count("id"),
            units=Sum("quantity"),
            amount=Sum(F("quantity") * F("unit_price")),
            gain=Sum("profit"),
            down=Sum(below * below, output_field=FloatField()),
            up=Sum(above * above, output_field=FloatField()),
            out=Count("id", filter=Q(stockout_probability__gte=AT_RISK)),
        )
    }
    edited: dict[int, list[LineView]] = {}
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
    sums = _totals(ids)
    counts = {
        row["proposal_id"]: row
        for row in ProposalLine.objects.filter(proposal_id__in=ids)
        .values("proposal_id")
        .annotate(attention=Count("id", filter=~Q(attention="")), edited=Count("id", filter=_EDITED))
    }
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
            review_days=row.review_days,
            assumed=tuple(row.assumed),
            assumptions=row.assumptions,
            currency=row.currency,
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
            "product_sku", "product_name", "product_category", "product_unit", "product_pack",
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


# --- outlook


def _outlook_views(rows: QuerySet[Outlook]) -> list[OutlookView]:
    return [_outlook_view(row) for row in rows.select_related("product")]


def _outlook_view(row: Outlook) -> OutlookView:
    return OutlookView(
        product_id=row.product_id,
        sku=row.product.sku,
        product_name=row.product.name,
        category=row.product.category,
        unit=row.product.unit,
        on_hand=row.on_hand,
        in_transit=row.in_transit,
        stock_assumed=row.stock_assumed,
        rate_per_day=row.rate_per_day,
        cover_days=row.cover_days,
        stockout_probability=row.stockout_probability,
        safety_stock=row.safety_stock,
        unit_price=row.unit_price,
        price_assumed=row.price_assumed,
        proposed_quantity=row.proposed_quantity,
    )


def stock_at_risk(*, dealer_id: int, offset: int = 0, limit: int = 20) -> tuple[list[OutlookView], int]:
    """What more likely than not runs out before an order placed at the next order day could arrive."""
    rows = Outlook.objects.filter(dealer_id=dealer_id, stockout_probability__gte=AT_RISK)
    ordered = rows.order_by("-stockout_probability", "-rate_per_day", "id")
    return _outlook_views(ordered[offset : offset + limit]), rows.count()


def outlook_page(*, dealer_id: int, offset: int = 0, limit: int = 50) -> tuple[list[OutlookView], int]:
    """All that the dealer sells, what runs out first before the rest."""
    rows = Outlook.objects.filter(dealer_id=dealer_id)
    ordered = rows.order_by("-stockout_probability", "-rate_per_day", "id")
    return _outlook_views(ordered[offset : offset + limit]), rows.count()


def outlooks(*, dealer_id: int, product_ids: Collection[int]) -> dict[int, OutlookView]:
    """By product id; products that the dealer did not sell in a year are absent."""
    rows = Outlook.objects.filter(dealer_id=dealer_id, product_id__in=product_ids)
    return {view.product_id: view for view in _outlook_views(rows)}


@dataclass(frozen=True)
class ProductStanding:
    """A product over all dealers that sold it within a year. `cover_days` is stock at dealers over their demand."""

    dealers: int
    at_risk: int
    rate_per_day: float
    on_hand: float
    in_transit: float
    proposed_quantity: int
    stock_assumed: bool

    @property
    def cover_days(self) -> float | None:
        return (self.on_hand + self.in_transit) / self.rate_per_day if self.rate_per_day > 0 else None


def product_standings(*, product_ids: Collection[int]) -> dict[int, ProductStanding]:
    """By product id; products that nobody sold within a year are absent."""
    sums = (
        Outlook.objects.filter(product_id__in=product_ids)
        .values("product_id")
        .annotate(
            dealers=Count("id"),
            at_risk=Count("id", filter=Q(stockout_probability__gte=AT_RISK)),
            rate=Sum("rate_per_day"),
            stock=Sum("on_hand"),
            coming=Sum("in_transit"),
            proposed=Sum("proposed_quantity"),
            assumed=Count("id", filter=Q(stock_assumed=True)),
        )
    )
    return {
        row["product_id"]: ProductStanding(
            dealers=row["dealers"],
            at_risk=row["at_risk"],
            rate_per_day=row["rate"],
            on_hand=row["stock"],
            in_transit=row["coming"],
            proposed_quantity=row["proposed"],
            stock_assumed=row["assumed"] > 0,
        )
        for row in sums
    }


def outlooks_of_product(*, product_id: int) -> list[tuple[int, OutlookView]]:
    """(dealer id, outlook) of every dealer that sells the product, the likeliest to run out first."""
    rows = Outlook.objects.filter(product_id=product_id).order_by("-stockout_probability", "-rate_per_day", "id")
    dealer_ids = list(rows.values_list("dealer_id", flat=True))
    return list(zip(dealer_ids, _outlook_views(rows), strict=True))


def product_history(*, dealer_id: int, product_id: int, sku: str, weeks: int = 26) -> ProductHistory | None:
    """None where the latest run did not look at the pair: the dealer sold none of it within a year."""
    latest = Outlook.objects.filter(dealer_id=dealer_id, product_id=product_id).select_related("product").first()
    if latest is None:
        return None
    dealer_code = dealer_view(dealer_id=dealer_id).code
    folder = Path(settings.SERIES_ROOT) / str(latest.run_id)
    try:
        rows, days, first_on = _series_rows(folder, dealer_code, sku)
    except LakeError:
        log.exception("the daily histories of run %s are not on this machine", latest.run_id)
        return None
    as_of = first_on + dt.timedelta(days=days - 1)
    sold, out = [0.0] * weeks, [0] * weeks
    for row in rows:
        for day, quantity in zip(row["day"], row["quantity"], strict=True):
            _into_week(sold, days, day, quantity)
        for day in row["out_day"]:
            _into_week(out, days, day, 1)
    return ProductHistory(
        as_of=as_of,
        week_ends=[as_of - dt.timedelta(days=7 * (weeks - 1 - week)) for week in range(weeks)],
        sold=sold,
        out_days=out,
        outlook=_outlook_view(latest),
        week_low=latest.week_low,
        week_mean=latest.week_mean,
        week_high=latest.week_high,
    )


def _into_week(weeks: list[Any], days: int, day: int, amount: float) -> None:
    week = len(weeks) - 1 - (days - 1 - day) // 7
    if 0 <= week < len(weeks):
        weeks[week] += amount


def _series_rows(folder: Path, dealer_code: str, sku: str) -> tuple[list[dict[str, Any]], int, dt.date]:
    series = _bucket(folder, series_store.bucket_of(dealer_code, buckets=_buckets(folder)))
    rows = series.frame.filter((pl.col("dealer") == dealer_code) & (pl.col("sku") == sku))
    return rows.to_dicts(), series.days, series.first_on


@functools.lru_cache(maxsize=4)
def _bucket(folder: Path, bucket: int) -> series_store.Series:
    """A bucket of a run's series. A run's folder never changes, so the last few (some megabytes each) are kept."""
    return series_store.load(folder, bucket=bucket)


def _buckets(folder: Path) -> int:
    return len(list(folder.glob("bucket-*.parquet")))


# --- runs, dealers, network


def _run_view(row: Run) -> RunView:
    return RunView(
        id=row.pk,
        as_of=row.as_of,
        state=row.state,
        assumed=tuple(row.assumed),
        scenario=row.scenario,
        versions=row.versions,
        stale=tuple(row.stale),
        dealers=row.dealers,
        proposals=row.proposals,
        pairs=row.pairs,
        lines=row.lines,
        quantity=row.quantity,
        amount=row.amount,
        seconds=row.seconds,
        error=row.error,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def runs(*, offset: int = 0, limit: int = 50) -> tuple[list[RunView], int]:
    rows = Run.objects.defer("pooled").order_by("-id")
    return [_run_view(row) for row in rows[offset : offset + limit]], rows.count()


def run(*, run_id: int) -> RunView:
    row = Run.objects.defer("pooled").filter(id=run_id).first()
    if row is None:
        raise NotFound()
    return _run_view(row)


def latest_run() -> RunView | None:
    """The latest complete run; None before the first."""
    row = Run.objects.defer("pooled").filter(state=RunState.COMPLETE).order_by("-id").first()
    return None if row is None else _run_view(row)


@dataclass(frozen=True)
class Assumptions:
    """What no feed gave and the scenario supplied: of "stock", "price", "lead_time", "order_days"."""

    names: tuple[str, ...]
    scenario: dict[str, Any]


def assumptions(*, dealer_id: int | None = None) -> Assumptions:
    """Those on which a dealer's latest proposal rests, or, without a dealer, the latest run."""
    if dealer_id is not None:
        rows = Proposal.objects.filter(dealer_id=dealer_id).order_by("-id").values_list("assumed", "assumptions")
    else:
        rows = Run.objects.filter(state=RunState.COMPLETE).order_by("-id").values_list("assumed", "scenario")
    names, scenario = rows.first() or ([], {})
    return Assumptions(tuple(names), scenario)


def standings(*, on: dt.date) -> dict[int, DealerStanding]:
    """Every dealer of the latest run, by id."""
    risk = {row.dealer_id: row for row in DealerOutlook.objects.all()}
    current = (
        Proposal.objects.filter(Q(state=ProposalState.READY, expires_on__gte=on) | Q(for_on=on))
        .exclude(state=ProposalState.SUPERSEDED)
        .order_by("id")
    )
    by_dealer = {row.dealer_id: row for row in current}
    sums = _totals([row.pk for row in by_dealer.values()])
    found = {}
    for dealer_id in {*risk, *by_dealer}:
        row, proposal_row = risk.get(dealer_id), by_dealer.get(dealer_id)
        lines = sums.get(proposal_row.pk) if proposal_row else None
        found[dealer_id] = DealerStanding(
            dealer_id=dealer_id,
            proposal_id=proposal_row.pk if proposal_row else None,
            proposal_state=proposal_row.state if proposal_row else "",
            lines=lines.lines if lines else 0,
            amount=lines.amount if lines else Decimal(0),
            profit=lines.profit if lines else 0.0,
            pairs=row.pairs if row else 0,
            at_risk=row.at_risk if row else 0,
            lost_sales_at_risk=7 * row.day_value_at_risk if row else 0.0,
            stock_days=row.stock_value / row.day_value if row and row.day_value else None,
            stock_assumed=bool(row and row.stock_assumed),
        )
    return found


def network(*, dealer_id: int | None = None) -> Network:
    """The whole network, or one dealer's part of it, by the latest run; values weighted by money."""
    rows = DealerOutlook.objects.all() if dealer_id is None else DealerOutlook.objects.filter(dealer_id=dealer_id)
    sums = rows.aggregate(
        pairs=Sum("pairs"),
        at_risk=Sum("at_risk"),
        stock=Sum("stock_value"),
        day=Sum("day_value"),
        day_at_risk=Sum("day_value_at_risk"),
        assumed=Count("id", filter=Q(stock_assumed=True)),
    )
    return Network(
        as_of=_planned_until(dealer_id),
        pairs=sums["pairs"] or 0,
        at_risk=sums["at_risk"] or 0,
        covered=1 - sums["day_at_risk"] / sums["day"] if sums["day"] else None,
        stock_days=sums["stock"] / sums["day"] if sums["day"] else None,
        stock_assumed=sums["assumed"] > 0,
    )


def _planned_until(dealer_id: int | None) -> dt.date | None:
    """The last day that the plan knew. Runs are the enterprise's; a dealer sees its proposals."""
    if dealer_id is None:
        latest = latest_run()
        return latest.as_of if latest else None
    return Proposal.objects.filter(dealer_id=dealer_id).aggregate(latest=Max("as_of"))["latest"]


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
