"""Entry points of background work. Periodic tasks are given the time they were due, which only the queue needs."""

from procrastinate.contrib.django import app

from firstmove.kernel import outbox


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="deliver-news")
def deliver_news(timestamp: int) -> None:
    outbox.deliver()
