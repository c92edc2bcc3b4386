"""Entry points of background work."""

import datetime as dt

from django.utils import timezone
from procrastinate.contrib.django import app

from firstmove.domains.reminders import operations


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="send-reminders")
def send_reminders(timestamp: int) -> None:
    operations.send_all(now=timezone.now())


@app.task(queueing_lock="send-letters")
def send_letters() -> None:
    """As `send_reminders`, for a letter that somebody waits for."""
    operations.send_all(now=timezone.now())


@app.periodic(cron="15 * * * *")
@app.task(queueing_lock="remind-of-dunning")
def remind_of_dunning(timestamp: int) -> None:
    operations.remind_of_dunning(now=timezone.now())


@app.periodic(cron="35 4 * * *")
@app.task(queueing_lock="forget-old-messages")
def forget_old_messages(timestamp: int) -> None:
    operations.forget(now=dt.datetime.fromtimestamp(timestamp, dt.UTC))
