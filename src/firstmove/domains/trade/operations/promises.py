"""For when the rest of an order is promised: worked out anew when what comes changes, told, and kept as it was told."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone

from firstmove.domains.network.queries import enterprise
from firstmove.domains.stock.queries import ComingDay, coming_to, expected_on, held_by_many, shared_products
from firstmove.domains.trade.models import FEED, Moved, OrderLine, OrderPromise, State
from firstmove.domains.trade.queries.holders import holder_of
from firstmove.kernel import locks, outbox, tenancy
from firstmove.kernel.outbox import Event
from firstmove.kernel.tenancy import SYSTEM

PROMISE_MOVED = "trade.order_promise_moved"
# One at a time, so that nothing is told twice; the number is arbitrary and known only here.
_PROMISE_LOCK = 7_215_049


@dataclass(frozen=True)
class _Slip:
    line: OrderLine
    was_on: dt.date
    now_on: dt.date | None
    cause: Moved


def rework_promises(*, now: dt.datetime, numbers: Collection[str] | None = None) -> int:
    """Compare what was told of every back-order, or those of some orders, with what comes; returns how many moved.

    What moved is told anew and added to what was told before. A dealer gets news of what is later than it was told.
    """
    with tenancy.scope(SYSTEM):
        locks.until_the_end(_PROMISE_LOCK)
        rows = OrderLine.objects.filter(
            order__state__in=(State.TO_SHIP, State.IN_TRANSIT),
            order__seller_supplier_id__isnull=True,
            quantity__gt=F("shipped_quantity") + F("cancelled_quantity"),
        ).exclude(order__origin_kind=FEED)
        if numbers is not None:
            rows = rows.filter(order__number__in=numbers)
        lines = list(rows.select_related("order__buyer_dealer", "product").order_by("order_id", "number"))
        if not lines:
            return 0
        today = enterprise(now=now).business_on
        products = {line.product_id for line in lines}
        coming = coming_to(product_ids=products, today=today)
        there = held_by_many(holders=[holder_of(line.order_id) for line in lines])
        due, shared = expected_on(product_ids=products), shared_products(product_ids=products)
        told = _told([line.pk for line in lines])
        made: list[OrderPromise] = []
        slips: list[_Slip] = []
        for line in lines:
            key = (holder_of(line.order_id), line.product_id)
            found = coming.get(key) or (ComingDay(today, "") if key in there else ComingDay(None, ""))
            last = told.get(line.pk)
            if last is not None and not _moves(last, found, today):
                continue
            cause = Moved.FIRST if last is None else _cause(line.product_id, last, found, due=due, shared=shared)
            slipped = last is not None and _is_later(last.promised_on, found.day)
            made.append(
                OrderPromise(
                    line=line,
                    order=line.order,
                    buyer_dealer_id=line.buyer_dealer_id,
                    promised_on=found.day,
                    quantity=line.open_quantity,
                    cause=cause,
                    source=found.source,
                    told_at=now,
                    slipped=slipped,
                )
            )
            if slipped and last is not None and last.promised_on is not None:
                slips.append(_Slip(line, last.promised_on, found.day, cause))
        OrderPromise.objects.bulk_create(made)
        _tell(slips)
        return len(made)


def _told(line_ids: Sequence[int]) -> dict[int, OrderPromise]:
    rows = OrderPromise.objects.filter(line__in=line_ids).order_by("line_id", "-id").distinct("line_id")
    return {row.line_id: row for row in rows}


def _moves(last: OrderPromise, found: ComingDay, today: dt.date) -> bool:
    """Whether the dealer is to be told another day. Goods that lie there since the promise leave any day now."""
    if found.day == today and not found.source and last.promised_on is not None and last.promised_on <= today:
        return False
    return last.promised_on != found.day


def _is_later(told: dt.date | None, found: dt.date | None) -> bool:
    return told is not None and (found is None or found > told)


def _cause(
    product_id: int,
    last: OrderPromise,
    found: ComingDay,
    *,
    due: set[tuple[int, str, dt.date]],
    shared: set[int],
) -> Moved:
    """Why a day moved: its arrival did, or, where that still comes when it was to, others get it."""
    stands = last.promised_on is not None and (product_id, last.source, last.promised_on) in due
    if not stands and (source := last.source or found.source):
        return Moved.SUPPLIER if source.startswith("purchase:") else Moved.PRODUCTION
    return Moved.SHARED if product_id in shared else Moved.QUEUE


def _tell(slips: Sequence[_Slip]) -> None:
    by_order: dict[int, list[_Slip]] = {}
    for slip in slips:
        by_order.setdefault(slip.line.order_id, []).append(slip)
    for found in by_order.values():
        order = found[0].line.order
        # The one that comes last says when the order is whole.
        worst = max(found, key=lambda slip: slip.now_on or dt.date.max)
        outbox.publish(
            topic=PROMISE_MOVED,
            dealer_id=order.buyer_dealer_id,
            payload={
                "order": order.number,
                "order_id": order.pk,
                "dealer": order.buyer_dealer.code if order.buyer_dealer is not None else None,
                "was_on": worst.was_on.isoformat(),
                "now_on": worst.now_on.isoformat() if worst.now_on else None,
                "because": str(worst.cause),
                "lines": [
                    {
                        "line": slip.line.number,
                        "sku": slip.line.product.sku,
                        "quantity": float(slip.line.open_quantity),
                        "was_on": slip.was_on.isoformat(),
                        "now_on": slip.now_on.isoformat() if slip.now_on else None,
                        "because": str(slip.cause),
                    }
                    for slip in found
                ],
            },
        )


def follow_orders(events: Sequence[Event]) -> None:
    """News of orders: what they wait for is told its day."""
    rework_promises(now=timezone.now(), numbers={event.payload["order"] for event in events})


def follow_arrivals(_events: Sequence[Event]) -> None:
    """News of what comes: whoever waits may wait for another day."""
    rework_promises(now=timezone.now())
