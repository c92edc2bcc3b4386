"""What is over a dealer's credit does not come in, and does not leave."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.trade.queries.credit_limits import credit
from firstmove.kernel.errors import Conflict


class OverCredit(Conflict):
    """The order is larger than the credit that is left."""

    code = "over-credit"


def check_credit(*, dealer_id: int, amount: Decimal, on: dt.date) -> None:
    """Raises OverCredit for an order that would go beyond what is left."""
    left = credit(dealer_id=dealer_id, on=on).left
    if left is not None and amount > left:
        raise OverCredit(
            _("This order of %(amount)s is over the credit of %(left)s that is left.")
            % {"amount": amount, "left": left},
            _("Take out what can wait, or ask for a higher limit."),
            amount=str(amount),
            left=str(left),
        )


def over_credit(*, dealer_id: int | None, on: dt.date) -> OverCredit:
    """The refusal to let goods leave that a dealer's credit no longer carries."""
    left = None if dealer_id is None else credit(dealer_id=dealer_id, on=on).left
    return OverCredit(
        _("The dealer is %(over)s over its credit: nothing leaves.") % {"over": "" if left is None else -left},
        _("Wait for a payment or an order that comes due, or raise its limit."),
        left=str(left),
    )
