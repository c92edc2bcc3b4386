"""The ledger follows its evidence: orders, sell-out and proposals say what is earned, entries bring it there.

Whatever brought an order to where it is, the difference between what its evidence earns now and what was entered of it
is entered. So news that comes twice, late or in another order leaves the same sums, and sums over evidence are always
what was earned. A participation's row is locked while its entries are made.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from django.db import connection
from django.db.models import Q, Sum

from firstmove.domains.catalog.queries import Listing, listings
from firstmove.domains.incentives import history
from firstmove.domains.incentives.models import Basis, EntryKind, Participation, Period, ProposalUse, RebateEntry
from firstmove.domains.incentives.operations.periods import open_due
from firstmove.domains.incentives.queries.programmes import rules_of
from firstmove.domains.incentives.rules import Rules, Standing, earned_up_to, step_reached
from firstmove.domains.network.queries import currency as the_currency
from firstmove.domains.network.queries import dealer_ids_by_code, enterprise
from firstmove.domains.trade.queries import bought_lines
from firstmove.kernel import tenancy
from firstmove.kernel.money import rounded
from firstmove.kernel.outbox import Event
from firstmove.kernel.tenancy import SYSTEM

# Returns and corrections of what is older than this change nothing any more.
LATE_DAYS = 400
# What files told late of periods that are over for longer waits for the night.
RECENT_DAYS = 45
_OF_ORDERS = (Basis.PLACED, Basis.RECEIVED, Basis.PROPOSALS)
_WRITTEN = 2000

Key = tuple[int | None, int | None, dt.date | None, int | None]


@dataclass(frozen=True)
class Piece:
    """One piece of evidence: an order's line, or a product's sell-out of a month, and how much of it counts."""

    dealer_id: int
    on: dt.date
    basis: Decimal
    product_id: int
    order_id: int | None = None
    order_number: str = ""
    line: int | None = None
    month: dt.date | None = None

    @property
    def key(self) -> Key:
        return (self.order_id, self.line, self.month, self.product_id if self.month else None)


@dataclass(frozen=True)
class _Posted:
    """What the ledger holds of a piece, and when and of what it was."""

    basis: Decimal
    amount: Decimal
    on: dt.date
    order_number: str
    product_id: int | None


def follow_orders(events: Sequence[Event]) -> None:
    """Bring the dealers of these orders to what their orders say now. Called with news inside the system's scope."""
    known = dealer_ids_by_code()
    dealer_ids = sorted({known[event.payload["dealer"]] for event in events if event.payload.get("dealer") in known})
    # A return names its order alone, which the ledger knows.
    entered = RebateEntry.objects.filter(
        dealer_id__in=dealer_ids,
        order_number__in={event.payload["order"] for event in events if event.payload.get("order")},
        order_id__isnull=False,
    )
    touched = Q(id__in=entered.values("participation__period_id"))
    days = [
        dt.date.fromisoformat(event.payload[name])
        for event in events
        for name in ("ordered_on", "shipped_on", "received_on")
        if event.payload.get(name)
    ]
    if days:
        touched |= Q(starts_on__lte=max(days), ends_on__gte=min(days))
    running = Period.objects.filter(touched, version__basis__in=_OF_ORDERS).select_related("version")
    if not dealer_ids or not running:
        return
    goods = listings()
    for period in running.order_by("id"):
        _follow(period, goods, dealer_ids=dealer_ids)


def follow_all(*, now: dt.datetime, over_for_days: int = LATE_DAYS) -> int:
    """Begin what is due and bring everybody to what the evidence says now; returns how many entries that took.

    Periods that are over follow for `over_for_days` more, settled or not: what changes after a statement goes into the
    next.
    """
    open_due(now=now)
    with tenancy.scope(SYSTEM):
        oldest = enterprise(now=now).business_on - dt.timedelta(days=over_for_days)
        ids = list(Period.objects.filter(ends_on__gte=oldest).order_by("id").values_list("id", flat=True))
    written = 0
    for period_id in ids:
        with tenancy.scope(SYSTEM):
            period = Period.objects.select_related("version").get(id=period_id)
            written += _follow(period, listings())
    return written


def follow_period(period: Period) -> int:
    """As `follow_all` for one period, inside a scope that sees all of it."""
    return _follow(period, listings())


def record_uses(*, uses: Iterable[tuple[int, int, dt.date, int, int]]) -> None:
    """How much of proposals was taken: (dealer id, proposal id, day, lines proposed, lines ordered) of each.

    Told again, the last word counts. The sums follow with `follow_all`.
    """
    rows = [
        ProposalUse(dealer_id=dealer_id, proposal_id=proposal_id, on=on, proposed=proposed, taken=taken)
        for dealer_id, proposal_id, on, proposed, taken in uses
    ]
    with tenancy.scope(SYSTEM):
        ProposalUse.objects.bulk_create(
            rows,
            batch_size=_WRITTEN,
            update_conflicts=True,
            unique_fields=["proposal_id"],
            update_fields=["proposed", "taken"],
        )


def _follow(period: Period, goods: dict[str, Listing], *, dealer_ids: Collection[int] | None = None) -> int:
    """Enter what is missing for a period's dealers, or for some of them; returns how many entries that took."""
    rows = Participation.objects.select_for_update().filter(period=period).order_by("id")
    if dealer_ids is not None:
        rows = rows.filter(dealer_id__in=dealer_ids)
    parts = {row.dealer_id: row for row in rows}
    if not parts:
        return 0
    rules, currency = rules_of(period.version), the_currency()
    pieces = _pieces(period, rules, sorted(parts), goods, currency)
    posted = _posted([row.pk for row in parts.values()])
    uses = _uses(period, parts) if rules.basis == Basis.PROPOSALS else {}
    entries: list[RebateEntry] = []
    for dealer_id, row in parts.items():
        mine = pieces.get(dealer_id, [])
        proposed, taken = uses.get(dealer_id, (0, 0))
        standing = Standing(
            basis=sum((piece.basis for piece in mine), Decimal(0)), base=row.base, proposed=proposed, taken=taken
        )
        entries += _missing(row, rules, standing, pieces=mine, posted=posted.get(row.pk, {}), currency=currency)
    RebateEntry.objects.bulk_create(entries, batch_size=_WRITTEN)
    return len(entries)


def _missing(
    row: Participation,
    rules: Rules,
    standing: Standing,
    *,
    pieces: Sequence[Piece],
    posted: dict[Key, _Posted],
    currency: str,
) -> list[RebateEntry]:
    """Entries that bring the ledger of a participation to its pieces, in their order.

    Each earns what all up to it earn, rounded, less what all before it do: so the sum is exact, and a piece that comes
    later changes nothing of an earlier one unless it reaches a step that holds for the whole.
    """
    step = step_reached(rules, standing)
    counted = before = Decimal(0)
    entries: list[RebateEntry] = []
    left = dict(posted)
    for piece in pieces:
        counted += piece.basis
        total = earned_up_to(rules, standing, counted=counted)
        upto = total.to_integral_value(ROUND_FLOOR) if rules.effect == "points" else rounded(total, currency=currency)
        amount, before = upto - before, upto
        there = left.pop(piece.key, None)
        more_basis = piece.basis - (there.basis if there else 0)
        more = amount - (there.amount if there else 0)
        if more_basis or more:
            kind = EntryKind.STEP if not more_basis else EntryKind.CHANGED if there else EntryKind.COUNTED
            entries.append(_entry(row, piece, kind, basis=more_basis, amount=more, step=step))
    for (order_id, line, month, _product), gone in left.items():
        if gone.basis or gone.amount:
            piece = Piece(
                dealer_id=row.dealer_id,
                on=gone.on,
                basis=gone.basis,
                product_id=gone.product_id or 0,
                order_id=order_id,
                order_number=gone.order_number,
                line=line,
                month=month,
            )
            entries.append(_entry(row, piece, EntryKind.CHANGED, basis=-gone.basis, amount=-gone.amount, step=step))
    return entries


def _entry(
    row: Participation, piece: Piece, kind: EntryKind, *, basis: Decimal, amount: Decimal, step: int
) -> RebateEntry:
    return RebateEntry(
        participation=row,
        dealer_id=row.dealer_id,
        kind=kind,
        on=piece.on,
        order_id=piece.order_id,
        order_number=piece.order_number,
        line=piece.line,
        product_id=piece.product_id,
        month=piece.month,
        basis=basis,
        amount=amount,
        step=step,
    )


def _pieces(
    period: Period, rules: Rules, dealer_ids: Sequence[int], goods: dict[str, Listing], currency: str
) -> dict[int, list[Piece]]:
    """What counts of each dealer, in the order in which it came."""
    found: dict[int, list[Piece]] = defaultdict(list)
    if rules.basis == Basis.SELL_OUT:
        codes = {code: dealer_id for code, dealer_id in dealer_ids_by_code().items() if dealer_id in set(dealer_ids)}
        for sold in history.sold_out(
            rules,
            dealers=sorted(codes),
            since=period.starts_on,
            until=period.ends_on,
            listings=goods,
            currency=currency,
        ):
            month = max(sold.month, period.starts_on)
            found[codes[sold.dealer]].append(
                Piece(codes[sold.dealer], month, sold.amount, sold.product_id, month=sold.month)
            )
        return found
    known = {one.id: one for one in goods.values()}
    for line in bought_lines(
        dealer_ids=dealer_ids,
        since=period.starts_on,
        until=period.ends_on,
        counted="received" if rules.basis == Basis.RECEIVED else "placed",
    ):
        product = known[line.product_id]
        if rules.basis == Basis.PROPOSALS and not line.proposed:
            continue
        if rules.counts(product_id=product.id, category=product.category, listed_on=product.listed_on, on=line.on):
            found[line.dealer_id].append(
                Piece(
                    dealer_id=line.dealer_id,
                    on=line.on,
                    basis=rounded(line.amount, currency=currency),
                    product_id=line.product_id,
                    order_id=line.order_id,
                    order_number=line.order_number,
                    line=line.line,
                )
            )
    return found


_SUMS = """
select participation_id, order_id, line, month, case when month is not null then product_id end as of_month,
  sum(basis), sum(amount), min("on"), max(order_number), max(product_id)
from incentives_rebateentry
where participation_id = any(%s) and kind in ('counted', 'changed', 'step')
group by 1, 2, 3, 4, 5
"""


def _posted(part_ids: Sequence[int]) -> dict[int, dict[Key, _Posted]]:
    found: dict[int, dict[Key, _Posted]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [list(part_ids)])
        for part_id, order_id, line, month, product, basis, amount, on, number, product_id in cursor.fetchall():
            found[part_id][order_id, line, month, product] = _Posted(basis, amount, on, number, product_id)
    return found


def _uses(period: Period, dealer_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Lines proposed and taken of each dealer in the period."""
    rows = ProposalUse.objects.filter(dealer_id__in=dealer_ids, on__range=(period.starts_on, period.ends_on))
    sums = rows.values("dealer_id").annotate(proposed=Sum("proposed"), taken=Sum("taken")).order_by()
    return {row["dealer_id"]: (row["proposed"], row["taken"]) for row in sums}
