"""What a dealer may still order on credit. Call these inside a `tenancy.scope`."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.network.queries import dealers as all_dealers
from firstmove.domains.trade.models import OPEN_STATES, Order, State


@dataclass(frozen=True)
class Credit:
    """`used` counts orders that are not yet due; payments are not recorded yet, so due is assumed to be paid.

    Without terms an order is due when it is received: it must not use up the limit for ever.
    """

    limit: Decimal | None
    used: Decimal

    @property
    def left(self) -> Decimal | None:
        return None if self.limit is None else self.limit - self.used


def _unpaid(on: dt.date) -> QuerySet[Order]:
    """Orders from the enterprise that are not due by that day, nor cancelled."""
    due = Q(due_on__gt=on) | Q(due_on__isnull=True, state__in=OPEN_STATES)
    return Order.objects.filter(due, seller_supplier_id__isnull=True).exclude(state=State.CANCELLED)


def credit(*, dealer_id: int, on: dt.date) -> Credit:
    used = _unpaid(on).filter(buyer_dealer_id=dealer_id).aggregate(used=Sum("amount"))["used"]
    return Credit(limit=dealer_view(dealer_id=dealer_id).credit_limit, used=used or Decimal(0))


def credits_left(*, on: dt.date) -> dict[int, Decimal]:
    """What was left of each dealer's credit limit on that day, by dealer id; dealers without a limit are absent.

    Orders that were placed later did not weigh on it then: a plan for a past day must not know them.
    """
    rows = _unpaid(on).filter(buyer_dealer_id__isnull=False, ordered_on__lte=on).values_list("buyer_dealer_id")
    used = dict(rows.annotate(used=Sum("amount")).values_list("buyer_dealer_id", "used"))
    return {
        dealer.id: dealer.credit_limit - used.get(dealer.id, Decimal(0))
        for dealer in all_dealers()
        if dealer.credit_limit is not None
    }
