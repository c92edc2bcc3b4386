"""The page of one dealer's account, for the dealer and for the enterprise."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.network import queries as network
from firstmove.domains.trade import queries as trade
from firstmove.portals.design import figures
from firstmove.portals.design.tables import Column
from firstmove.portals.paging import page_of
from firstmove.portals.words import credit_sentence

OPEN_ITEMS = (
    Column(label=gettext_lazy("Item"), lead=True),
    Column(label=gettext_lazy("Due on")),
    Column(label=gettext_lazy("Amount"), number=True),
    Column(label=gettext_lazy("Still open"), number=True, beside=True),
)
PAYMENTS = (
    Column(label=gettext_lazy("Payment"), lead=True),
    Column(label=gettext_lazy("Settled")),
    Column(label=gettext_lazy("Amount"), number=True, beside=True),
    Column(label=gettext_lazy("Act"), bare=True, narrow=True),
)


def sheet(*, dealer_id: int, on: dt.date, currency: str, query: Mapping[str, str]) -> dict[str, Any]:
    found = trade.account(dealer_id=dealer_id)
    credit = trade.credit(dealer_id=dealer_id, on=on)
    page = page_of(partial(trade.open_items, dealer_id=dealer_id), query=query)
    page.object_list = [(item, item.overdue_days(on)) for item in page.object_list]
    back = trade.taken_back(dealer_id=dealer_id)
    notes = {note.number: note.id for note in trade.credit_notes(dealer_id=dealer_id)[0]}
    return {
        "dealer": network.dealer(dealer_id=dealer_id),
        "account": found,
        "credit": credit,
        "credit_note": credit_sentence(credit.left, currency),
        "currency": currency,
        "finding": _finding(found, credit, currency),
        "page": page,
        "columns": OPEN_ITEMS,
        "payment_columns": PAYMENTS,
        "payments": [
            (
                entry,
                settled,
                -entry.amount,
                entry.kind == "payment" and entry.reference not in back,
                notes.get(entry.reference) if entry.kind == "credit_note" else None,
            )
            for entry, settled in trade.payments(dealer_id=dealer_id)
        ],
    }


def _finding(account: trade.AccountView, credit: trade.Credit, currency: str) -> str:
    if account.opened_on is None:
        return _("No payment is known yet, so what is due is assumed to be paid")
    amounts = {
        "balance": figures.money(abs(account.balance), currency),
        "overdue": figures.money(credit.overdue, currency),
        "days": figures.days(credit.overdue_days),
    }
    if credit.blocked:
        return _("%(overdue)s are overdue for %(days)s: nothing goes on credit") % amounts
    if credit.overdue:
        return _("%(balance)s are owed, %(overdue)s of it overdue for %(days)s") % amounts
    if account.balance < 0:
        return _("%(balance)s are paid in advance") % amounts
    return _("%(balance)s are owed, nothing is overdue") % amounts
