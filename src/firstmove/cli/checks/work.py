"""What runs by itself: the nightly run, the relay of news, the worker."""

import datetime as dt
from collections.abc import Iterator

from firstmove.cli.checks import Finding, good, note, wrong

LATE_DAYS = 2
NEWS_LATE = dt.timedelta(minutes=30)
HEARD_LATELY = dt.timedelta(minutes=1)
FAILURES_SINCE = dt.timedelta(days=1)


def runs(now: dt.datetime) -> Iterator[Finding]:
    from firstmove.domains.network import queries as network
    from firstmove.domains.planning import queries as planning
    from firstmove.kernel import tenancy

    if not network.is_initialised():
        yield note("enterprise", "The data folder is empty. Fill it: firstmove demo, or firstmove intake FOLDER")
        return
    with tenancy.scope(tenancy.SYSTEM):
        enterprise = network.enterprise(now=now)
        latest, _count = planning.runs(limit=1)
        complete = planning.latest_run()
    kind = "demo data" if enterprise.is_demo else enterprise.currency
    yield good("enterprise", f"{enterprise.name}, {kind}, business date {enterprise.business_on}.")
    if not latest:
        yield note("planning", "No run yet: firstmove plan")
        return
    last = latest[0]
    if last.state == "failed":
        yield wrong("planning", f"The latest run (as of {last.as_of}) failed: {last.error}", "Run: firstmove plan")
    if complete is None:
        return
    days = (enterprise.business_on - complete.as_of).days - 1
    says = f"The latest proposals are of {complete.as_of}: {complete.lines:,} lines for {complete.dealers} dealers."
    if days >= LATE_DAYS:
        yield wrong(
            "planning", f"{says} That is {days} days late.", "Run: firstmove plan, and see why it did not by night."
        )
    else:
        yield good("planning", says)
    if complete.stale:
        yield note("feeds", f"They ended before that day: {', '.join(complete.stale)}.")


def news(now: dt.datetime) -> Iterator[Finding]:
    """What happened in PostgreSQL and is not in the lake yet."""
    from firstmove.kernel import outbox, tenancy

    with tenancy.scope(tenancy.SYSTEM):
        waiting = outbox.waiting()
    if waiting.since is None:
        yield good("news", "Everything that happened is delivered.")
        return
    says = f"{waiting.events:,} events wait since {waiting.since:%Y-%m-%d %H:%M} UTC."
    if waiting.error:
        yield wrong("news", f"{says} The latest failed with {waiting.error}", "Mend that; they are tried every minute.")
    elif now - waiting.since > NEWS_LATE:
        yield wrong("news", says, "A worker delivers them: firstmove up (or firstmove plan, which delivers first).")
    else:
        yield note("news", says)


def jobs(now: dt.datetime, *, up_runs: bool) -> Iterator[Finding]:
    from django.db.models import Count, Max, Q
    from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

    heard = ProcrastinateWorker.objects.aggregate(last=Max("last_heartbeat"))["last"]
    alive = heard is not None and now - heard < HEARD_LATELY
    if alive:
        yield good("worker", "One was heard within the last minute.")
    elif up_runs:
        since = "never" if heard is None else f"last at {heard:%Y-%m-%d %H:%M} UTC"
        yield wrong(
            "worker", f"firstmove up runs, but its worker was {since} heard.", "Look at its output; start up again."
        )
    else:
        yield note("worker", "None runs; firstmove up starts one.")
    lately = now - FAILURES_SINCE
    failed = (
        ProcrastinateJob.objects.filter(status="failed")
        .annotate(at=Max("procrastinateevent__at", filter=Q(procrastinateevent__type="failed")))
        .filter(at__gte=lately)
        .values("task_name")
        .annotate(count=Count("id", distinct=True))
        .order_by("task_name")
    )
    names = [f"{row['task_name']} ({row['count']}×)" for row in failed]
    gone = ProcrastinateJob.objects.filter(status="doing").filter(
        Q(worker__isnull=True) | Q(worker__last_heartbeat__lt=now - HEARD_LATELY)
    )
    stalled = sorted(set(gone.values_list("task_name", flat=True)))
    if names:
        yield wrong("failed jobs", f"In the last day: {', '.join(names)}.", "The worker's output says why.")
    if stalled:
        yield wrong("stalled jobs", f"Their worker is gone: {', '.join(stalled)}.", "Start a worker: firstmove up")
    if not names and not stalled:
        yield good("jobs", "None failed in the last day, none is stalled.")
