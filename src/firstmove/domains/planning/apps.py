from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "firstmove.domains.planning"
    label = "planning"

    def ready(self) -> None:
        from firstmove.domains.planning.operations import decisions
        from firstmove.domains.trade import operations as trade
        from firstmove.kernel import outbox

        outbox.subscribe(trade.CANCELLED, decisions.take_back)
