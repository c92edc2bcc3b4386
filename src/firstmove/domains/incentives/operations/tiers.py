"""Dealers come into their tiers: by the rules of these, once a month, or by hand."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.queries import listings
from firstmove.domains.incentives.calendar import months_later
from firstmove.domains.incentives.history import amounts
from firstmove.domains.incentives.models import Basis, Cadence, Effect, Mode, Tier, TierBasis, TierChange
from firstmove.domains.incentives.operations.rights import may_keep, words_of
from firstmove.domains.incentives.rules import Rules
from firstmove.domains.network import operations as network_operations
from firstmove.domains.network.queries import DealerView, dealers, enterprise
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.tenancy import SYSTEM, Actor


def set_tier_rule(
    *,
    actor: Actor,
    name: str,
    rank: int,
    basis: str,
    least_amount: Decimal | None,
    months: int,
    gives: str = "",
) -> int:
    """A tier and its rule, or another rule for one that is there. Returns its id.

    Raises NotAllowed, Invalid, Conflict for a rank that another tier has.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        name = words_of(name, most=40, field="name")
        by_rule = basis != TierBasis.HAND
        if basis not in TierBasis.values:
            raise Invalid(_("Choose one of the values that are offered."), field="basis")
        if by_rule and (least_amount is None or not least_amount.is_finite() or not 0 <= least_amount < 10**12):
            raise Invalid(_("Say from which amount on a dealer stands in this tier."), field="least_amount")
        if not 1 <= months <= 36:
            raise Invalid(_("A rule looks at 1 to 36 months."), field="months")
        if not 1 <= rank <= 99:
            raise Invalid(_("A rank lies between 1 and 99; the highest goes first."), field="rank")
        if Tier.objects.filter(rank=rank).exclude(name=name).exists():
            raise Conflict(_("Another tier has this rank."), _("Choose another rank."), field="rank")
        row, _made = Tier.objects.update_or_create(
            name=name,
            defaults={
                "rank": rank,
                "basis": basis,
                "least_amount": least_amount if by_rule else None,
                "months": months,
                "gives": gives.replace("\x00", "").strip()[:500],
            },
        )
        return row.pk


def forget_tier_rule(*, actor: Actor, tier_id: int) -> None:
    """No dealer comes into this tier by itself any more; who stands in it stays. Raises NotAllowed, NotFound."""
    with tenancy.scope(actor):
        may_keep(actor)
        if not Tier.objects.filter(id=tier_id).delete()[0]:
            raise NotFound()


def place_dealer(
    *, actor: Actor, dealer_id: int, tier: str, words: str, kept_until: dt.date | None, now: dt.datetime
) -> None:
    """Set a dealer's tier by hand, which its rule does not change until `kept_until`, or ever where that is empty.

    Raises NotAllowed, NotFound, Invalid for a tier that is not there or a day that is past.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        dealer = dealer_view(dealer_id=dealer_id)
        if tier and not Tier.objects.filter(name=tier).exists():
            raise Invalid(_("There is no tier of this name."), field="tier")
        if kept_until is not None and kept_until < enterprise(now=now).business_on:
            raise Invalid(_("That day is past."), field="kept_until")
        TierChange.objects.create(
            dealer_id=dealer.id,
            before=dealer.tier,
            tier=tier,
            by_hand=True,
            words=words_of(words, most=300, field="words"),
            kept_until=kept_until,
            at=now,
            user_id=actor.user_id,
        )
        network_operations.set_tier(actor=actor, dealer_id=dealer.id, tier=tier)


def apply_tier_rules(*, now: dt.datetime) -> int:
    """Bring dealers into the highest tier whose rule they meet by the whole months past; returns how many changed.

    A dealer that was placed by hand stays while that holds. One that meets no rule any more leaves a tier that has one.
    """
    with tenancy.scope(SYSTEM):
        rows = list(Tier.objects.select_for_update().order_by("-rank"))
        ruled = [row for row in rows if row.basis != TierBasis.HAND]
        if not ruled:
            return 0
        installation = enterprise(now=now)
        today = installation.business_on
        kept = _kept(today)
        free = [one for one in dealers(active_only=True) if one.id not in kept]
        measured = {row.pk: _measured(row, free, today, installation.currency) for row in ruled}
        names = {row.name for row in ruled}
        changed = 0
        for one in free:
            met = next(
                (row for row in ruled if measured[row.pk].get(one.code, Decimal(0)) >= (row.least_amount or 0)), None
            )
            if met is None and one.tier not in names:
                continue
            tier = met.name if met else ""
            if tier == one.tier or (one.tier and one.tier not in names and _outranks(rows, one.tier, tier)):
                continue
            TierChange.objects.create(
                dealer_id=one.id,
                before=one.tier,
                tier=tier,
                by_hand=False,
                amount=measured[(met or ruled[-1]).pk].get(one.code, Decimal(0)),
                at=now,
            )
            network_operations.set_tier(actor=SYSTEM, dealer_id=one.id, tier=tier)
            changed += 1
        return changed


def _outranks(rows: Sequence[Tier], name: str, other: str) -> bool:
    """Whether a tier that is set by hand stands above another."""
    ranks = {row.name: row.rank for row in rows}
    return ranks.get(name, 0) > ranks.get(other, 0)


def _kept(today: dt.date) -> set[int]:
    """Dealers that were placed by hand, as long as that holds."""
    latest = TierChange.objects.order_by("dealer_id", "-id").distinct("dealer_id")
    return {row.dealer_id for row in latest if row.by_hand and (row.kept_until is None or row.kept_until >= today)}


def _measured(row: Tier, free: Sequence[DealerView], today: dt.date, currency: str) -> dict[str, Decimal]:
    """What each dealer bought or sold in the whole months before this one, by code."""
    until = today.replace(day=1)
    rules = Rules(
        cadence=Cadence.MONTH,
        basis=Basis.SELL_OUT if row.basis == TierBasis.SELL_OUT else Basis.PLACED,
        effect=Effect.PRIORITY,
        mode=Mode.RETROACTIVE,
        steps=(),
        from_on=until,
    )
    return amounts(
        rules,
        dealers=[one.code for one in free],
        since=months_later(until, -row.months),
        until=until - dt.timedelta(days=1),
        listings=listings(),
        currency=currency,
    )
