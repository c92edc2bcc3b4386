"""What the pages of a statement show of its confirmation or dispute, and what is entered there."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Invalid

_TONES = {"open": "bad", "answered": "warn", "settled": "neutral", "confirmed": "good"}


def sheet(statement: trade.Statement, *, on: dt.date, place: str, may_speak: bool) -> dict[str, Any]:
    """The check of a statement that is of one month, whole or as far as it went; nothing for other periods."""
    first, last = trade.month_ends(statement.since)
    if statement.since != first or statement.until != min(last, on):
        return {}
    check = trade.statement_check(dealer_id=statement.dealer_id, month_on=first)
    disputed = check is not None and check.is_disputed
    confirmed = check is not None and check.state == "confirmed" and check.closing == statement.closing
    return {
        "month_on": first,
        "check": check,
        "check_tone": _TONES[check.state] if check else "neutral",
        "check_moved": statement.closing - check.closing if check and check.closing is not None else None,
        "confirm_from": last + dt.timedelta(days=1) if last >= on else None,
        "may_confirm": place == "dealer" and may_speak and last < on and not confirmed,
        "may_write": may_speak and (place == "dealer" or disputed),
        "may_settle": may_speak and disputed,
    }


def month(posted: Mapping[str, str]) -> dt.date:
    """The first day of the month that a form names. Raises Invalid for what is none."""
    try:
        return dt.date.fromisoformat(f"{posted.get('month', '')}-01")
    except ValueError:
        raise Invalid(_("This is no period of a statement."), field="month") from None


def amount(posted: Mapping[str, str]) -> Decimal:
    """The balance that the page showed. Raises Invalid for what is no amount."""
    try:
        shown = Decimal(posted.get("closing", ""))
    except InvalidOperation:
        shown = Decimal("nan")
    if not shown.is_finite():
        raise Invalid(_("This is no balance."), _("Open the statement again."), field="closing")
    return shown
