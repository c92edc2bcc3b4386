from django.apps import AppConfig


class TradeConfig(AppConfig):
    name = "firstmove.domains.trade"
    label = "trade"

    def ready(self) -> None:
        from firstmove.domains.trade import history, operations
        from firstmove.kernel import outbox

        outbox.subscribe(operations.PLACED, history.record_placed)
        # A cancelled line is one of nothing; the lake replaces it by its key.
        outbox.subscribe(operations.CANCELLED, history.record_placed)
        outbox.subscribe(operations.RECEIVED, history.record_received)
