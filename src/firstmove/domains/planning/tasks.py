"""Entry points of background work."""

from django.utils import timezone
from procrastinate.contrib.django import app

from firstmove.domains.planning import operations


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="plan-when-due", lock="plan")
def plan_when_due(timestamp: int) -> None:
    operations.plan_if_due(now=timezone.now())


@app.task(queueing_lock="plan-now", lock="plan")
def plan_now(*, user_id: int | None = None) -> None:
    operations.plan_again(now=timezone.now(), user_id=user_id)


@app.periodic(cron="10 * * * *")
@app.task(queueing_lock="close-late-proposals")
def close_late_proposals(timestamp: int) -> None:
    operations.expire(now=timezone.now())


@app.periodic(cron="20 * * * *")
@app.task(queueing_lock="tell-proposal-uses")
def tell_proposal_uses(timestamp: int) -> None:
    operations.tell_uses(now=timezone.now())


# After incentives have followed their evidence, at 25 past.
@app.periodic(cron="30 * * * *")
@app.task(queueing_lock="weigh-new-programmes", lock="plan")
def weigh_new_programmes(timestamp: int) -> None:
    operations.weigh_new(now=timezone.now())


@app.periodic(cron="40 * * * *")
@app.task(queueing_lock="reckon-outcomes", lock="reckon")
def reckon_outcomes(timestamp: int) -> None:
    operations.reckon_outcomes(now=timezone.now())


@app.task(lock="replay")
def carry_out_replay(*, replay_id: int) -> None:
    operations.carry_out(replay_id=replay_id, now=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="order-automatically", lock="plan")
def order_automatically(timestamp: int) -> None:
    operations.order_due(now=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="release-automatic-orders")
def release_automatic_orders(timestamp: int) -> None:
    operations.release_due(now=timezone.now())


@app.periodic(cron="40 5 * * *")
@app.task(queueing_lock="review-automatic-ordering")
def review_automatic_ordering(timestamp: int) -> None:
    for replay_id in operations.review(now=timezone.now()):
        carry_out_replay.defer(replay_id=replay_id)


@app.periodic(cron="20 3 * * *")
@app.task(queueing_lock="choose-service-when-due", lock="plan")
def choose_service_when_due(timestamp: int) -> None:
    operations.choose_service_if_due(now=timezone.now())


@app.task(queueing_lock="choose-service-now", lock="plan")
def choose_service_now() -> None:
    operations.choose_service(now=timezone.now())


@app.periodic(cron="50 6 * * *")
@app.task(queueing_lock="measure", lock="measure")
def measure(timestamp: int) -> None:
    operations.measure(now=timezone.now())


@app.periodic(cron="5-59/15 * * * *")
@app.task(queueing_lock="roll-order-plans")
def roll_order_plans(timestamp: int) -> None:
    operations.roll_if_due(now=timezone.now())


@app.periodic(cron="20 4 * * *")
@app.task(queueing_lock="try-methods-when-due")
def try_methods_when_due(timestamp: int) -> None:
    if (round_id := operations.request_trials_if_due(now=timezone.now())) is not None:
        carry_out_trials.defer(round_id=round_id)


@app.task(lock="trials")
def carry_out_trials(*, round_id: int) -> None:
    operations.carry_out_trials(round_id=round_id, now=timezone.now())
