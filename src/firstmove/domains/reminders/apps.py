from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "firstmove.domains.reminders"
    label = "reminders"

    def ready(self) -> None:
        from firstmove.domains.reminders import operations, topics
        from firstmove.kernel import outbox

        for news in topics.news():
            outbox.subscribe(news, operations.take_up)
