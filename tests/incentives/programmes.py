"""Programmes as these tests promise them, and what stands in their ledger."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.domains.incentives import operations, queries
from firstmove.domains.incentives.rules import Rules
from firstmove.engine.incentives.schedule import Step
from firstmove.kernel import outbox, tenancy
from tests.cast import NOW, TODAY

MONTH = TODAY.replace(day=1)
NEXT_MONTH = NOW + dt.timedelta(days=31)


def goods(settings, tmp_path):
    """Ids by sku: tea, water, and tea that was listed today, with a lake that is empty."""
    settings.LAKE_ROOT = str(tmp_path / "lake")
    catalog.upsert_products(
        rows=[
            {"sku": "0001", "name": "Green tea", "category": "Tea", "unit_price": 30.0},
            {"sku": "0002", "name": "Spring water", "category": "Water", "unit_price": 30.0},
            {"sku": "0003", "name": "White tea", "category": "Tea", "unit_price": 30.0, "listed_on": TODAY},
        ]
    )
    with tenancy.scope(tenancy.SYSTEM):
        return catalog_queries.product_ids_by_sku()


def steps(*pairs):
    """Levels and rates in percent: ``steps((1000, 1), (2000, 3))``."""
    return tuple(Step(Decimal(str(level)), Decimal(str(percent)) / 100) for level, percent in pairs)


def rules(*pairs, **options):
    given = {
        "cadence": "month",
        "basis": "placed",
        "effect": "rebate",
        "mode": "retroactive",
        "steps": steps(*(pairs or ((1000, 1), (2000, 3)))),
        "from_on": MONTH,
    }
    return Rules(**(given | options))


def promise(cast, *pairs, name="Spring rebate", now=NOW, **options):
    return operations.promise(actor=cast.admin.actor, name=name, rules=rules(*pairs, **options), now=now)


def deliver():
    while outbox.deliver():
        pass


def part(cast, *, on=TODAY, dealer_id=None, programme_id=None):
    """What Dealer One, unless another is named, stands at on a day."""
    with tenancy.scope(tenancy.SYSTEM):
        found = queries.parts_running(on=on, dealer_id=dealer_id or cast.dealer_id)
        return next(one for one in found if programme_id in (None, one.period.programme_id))


def ledger(part_id):
    """(kind, order number, line, basis, amount) of a participation's entries, the first written first."""
    with tenancy.scope(tenancy.SYSTEM):
        rows, _count = queries.entries(part_id=part_id, limit=1000)
        return [(row.kind, row.order_number, row.line, row.basis, row.amount) for row in reversed(rows)]


def sums(part_id):
    """(basis, earned, balance) that the row of a participation keeps, and as its entries say."""
    from firstmove.domains.incentives.models import Participation, RebateEntry

    with tenancy.scope(tenancy.SYSTEM):
        row = Participation.objects.get(id=part_id)
        entries = RebateEntry.objects.filter(participation_id=part_id)
        said = [
            entries.aggregate(total=Sum("basis"))["total"] or 0,
            entries.exclude(kind="settled").aggregate(total=Sum("amount"))["total"] or 0,
            entries.aggregate(total=Sum("amount"))["total"] or 0,
        ]
        return [row.basis, row.earned, row.balance], said


@dataclass(frozen=True)
class Settled:
    """What both dealers were given for last month; the ids are Dealer One's."""

    programme_id: int
    period_id: int
    part_id: int
    statement_id: int
    dispute_id: int
    claim_id: int
    adjustment_id: int
    tier_id: int


def settled(cast) -> Settled:
    """Last month is settled for both dealers, by an adjustment; both dispute, claim, and stand in a tier by hand."""
    from firstmove.kernel.tenancy import SYSTEM

    admin = cast.admin.actor
    last_month = (MONTH - dt.timedelta(days=1)).replace(day=1)
    programme_id = promise(
        cast, name="Settled points", from_on=last_month, effect="points", dealer_ids=(cast.dealer_id, cast.rival_id)
    )
    tier_id = operations.set_tier_rule(
        actor=admin, name="Gold", rank=1, basis="hand", least_amount=None, months=12, gives="Fairs"
    )
    found: dict[int, dict[str, int]] = {}
    for person in (cast.owner, cast.rival):
        dealer_id = person.actor.dealer_id
        mine = part(cast, on=last_month, dealer_id=dealer_id, programme_id=programme_id)
        asked = operations.ask_adjustment(actor=SYSTEM, part_id=mine.id, amount=Decimal(70), cause="A fair", now=NOW)
        operations.decide_adjustment(actor=admin, adjustment_id=asked, approved=True, now=NOW)
        claimed = operations.claim(
            actor=person.actor, part_id=mine.id, amount=Decimal(5), words="One is missing", evidence="SO-1", now=NOW
        )
        waits = operations.grant_claim(actor=admin, claim_id=claimed, amount=Decimal(5), cause="Yes", now=NOW)
        found[dealer_id] = {"part_id": mine.id, "claim_id": claimed, "adjustment_id": waits}
        operations.place_dealer(actor=admin, dealer_id=dealer_id, tier="Gold", words="Agreed", kept_until=None, now=NOW)
        operations.record_uses(uses=[(dealer_id, dealer_id, last_month, 10, 9)])
    period_id = part(cast, on=last_month, programme_id=programme_id).period.id
    operations.settle(actor=admin, period_id=period_id, now=NOW)
    for person in (cast.owner, cast.rival):
        mine = found[person.actor.dealer_id]
        with tenancy.scope(person.actor):
            mine["statement_id"] = queries.statements(dealer_id=person.actor.dealer_id)[0][0].id
        mine["dispute_id"] = operations.dispute(
            actor=person.actor, statement_id=mine["statement_id"], words="Not all of it", now=NOW
        )
    return Settled(programme_id=programme_id, period_id=period_id, tier_id=tier_id, **found[cast.dealer_id])
