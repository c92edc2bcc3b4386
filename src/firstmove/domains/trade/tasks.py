"""Entry points of background work."""

from django.utils import timezone
from procrastinate.contrib.django import app

from firstmove.domains.trade import operations


@app.periodic(cron="5 * * * *")
@app.task(queueing_lock="tell-late-steps")
def tell_late_steps(timestamp: int) -> None:
    operations.tell_late(now=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="ship-covered-orders")
def ship_covered_orders(timestamp: int) -> None:
    operations.ship_covered(now=timezone.now())
    operations.rework_promises(now=timezone.now())


@app.periodic(cron="30 4 * * *")
@app.task(queueing_lock="forget-carrier-notices")
def forget_carrier_notices(timestamp: int) -> None:
    operations.forget_notices(now=timezone.now())
