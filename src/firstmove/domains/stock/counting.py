"""Counts and corrections: what somebody found on a shelf, and why the ledger said something else."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.queries import products_by_id
from firstmove.domains.stock.models import Batch, Count, CountLine, MovementKind, Reason, Warehouse
from firstmove.domains.stock.operations import Move, lock_balances, may_keep, own_warehouse, record
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.tenancy import Actor

_MOST = Decimal(1_000_000_000)


@dataclass(frozen=True)
class Found:
    """Units of a product on the shelf; `expected` is what the ledger said when somebody counted.

    Goods may move between counting and posting, so the difference to `expected` is posted, and not the sum.
    """

    product_id: int
    counted: Decimal
    expected: Decimal
    reason: str


@dataclass(frozen=True)
class Posted:
    """What a posted count changed: products that differed, and units found and missing."""

    count_id: int
    counted: int
    differed: int
    found: Decimal
    missing: Decimal


def open_count(*, actor: Actor, warehouse_id: int, today: dt.date, now: dt.datetime) -> int:
    """Begin a sheet for a warehouse of one's own, or take up the one that is open. Raises NotFound, NotAllowed."""
    with tenancy.scope(actor):
        may_keep(actor)
        warehouse = own_warehouse(actor, warehouse_id)
        present = Count.objects.filter(warehouse=warehouse, posted_at__isnull=True).values_list("id", flat=True).first()
        if present is not None:
            return int(present)
        try:
            with transaction.atomic():
                return Count.objects.create(
                    dealer_id=warehouse.dealer_id,
                    warehouse=warehouse,
                    counted_on=today,
                    opened_at=now,
                    user_id=actor.user_id,
                ).pk
        except IntegrityError:  # somebody else began it at the same moment
            return Count.objects.get(warehouse=warehouse, posted_at__isnull=True).pk


def fill_in(*, actor: Actor, count_id: int, found: Sequence[Found]) -> None:
    """Write what was counted onto the sheet; a product that stands there is counted anew.

    Raises NotFound, also for a product that is not there, Conflict for a posted sheet, Invalid for less than nothing or
    a difference without a cause.
    """
    for line in found:
        if not (line.counted.is_finite() and 0 <= line.counted <= _MOST):
            raise Invalid(
                _("A count is a number from 0 on."), field=f"counted-{line.product_id}", product=line.product_id
            )
        if not (line.expected.is_finite() and abs(line.expected) <= _MOST):
            raise Invalid(_("What was expected is no quantity of stock."), field=f"counted-{line.product_id}")
        if line.counted != line.expected and line.reason not in Reason.values:
            raise Invalid(
                _("Say why the count differs."),
                _("Choose a cause in the line that differs."),
                field=f"reason-{line.product_id}",
                product=line.product_id,
            )
    with tenancy.scope(actor):
        may_keep(actor)
        count = _open(actor, count_id)
        asked = {line.product_id for line in found}
        if asked - products_by_id(ids=asked).keys():
            raise NotFound()
        CountLine.objects.bulk_create(
            [
                CountLine(
                    count=count,
                    dealer_id=count.dealer_id,
                    product_id=line.product_id,
                    counted=line.counted,
                    expected=line.expected,
                    reason=line.reason if line.counted != line.expected else "",
                )
                for line in found
            ],
            update_conflicts=True,
            unique_fields=["count", "product"],
            update_fields=["counted", "expected", "reason"],
        )


def post(*, actor: Actor, count_id: int, now: dt.datetime) -> Posted:
    """Book the differences, each with its cause, and close the sheet. Posting it again changes nothing.

    What is missing of a product with batches is taken from those that expire first. Raises NotFound, Invalid for an
    empty sheet.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        count = _locked(actor, count_id)
        lines = list(CountLine.objects.filter(count=count).order_by("product_id"))
        if not lines:
            raise Invalid(_("Nothing was counted yet."), _("Write down at least one product, then post."))
        differing = [line for line in lines if line.counted != line.expected]
        if count.posted_at is None:
            lock_balances(product_ids=[line.product_id for line in differing], warehouse_ids=[count.warehouse_id])
            record(
                actor=actor,
                kind=MovementKind.CORRECTION,
                cause=f"count:{count.pk}",
                moves=[move for line in differing for move in _moves(count, line)],
                occurred_on=count.counted_on,
            )
            count.posted_at = now
            count.save(update_fields=["posted_at"])
        gaps = [line.counted - line.expected for line in differing]
        return Posted(
            count_id=count.pk,
            counted=len(lines),
            differed=len(differing),
            found=sum((gap for gap in gaps if gap > 0), Decimal(0)),
            missing=-sum((gap for gap in gaps if gap < 0), Decimal(0)),
        )


def correct(
    *,
    actor: Actor,
    warehouse_id: int,
    product_id: int,
    quantity: Decimal,
    reason: str,
    cause: str,
    occurred_on: dt.date,
    batch: str = "",
    expires_on: dt.date | None = None,
) -> None:
    """Book units that came (positive) or are gone, with the reason. The same cause again changes nothing.

    Raises NotFound, NotAllowed, Invalid for nothing, for too much or without a reason.
    """
    if reason not in Reason.values:
        raise Invalid(_("Say why the stock is corrected."), field="reason")
    if not quantity.is_finite() or not 0 < abs(quantity) <= _MOST:
        raise Invalid(_("Say how many units to add, or with a minus to take off."), field="quantity")
    with tenancy.scope(actor):
        may_keep(actor)
        place = own_warehouse(actor, warehouse_id)
        move = Move(product_id, quantity, place.dealer_id, place.pk, batch.strip()[:60], expires_on, reason)
        record(actor=actor, kind=MovementKind.CORRECTION, cause=cause, moves=[move], occurred_on=occurred_on)


def _moves(count: Count, line: CountLine) -> list[Move]:
    gap = line.counted - line.expected
    place: Warehouse = count.warehouse
    moves = []
    if gap < 0:
        shelves = Batch.objects.filter(warehouse=place, product_id=line.product_id, on_hand__gt=0)
        for batch in sorted(shelves, key=lambda b: (b.expires_on is None, b.expires_on or dt.date.max, b.pk)):
            taken = min(batch.on_hand, -gap)
            if taken > 0:
                moves.append((batch.code, batch.expires_on, -taken))
                gap += taken
    if gap:
        moves.append(("", None, gap))
    return [
        Move(line.product_id, units, count.dealer_id, place.pk, code, expires_on, line.reason)
        for code, expires_on, units in moves
    ]


def _locked(actor: Actor, count_id: int) -> Count:
    rows = Count.objects.select_for_update(of=("self",)).filter(id=count_id)
    if actor.kind != "system":
        rows = rows.filter(dealer_id=actor.dealer_id)
    count = rows.first()
    if count is None:
        raise NotFound()
    return count


def _open(actor: Actor, count_id: int) -> Count:
    count = _locked(actor, count_id)
    if count.posted_at is not None:
        raise Conflict(_("This count was posted already."), _("Begin a new one."), code="posted")
    return count
