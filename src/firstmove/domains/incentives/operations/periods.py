"""Periods begin under the rules of their first day, and dealers join them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from firstmove.domains.catalog.queries import listings
from firstmove.domains.incentives.calendar import period_around, year_before
from firstmove.domains.incentives.history import amounts
from firstmove.domains.incentives.models import Participation, Period, Programme, Version
from firstmove.domains.incentives.queries.programmes import named_dealers, rules_of
from firstmove.domains.incentives.rules import Rules
from firstmove.domains.network.queries import DealerView, dealers, enterprise
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM

_DAY = dt.timedelta(days=1)


def open_due(*, now: dt.datetime, programme_id: int | None = None) -> list[int]:
    """Begin every period that is due, and let the dealers join whom it is meant for; returns the periods' ids.

    A dealer that comes into the scope while a period runs joins it; none is ever put out. Repeating it changes nothing.
    """
    with tenancy.scope(SYSTEM):
        installation = enterprise(now=now)
        rows = Programme.objects.select_for_update().order_by("id")
        if programme_id is not None:
            rows = rows.filter(id=programme_id)
        begun: list[int] = []
        for row in rows:
            versions = list(Version.objects.filter(programme=row).order_by("from_on"))
            last = Period.objects.filter(programme=row).order_by("-ends_on").first()
            for version, starts_on, ends_on in _due(row, versions, last, installation.business_on):
                Period.objects.create(programme=row, version=version, starts_on=starts_on, ends_on=ends_on)
            begun += _join(row, on=installation.business_on, now=now, currency=installation.currency)
        return begun


def _due(
    row: Programme, versions: Sequence[Version], last: Period | None, today: dt.date
) -> Iterator[tuple[Version, dt.date, dt.date]]:
    """The periods that begin up to today, one behind the other, each with the version of its first day."""
    cursor = versions[0].from_on if last is None else last.ends_on + _DAY
    while cursor <= today and (row.ended_on is None or cursor <= row.ended_on):
        version = next(one for one in reversed(versions) if one.from_on <= cursor)
        later = next((one for one in versions if one.from_on > cursor), None)
        if version.until_on is not None and cursor > version.until_on:
            if later is None:
                return
            cursor = later.from_on
            continue
        start, end = period_around(cursor, cadence=version.cadence, from_on=version.from_on, until_on=version.until_on)
        end = end if later is None else min(end, later.from_on - _DAY)
        yield version, max(start, cursor), end
        cursor = end + _DAY


def _join(row: Programme, *, on: dt.date, now: dt.datetime, currency: str) -> list[int]:
    """Dealers join the periods that are not closed; returns those periods' ids."""
    open_periods = list(Period.objects.filter(programme=row, closed_at__isnull=True).select_related("version"))
    names = named_dealers(period.version_id for period in open_periods)
    active = dealers(active_only=True)
    for period in open_periods:
        # Who comes later joins what still runs; what is over keeps those who were there.
        there = set(Participation.objects.filter(period=period).values_list("dealer_id", flat=True))
        if there and period.ends_on < on:
            continue
        rules = rules_of(period.version, dealer_ids=names.get(period.version_id, ()))
        joining = [
            one
            for one in active
            if one.id not in there and rules.meant_for(dealer_id=one.id, tier=one.tier, region=one.region)
        ]
        bases = _bases(rules, period, joining, currency) if joining and rules.growth else {}
        Participation.objects.bulk_create(
            Participation(
                programme=row,
                period=period,
                dealer_id=one.id,
                joined_at=now,
                base=bases.get(one.code, Decimal(0)) if rules.growth else None,
            )
            for one in joining
        )
    return [period.pk for period in open_periods]


def _bases(rules: Rules, period: Period, joining: Sequence[DealerView], currency: str) -> dict[str, Decimal]:
    """What each dealer did in the same days a year before."""
    return amounts(
        rules,
        dealers=[one.code for one in joining],
        since=year_before(period.starts_on),
        until=year_before(period.ends_on),
        listings=listings(),
        currency=currency,
    )
