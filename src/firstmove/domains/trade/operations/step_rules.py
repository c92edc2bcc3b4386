"""Who decides at which step, what passes by itself, and how long an order may take."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.network.queries import role_of, roles_of
from firstmove.domains.trade.models import REVIEWED, CycleTarget, StepRule
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed
from firstmove.kernel.tenancy import Actor

_MOST_TARGET_DAYS = 250


def set_step_rule(
    *,
    actor: Actor,
    step: str,
    now: dt.datetime,
    is_on: bool,
    automatic: bool = True,
    within_credit: bool = False,
    in_stock: bool = False,
    most_amount: Decimal | None = None,
    most_deviation: Decimal | None = None,
    target_days: Decimal | None = None,
    asked_role: str = "",
) -> None:
    """Set a step's rule. `most_deviation` is a share. Orders that wait already stay until somebody lets them pass.

    Raises NotAllowed for anybody but an administrator, Invalid for a step, role or number that there is not.
    """
    if step not in REVIEWED:
        raise Invalid(_("There is no such step."), field="step")
    if asked_role and asked_role not in roles_of("enterprise"):
        raise Invalid(_("There is no such role."), field="asked_role")
    for name, number, most in (
        ("most_amount", most_amount, Decimal(10) ** 13),
        ("most_deviation", most_deviation, Decimal(9)),
        ("target_days", target_days, Decimal(_MOST_TARGET_DAYS)),
    ):
        if number is not None and not (number.is_finite() and 0 <= number <= most):
            raise Invalid(_("This number lies between 0 and %(most)s.") % {"most": most}, field=name)
    if target_days is not None and target_days < Decimal("0.01"):
        raise Invalid(_("An order may wait at least a hundredth of a day."), field="target_days")
    with tenancy.scope(actor):
        _only_administrators(actor)
        StepRule.objects.update_or_create(
            step=step,
            defaults={
                "is_on": is_on,
                "automatic": automatic,
                "within_credit": within_credit,
                "in_stock": in_stock,
                "most_amount": most_amount,
                "most_deviation": most_deviation,
                "target_days": target_days,
                "asked_role": asked_role,
                "changed_at": now,
                "changed_by_id": actor.user_id,
            },
        )


def set_cycle_target(*, actor: Actor, dealer_id: int | None, working_days: int | None, now: dt.datetime) -> None:
    """What was agreed: working days from order to receipt, with a dealer or for all; None: nothing (of its own).

    Raises NotAllowed for anybody but an administrator, NotFound for a dealer that there is not, Invalid.
    """
    if working_days is not None and not 1 <= working_days <= _MOST_TARGET_DAYS:
        raise Invalid(
            _("A target lies between 1 and %(most)s working days.") % {"most": _MOST_TARGET_DAYS},
            field="working_days",
        )
    with tenancy.scope(actor):
        _only_administrators(actor)
        if dealer_id is not None:
            dealer_view(dealer_id=dealer_id)
        if working_days is None:
            CycleTarget.objects.filter(dealer_id=dealer_id).delete()
            return
        CycleTarget.objects.update_or_create(
            dealer_id=dealer_id,
            defaults={"working_days": working_days, "changed_at": now, "changed_by_id": actor.user_id},
        )


def _only_administrators(actor: Actor) -> None:
    if actor.kind != "enterprise" or role_of(actor=actor) != "admin":
        raise NotAllowed(_("Only an administrator of the enterprise changes how orders go."))
