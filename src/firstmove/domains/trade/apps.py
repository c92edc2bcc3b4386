from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradeConfig(AppConfig):
    name = "firstmove.domains.trade"
    label = "trade"

    def ready(self) -> None:
        from firstmove.domains.trade import history, operations
        from firstmove.kernel import outbox
        from firstmove.kernel.webhooks import subscriptions as webhooks

        outbox.subscribe(operations.PLACED, history.record_placed)
        # A cancelled line is one of nothing; the lake replaces it by its key.
        outbox.subscribe(operations.CANCELLED, history.record_placed)
        outbox.subscribe(operations.RECEIVED, history.record_received)
        webhooks.offer(operations.PLACED, _("an order is placed"), to=("dealer", "enterprise"))
        webhooks.offer(operations.CANCELLED, _("an order is cancelled"), to=("dealer", "enterprise"))
        webhooks.offer(operations.RECEIVED, _("goods are received"), to=("dealer", "enterprise"))
        webhooks.offer(operations.MOVED, _("an order is passed or sent back"), to=("dealer", "enterprise"))
        webhooks.offer(operations.LATE, _("an order waits for too long at a step"), to=("enterprise",))
