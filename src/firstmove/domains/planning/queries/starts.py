"""Reads of new dealers and launches in their first 13 weeks, as the latest run saw them. The enterprise's alone."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from firstmove.domains.network.queries import dealer_names
from firstmove.domains.planning.models import DealerStart, ProductStart, ProposalLine, StartPair
from firstmove.kernel.errors import NotFound

NEW_DAYS = 91


@dataclass(frozen=True)
class StartWeek:
    """Units of a week: as planned on the first day, as planned when the week began, its 80 % band, and what came.

    `came` is None until the week is over.
    """

    on: dt.date
    initial: float
    planned: float
    low: float
    high: float
    came: float | None


@dataclass(frozen=True)
class LookAlike:
    """A known dealer that a new one is like. `weight`: its say in the plan, 0 to 1; `market`: over the new one's."""

    dealer_id: int
    name: str
    weight: float
    market: float
    km: float | None
    week: float


class _Weeks:
    """What the weeks say in sum."""

    weeks: tuple[StartWeek, ...]
    days: int

    @property
    def over(self) -> tuple[StartWeek, ...]:
        return tuple(week for week in self.weeks if week.came is not None)

    @property
    def came(self) -> float:
        return sum(week.came or 0.0 for week in self.over)

    @property
    def initial_so_far(self) -> float:
        return sum(week.initial for week in self.over)

    @property
    def against_initial(self) -> float | None:
        """What came over the first plan of the same weeks, less one; None before the first week is over."""
        return self.came / self.initial_so_far - 1 if self.initial_so_far else None

    @property
    def now(self) -> StartWeek | None:
        """The week that goes on or begins; None without a plan or after the last."""
        return next((week for week in self.weeks if week.came is None), None)

    @property
    def days_left(self) -> int:
        return max(NEW_DAYS - self.days, 0)


@dataclass(frozen=True)
class DealerStartView(_Weeks):
    """A new dealer. `state` is a code, `state_name` its words; `opened_on` is None where nothing sold yet.

    `own_share`: how much of its level its own sell-out decides; `market`: its customers over those of its like.
    """

    dealer_id: int
    name: str
    state: str
    state_name: str
    opened_on: dt.date | None
    days: int
    own_share: float
    market: float | None
    weeks: tuple[StartWeek, ...]
    likes: tuple[LookAlike, ...] = ()


@dataclass(frozen=True)
class ProductStartView(_Weeks):
    """A launch. `targeted`: dealers for whom it is planned, `reached`: those of them who sold it.

    `launches` of its category and price band, of `all_launches`; `curve`: sales of each week over their mean.
    """

    product_id: int
    name: str
    sku: str
    unit: str
    category: str
    state: str
    state_name: str
    listed_on: dt.date
    began_on: dt.date | None
    days: int
    launches: int
    all_launches: int
    targeted: int
    reached: int
    curve: tuple[float, ...]
    weeks: tuple[StartWeek, ...]


@dataclass(frozen=True)
class StartPairView:
    """Units a week as expected on the first day and now, and units sold since."""

    dealer_id: int
    dealer_name: str
    product_id: int
    product_name: str
    unit: str
    expected_week: float
    week: float
    sold: float


@dataclass(frozen=True)
class RestingLines:
    """Of a proposal: lines in all, those that rest on dealers like it, how many these are, and its market over theirs.

    `days` since the dealer's first sale.
    """

    lines: int
    on_likes: int
    look_alikes: int
    market: float
    days: int


def dealer_starts(*, search: str = "", offset: int = 0, limit: int | None = 50) -> tuple[list[DealerStartView], int]:
    """New dealers, the youngest first, and how many; without those it is like."""
    rows = DealerStart.objects.select_related("newcomer").order_by("days", "newcomer__name", "id")
    if search:
        rows = rows.filter(Q(newcomer__name__icontains=search) | Q(newcomer__code__icontains=search))
    return [_dealer(row) for row in rows[offset : None if limit is None else offset + limit]], rows.count()


def dealer_start(*, dealer_id: int) -> DealerStartView:
    """A new dealer with those it is like. Raises NotFound for one that is not new."""
    row = DealerStart.objects.select_related("newcomer").filter(newcomer_id=dealer_id).first()
    if row is None:
        raise NotFound()
    return _dealer(row, names=dealer_names([one["dealer"] for one in row.likes]))


def product_starts(*, search: str = "", offset: int = 0, limit: int | None = 50) -> tuple[list[ProductStartView], int]:
    """Launches, the latest first, and how many."""
    rows = ProductStart.objects.select_related("product").order_by("days", "-listed_on", "id")
    for word in search.lower().split():
        rows = rows.filter(product__search__contains=word)
    found = list(rows[offset : None if limit is None else offset + limit])
    counts = _targets([row.product_id for row in found])
    return [_product(row, counts) for row in found], rows.count()


def product_start(*, product_id: int) -> ProductStartView:
    """A launch. Raises NotFound for a product that is in none."""
    row = ProductStart.objects.select_related("product").filter(product_id=product_id).first()
    if row is None:
        raise NotFound()
    return _product(row, _targets([product_id]))


def start_pairs(
    *, dealer_id: int | None = None, product_id: int | None = None, offset: int = 0, limit: int | None = 50
) -> tuple[list[StartPairView], int]:
    """The products of a new dealer, or the dealers of a launch, those that most is expected of first; and how many."""
    rows = StartPair.objects.select_related("seller", "product").order_by("-week", "id")
    if dealer_id is not None:
        rows = rows.filter(seller_id=dealer_id, is_launch=False)
    if product_id is not None:
        rows = rows.filter(product_id=product_id, is_launch=True)
    return [
        StartPairView(
            dealer_id=row.seller_id,
            dealer_name=row.seller.name,
            product_id=row.product_id,
            product_name=row.product.name,
            unit=row.product.unit,
            expected_week=row.expected_week,
            week=row.week,
            sold=row.sold,
        )
        for row in rows[offset : None if limit is None else offset + limit]
    ], rows.count()


def resting_lines(*, proposal_id: int) -> RestingLines | None:
    """How far a proposal rests on dealers like its own; None where none of its lines does. The dealer may read it."""
    rows = ProposalLine.objects.filter(proposal_id=proposal_id)
    counts = rows.aggregate(lines=Count("id"), on_likes=Count("id", filter=Q(cold__kind="dealer")))
    if not counts["on_likes"]:
        return None
    cold = rows.filter(cold__kind="dealer").order_by("id").values_list("cold", flat=True)[0]
    return RestingLines(look_alikes=cold["look_alikes"], market=cold["market"], days=cold["days"], **counts)


def _targets(product_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = (
        StartPair.objects.filter(product_id__in=product_ids, is_launch=True)
        .values("product_id")
        .annotate(targeted=Count("id"), reached=Count("id", filter=Q(sold__gt=0)))
    )
    return {row["product_id"]: (row["targeted"], row["reached"]) for row in rows}


def _weeks(stored: Sequence[Mapping[str, Any]]) -> tuple[StartWeek, ...]:
    return tuple(StartWeek(**{**week, "on": dt.date.fromisoformat(week["on"])}) for week in stored)


def _dealer(row: DealerStart, *, names: Mapping[int, str] | None = None) -> DealerStartView:
    names = names or {}
    return DealerStartView(
        dealer_id=row.newcomer_id,
        name=row.newcomer.name,
        state=row.state,
        state_name=row.get_state_display(),
        opened_on=row.opened_on,
        days=row.days,
        own_share=row.own_share,
        market=row.market,
        weeks=_weeks(row.weeks),
        likes=tuple(
            LookAlike(
                dealer_id=one["dealer"], name=names[one["dealer"]],
                **{key: one[key] for key in ("weight", "market", "km", "week")},
            )
            for one in row.likes
            if one["dealer"] in names
        ),
    )  # fmt: skip


def _product(row: ProductStart, counts: Mapping[int, tuple[int, int]]) -> ProductStartView:
    targeted, reached = counts.get(row.product_id, (0, 0))
    return ProductStartView(
        product_id=row.product_id,
        name=row.product.name,
        sku=row.product.sku,
        unit=row.product.unit,
        category=row.product.category,
        state=row.state,
        state_name=row.get_state_display(),
        listed_on=row.listed_on,
        began_on=row.began_on,
        days=row.days,
        launches=row.launches,
        all_launches=row.all_launches,
        targeted=targeted,
        reached=reached,
        curve=tuple(row.curve),
        weeks=_weeks(row.weeks),
    )
