"""Points come by statements and go where they are redeemed."""

import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from firstmove.domains.incentives.models import PointsAccount, PointsEntry, RebateStatement
from firstmove.domains.incentives.operations.rights import may_keep, words_of
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.network.queries import enterprise
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor


def redeem(*, actor: Actor, dealer_id: int, amount: int, words: str, now: dt.datetime) -> None:
    """A dealer got something for its points. Raises NotAllowed, NotFound, Invalid, Conflict where it has fewer."""
    with tenancy.scope(actor):
        may_keep(actor)
        dealer = dealer_view(dealer_id=dealer_id)
        if amount < 1:
            raise Invalid(_("Redeem one point or more."), field="amount")
        said = words_of(words, most=300, field="words")
        if _locked(dealer.id).balance < amount:
            raise Conflict(_("%(dealer)s has fewer points.") % {"dealer": dealer.name}, field="amount")
        on = enterprise(now=now).business_on
        add_points(dealer_id=dealer.id, amount=Decimal(-amount), on=on, now=now, actor=actor, words=said)


def add_points(
    *,
    dealer_id: int,
    amount: Decimal,
    on: dt.date,
    now: dt.datetime,
    actor: Actor,
    statement: RebateStatement | None = None,
    words: str = "",
) -> None:
    """An entry of points, inside the actor's scope."""
    _locked(dealer_id)
    PointsEntry.objects.create(
        dealer_id=dealer_id, statement=statement, amount=amount, words=words, on=on, at=now, user_id=actor.user_id
    )


def _locked(dealer_id: int) -> PointsAccount:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into incentives_pointsaccount (dealer_id, balance) values (%s, 0) on conflict do nothing",
            [dealer_id],
        )
    return PointsAccount.objects.select_for_update().get(dealer_id=dealer_id)
