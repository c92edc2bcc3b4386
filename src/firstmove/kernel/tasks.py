"""Entry points of background work. Periodic tasks are given the time they were due, which only the queue needs."""

import datetime as dt

from procrastinate import JobContext, builtin_tasks
from procrastinate.contrib.django import app

from firstmove.kernel import idempotency, outbox
from firstmove.kernel.webhooks import delivery

KEPT_HOURS = 14 * 24


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="deliver-news")
def deliver_news(timestamp: int) -> None:
    outbox.deliver()


@app.periodic(cron="10 4 * * *")
@app.task(queueing_lock="forget-old-news")
def forget_old_news(timestamp: int) -> None:
    outbox.forget(before=dt.datetime.fromtimestamp(timestamp, dt.UTC) - dt.timedelta(hours=KEPT_HOURS))


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="send-webhooks")
def send_webhooks(timestamp: int) -> None:
    while delivery.send_due(now=dt.datetime.now(dt.UTC)):
        pass


@app.periodic(cron="25 4 * * *")
@app.task(queueing_lock="forget-old-webhooks")
def forget_old_webhooks(timestamp: int) -> None:
    delivery.forget(now=dt.datetime.fromtimestamp(timestamp, dt.UTC))


@app.periodic(cron="15 4 * * *")
@app.task(queueing_lock="forget-given-answers")
def forget_given_answers(timestamp: int) -> None:
    idempotency.forget(now=dt.datetime.fromtimestamp(timestamp, dt.UTC))


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="retry-stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker was killed begin again."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)


@app.periodic(cron="20 4 * * *")
@app.task(queueing_lock="forget-old-jobs", pass_context=True)
async def forget_old_jobs(context: JobContext, timestamp: int) -> None:
    await builtin_tasks.remove_old_jobs(context, max_hours=KEPT_HOURS, remove_failed=True)
