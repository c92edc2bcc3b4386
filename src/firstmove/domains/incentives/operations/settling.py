"""A period is closed: what every dealer earned becomes a statement, and its amount the dealer's."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from firstmove.domains.incentives.models import (
    Effect,
    EntryKind,
    Participation,
    Period,
    PointsEntry,
    RebateEntry,
    RebateStatement,
)
from firstmove.domains.incentives.operations.accruing import follow_period
from firstmove.domains.incentives.operations.points import add_points
from firstmove.domains.incentives.operations.rights import may_keep
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.network.queries import enterprise
from firstmove.domains.trade import operations as trade
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, NotFound
from firstmove.kernel.tenancy import Actor

SETTLED = "incentives.settled"

# What was not settled yet of a dealer, of this period and, where less than nothing was left of them, of those before.
_UNSETTLED = """
select p.dealer_id, p.id, sum(e.amount)
from incentives_participation p
join incentives_period q on q.id = p.period_id
join incentives_rebateentry e on e.participation_id = p.id and e.kind <> 'settled'
left join incentives_statementrow r on r.entry_id = e.id
where p.programme_id = %(programme)s and q.starts_on <= %(starts_on)s and r.id is null
  and (q.id = %(period)s or q.closed_at is not null)
group by 1, 2 order by 1, 2
"""
_ROWS = """
insert into incentives_statementrow (statement_id, entry_id, dealer_id)
select %(statement)s, e.id, e.dealer_id
from incentives_rebateentry e left join incentives_statementrow r on r.entry_id = e.id
where e.participation_id = any(%(parts)s) and e.kind <> 'settled' and r.id is null
"""


def settle(*, actor: Actor, period_id: int, now: dt.datetime) -> int:
    """Make the statements of a period that is over, of whatever is not settled of it; returns how many.

    Their amounts are credited in the dealers' accounts, or are points. Settling again settles what came since, such as
    an adjustment. Where less than nothing is left, as after returns, it waits and is taken off what comes next.

    Raises NotAllowed, NotFound, Conflict for a period that still runs.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        period = (
            Period.objects.select_for_update(of=("self",))
            .select_related("version", "programme")
            .filter(id=period_id)
            .first()
        )
        if period is None:
            raise NotFound()
        today = enterprise(now=now).business_on
        if period.ends_on >= today:
            raise Conflict(
                _("This period runs until %(day)s.") % {"day": period.ends_on},
                _("It can be settled from the day after on."),
                code="still-running",
            )
        follow_period(period)
        made = 0
        for dealer_id, sums in _unsettled(period).items():
            if sum(sums.values()) > 0:
                _make(period, dealer_id, sums, actor=actor, today=today, now=now)
                made += 1
        if period.closed_at is None:
            period.closed_at, period.closed_by_id = now, actor.user_id
            period.save(update_fields=["closed_at", "closed_by"])
        return made


def credit_statement(*, actor: Actor, statement_id: int, now: dt.datetime) -> bool:
    """Enter a statement in the dealer's account where that was not open before; returns whether it stands there now.

    Raises NotAllowed, NotFound.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        row = RebateStatement.objects.select_for_update().filter(id=statement_id).first()
        if row is None:
            raise NotFound()
        return _credit(row, actor=actor, today=enterprise(now=now).business_on, now=now)


def _unsettled(period: Period) -> dict[int, dict[int, Decimal]]:
    """What is not settled by dealer and participation, whose rows are locked first."""
    list(Participation.objects.select_for_update().filter(programme_id=period.programme_id).order_by("id").values("id"))
    found: dict[int, dict[int, Decimal]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            _UNSETTLED,
            {"programme": period.programme_id, "starts_on": period.starts_on, "period": period.pk},
        )
        for dealer_id, part_id, amount in cursor.fetchall():
            found[dealer_id][part_id] = amount
    return found


def _make(
    period: Period, dealer_id: int, sums: Mapping[int, Decimal], *, actor: Actor, today: dt.date, now: dt.datetime
) -> None:
    before = RebateStatement.objects.filter(period=period, dealer_id=dealer_id).count()
    statement = RebateStatement.objects.create(
        period=period,
        dealer_id=dealer_id,
        number=f"RB{period.pk:04d}-{dealer_id:05d}" + (f"-{before + 1}" if before else ""),
        effect=period.version.effect,
        amount=sum(sums.values(), Decimal(0)),
        made_on=today,
        made_at=now,
        made_by_id=actor.user_id,
    )
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, {"statement": statement.pk, "parts": list(sums)})
    RebateEntry.objects.bulk_create(
        RebateEntry(
            participation_id=part_id,
            dealer_id=dealer_id,
            kind=EntryKind.SETTLED,
            on=today,
            statement=statement,
            amount=-amount,
        )
        for part_id, amount in sums.items()
        if amount
    )
    _credit(statement, actor=actor, today=today, now=now)
    outbox.publish(
        topic=SETTLED,
        dealer_id=dealer_id,
        payload={
            "statement": statement.number,
            "statement_id": statement.pk,
            "dealer": dealer_view(dealer_id=dealer_id).code,
            "programme": period.programme.name,
            "starts_on": period.starts_on.isoformat(),
            "ends_on": period.ends_on.isoformat(),
            "effect": statement.effect,
            "amount": str(statement.amount),
        },
    )


def _credit(statement: RebateStatement, *, actor: Actor, today: dt.date, now: dt.datetime) -> bool:
    if statement.credited_at is not None:
        return True
    if statement.effect == Effect.POINTS:
        if not PointsEntry.objects.filter(statement=statement).exists():
            add_points(
                dealer_id=statement.dealer_id,
                amount=statement.amount,
                on=today,
                now=now,
                actor=actor,
                statement=statement,
            )
        return True
    stands = trade.credit_note(
        actor=actor,
        dealer_id=statement.dealer_id,
        amount=statement.amount,
        noted_on=today,
        reference=statement.number,
        now=now,
    )
    if stands:
        statement.credited_at = now
        statement.save(update_fields=["credited_at"])
    return stands
