"""Entry points of background work."""

from django.utils import timezone
from procrastinate.contrib.django import app

from firstmove.domains.incentives import operations


@app.periodic(cron="25 * * * *")
@app.task(queueing_lock="follow-incentives", lock="incentives")
def follow_incentives(timestamp: int) -> None:
    operations.follow_all(now=timezone.now(), over_for_days=operations.RECENT_DAYS)


@app.periodic(cron="50 3 * * *")
@app.task(queueing_lock="follow-old-incentives", lock="incentives")
def follow_old_incentives(timestamp: int) -> None:
    operations.follow_all(now=timezone.now())


@app.task(queueing_lock="follow-incentives-now", lock="incentives")
def follow_incentives_now() -> None:
    operations.follow_all(now=timezone.now())


@app.periodic(cron="35 2 1 * *")
@app.task(queueing_lock="apply-tier-rules", lock="incentives")
def apply_tier_rules(timestamp: int) -> None:
    operations.apply_tier_rules(now=timezone.now())
