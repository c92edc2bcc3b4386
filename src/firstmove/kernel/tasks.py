"""Entry points of background work."""

from procrastinate.contrib.django import app

from firstmove.kernel import outbox


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="deliver-news", pass_context=False)
def deliver_news(timestamp: int) -> None:
    outbox.deliver()
