"""What a supply planner decides about scarce goods: which tiers are preferred, and when dealers are told."""

import datetime as dt
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries
from firstmove.domains.planning.models import Allocation, TierPriority
from firstmove.domains.stock import reserving
from firstmove.engine.inventory.allocation import BONUS_MOST
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed
from firstmove.kernel.tenancy import Actor


def publish_allocation(*, actor: Actor, product_id: int, now: dt.datetime) -> int:
    """Let every dealer see what it gets of a scarce product, and why. Returns how many are told anew.

    Raises NotFound where the product is not shared by the latest run.
    """
    with tenancy.scope(actor):
        _may_share(actor)
        run_id = queries.require_shared([product_id])
        every = Allocation.objects.filter(run_id=run_id, product_id=product_id)
        told = every.filter(published_at__isnull=True).update(published_at=now, published_by_id=actor.user_id)
        # From now on what comes is given out by these shares, and no more to who waits longest.
        weights = {row.dealer_id: float(row.granted) for row in every}
        reserving.set_shares(actor=actor, product_id=product_id, weights=weights, now=now)
        return told


def set_tier_bonuses(*, actor: Actor, bonuses: Mapping[str, float]) -> None:
    """By how much each tier is preferred from the next run on: 0 to `BONUS_MOST`. Raises Invalid beyond, and for a
    tier of no dealer."""
    for tier, bonus in bonuses.items():
        if not 0 <= bonus <= BONUS_MOST:
            raise Invalid(
                _("A tier is preferred by 0 to %(most)s %%.") % {"most": round(BONUS_MOST * 100)},
                _("So every dealer keeps at least four fifths of an equal share."),
                field=f"bonus-{tier}",
            )
    with tenancy.scope(actor):
        _may_share(actor)
        known = {row.tier: row for row in TierPriority.objects.select_for_update()}
        tiers = {dealer.tier for dealer in network.dealers()} | set(known)
        if unknown := sorted(set(bonuses) - tiers):
            raise Invalid(
                _("No dealer is of the tier %(tier)s.") % {"tier": unknown[0][:40]},
                _("Tiers come with the master data of dealers."),
                field="bonus",
            )
        for tier, bonus in bonuses.items():
            if tier not in known:
                TierPriority.objects.create(tier=tier, bonus=bonus)
            elif known[tier].bonus != bonus:
                known[tier].bonus = bonus
                known[tier].save(update_fields=["bonus"])


def _may_share(actor: Actor) -> None:
    if actor.kind != "enterprise" or network.role_of(actor=actor) not in ("admin", "planner"):
        raise NotAllowed(_("Only administrators and supply planners share out scarce goods."))
