"""Reads of dealers and the network in sum, by the latest run."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Q, Sum

from firstmove.domains.planning.models import (
    DealerOutlook,
    Proposal,
    ProposalState,
)
from firstmove.domains.planning.queries.advice import totals_of
from firstmove.domains.planning.queries.record import latest_run


@dataclass(frozen=True)
class DealerStanding:
    """A dealer as the channel manager sees it this morning."""

    dealer_id: int
    proposal_id: int | None
    proposal_state: str
    lines: int
    amount: Decimal
    profit: float
    pairs: int
    at_risk: int
    lost_sales_at_risk: float
    stock_days: float | None
    stock_assumed: bool


@dataclass(frozen=True)
class Network:
    """The network by the latest run. `covered` is the share of demand whose products are not at risk of running out."""

    as_of: dt.date | None
    pairs: int
    at_risk: int
    covered: float | None
    stock_days: float | None
    stock_assumed: bool


def standings(*, on: dt.date) -> dict[int, DealerStanding]:
    """Every dealer of the latest run, by id."""
    risk = {row.dealer_id: row for row in DealerOutlook.objects.all()}
    current = (
        Proposal.objects.filter(Q(state=ProposalState.READY, expires_on__gte=on) | Q(for_on=on))
        .exclude(state=ProposalState.SUPERSEDED)
        .order_by("id")
    )
    by_dealer = {row.dealer_id: row for row in current}
    sums = totals_of([row.pk for row in by_dealer.values()])
    found = {}
    for dealer_id in {*risk, *by_dealer}:
        row, proposal_row = risk.get(dealer_id), by_dealer.get(dealer_id)
        lines = sums.get(proposal_row.pk) if proposal_row else None
        found[dealer_id] = DealerStanding(
            dealer_id=dealer_id,
            proposal_id=proposal_row.pk if proposal_row else None,
            proposal_state=proposal_row.state if proposal_row else "",
            lines=lines.lines if lines else 0,
            amount=lines.amount if lines else Decimal(0),
            profit=lines.profit if lines else 0.0,
            pairs=row.pairs if row else 0,
            at_risk=row.at_risk if row else 0,
            lost_sales_at_risk=7 * row.day_value_at_risk if row else 0.0,
            stock_days=row.stock_value / row.day_value if row and row.day_value else None,
            stock_assumed=bool(row and row.stock_assumed),
        )
    return found


def network(*, dealer_id: int | None = None) -> Network:
    """The whole network, or one dealer's part of it, by the latest run; values weighted by money."""
    rows = DealerOutlook.objects.all() if dealer_id is None else DealerOutlook.objects.filter(dealer_id=dealer_id)
    sums = rows.aggregate(
        pairs=Sum("pairs"),
        at_risk=Sum("at_risk"),
        stock=Sum("stock_value"),
        day=Sum("day_value"),
        day_at_risk=Sum("day_value_at_risk"),
        assumed=Count("id", filter=Q(stock_assumed=True)),
    )
    return Network(
        as_of=_planned_until(dealer_id),
        pairs=sums["pairs"] or 0,
        at_risk=sums["at_risk"] or 0,
        covered=1 - sums["day_at_risk"] / sums["day"] if sums["day"] else None,
        stock_days=sums["stock"] / sums["day"] if sums["day"] else None,
        stock_assumed=sums["assumed"] > 0,
    )


def _planned_until(dealer_id: int | None) -> dt.date | None:
    """The last day that the plan knew. Runs are the enterprise's; a dealer sees its proposals."""
    if dealer_id is None:
        latest = latest_run()
        return latest.as_of if latest else None
    return Proposal.objects.filter(dealer_id=dealer_id).aggregate(latest=Max("as_of"))["latest"]
