from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncentivesConfig(AppConfig):
    name = "firstmove.domains.incentives"
    label = "incentives"

    def ready(self) -> None:
        from firstmove.domains.incentives import operations
        from firstmove.domains.trade import operations as trade
        from firstmove.kernel import outbox
        from firstmove.kernel.webhooks import subscriptions as webhooks

        for topic in (trade.PLACED, trade.CANCELLED, trade.RECEIVED, trade.RETURN_RECEIVED):
            outbox.subscribe(topic, operations.follow_orders)
        webhooks.offer(operations.SETTLED, _("a rebate statement is made"), to=("dealer", "enterprise"))
        webhooks.offer(operations.CLAIMED, _("a dealer claims a rebate that is missing"), to=("dealer", "enterprise"))
        webhooks.offer(
            operations.DISPUTED, _("a message about a disputed rebate statement"), to=("dealer", "enterprise")
        )
