"""Writes of stock: movements, and nothing but movements."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from firstmove.domains.stock.models import Movement, MovementKind
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM, Actor

__all__ = ["Move", "MovementKind", "Position", "bring_to", "record"]

# As quantities are stored: less than half of it is nothing.
_SMALLEST = Decimal("0.001")


@dataclass(frozen=True)
class Move:
    """A quantity that comes (positive) or goes. Without a dealer the goods are the enterprise's."""

    product_id: int
    quantity: Decimal
    dealer_id: int | None = None


@dataclass(frozen=True)
class Position:
    """What a stock file says lies there; without a dealer, in the enterprise's warehouses."""

    dealer_id: int | None
    product_id: int
    on_hand: Decimal


def record(*, actor: Actor, kind: str, cause: str, moves: Sequence[Move], occurred_on: dt.date) -> int:
    """Write movements. A cause moves a product of a party once: repeating a record changes nothing.

    Returns how many were new. Moves of zero are left out.
    """
    wanted = sorted(
        (move for move in moves if move.quantity.quantize(_SMALLEST)), key=lambda m: (m.dealer_id or 0, m.product_id)
    )
    with tenancy.scope(actor):
        before = Movement.objects.filter(cause=cause).count()
        Movement.objects.bulk_create(
            [
                Movement(
                    dealer_id=move.dealer_id,
                    product_id=move.product_id,
                    quantity=move.quantity,
                    kind=kind,
                    occurred_on=occurred_on,
                    cause=cause,
                    user_id=actor.user_id,
                )
                for move in wanted
            ],
            batch_size=5000,
            ignore_conflicts=True,
        )
        return Movement.objects.filter(cause=cause).count() - before


def bring_to(*, positions: Sequence[Position], occurred_on: dt.date, cause: str) -> int:
    """Bring balances to the figures of a stock file by movements of the difference. Returns how many were needed."""
    if not positions:
        return 0
    with tenancy.scope(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "create temporary table stock_found (dealer_id bigint, product_id bigint, on_hand numeric(14, 3)) "
            "on commit drop"
        )
        with cursor.copy("copy stock_found from stdin") as copy:
            for position in positions:
                copy.write_row((position.dealer_id, position.product_id, position.on_hand))
        cursor.execute(
            """
            insert into stock_movement (dealer_id, product_id, quantity, kind, occurred_on, recorded_at, cause)
            select f.dealer_id, f.product_id, f.on_hand - coalesce(b.on_hand, 0), %s, %s, statement_timestamp(), %s
            from stock_found f
            left join stock_balance b
            on b.product_id = f.product_id and b.dealer_id is not distinct from f.dealer_id
            where f.on_hand <> coalesce(b.on_hand, 0)
            on conflict do nothing
            """,
            [MovementKind.FEED, occurred_on, cause],
        )
        moved = cursor.rowcount
        cursor.execute("drop table stock_found")
        return moved
