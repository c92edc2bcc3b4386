"""What people of the demo were told: the morning's order, alerts, an order that moved, what is overdue."""

import datetime as dt

TOLD_DEALER = "D001"
# A name of which nobody has an address (RFC 2606): what is sent there shows how a channel fails, and goes nowhere.
PROGRAM = "https://erp.demo.example/reminders"


def tell_people(*, now: dt.datetime) -> None:
    """Deliver the news of the loading, send the letters that are due, and set up a program of the enterprise."""
    from django.utils import timezone

    from firstmove.domains.network import queries as network
    from firstmove.domains.reminders import operations as reminders
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade import queries as trade_queries
    from firstmove.kernel import outbox, tenancy

    with tenancy.scope(tenancy.SYSTEM):
        dealer_id = network.dealer_ids_by_code()[TOLD_DEALER]
        admin = next(user for user in network.users() if user.role == "admin")
        rows, _count = trade_queries.orders(dealer_id=dealer_id, limit=1)
        for order in rows:
            outbox.publish(
                topic=trade.MOVED,
                dealer_id=dealer_id,
                payload={
                    "order": order.number,
                    "order_id": order.id,
                    "dealer": TOLD_DEALER,
                    "from": "ship_confirm",
                    "to": order.state,
                    "note": "",
                    "broke": [],
                },
            )
    while outbox.deliver():
        pass
    reminders.remind_of_dunning(now=now)
    # What was queued just now is due now, after the moment at which loading began.
    reminders.send_all(now=timezone.now())
    reminders.add_channel(
        actor=tenancy.Actor("enterprise", user_id=admin.id),
        kind="webhook",
        name="ERP",
        url=PROGRAM,
        shared=True,
        subjects=["plan", "late", "purchases"],
        language="zh-hans",
        now=now,
    )
