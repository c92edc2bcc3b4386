"""What a dealer owes, what settled it, and the statement of a period. Call these inside a `tenancy.scope`."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, Min, Q, Sum
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import dealers as all_dealers
from firstmove.domains.trade.models import AccountEntry, Allocation, CreditAccount, DunningRule, EntryKind
from firstmove.domains.trade.queries.credit_limits import dunning_of
from firstmove.kernel.errors import Invalid


@dataclass(frozen=True)
class EntryView:
    """An entry of an account. Above zero the dealer owes `amount`; `open_amount` is what of it is not settled."""

    id: int
    kind: str
    entry_on: dt.date
    due_on: dt.date | None
    amount: Decimal
    open_amount: Decimal
    reference: str
    meant_for: str
    order_id: int | None
    order_number: str
    received_on: dt.date | None
    # What the account stood at after it, within a statement.
    balance: Decimal = Decimal(0)

    @property
    def kind_name(self) -> str:
        return str(EntryKind(self.kind).label)

    @property
    def settled(self) -> Decimal:
        return self.amount - self.open_amount

    def overdue_days(self, on: dt.date) -> int:
        return max((on - self.due_on).days, 0) if self.due_on and self.open_amount > 0 else 0


@dataclass(frozen=True)
class AccountView:
    """`owed − advance = balance`; without `opened_on` no payment is known, and the amounts say nothing."""

    dealer_id: int
    opened_on: dt.date | None
    balance: Decimal
    owed: Decimal
    advance: Decimal


@dataclass(frozen=True)
class AccountLine:
    """A dealer in the list of accounts; amounts are None where no payment of it is known."""

    dealer_id: int
    code: str
    name: str
    limit: Decimal | None
    balance: Decimal | None
    overdue: Decimal
    overdue_days: int
    level: int
    blocked: bool
    paid_on: dt.date | None


@dataclass(frozen=True)
class Level:
    level: int
    days: int
    blocks: bool


@dataclass(frozen=True)
class Statement:
    """A dealer's account over both days and those between: ``opening + Σ amounts = closing``."""

    dealer_id: int
    opened_on: dt.date | None
    since: dt.date
    until: dt.date
    opening: Decimal
    entries: list[EntryView]
    closing: Decimal

    @property
    def totals(self) -> list[tuple[str, str, Decimal]]:
        """(kind, its name, sum) of what happened, in the order of `EntryKind`."""
        sums: dict[str, Decimal] = {}
        for entry in self.entries:
            sums[entry.kind] = sums.get(entry.kind, Decimal(0)) + entry.amount
        return [(kind, str(label), sums[kind]) for kind, label in EntryKind.choices if kind in sums]


def account(*, dealer_id: int) -> AccountView:
    row = CreditAccount.objects.filter(dealer_id=dealer_id).first()
    sums = AccountEntry.objects.filter(dealer_id=dealer_id).aggregate(
        owed=Sum("open_amount", filter=Q(open_amount__gt=0)), advance=Sum("open_amount", filter=Q(open_amount__lt=0))
    )
    return AccountView(
        dealer_id=dealer_id,
        opened_on=row.opened_on if row else None,
        balance=row.balance if row else Decimal(0),
        owed=sums["owed"] or Decimal(0),
        advance=-(sums["advance"] or Decimal(0)),
    )


def open_items(*, dealer_id: int, offset: int = 0, limit: int = 50) -> tuple[list[EntryView], int]:
    """What the dealer owes, the oldest due first, and how many there are."""
    rows = AccountEntry.objects.filter(dealer_id=dealer_id, open_amount__gt=0).select_related("order")
    return [_view(row) for row in rows.order_by("due_on", "entry_on", "id")[offset : offset + limit]], rows.count()


def payments(*, dealer_id: int, limit: int = 20) -> list[tuple[EntryView, list[tuple[str, Decimal]]]]:
    """The latest payments and credit notes, each with what it settled: (order's number or kind, amount)."""
    kinds = (EntryKind.PAYMENT, EntryKind.CREDIT_NOTE)
    rows = list(
        AccountEntry.objects.filter(dealer_id=dealer_id, kind__in=kinds)
        .select_related("order")
        .order_by("-entry_on", "-id")[:limit]
    )
    settled: dict[int, list[tuple[str, Decimal]]] = {}
    for allocation in (
        Allocation.objects.filter(credit__in=rows).select_related("charge", "charge__order").order_by("id")
    ):
        charge = allocation.charge
        name = charge.order.number if charge.order else str(EntryKind(charge.kind).label)
        settled.setdefault(allocation.credit_id, []).append((name, allocation.amount))
    return [(_view(row), settled.get(row.pk, [])) for row in rows]


def taken_back(*, dealer_id: int) -> set[str]:
    """References of payments that were corrected."""
    rows = AccountEntry.objects.filter(dealer_id=dealer_id, kind=EntryKind.CORRECTION)
    return set(rows.values_list("reference", flat=True))


def statement(*, dealer_id: int, since: dt.date, until: dt.date) -> Statement:
    """Entries by their day, in the order in which they were made. Raises Invalid where the period ends before it
    begins."""
    if until < since:
        raise Invalid(_("The period ends before it begins."), _("Choose a last day that is not before the first."))
    rows = AccountEntry.objects.filter(dealer_id=dealer_id)
    opening = rows.filter(entry_on__lt=since).aggregate(total=Sum("amount"))["total"] or Decimal(0)
    balance, entries = opening, []
    within = rows.filter(entry_on__range=(since, until)).select_related("order").order_by("entry_on", "id")
    for row in within:
        balance += row.amount
        entries.append(_view(row, balance))
    opened_on = CreditAccount.objects.filter(dealer_id=dealer_id).values_list("opened_on", flat=True).first()
    return Statement(dealer_id, opened_on, since, until, opening, entries, balance)


def accounts(*, on: dt.date, search: str = "") -> list[AccountLine]:
    """Every dealer's account as of now, with what is overdue on a day."""
    rules = list(DunningRule.objects.all())
    opened = dict(CreditAccount.objects.filter(opened_on__isnull=False).values_list("dealer_id", "balance"))
    late = Q(open_amount__gt=0, due_on__lt=on)
    sums = {
        row["dealer_id"]: row
        for row in AccountEntry.objects.order_by()
        .values("dealer_id")
        .annotate(
            overdue=Sum("open_amount", filter=late),
            oldest=Min("due_on", filter=late),
            paid_on=Max("entry_on", filter=Q(kind=EntryKind.PAYMENT)),
        )
    }
    lines = []
    for dealer in all_dealers(search=search):
        row = sums.get(dealer.id, {})
        days = (on - row["oldest"]).days if row.get("oldest") else 0
        level, blocked = dunning_of(days, rules)
        lines.append(
            AccountLine(
                dealer_id=dealer.id,
                code=dealer.code,
                name=dealer.name,
                limit=dealer.credit_limit,
                balance=opened.get(dealer.id),
                overdue=row.get("overdue") or Decimal(0),
                overdue_days=days,
                level=level,
                blocked=blocked,
                paid_on=row.get("paid_on"),
            )
        )
    return sorted(lines, key=lambda line: (-line.overdue, -(line.balance or 0), line.name))


def dunning_levels() -> list[Level]:
    return [Level(rule.level, rule.days, rule.blocks) for rule in DunningRule.objects.order_by("level")]


def _view(row: AccountEntry, balance: Decimal = Decimal(0)) -> EntryView:
    return EntryView(
        id=row.pk,
        kind=row.kind,
        entry_on=row.entry_on,
        due_on=row.due_on,
        amount=row.amount,
        open_amount=row.open_amount,
        reference=row.reference,
        meant_for=row.meant_for,
        order_id=row.order_id,
        order_number=row.order.number if row.order else "",
        received_on=row.order.received_on if row.order else None,
        balance=balance,
    )
