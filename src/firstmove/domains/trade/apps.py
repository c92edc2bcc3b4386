from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradeConfig(AppConfig):
    name = "firstmove.domains.trade"
    label = "trade"

    def ready(self) -> None:
        from firstmove.domains.trade import arrivals, history, operations
        from firstmove.domains.trade.operations import promises, returned_goods
        from firstmove.kernel import outbox
        from firstmove.kernel.webhooks import subscriptions as webhooks

        outbox.subscribe(operations.PLACED, history.record_placed)
        # A cancelled line is one of nothing; the lake replaces it by its key.
        outbox.subscribe(operations.CANCELLED, history.record_placed)
        outbox.subscribe(operations.REDUCED, history.record_standing)
        outbox.subscribe(operations.RECEIVED, history.record_standing)
        outbox.subscribe(operations.SHIPPED, history.record_shipped)
        outbox.subscribe(operations.RECEIVED, history.record_shipped)
        outbox.subscribe(operations.SHIPPED, operations.follow_shipped)
        webhooks.offer(operations.PLACED, _("an order is placed"), to=("dealer", "enterprise"))
        webhooks.offer(operations.CANCELLED, _("an order is cancelled"), to=("dealer", "enterprise"))
        webhooks.offer(operations.SHIPPED, _("a shipment of an order leaves"), to=("dealer", "enterprise"))
        webhooks.offer(operations.REDUCED, _("the rest of an order line is cancelled"), to=("dealer", "enterprise"))
        webhooks.offer(operations.RECEIVED, _("goods are received"), to=("dealer", "enterprise"))
        webhooks.offer(operations.CLAIM_OPENED, _("goods came short or damaged"), to=("dealer", "enterprise"))
        webhooks.offer(operations.CLAIM_SETTLED, _("a claim is accepted or declined"), to=("dealer", "enterprise"))
        webhooks.offer(operations.MOVED, _("an order is passed or sent back"), to=("dealer", "enterprise"))
        webhooks.offer(operations.LATE, _("an order waits for too long at a step"), to=("enterprise",))
        webhooks.offer(
            operations.SUPPLIER_ORDER_MOVED, _("a dealer's order from a supplier moved on"), to=("dealer", "supplier")
        )
        bought = {
            operations.PURCHASE_SENT: _("a purchase order is sent"),
            operations.PURCHASE_CONFIRMED: _("a supplier confirms a purchase order"),
            operations.PURCHASE_SHIPPED: _("a supplier ships a purchase order"),
            operations.PURCHASE_RECEIVED: _("goods of a purchase order are received"),
            operations.PURCHASE_CANCELLED: _("a purchase order is cancelled or declined"),
        }
        for topic, words in bought.items():
            webhooks.offer(topic, words, to=("supplier", "enterprise"))
        sent_back = {
            operations.RETURN_ASKED: _("a dealer asks to send goods back"),
            operations.RETURN_DECIDED: _("a return is approved, declined or withdrawn"),
            operations.RETURN_SENT: _("goods of a return are on their way"),
            operations.RETURN_RECEIVED: _("a return is counted and credited"),
        }
        papers = {
            operations.INVOICE_REQUESTED: _("an invoice or a red letter is asked for"),
            operations.INVOICE_DECIDED: _("an invoice is issued, declined or credited before it was"),
            operations.STATEMENT_CONFIRMED: _("a dealer confirms the statement of a month"),
            operations.STATEMENT_DISPUTED: _("a statement is disputed, answered or settled"),
        }
        for topic, words in (sent_back | papers).items():
            webhooks.offer(topic, words, to=("dealer", "enterprise"))
        outbox.subscribe(operations.RETURN_RECEIVED, returned_goods.cover_waiting)
        followed = ("CONFIRMED", "SHIPPED", "RECEIVED", "CANCELLED")
        for topic in (getattr(operations, f"PURCHASE_{name}") for name in followed):
            outbox.subscribe(topic, arrivals.follow)
            outbox.subscribe(topic, promises.follow_arrivals)
        for topic in (operations.PLACED, operations.SHIPPED, operations.REDUCED):
            outbox.subscribe(topic, promises.follow_orders)
        webhooks.offer(
            operations.PROMISE_MOVED, _("the promised day of a back-order moves"), to=("dealer", "enterprise")
        )
