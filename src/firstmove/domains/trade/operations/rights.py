"""Who may order."""

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import ORDERING_ROLES, role_of
from firstmove.kernel.errors import NotAllowed
from firstmove.kernel.tenancy import Actor


def may_order(actor: Actor) -> int:
    """The actor's dealer. Raises NotAllowed for anybody but its owner and buyers."""
    if actor.dealer_id is None or role_of(actor=actor) not in ORDERING_ROLES:
        raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
    return actor.dealer_id
