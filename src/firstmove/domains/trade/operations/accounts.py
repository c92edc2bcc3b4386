"""A dealer's account follows its orders and payments; whatever changes it locks its row first.

Order of locks: account, then order, then stock. So two orders, or an order and a payment, wait for one another and
each sees what the other left.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from django.db import connection
from django.db.models import Max, Sum

from firstmove.domains.network.queries import enterprise
from firstmove.domains.trade.models import AccountEntry, Allocation, CreditAccount, EntryKind, Order, State
from firstmove.kernel.money import rounded

_BETWEEN_NUMBERS = re.compile(r"[\s,;，；、]+")

# What every order of an open account says against what was posted of it. An order that was due by the day on which
# the account began is taken as paid and not posted, unless a payment names it.
_CHARGES = """
insert into trade_accountentry (dealer_id, kind, entry_on, due_on, amount, open_amount, order_id, at, user_id)
select o.buyer_dealer_id, 'order', o.ordered_on, coalesce(o.due_on, o.received_on), o.amount, o.amount, o.id,
  %(now)s, o.placed_by_id
from trade_order o join trade_creditaccount a on a.dealer_id = o.buyer_dealer_id
where a.opened_on is not null and a.dealer_id = any(%(dealers)s) and o.seller_supplier_id is null
  and o.amount > 0 and o.state <> %(cancelled)s and (%(order)s::bigint is null or o.id = %(order)s)
  and (o.number = any(%(named)s) or o.due_on > a.opened_on
    or o.due_on is null and (o.received_on is null or o.received_on > a.opened_on))
  and not exists (select 1 from trade_accountentry e where e.order_id = o.id and e.kind = 'order')
order by o.buyer_dealer_id, o.ordered_on, o.id
"""
_CHANGES = """
insert into trade_accountentry (dealer_id, kind, entry_on, due_on, amount, open_amount, order_id, at)
select dealer_id, case when state = %(cancelled)s then 'cancelled' else 'difference' end,
  case when state = %(complete)s then coalesce(received_on, %(on)s) else %(on)s end,
  due_on, says - posted, says - posted, id, %(now)s
from (
  select o.id, o.buyer_dealer_id as dealer_id, o.state, o.received_on, coalesce(o.due_on, o.received_on) as due_on,
    case when o.state = %(cancelled)s then 0
      -- What left in shipments is owed until a claim about it is settled.
      when o.state = %(complete)s and not exists (select 1 from trade_shipment p where p.order_id = o.id)
      then coalesce(least(o.amount, round((
        select sum(least(coalesce(l.received_quantity, l.quantity), l.quantity) * l.unit_price)
        from trade_orderline l where l.order_id = o.id), %(places)s)), o.amount)
      else o.amount end as says,
    (select sum(e.amount) from trade_accountentry e
      where e.order_id = o.id and e.kind in ('order', 'cancelled', 'difference')) as posted
  from trade_order o
  where o.buyer_dealer_id = any(%(dealers)s) and (%(order)s::bigint is null or o.id = %(order)s)
    and exists (select 1 from trade_accountentry e where e.order_id = o.id and e.kind = 'order')
) s where says <> posted
order by dealer_id, id
"""


_LOCKED = "select id, dealer_id, opened_on, balance from trade_creditaccount where dealer_id = %s for update"


def locked(dealer_id: int) -> CreditAccount:
    """The dealer's account, made where there is none, and held until the transaction ends."""
    for account in CreditAccount.objects.raw(_LOCKED, [dealer_id]):
        return account
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into trade_creditaccount (dealer_id, balance) values (%s, 0) on conflict do nothing", [dealer_id]
        )
    return CreditAccount.objects.raw(_LOCKED, [dealer_id])[0]


def locked_open() -> list[int]:
    """All accounts whose payments are known, locked in one order; returns their dealers' ids."""
    accounts = CreditAccount.objects.select_for_update().filter(opened_on__isnull=False).order_by("dealer_id")
    return list(accounts.values_list("dealer_id", flat=True))


def locked_of(order_id: int) -> None:
    """Lock the account of the dealer that bought an order, before the order itself is."""
    bought = Order.objects.filter(id=order_id, seller_supplier_id__isnull=True, buyer_dealer_id__isnull=False)
    for dealer_id in bought.values_list("buyer_dealer_id", flat=True):
        locked(dealer_id)


def follow(order: Order, *, now: dt.datetime) -> None:
    """Bring a dealer's account to what an order says now, under the account's lock; repeating it changes nothing."""
    if order.buyer_dealer_id is not None and order.seller_supplier_id is None:
        follow_orders([order.buyer_dealer_id], now=now, order_id=order.pk)


def charge(order: Order, account: CreditAccount, *, has_advance: bool, now: dt.datetime) -> None:
    """As `follow` for an order that was placed just now under the account's lock, of which nothing can be posted yet.

    `has_advance`: whether a credit of the dealer is open that settles it.
    """
    opened = account.opened_on
    if opened is None or order.amount <= 0 or (order.due_on is not None and order.due_on <= opened):
        return
    add_entry(
        dealer_id=account.dealer_id,
        kind=EntryKind.ORDER,
        entry_on=order.ordered_on,
        due_on=order.due_on,
        amount=order.amount,
        now=now,
        user_id=order.placed_by_id,
        order_id=order.pk,
    )
    if has_advance:
        settle(account.dealer_id, now=now)


def follow_orders(
    dealer_ids: Sequence[int], *, now: dt.datetime, order_id: int | None = None, named: Collection[str] = ()
) -> None:
    """As `follow` for all orders of dealers whose accounts are locked. `named`: numbers to post however old."""
    opened = list(
        CreditAccount.objects.filter(dealer_id__in=dealer_ids, opened_on__isnull=False).values_list(
            "dealer_id", flat=True
        )
    )
    if not opened:
        return
    installation = enterprise(now=now)
    facts = {
        "dealers": sorted(opened),
        "order": order_id,
        "named": list(named),
        "now": now,
        "on": installation.business_on,
        "places": -int(rounded(Decimal(0), currency=installation.currency).as_tuple().exponent),
        "cancelled": str(State.CANCELLED),
        "complete": str(State.COMPLETE),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHARGES, facts)
        cursor.execute(_CHANGES, facts)
    for dealer_id in sorted(opened):
        settle(dealer_id, now=now)


def named_by_payments(dealer_ids: Sequence[int]) -> dict[int, set[str]]:
    """Numbers of orders that payments name, by dealer; a payment that was taken back names none."""
    named: dict[int, set[str]] = {}
    paid = (
        AccountEntry.objects.filter(dealer_id__in=dealer_ids, kind__in=(EntryKind.PAYMENT, EntryKind.CORRECTION))
        .values("dealer_id", "reference")
        .annotate(total=Sum("amount"), words=Max("meant_for"))
        .filter(total__lt=0)
        .exclude(words="")
    )
    for dealer_id, words in paid.values_list("dealer_id", "words"):
        named.setdefault(dealer_id, set()).update(numbers_in(words))
    return named


def settle(dealer_id: int, *, now: dt.datetime) -> None:
    """Set the account's open credits against its open charges: first what names an order, then the oldest due.

    What is left of a credit stays the dealer's and settles what it orders next.
    """
    entries = AccountEntry.objects.filter(dealer_id=dealer_id).select_related("order")
    credits = list(entries.filter(open_amount__lt=0).order_by("entry_on", "id"))
    if not credits:
        return
    charges = sorted(
        entries.filter(open_amount__gt=0), key=lambda entry: (entry.due_on or entry.entry_on, entry.entry_on, entry.pk)
    )
    made: list[Allocation] = []
    for entry in credits:
        names = numbers_in(entry.meant_for)
        mine = [
            charge
            for charge in charges
            if charge.order is not None and (charge.order_id == entry.order_id or charge.order.number in names)
        ]
        made += _allocated(entry, mine, now)
    for entry in credits:
        made += _allocated(entry, charges, now)
    changed = {entry.pk: entry for allocation in made for entry in (allocation.charge, allocation.credit)}
    AccountEntry.objects.bulk_update(changed.values(), ["open_amount"])
    Allocation.objects.bulk_create(made)


def numbers_in(text: str) -> set[str]:
    """Numbers of orders in what a payer wrote: ``numbers_in("SO1，SO2; SO3") == {"SO1", "SO2", "SO3"}``."""
    return {part for part in _BETWEEN_NUMBERS.split(text) if part}


def _allocated(credit_entry: AccountEntry, charges: Iterable[AccountEntry], now: dt.datetime) -> list[Allocation]:
    made = []
    for charge in charges:
        amount = min(-credit_entry.open_amount, charge.open_amount)
        if amount > 0:
            credit_entry.open_amount += amount
            charge.open_amount -= amount
            made.append(
                Allocation(dealer_id=charge.dealer_id, charge=charge, credit=credit_entry, amount=amount, at=now)
            )
    return made


def add_entry(
    *,
    dealer_id: int,
    kind: EntryKind,
    entry_on: dt.date,
    amount: Decimal,
    now: dt.datetime,
    user_id: int | None,
    reference: str = "",
    meant_for: str = "",
    due_on: dt.date | None = None,
    order_id: int | None = None,
) -> AccountEntry:
    """An entry by which a dealer owes more (above zero) or less, under the account's lock."""
    return AccountEntry.objects.create(
        dealer_id=dealer_id,
        kind=kind,
        entry_on=entry_on,
        due_on=due_on,
        amount=amount,
        open_amount=amount,
        order_id=order_id,
        reference=reference,
        meant_for=meant_for,
        at=now,
        user_id=user_id,
    )
