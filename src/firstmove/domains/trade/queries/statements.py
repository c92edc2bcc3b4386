"""Reads of what dealers said to their statements. Call them inside a `tenancy.scope`."""

import calendar
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from firstmove.domains.trade.models import CheckState, StatementCheck, StatementMessage


@dataclass(frozen=True)
class MessageView:
    at: dt.datetime
    by_dealer: bool
    by: str
    text: str


@dataclass(frozen=True)
class CheckView:
    """What a dealer said to a month. `closing` is the balance that it confirmed, empty until it did."""

    dealer_id: int
    dealer_name: str
    month_on: dt.date
    state: str
    confirmed_at: dt.datetime | None
    confirmed_by: str
    closing: Decimal | None
    messages: tuple[MessageView, ...] = ()

    @property
    def state_name(self) -> str:
        return str(CheckState(self.state).label)

    @property
    def is_disputed(self) -> bool:
        return self.state in (CheckState.OPEN, CheckState.ANSWERED)


def month_ends(day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the month of a day."""
    first = day.replace(day=1)
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def statement_check(*, dealer_id: int, month_on: dt.date) -> CheckView | None:
    """What the dealer said to the month of a day, with the messages, the earliest first; None: nothing yet."""
    rows = StatementCheck.objects.filter(dealer_id=dealer_id, month_on=month_on.replace(day=1))
    row = rows.select_related("dealer", "confirmed_by").first()
    if row is None:
        return None
    messages = StatementMessage.objects.filter(check_of=row).select_related("user").order_by("at", "id")
    return _view(
        row,
        tuple(MessageView(one.at, one.by_dealer, one.user.name if one.user else "", one.text) for one in messages),
    )


def disputed_statements(*, limit: int = 20) -> list[CheckView]:
    """Months that dealers dispute, those that wait for the enterprise first, then the oldest."""
    rows = StatementCheck.objects.filter(state__in=(CheckState.OPEN, CheckState.ANSWERED))
    ordered = rows.select_related("dealer", "confirmed_by").order_by("-state", "month_on", "id")
    return [_view(row) for row in ordered[:limit]]


def _view(row: StatementCheck, messages: tuple[MessageView, ...] = ()) -> CheckView:
    return CheckView(
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name,
        month_on=row.month_on,
        state=row.state,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by.name if row.confirmed_by else "",
        closing=row.closing,
        messages=messages,
    )
