"""How much of proposals dealers took, told to programmes that reward it."""

import datetime as dt

from django.db.models import Count, Q

from firstmove.domains.incentives.operations import record_uses
from firstmove.domains.incentives.queries import uses_wanted_since
from firstmove.domains.network.queries import enterprise
from firstmove.domains.planning.models import Proposal, ProposalState
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM

_DECIDED = (ProposalState.ACCEPTED, ProposalState.REJECTED, ProposalState.EXPIRED)


def tell_uses(*, now: dt.datetime) -> int:
    """Tell of every proposal that was decided or ran out how many of its lines were ordered; returns of how many.

    A line that was ordered in another quantity was taken. A proposal that a newer one replaced counts for nothing:
    nobody had to decide it. Nothing is told where no programme asks; telling again changes nothing.
    """
    with tenancy.scope(SYSTEM):
        since = uses_wanted_since(on=enterprise(now=now).business_on)
        if since is None:
            return 0
        rows = Proposal.objects.filter(for_on__gte=since, state__in=_DECIDED).annotate(
            proposed=Count("lines", filter=Q(lines__quantity__gt=0)),
            taken=Count("lines", filter=Q(lines__quantity__gt=0, lines__decided_quantity__gt=0)),
        )
        uses = list(rows.order_by("id").values_list("dealer_id", "id", "for_on", "proposed", "taken"))
        record_uses(uses=uses)
        return len(uses)
