"""Writes of stock: movements in the ledger, and the warehouses in which they happen."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import ORDERING_ROLES, role_of
from firstmove.domains.stock.models import Arrival, Balance, Batch, Movement, MovementKind, Policy, Reason, Warehouse
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM, Actor

__all__ = [
    "Due",
    "Move",
    "MovementKind",
    "Position",
    "Reason",
    "add_warehouse",
    "bring_to",
    "change_warehouse",
    "expect",
    "lock_balances",
    "may_keep",
    "own_warehouse",
    "record",
    "set_back_orders",
    "transfer",
]

# As quantities are stored: less than half of it is nothing.
_SMALLEST = Decimal("0.001")


@dataclass(frozen=True)
class Move:
    """A quantity that comes (positive) or goes. Without a dealer the goods are the enterprise's.

    Without a warehouse it happens in the party's first one, without a batch in a product that is kept without.
    """

    product_id: int
    quantity: Decimal
    dealer_id: int | None = None
    warehouse_id: int | None = None
    batch: str = ""
    expires_on: dt.date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Position:
    """What a stock file says lies there; without a dealer, at the enterprise.

    Without a warehouse it is the sum over all of the party's, and the difference is posted to the first of them.
    `counted_on` and `told_at`: the day of the count behind it, and when the file came in that told it.
    """

    dealer_id: int | None
    product_id: int
    on_hand: Decimal
    warehouse_id: int | None = None
    counted_on: dt.date | None = None
    told_at: dt.datetime | None = None


@dataclass(frozen=True)
class Due:
    """Goods that the enterprise expects on a day; `has_left`: finished, and on their way to the warehouse."""

    product_id: int
    quantity: Decimal
    due_on: dt.date
    warehouse_id: int | None = None
    has_left: bool = False


def record(*, actor: Actor, kind: str, cause: str, moves: Sequence[Move], occurred_on: dt.date) -> int:
    """Write movements. A cause moves a product of a place once: repeating a record changes nothing.

    Returns how many were new. Moves of zero are left out. Raises NotFound for a warehouse that is not there.
    """
    wanted = [move for move in moves if move.quantity.quantize(_SMALLEST)]
    with tenancy.scope(actor):
        defaults = _defaults({move.dealer_id for move in wanted if move.warehouse_id is None})
        placed = sorted(
            ((move, move.warehouse_id or defaults[move.dealer_id]) for move in wanted),
            key=lambda pair: (pair[0].product_id, pair[1]),
        )
        before = Movement.objects.filter(cause=cause).count()
        Movement.objects.bulk_create(
            [
                Movement(
                    dealer_id=move.dealer_id,
                    warehouse_id=warehouse_id,
                    product_id=move.product_id,
                    batch=move.batch,
                    expires_on=move.expires_on,
                    quantity=move.quantity,
                    kind=kind,
                    reason=move.reason,
                    occurred_on=occurred_on,
                    cause=cause,
                    user_id=actor.user_id,
                )
                for move, warehouse_id in placed
            ],
            batch_size=5000,
            ignore_conflicts=True,
        )
        return Movement.objects.filter(cause=cause).count() - before


def _defaults(dealer_ids: Collection[int | None]) -> dict[int | None, int]:
    """The first warehouse of each party. Raises NotFound for a party that is not there or not to be seen."""
    if not dealer_ids:
        return {}
    rows = Warehouse.objects.filter(is_default=True)
    found: dict[int | None, int] = dict(
        rows.filter(dealer_id__in=[i for i in dealer_ids if i is not None]).values_list("dealer_id", "id")
    )
    if None in dealer_ids:
        found |= dict(rows.filter(dealer_id__isnull=True).values_list("dealer_id", "id"))
    if set(dealer_ids) - set(found):
        raise NotFound(_("This party has no warehouse here."))
    return found


def bring_to(*, positions: Sequence[Position], occurred_on: dt.date, cause: str) -> int:
    """Bring balances to the figures of a stock file by movements of the difference. Returns how many were needed.

    Of the enterprise's own goods, what was shipped or received here after the count stays on top of it: on later days
    than that of the count (without one: than `occurred_on`), and on its day what was written after its file came in.
    """
    if not positions:
        return 0
    with tenancy.scope(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "create temporary table stock_found (dealer_id bigint, product_id bigint, warehouse_id bigint, "
            "on_hand numeric(14, 3), counted_on date, told_at timestamptz) on commit drop"
        )
        with cursor.copy("copy stock_found from stdin") as copy:
            for position in positions:
                copy.write_row(
                    (
                        position.dealer_id,
                        position.product_id,
                        position.warehouse_id,
                        position.on_hand,
                        position.counted_on,
                        position.told_at,
                    )
                )
        cursor.execute(
            """
            insert into stock_movement (dealer_id, warehouse_id, product_id, quantity, kind, occurred_on, recorded_at,
              cause)
            select f.dealer_id, coalesce(f.warehouse_id, w.id), f.product_id,
              f.on_hand + coalesce(l.later, 0) - coalesce(t.on_hand, b.on_hand, 0), %(kind)s, %(on)s,
              statement_timestamp(), %(cause)s
            from stock_found f
            join stock_warehouse w on w.is_default and coalesce(w.dealer_id, 0) = coalesce(f.dealer_id, 0)
            left join (
              select coalesce(dealer_id, 0) as party, product_id, sum(on_hand) as on_hand
              from stock_balance group by 1, 2
            ) t on f.warehouse_id is null and t.product_id = f.product_id and t.party = coalesce(f.dealer_id, 0)
            left join stock_balance b on b.warehouse_id = f.warehouse_id and b.product_id = f.product_id
            left join lateral (
              select sum(quantity) as later from stock_movement m
              where f.dealer_id is null and m.dealer_id is null and m.product_id = f.product_id
              and (f.warehouse_id is null or m.warehouse_id = f.warehouse_id)
              and m.kind <> %(kind)s and (
                m.occurred_on > coalesce(f.counted_on, %(on)s)
                or m.occurred_on = f.counted_on and m.recorded_at > f.told_at
              )
            ) l on true
            where f.on_hand + coalesce(l.later, 0) <> coalesce(t.on_hand, b.on_hand, 0)
            on conflict do nothing
            """,
            {"kind": MovementKind.FEED, "on": occurred_on, "cause": cause},
        )
        moved = cursor.rowcount
        cursor.execute("drop table stock_found")
        return moved


def transfer(
    *,
    actor: Actor,
    from_id: int,
    to_id: int,
    moves: Sequence[Move],
    cause: str,
    occurred_on: dt.date,
) -> None:
    """Move goods between two warehouses of one party; of a move, product, quantity and batch count.

    Raises NotFound for a warehouse of somebody else, Invalid for the same one twice, for no goods or less than nothing,
    Conflict where less is free there: what orders have reserved stays where they found it.
    """
    if from_id == to_id:
        raise Invalid(_("Choose two different warehouses."), field="to")
    if not moves or not all(move.quantity > 0 for move in moves):
        raise Invalid(_("Say how much of what is to be moved."), field="quantity")
    with tenancy.scope(actor):
        may_keep(actor)
        source, target = (own_warehouse(actor, warehouse_id) for warehouse_id in (from_id, to_id))
        if source.dealer_id != target.dealer_id:
            raise Invalid(_("Goods move between warehouses of one party."), field="to")
        products = {move.product_id for move in moves}
        lock_balances(product_ids=products, warehouse_ids=[from_id, to_id])
        free = {
            row.product_id: row.on_hand - row.reserved
            for row in Balance.objects.filter(product_id__in=products, warehouse_id=from_id)
        }
        batches = {
            (row.product_id, row.code): row
            for row in Batch.objects.filter(product_id__in=products, warehouse_id=from_id)
        }
        lacking = [
            move.product_id
            for move in moves
            if move.batch
            and ((held := batches.get((move.product_id, move.batch))) is None or held.on_hand < move.quantity)
        ]
        for move in moves:
            free[move.product_id] = free.get(move.product_id, Decimal(0)) - move.quantity
        if short := lacking or [product for product, left in free.items() if left < 0]:
            raise Conflict(
                _("There is less than that in the warehouse, or orders have reserved it."),
                _("Move what is free, or count the shelf first."),
                code="not-free",
                products=short,
            )
        record(
            actor=actor,
            kind=MovementKind.TRANSFER,
            cause=cause,
            occurred_on=occurred_on,
            moves=[
                Move(
                    m.product_id,
                    sign * m.quantity,
                    place.dealer_id,
                    place.pk,
                    m.batch,
                    batches[(m.product_id, m.batch)].expires_on if m.batch else None,
                )
                for m in moves
                for sign, place in ((-1, source), (1, target))
            ],
        )


def add_warehouse(*, actor: Actor, code: str, name: str) -> int:
    """Another warehouse of the actor's party. Raises Invalid without a code or a name, Conflict for a code twice."""
    code, name = code.strip(), name.strip()
    if not code or len(code) > 40:
        raise Invalid(_("A warehouse needs a code of at most 40 characters."), field="code")
    if not name or len(name) > 120:
        raise Invalid(_("A warehouse needs a name of at most 120 characters."), field="name")
    with tenancy.scope(actor):
        may_keep(actor)
        try:
            with transaction.atomic():
                return Warehouse.objects.create(dealer_id=actor.dealer_id, code=code, name=name).pk
        except IntegrityError:
            raise Conflict(_("There is a warehouse with this code already."), field="code") from None


def change_warehouse(*, actor: Actor, warehouse_id: int, name: str, is_open: bool) -> None:
    """Rename, close or open again. Raises NotFound, Invalid for a name too long, Conflict for closing the first one."""
    if len(name.strip()) > 120:
        raise Invalid(_("A warehouse needs a name of at most 120 characters."), field="name")
    with tenancy.scope(actor):
        may_keep(actor)
        warehouse = own_warehouse(actor, warehouse_id)
        if warehouse.is_default and not is_open:
            raise Conflict(_("The main warehouse stays open."))
        warehouse.name, warehouse.is_open = name.strip(), is_open
        warehouse.save(update_fields=["name", "is_open"])


def may_keep(actor: Actor) -> None:
    """Who keeps a party's stock: the enterprise, a dealer's owner and buyers, the system. Raises NotAllowed."""
    if actor.kind in ("system", "enterprise"):
        return
    if actor.kind != "dealer" or role_of(actor=actor) not in ORDERING_ROLES:
        raise NotAllowed(_("Only the dealer's owner and buyers keep its stock."))


def lock_balances(*, product_ids: Collection[int], warehouse_ids: Collection[int]) -> None:
    """Wait for what others do with these balances, and keep them until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select stock_lock_own(%s, %s)", [list(product_ids), list(warehouse_ids)])


def own_warehouse(actor: Actor, warehouse_id: int) -> Warehouse:
    rows = Warehouse.objects.filter(id=warehouse_id)
    if actor.kind != "system":
        rows = rows.filter(dealer_id=actor.dealer_id)
    warehouse = rows.first()
    if warehouse is None:
        raise NotFound()
    return warehouse


def expect(*, source: str, arrivals: Sequence[Due]) -> None:
    """Goods that the enterprise expects, as a source, such as production, tells now; what it told before is gone."""
    with tenancy.scope(SYSTEM):
        Arrival.objects.filter(source=source).delete()
        defaults = _defaults({None} if any(due.warehouse_id is None for due in arrivals) else set())
        summed: dict[tuple[int, int, dt.date], Decimal] = {}
        left: dict[tuple[int, int, dt.date], bool] = {}
        for due in arrivals:
            key = (due.product_id, due.warehouse_id or defaults[None], due.due_on)
            summed[key] = summed.get(key, Decimal(0)) + due.quantity
            left[key] = left.get(key, True) and due.has_left
        Arrival.objects.bulk_create(
            (
                Arrival(
                    source=source,
                    product_id=key[0],
                    warehouse_id=key[1],
                    due_on=key[2],
                    quantity=quantity,
                    has_left=left[key],
                )
                for key, quantity in summed.items()
                if quantity > 0
            ),
            batch_size=5000,
        )


def set_back_orders(*, actor: Actor, allowed: bool) -> None:
    """Whether an order may hold more than there is. Raises NotAllowed for anybody but the enterprise."""
    if actor.kind not in ("enterprise", "system"):
        raise NotAllowed()
    with tenancy.scope(actor):
        Policy.objects.update_or_create(id=1, defaults={"back_orders": allowed})
