"""What is over a dealer's credit does not come in, and does not leave."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import DealerView, currency
from firstmove.domains.trade.models import CreditAccount
from firstmove.domains.trade.queries.credit_limits import Credit, credit, credit_of
from firstmove.kernel import money
from firstmove.kernel.errors import Conflict


class OverCredit(Conflict):
    """The order is larger than the credit that is left."""

    code = "over-credit"


class Blocked(OverCredit):
    """The dealer is overdue for so long that nothing more goes to it on credit."""

    code = "credit-blocked"


def check_credit(*, dealer: DealerView, account: CreditAccount, amount: Decimal, on: dt.date) -> Credit:
    """The dealer's credit before the order. Raises OverCredit for one that would go beyond what is left, Blocked at a
    blocking level of dunning.

    Call it with the dealer's account, locked: what it reads then stays so.
    """
    found = credit_of(dealer, account, on=on)
    if found.blocked:
        raise Blocked(
            _("%(amount)s are overdue for %(days)s days, so nothing goes on credit.")
            % {"amount": _shown(found.overdue), "days": found.overdue_days},
            _("Pay what is overdue, or talk to the enterprise."),
            amount=str(amount),
            overdue=str(found.overdue),
        )
    if not found.carries(amount):
        raise OverCredit(
            _("This order of %(amount)s is over the credit of %(left)s that is left.")
            % {"amount": _shown(amount), "left": "" if found.left is None else _shown(found.left)},
            _("Take out what can wait, or ask for a higher limit."),
            amount=str(amount),
            left=str(found.left),
        )
    return found


def over_credit(*, dealer_id: int | None, on: dt.date) -> OverCredit:
    """The refusal to let goods leave that a dealer's credit no longer carries."""
    found = None if dealer_id is None else credit(dealer_id=dealer_id, on=on)
    left = None if found is None else found.left
    if found is not None and found.blocked:
        return Blocked(
            _("%(amount)s are overdue for %(days)s days, so nothing goes on credit.")
            % {"amount": _shown(found.overdue), "days": found.overdue_days},
            _("Wait for a payment."),
            overdue=str(found.overdue),
        )
    return OverCredit(
        _("The dealer is %(over)s over its credit: nothing leaves.") % {"over": "" if left is None else _shown(-left)},
        _("Wait for a payment or an order that comes due, or raise its limit."),
        left=str(left),
    )


def _shown(amount: Decimal) -> str:
    """An amount as a refusal names it, to the smallest unit: ``77,062.97 CNY``."""
    unit = currency()
    return f"{money.rounded(amount, currency=unit):,} {unit}"
