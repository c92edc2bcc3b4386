"""Papers of a dealer of the demo: where its orders go, goods that it sent back, invoices, and a disputed month."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firstmove.kernel.tenancy import Actor

PAPER_DEALER = "D001"
TAX_RATE = Decimal("0.13")
# A code that checks itself and is nobody's.
TAX_NUMBER = "91310000MA1FL0AA1W"
# How far each return goes.
RETURNS = ("received", "requested", "sent", "approved", "declined")
_MOST_ORDERS = 40


def keep_papers(*, now: dt.datetime) -> None:
    """Returns in each state, an invoice requested, one issued and its red letter, two addresses, a month confirmed and
    one disputed. Repeating it changes nothing. A demo so small that the dealer received too little has fewer of them.
    """
    from firstmove.domains.catalog import operations as catalog
    from firstmove.domains.catalog import queries as catalog_queries
    from firstmove.domains.network import queries as network
    from firstmove.domains.stock import queries as stock
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade import queries
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        dealer_id = network.dealer_ids_by_code()[PAPER_DEALER]
        if queries.addresses(dealer_id=dealer_id):
            return
        users = network.users()
        owner_id = next(user.id for user in users if user.dealer_id == dealer_id and user.role == "owner")
        admin_id = next(user.id for user in users if user.role == "admin")
        skus = list(catalog_queries.product_ids_by_sku())
        today = network.enterprise(now=now).business_on
        on_hand = {product: balance.on_hand for product, balance in stock.balances(dealer_id=dealer_id).items()}
        rows, _count = queries.orders(dealer_id=dealer_id, limit=_MOST_ORDERS)
        received = [queries.order(order_id=row.id) for row in rows if row.state == "complete"]
    owner = tenancy.Actor("dealer", user_id=owner_id, dealer_id=dealer_id)
    admin = tenancy.Actor("enterprise", user_id=admin_id)
    catalog.upsert_products(rows=[{"sku": sku, "tax_rate": TAX_RATE} for sku in skus])
    for label, contact, phone, place in (
        ("门店", "王敏", "021-5550 0101", "上海市浦东新区示例路 18 号一层"),
        ("仓库", "李强", "021-5550 0102", "上海市嘉定区示例园区 3 号库"),
    ):
        trade.keep_address(
            actor=owner, dealer_id=dealer_id, destination=queries.Destination(label, contact, phone, place)
        )
    _keep_account(admin, dealer_id, today=today, now=now)
    trade.keep_invoice_profile(
        actor=owner,
        buyer=queries.Buyer(
            "special", "示例商贸有限公司", TAX_NUMBER, "上海市浦东新区示例路 18 号", "021-5550 0101",
            "示例银行上海分行", "6200 0000 0000 0000", "invoice@demo.example",
        ),
    )  # fmt: skip
    # A line of each order first, then a second one: a small demo has few orders of many lines.
    turns: dict[int, int] = {}
    lines = []
    for detail in received:
        for line in detail.lines:
            if detail.order.amount and line.received_quantity and on_hand.get(line.product_id, 0) >= 2:
                turns[detail.order.id] = turns.get(detail.order.id, 0) + 1
                lines.append((turns[detail.order.id], detail.order.id, line.number))
                on_hand[line.product_id] -= 1
    lines.sort(key=lambda one: one[0])
    for (_turn, order_id, number), until in zip(lines, RETURNS, strict=False):
        _send_back(owner, admin, order_id=order_id, line=number, until=until, now=now)
    with tenancy.scope(owner):
        unbilled = [one.order_id for one in queries.invoiceable(dealer_id=dealer_id)]
    left = [(order_id, number) for _turn, order_id, number in lines[len(RETURNS) :] if order_id in unbilled]
    billed = left[0][0] if left else next(iter(unbilled), None)
    if billed is not None:
        invoice_id = trade.request_invoice(actor=owner, order_ids=[billed], now=now)
        trade.issue_invoice(
            actor=admin, invoice_id=invoice_id, invoice_number="24312000000000018", issued_on=today, now=now
        )
    for order_id, number in left[:1]:
        _send_back(owner, admin, order_id=order_id, line=number, until="received", now=now)
    # One order is left over where there are enough, for whoever tries the page.
    others = [order_id for order_id in unbilled if order_id != billed]
    if asked := others[: max(1, min(2, len(others) - 1))]:
        trade.request_invoice(actor=owner, order_ids=asked, now=now)
    _answer_statements(owner, admin, dealer_id, today=today, now=now)


def _keep_account(admin: "Actor", dealer_id: int, *, today: dt.date, now: dt.datetime) -> None:
    """Payments are known for three months, and nothing is overdue."""
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade import queries
    from firstmove.kernel import tenancy

    last = queries.month_ends(today.replace(day=1) - dt.timedelta(days=1))[0]
    since = queries.month_ends(last - dt.timedelta(days=1))[0]
    trade.open_account(
        actor=admin, dealer_id=dealer_id, opened_on=since - dt.timedelta(days=1), opening=Decimal(2600), now=now
    )
    with tenancy.scope(admin):
        items, _count = queries.open_items(dealer_id=dealer_id, limit=500)
    due: dict[dt.date, Decimal] = {}
    for item in items:
        if item.due_on is not None and item.due_on <= today:
            paid_on = min(today, queries.month_ends(item.due_on)[1])
            due[paid_on] = due.get(paid_on, Decimal(0)) + item.open_amount
    for number, (paid_on, amount) in enumerate(sorted(due.items()), start=1):
        trade.record_payment(
            actor=admin,
            dealer_id=dealer_id,
            amount=amount,
            paid_on=paid_on,
            reference=f"ICBC-{paid_on:%y%m%d}-{number}",
            now=now,
        )


def _send_back(owner: "Actor", admin: "Actor", *, order_id: int, line: int, until: str, now: dt.datetime) -> None:
    """One or two units of a line, as far as a state."""
    from firstmove.domains.trade import operations as trade

    causes = {"requested": "unsold", "approved": "short_life", "sent": "wrong", "received": "damaged"}
    back = trade.ask_return(
        actor=owner,
        order_id=order_id,
        lines=[trade.Back(line, Decimal(1))],
        cause=causes.get(until, "other"),
        words="外箱受潮，附照片。" if until == "received" else "",
        now=now,
    )
    if until == "declined":
        trade.decline_return(actor=admin, return_id=back, note="已拆封，请与我们联系换货。", now=now)
    if until not in ("approved", "sent", "received"):
        return
    trade.approve_return(actor=admin, return_id=back, note="请寄到嘉定退货仓。", now=now)
    if until == "approved":
        return
    trade.send_return(actor=owner, return_id=back, carrier="顺丰", tracking="SF0000000000018", now=now)
    if until == "received":
        none, one = Decimal(0), Decimal(1)
        trade.receive_return(actor=admin, return_id=back, counted={1: trade.Counted(none, one)}, now=now)


def _answer_statements(owner: "Actor", admin: "Actor", dealer_id: int, *, today: dt.date, now: dt.datetime) -> None:
    """The month before last is confirmed, last month is disputed."""
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade import queries
    from firstmove.kernel import tenancy

    last = queries.month_ends(today.replace(day=1) - dt.timedelta(days=1))[0]
    before, end = queries.month_ends(last - dt.timedelta(days=1))
    with tenancy.scope(owner):
        closing = queries.statement(dealer_id=dealer_id, since=before, until=end).closing
    trade.confirm_statement(actor=owner, month_on=before, closing=closing, now=now)
    about = {"dealer_id": dealer_id, "month_on": last, "now": now}
    trade.write_about_statement(actor=owner, text="月末那张订单少收了一箱，对账单上还是全额。", **about)
    trade.write_about_statement(actor=admin, text="仓库正在核对，查明后开贷项。", **about)
