"""What a dealer may still order on credit. Call these inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from firstmove.domains.network.queries import DealerView
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.network.queries import dealers as all_dealers
from firstmove.domains.trade.models import OPEN_STATES, AccountEntry, CreditAccount, DunningRule, Order, State


@dataclass(frozen=True)
class Credit:
    """`used`: what the dealer owes. Where its payments are not known (`assumed`), orders that are not yet due.

    Without terms such an order is due when it is received: it must not use up the limit for ever. What was paid
    beyond what is owed makes `used` negative. `level` is that of dunning, 0 for none; at a blocking one nothing is
    ordered or shipped on credit.
    """

    limit: Decimal | None
    used: Decimal
    assumed: bool = True
    overdue: Decimal = Decimal(0)
    overdue_days: int = 0
    level: int = 0
    blocked: bool = False
    # Whether it paid something that settles no order yet.
    has_advance: bool = False

    @property
    def left(self) -> Decimal | None:
        return None if self.limit is None else self.limit - self.used

    def carries(self, amount: Decimal = Decimal(0)) -> bool:
        """Whether `amount` more may be owed; without one, whether what is owed already may be shipped."""
        return not self.blocked and (self.left is None or amount <= self.left)


def _unpaid(on: dt.date) -> QuerySet[Order]:
    """Orders from the enterprise that are not due by that day, nor cancelled."""
    due = Q(due_on__gt=on) | Q(due_on__isnull=True, state__in=OPEN_STATES)
    return Order.objects.filter(due, seller_supplier_id__isnull=True).exclude(state=State.CANCELLED)


# Conditions as the indexes of entries have them, so that neither reads what is settled.
_OPEN = """
select sum(open_amount) filter (where open_amount > 0), min(due_on) filter (where open_amount > 0),
  exists (select 1 from trade_accountentry where dealer_id = %(dealer)s and open_amount < 0)
from trade_accountentry where dealer_id = %(dealer)s and due_on < %(on)s and not open_amount = 0
"""


def credit(*, dealer_id: int, on: dt.date) -> Credit:
    """Call it again under the account's lock (`operations.accounts.locked`) before relying on it."""
    account = CreditAccount.objects.filter(dealer_id=dealer_id).first()
    return credit_of(dealer_view(dealer_id=dealer_id), account, on=on)


def credit_of(dealer: DealerView, account: CreditAccount | None, *, on: dt.date) -> Credit:
    """As `credit`, for who has read the dealer and its account, and holds its lock."""
    limit = dealer.credit_limit
    if account is None or account.opened_on is None:
        used = _unpaid(on).filter(buyer_dealer_id=dealer.id).aggregate(used=Sum("amount"))["used"]
        return Credit(limit=limit, used=used or Decimal(0))
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"dealer": dealer.id, "on": on})
        overdue, oldest, has_advance = cursor.fetchone()
    days = 0 if oldest is None else (on - oldest).days
    level, blocked = dunning_of(days, list(DunningRule.objects.all()) if days else [])
    return Credit(
        limit=limit,
        used=account.balance,
        assumed=False,
        overdue=overdue or Decimal(0),
        overdue_days=days,
        level=level,
        blocked=blocked,
        has_advance=has_advance,
    )


def dunning_of(days: int, rules: Collection[DunningRule]) -> tuple[int, bool]:
    """The level of dunning that so many days overdue reach, 0 for none, and whether nothing goes on credit there."""
    reached = [rule for rule in rules if rule.days <= days]
    return max((rule.level for rule in reached), default=0), any(rule.blocks for rule in reached)


def credits_left(*, on: dt.date) -> dict[int, Decimal]:
    """What was left of each dealer's credit limit on that day, by dealer id; dealers without a limit are absent.

    Orders and payments of later days did not weigh on it then: a plan for a past day must not know them.
    """
    rows = _unpaid(on).filter(buyer_dealer_id__isnull=False, ordered_on__lte=on).values_list("buyer_dealer_id")
    used = dict(rows.annotate(used=Sum("amount")).values_list("buyer_dealer_id", "used"))
    opened = CreditAccount.objects.filter(opened_on__lte=on).values_list("dealer_id", flat=True)
    used |= dict.fromkeys(opened, Decimal(0))
    entries = AccountEntry.objects.filter(dealer_id__in=opened, entry_on__lte=on).order_by().values_list("dealer_id")
    used |= dict(entries.annotate(owed=Sum("amount")).values_list("dealer_id", "owed"))
    return {
        dealer.id: dealer.credit_limit - used.get(dealer.id, Decimal(0))
        for dealer in all_dealers()
        if dealer.credit_limit is not None
    }
