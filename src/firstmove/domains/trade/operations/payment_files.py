"""Payments as files tell them: many at once, each number once, whatever order they come in."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from firstmove.domains.network.queries import dealer_ids_by_code, enterprise
from firstmove.domains.trade.models import EntryKind
from firstmove.domains.trade.operations import accounts, payments
from firstmove.kernel import tenancy
from firstmove.kernel.money import rounded
from firstmove.kernel.tenancy import SYSTEM
from firstmove.kernel.upsert import Upserted


def load_payments(*, rows: Sequence[Mapping[str, Any]], now: dt.datetime) -> Upserted:
    """Rows with dealer (code), reference, amount and paid_on, and meant_for where it is known: a new number is a
    payment, a known one with another amount is corrected by the difference, down to nothing.

    Sending the same again changes nothing. Accounts are locked in one order; the last row of a number counts.
    """
    added = changed = unchanged = 0
    with tenancy.scope(SYSTEM):
        installation = enterprise(now=now)
        ids = dealer_ids_by_code()
        told = {(ids[row["dealer"]], row["reference"]): row for row in rows}
        by_dealer: dict[int, list[Mapping[str, Any]]] = {}
        for (dealer_id, _reference), row in sorted(told.items()):
            by_dealer.setdefault(dealer_id, []).append(row)
        for dealer_id, own in by_dealer.items():
            payments.open_from(dealer_id, min(row["paid_on"] for row in own))
            named: set[str] = set()
            for row in own:
                amount = rounded(row["amount"], currency=installation.currency)
                known = payments.payment_of(dealer_id, row["reference"])
                if known is not None:
                    moved = payments.correct(known, amount, on=installation.business_on, now=now, user_id=None)
                    changed, unchanged = changed + moved, unchanged + (not moved)
                    continue
                if not amount:
                    unchanged += 1
                    continue
                meant_for = row.get("meant_for") or ""
                accounts.add_entry(
                    dealer_id=dealer_id,
                    kind=EntryKind.PAYMENT,
                    entry_on=row["paid_on"],
                    amount=-amount,
                    now=now,
                    user_id=None,
                    reference=row["reference"],
                    meant_for=meant_for,
                )
                named |= accounts.numbers_in(meant_for)
                added += 1
            accounts.follow_orders([dealer_id], now=now, named=named)
    return Upserted(added, changed, unchanged)
