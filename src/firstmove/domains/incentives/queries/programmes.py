"""Reads of programmes and of what dealers earn by them. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from firstmove.domains.incentives.models import (
    Basis,
    Cadence,
    Effect,
    Mode,
    NamedDealer,
    Participation,
    Period,
    Programme,
    ProposalUse,
    Version,
)
from firstmove.domains.incentives.rules import (
    NOTHING,
    Rules,
    Standing,
    priority_of,
    schedule,
    step_ahead,
    step_reached,
    steps_of,
)
from firstmove.engine.incentives.schedule import NextStep, Schedule
from firstmove.kernel.errors import NotFound


@dataclass(frozen=True)
class PeriodView:
    """Days of a programme, and the rules that hold for them."""

    id: int
    programme_id: int
    name: str
    version: int
    rules: Rules
    starts_on: dt.date
    ends_on: dt.date
    closed_at: dt.datetime | None

    def runs_on(self, day: dt.date) -> bool:
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True)
class PartView:
    """A dealer in a period: what counts so far (`standing`), what that earned, and what of it is not settled.

    Amounts are in the currency, or in points where the effect is that.
    """

    id: int
    period: PeriodView
    dealer_id: int
    dealer_name: str
    standing: Standing
    earned: Decimal
    balance: Decimal

    @property
    def rules(self) -> Rules:
        return self.period.rules

    @property
    def schedule(self) -> Schedule | None:
        """Its steps in terms of the basis, growth already told as amounts; None where they are none."""
        return schedule(self.rules, self.standing)

    @property
    def step(self) -> int:
        """The number of the step that holds; 0: none."""
        return step_reached(self.rules, self.standing)

    @property
    def ahead(self) -> NextStep | None:
        """The next step, in terms of the basis; None where there is none, or it is a share of proposals."""
        return step_ahead(self.rules, self.standing)

    @property
    def priority(self) -> float:
        return priority_of(self.rules, self.standing)


@dataclass(frozen=True)
class ProgrammeView:
    """A programme with its latest rules, and what it cost so far: `earned` by all dealers in all periods, `running`
    in the period that runs. `taking_part` dealers are in the running period, `earning` of them earn something."""

    id: int
    name: str
    ended_on: dt.date | None
    version: int
    rules: Rules
    period: PeriodView | None
    taking_part: int
    earning: int
    basis: Decimal
    running: Decimal
    earned: Decimal


def rules_of(row: Version, *, dealer_ids: Collection[int] = ()) -> Rules:
    """The rules of a stored version; `dealer_ids` are those that it names."""
    return Rules(
        cadence=row.cadence,
        basis=row.basis,
        effect=row.effect,
        mode=row.mode,
        steps=steps_of(row.steps),
        from_on=row.from_on,
        until_on=row.until_on,
        growth=row.growth,
        new_within_days=row.new_within_days,
        tiers=tuple(row.tiers),
        regions=tuple(row.regions),
        dealer_ids=tuple(sorted(dealer_ids)),
        categories=tuple(row.categories),
        product_ids=tuple(row.product_ids),
    )


def named_dealers(version_ids: Iterable[int]) -> dict[int, list[int]]:
    """The dealers that versions name, by version, as far as the scope shows them."""
    found: dict[int, list[int]] = {}
    for version_id, dealer_id in NamedDealer.objects.filter(version_id__in=set(version_ids)).values_list(
        "version_id", "dealer_id"
    ):
        found.setdefault(version_id, []).append(dealer_id)
    return found


def period_view(row: Period, *, dealer_ids: Collection[int] = ()) -> PeriodView:
    return PeriodView(
        id=row.pk,
        programme_id=row.programme_id,
        name=row.programme.name,
        version=row.version.number,
        rules=rules_of(row.version, dealer_ids=dealer_ids),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        closed_at=row.closed_at,
    )


def _parts() -> QuerySet[Participation]:
    uses = ProposalUse.objects.filter(
        dealer_id=OuterRef("dealer_id"), on__gte=OuterRef("period__starts_on"), on__lte=OuterRef("period__ends_on")
    )
    uses = uses.order_by().values("dealer_id")
    return Participation.objects.select_related("period__programme", "period__version", "dealer").annotate(
        proposed=Subquery(uses.annotate(total=Sum("proposed")).values("total")),
        taken=Subquery(uses.annotate(total=Sum("taken")).values("total")),
    )


def part_view(row: Participation) -> PartView:
    """Of a row of `_parts`."""
    return PartView(
        id=row.pk,
        period=period_view(row.period),
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name,
        standing=Standing(
            basis=row.basis,
            base=row.base,
            proposed=getattr(row, "proposed", None) or 0,
            taken=getattr(row, "taken", None) or 0,
        ),
        earned=row.earned,
        balance=row.balance,
    )


def parts_running(*, on: dt.date, dealer_id: int | None = None) -> list[PartView]:
    """What a dealer, or every dealer, takes part in on a day, the earliest end first."""
    rows = _parts().filter(period__starts_on__lte=on, period__ends_on__gte=on)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    return [part_view(row) for row in rows.order_by("period__ends_on", "period__programme__name", "dealer__name", "id")]


def parts_of_dealer(*, dealer_id: int, offset: int = 0, limit: int = 50) -> tuple[list[PartView], int]:
    """A page of all that a dealer took part in, the latest first, and how many there are."""
    rows = _parts().filter(dealer_id=dealer_id).order_by("-period__ends_on", "period__programme__name", "-id")
    return [part_view(row) for row in rows[offset : offset + limit]], rows.count()


def parts_of_period(*, period_id: int, offset: int = 0, limit: int = 50) -> tuple[list[PartView], int]:
    """A page of the dealers of a period, who earns most first, and how many there are."""
    rows = _parts().filter(period_id=period_id).order_by("-earned", "-basis", "dealer__name", "id")
    return [part_view(row) for row in rows[offset : offset + limit]], rows.count()


def part(*, part_id: int, dealer_id: int | None = None) -> PartView:
    """Raises NotFound, also for somebody else's."""
    rows = _parts().filter(id=part_id)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    row = rows.first()
    if row is None:
        raise NotFound()
    return part_view(row)


def programmes(*, on: dt.date) -> list[ProgrammeView]:
    """All programmes as the enterprise sees them, those that run first."""
    rows = list(Programme.objects.order_by("name"))
    versions: dict[int, Version] = {}
    for version in Version.objects.order_by("number"):
        versions[version.programme_id] = version
    names = named_dealers(version.pk for version in versions.values())
    running = {
        row.programme_id: row
        for row in Period.objects.filter(starts_on__lte=on, ends_on__gte=on).select_related("programme", "version")
    }
    periods = {row.pk for row in running.values()}
    sums = {
        row["programme_id"]: row
        for row in Participation.objects.values("programme_id")
        .annotate(
            all=Sum("earned"),
            now=Sum("earned", filter=Q(period_id__in=periods)),
            counted=Sum("basis", filter=Q(period_id__in=periods)),
            parts=Count("id", filter=Q(period_id__in=periods)),
            earning=Count("id", filter=Q(period_id__in=periods, earned__gt=0)),
        )
        .order_by()
    }
    found = []
    for row in rows:
        version, period, total = versions[row.pk], running.get(row.pk), sums.get(row.pk, {})
        found.append(
            ProgrammeView(
                id=row.pk,
                name=row.name,
                ended_on=row.ended_on,
                version=version.number,
                rules=rules_of(version, dealer_ids=names.get(version.pk, ())),
                period=None if period is None else period_view(period),
                taking_part=total.get("parts", 0),
                earning=total.get("earning", 0),
                basis=total.get("counted") or NOTHING,
                running=total.get("now") or NOTHING,
                earned=total.get("all") or NOTHING,
            )
        )
    return sorted(found, key=lambda one: (one.period is None, one.name))


def programme(*, programme_id: int, on: dt.date) -> ProgrammeView:
    """Raises NotFound."""
    for found in programmes(on=on):
        if found.id == programme_id:
            return found
    raise NotFound()


@dataclass(frozen=True)
class PeriodSum:
    """A period with what its dealers did and earned, and how much of that is not settled."""

    period: PeriodView
    taking_part: int
    earning: int
    basis: Decimal
    earned: Decimal
    balance: Decimal


def periods(*, programme_id: int) -> list[PeriodSum]:
    """A programme's periods, the latest first."""
    rows = Period.objects.filter(programme_id=programme_id).select_related("programme", "version")
    rows = rows.annotate(
        n=Count("participations"),
        earning=Count("participations", filter=Q(participations__earned__gt=0)),
        counted=Sum("participations__basis"),
        total=Sum("participations__earned"),
        left=Sum("participations__balance"),
    )
    return [
        PeriodSum(
            period_view(row), row.n, row.earning, row.counted or NOTHING, row.total or NOTHING, row.left or NOTHING
        )
        for row in rows.order_by("-starts_on")
    ]


def period(*, period_id: int) -> PeriodView:
    """Raises NotFound, also for one that the scope hides."""
    row = Period.objects.select_related("programme", "version").filter(id=period_id).first()
    if row is None:
        raise NotFound()
    return period_view(row, dealer_ids=named_dealers([row.version_id]).get(row.version_id, ()))


def versions(*, programme_id: int) -> list[tuple[int, Rules, str]]:
    """(number, rules, who made it) of a programme's versions, the latest first."""
    rows = list(Version.objects.filter(programme_id=programme_id).select_related("made_by").order_by("-number"))
    names = named_dealers(row.pk for row in rows)
    return [
        (row.number, rules_of(row, dealer_ids=names.get(row.pk, ())), row.made_by.name if row.made_by else "")
        for row in rows
    ]


def supply_weights(*, on: dt.date) -> dict[int, float]:
    """By how much dealers' claims to scarce goods weigh more by what they reached, such as 0.2; the best step counts.

    A step holds from the day on which it is reached to the end of the period, and through the period after it.
    """
    rows = _parts().filter(period__version__effect=Effect.PRIORITY, period__starts_on__lte=on)
    latest = Period.objects.filter(programme_id=OuterRef("programme_id"), ends_on__lt=on).order_by("-ends_on")
    rows = rows.annotate(before=Subquery(latest.values("id")[:1]))
    found: dict[int, float] = {}
    for row in rows.filter(Q(period__ends_on__gte=on) | Q(period_id=F("before"))):
        weight = part_view(row).priority
        if weight:
            found[row.dealer_id] = max(weight, found.get(row.dealer_id, 0.0))
    return found


def uses_wanted_since(*, on: dt.date) -> dt.date | None:
    """From which day on the use of proposals counts in a period that is not settled; None where no programme asks."""
    rows = Period.objects.filter(version__basis=Basis.PROPOSALS, starts_on__lte=on, closed_at__isnull=True)
    return rows.order_by("starts_on").values_list("starts_on", flat=True).first()


def choices(kind: str) -> list[tuple[str, str]]:
    """(code, name) of what can be chosen for a programme: basis, cadence, effect or mode."""
    named = {"basis": Basis, "cadence": Cadence, "effect": Effect, "mode": Mode}[kind]
    return [(code, str(label)) for code, label in named.choices]
