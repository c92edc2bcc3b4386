"""Reads of alerts: what needs somebody today, dearest first."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, Min, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from firstmove.domains.planning.models import Alert, AlertKind, DemandVerdict, Topic


@dataclass(frozen=True)
class AlertView:
    """An alert. `money` is what doing nothing costs; dates and `lost_units` where goods run short; `facts` by kind.

    `product_id` is None, and the product's name empty, where it is about the dealer as a whole. `verdict` is what the
    dealer said of a change of demand, empty where nothing.
    """

    id: int
    dealer_id: int
    product_id: int | None
    product_name: str
    category: str
    unit: str
    topic: str
    kind: str
    raised_on: dt.date
    solved_on: dt.date | None
    money: float
    run_out_on: dt.date | None
    run_out_early_on: dt.date | None
    comes_on: dt.date | None
    lost_units: float | None
    facts: dict[str, Any]
    seen_at: dt.datetime | None
    snoozed_until: dt.date | None
    verdict: str = ""

    @property
    def kind_name(self) -> str:
        return str(AlertKind(self.kind).label)

    @property
    def verdict_name(self) -> str:
        return str(DemandVerdict(self.verdict).label) if self.verdict else ""


@dataclass(frozen=True)
class AlertGroup:
    """Open alerts of one kind or one category in sum. `name` is in the reader's language, a category as it is."""

    name: str
    kind: str
    count: int
    money: float


@dataclass(frozen=True)
class DealerAlerts:
    """The open alerts of a dealer in sum, its reasons with most at stake first, and the dearest of them."""

    dealer_id: int
    dealer_name: str
    count: int
    money: float
    reasons: Sequence[AlertGroup]
    first: Sequence[AlertView]


# An alert of the dealer as a whole stands with what has no category.
_CATEGORY = Coalesce("product__category", Value(""))


def _asleep(on: dt.date) -> Q:
    """Put off until later, or answered for good, and not another matter since."""
    return Q(answer__kind=F("kind")) & (
        Q(answer__snoozed_until__gt=on) | Q(answer__isnull=False) & ~Q(answer__verdict="")
    )


def _views(rows: QuerySet[Alert]) -> list[AlertView]:
    found = rows.select_related("product", "answer")
    return [_view(row) for row in found]


def _view(row: Alert) -> AlertView:
    answer = getattr(row, "answer", None)
    holds = answer is not None and answer.kind == row.kind
    return AlertView(
        id=row.pk,
        dealer_id=row.dealer_id,
        product_id=row.product_id,
        product_name=row.product.name if row.product else "",
        category=row.product.category if row.product else "",
        unit=row.product.unit if row.product else "",
        topic=row.topic,
        kind=row.kind,
        raised_on=row.raised_on,
        solved_on=row.solved_on,
        money=row.money,
        run_out_on=row.run_out_on,
        run_out_early_on=row.run_out_early_on,
        comes_on=row.comes_on,
        lost_units=row.lost_units,
        facts=row.facts,
        seen_at=answer.seen_at if answer is not None and holds else None,
        snoozed_until=answer.snoozed_until if answer is not None and holds else None,
        verdict=answer.verdict if answer is not None and holds else "",
    )


def alerts(
    *,
    dealer_id: int,
    on: dt.date,
    topic: str = "",
    category: str | None = None,
    asleep: bool = False,
    offset: int = 0,
    limit: int = 10,
) -> tuple[list[AlertView], int]:
    """A dealer's open alerts, dearest first, and how many there are; `asleep`: those that it put off instead."""
    rows = Alert.objects.filter(dealer_id=dealer_id, solved_on__isnull=True)
    rows = rows.filter(_asleep(on)) if asleep else rows.exclude(id__in=rows.filter(_asleep(on)).values("id"))
    rows = rows.filter(topic=topic) if topic else rows
    rows = rows.annotate(category=_CATEGORY).filter(category=category) if category is not None else rows
    return _views(rows.order_by("-money", "id")[offset : offset + limit]), rows.count()


def alert_counts(*, dealer_id: int, on: dt.date) -> dict[str, tuple[int, float]]:
    """Open alerts of a dealer that are not put off, and their money, by topic."""
    rows = Alert.objects.filter(dealer_id=dealer_id, solved_on__isnull=True)
    rows = rows.exclude(id__in=rows.filter(_asleep(on)).values("id"))
    sums = rows.values("topic").annotate(count=Count("id"), money=Sum("money"))
    return {row["topic"]: (row["count"], row["money"]) for row in sums}


def folded_alerts(*, dealer_id: int, on: dt.date, shown: Sequence[AlertView]) -> list[AlertGroup]:
    """What a dealer's open alerts come to beside those that are `shown`, by category, most at stake first."""
    rows = Alert.objects.filter(dealer_id=dealer_id, solved_on__isnull=True)
    rows = rows.exclude(id__in=rows.filter(_asleep(on)).values("id")).exclude(id__in=[one.id for one in shown])
    sums = rows.values(category=_CATEGORY).annotate(count=Count("id"), money=Sum("money"))
    return [AlertGroup(row["category"], "", row["count"], row["money"]) for row in sums.order_by("-money", "category")]


def week_of_run_outs(*, on: dt.date, dealer_id: int | None = None, days: int = 7) -> list[tuple[dt.date, int, float]]:
    """For each of the next days how many products run out on it before new ones can come, and the margin at stake.

    What is out already counts as today. Of one dealer, or of all.
    """
    rows = Alert.objects.filter(solved_on__isnull=True, kind=AlertKind.RUNS_OUT)
    rows = rows.filter(run_out_on__lt=on + dt.timedelta(days=days))
    rows = rows.filter(dealer_id=dealer_id) if dealer_id is not None else rows
    counts, sums = [0] * days, [0.0] * days
    for row in rows.values("run_out_on").annotate(count=Count("id"), money=Sum("money")):
        place = max((row["run_out_on"] - on).days, 0)
        counts[place] += row["count"]
        sums[place] += row["money"]
    return [(on + dt.timedelta(days=place), counts[place], sums[place]) for place in range(days)]


def solved_alerts(*, dealer_id: int, since: dt.date, limit: int = 10) -> list[AlertView]:
    """What solved itself or was solved since a day, newest first."""
    rows = Alert.objects.filter(dealer_id=dealer_id, solved_on__gte=since)
    return _views(rows.order_by("-solved_on", "-money", "id")[:limit])


def dealers_with_alerts(
    *, topic: str = "", first: int = 1, offset: int = 0, limit: int = 50
) -> tuple[list[DealerAlerts], int]:
    """Dealers with open alerts, most at stake first, each with its reasons and its dearest; and how many dealers."""
    rows = Alert.objects.filter(solved_on__isnull=True)
    rows = rows.filter(topic=topic) if topic else rows
    sums = rows.values("dealer_id", "dealer__name").annotate(count=Count("id"), money=Sum("money"))
    page = list(sums.order_by("-money", "dealer_id")[offset : offset + limit])
    # The dearest few of each dealer in one statement, however many dealers are on the page.
    dearest: dict[int, list[AlertView]] = {row["dealer_id"]: [] for row in page}
    for row in rows.raw(_DEAREST, {"dealers": list(dearest), "topic": topic, "first": first}):
        dearest[row.dealer_id].append(_plain(row))
    reasons: dict[int, list[AlertGroup]] = {number: [] for number in dearest}
    by_kind = rows.filter(dealer_id__in=list(dearest)).values("dealer_id", "kind")
    for row in by_kind.annotate(count=Count("id"), money=Sum("money")).order_by("-money", "kind"):
        name = str(AlertKind(row["kind"]).label)
        reasons[row["dealer_id"]].append(AlertGroup(name, row["kind"], row["count"], row["money"]))
    groups = [
        DealerAlerts(
            dealer_id=row["dealer_id"],
            dealer_name=row["dealer__name"],
            count=row["count"],
            money=row["money"],
            reasons=reasons[row["dealer_id"]],
            first=dearest[row["dealer_id"]],
        )
        for row in page
    ]
    return groups, sums.count()


_DEAREST = """
select r.*, coalesce(p.name, '') as product_name, coalesce(p.unit, '') as product_unit,
  coalesce(p.category, '') as product_category from (
  select a.*, row_number() over (partition by dealer_id order by money desc, id) as place
  from planning_alert a
  where solved_on is null and dealer_id = any(%(dealers)s) and (%(topic)s = '' or topic = %(topic)s)
) r left join catalog_product p on p.id = r.product_id where place <= %(first)s order by dealer_id, place
"""


def _plain(row: Any) -> AlertView:
    """Of a raw row: without dealer's name and answer, which the page has or does not show."""
    return AlertView(
        id=row.pk, dealer_id=row.dealer_id, product_id=row.product_id,
        product_name=row.product_name, category=row.product_category, unit=row.product_unit,
        topic=row.topic, kind=row.kind,
        raised_on=row.raised_on, solved_on=None, money=row.money, run_out_on=row.run_out_on,
        run_out_early_on=row.run_out_early_on, comes_on=row.comes_on, lost_units=row.lost_units, facts=row.facts,
        seen_at=None, snoozed_until=None,
    )  # fmt: skip


@dataclass(frozen=True)
class ProductAlerts:
    """A product that runs short at several dealers: at how many, what they lose, when the first runs out."""

    product_id: int
    product_name: str
    unit: str
    dealers: int
    money: float
    lost_units: float
    run_out_on: dt.date | None


def products_running_short(*, dealers_at_least: int = 2, limit: int = 10) -> tuple[list[ProductAlerts], int]:
    """Products with an open alert at several dealers, those with most at stake first, and how many."""
    rows = Alert.objects.filter(solved_on__isnull=True, kind=AlertKind.RUNS_OUT)
    sums = (
        rows.values("product_id", name=F("product__name"), unit=F("product__unit"))
        .annotate(dealers=Count("id"), money=Sum("money"), lost=Sum("lost_units"), first=Min("run_out_on"))
        .filter(dealers__gte=dealers_at_least)
        .order_by("-money", "product_id")
    )
    views = [
        ProductAlerts(
            row["product_id"], row["name"], row["unit"], row["dealers"], row["money"], row["lost"], row["first"]
        )
        for row in sums[:limit]
    ]
    return views, sums.count()


def topic_names() -> list[str]:
    """In the order of `Topic`."""
    return [str(topic.label) for topic in Topic]


@dataclass(frozen=True)
class Noticed:
    """An open alert about demand, and whose it is."""

    dealer_name: str
    alert: AlertView


def demand_of_product(*, product_id: int, dealer_id: int | None = None, limit: int = 10) -> list[Noticed]:
    """Open changes of the demand of a product, at one dealer or all, dearest first, answered ones too."""
    rows = Alert.objects.filter(product_id=product_id, topic=Topic.DEMAND, solved_on__isnull=True)
    rows = rows.filter(dealer_id=dealer_id) if dealer_id is not None else rows
    return _noticed(rows.order_by("-money", "id")[:limit])


def noticed(*, limit: int = 10) -> tuple[list[Noticed], int]:
    """Silent feeds, then changes of demand over all dealers, dearest first, answered ones too; and how many."""
    rows = Alert.objects.filter(topic__in=(Topic.FEED, Topic.DEMAND), solved_on__isnull=True)
    feeds_first = Case(When(topic=Topic.FEED, then=0), default=1)
    return _noticed(rows.order_by(feeds_first, "-money", "id")[:limit]), rows.count()


def _noticed(rows: QuerySet[Alert]) -> list[Noticed]:
    return [Noticed(row.dealer.name, _view(row)) for row in rows.select_related("product", "answer", "dealer")]
