"""The news of a run: what the outbox tells dealers of their morning, and the enterprise of its plan."""

import datetime as dt

from django.db.models import Count, Sum

from firstmove.domains.planning.models import Alert, Run
from firstmove.domains.planning.queries.advice import proposals_of_run
from firstmove.kernel import outbox

PROPOSAL_READY, ALERTS_RAISED = "planning.proposal_ready", "planning.alerts_raised"
RUN_COMPLETED, RUN_FAILED = "planning.run_completed", "planning.run_failed"
FEEDS_SILENT = "planning.feeds_silent"
_LONGEST_ERROR = 300


def completed(*, run: Run, for_on: dt.date) -> None:
    """Tell of a run, inside the transaction that writes it: a second run of a morning tells of it again."""
    outbox.publish_to_dealers(
        topic=PROPOSAL_READY,
        payloads={
            proposal.dealer_id: {
                "proposal_id": proposal.id,
                "for_on": for_on.isoformat(),
                "expires_on": proposal.expires_on.isoformat(),
                "lines": proposal.totals.lines,
                "look": proposal.attention_lines,
                "amount": float(proposal.totals.amount),
                "profit": round(proposal.totals.profit, 2),
                "profit_low": round(proposal.totals.profit_low, 2),
                "profit_high": round(proposal.totals.profit_high, 2),
            }
            for proposal in proposals_of_run(run_id=run.pk)
        },
    )
    raised = Alert.objects.filter(raised_on=for_on, solved_on__isnull=True).order_by()
    costliest = raised.order_by("dealer_id", "-money", "id").distinct("dealer_id")
    first = dict(costliest.values_list("dealer_id", "product__name"))
    counts = list(raised.values("dealer_id").annotate(alerts=Count("id"), money=Sum("money")))
    outbox.publish_to_dealers(
        topic=ALERTS_RAISED,
        payloads={
            row["dealer_id"]: {
                "on": for_on.isoformat(),
                "alerts": row["alerts"],
                "money": round(row["money"], 2),
                "product": first[row["dealer_id"]] or "",
            }
            for row in counts
        },
    )
    outbox.publish(
        topic=RUN_COMPLETED,
        payload={
            "run_id": run.pk,
            "for_on": for_on.isoformat(),
            "dealers": run.proposals,
            "lines": run.lines,
            "amount": float(run.amount or 0),
            "alerts": sum(row["alerts"] for row in counts),
            "stale": list(run.stale),
        },
    )
    if run.stale:
        outbox.publish(topic=FEEDS_SILENT, payload={"as_of": run.as_of.isoformat(), "stale": list(run.stale)})


def failed(*, run: Run, for_on: dt.date, error: BaseException) -> None:
    """Tell of a run that came to nothing, in the transaction that records it."""
    told = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
    outbox.publish(topic=RUN_FAILED, payload={"run_id": run.pk, "for_on": for_on.isoformat(), "error": told})
