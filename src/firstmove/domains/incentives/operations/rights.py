"""Who may promise, settle and object."""

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import ORDERING_ROLES, role_of
from firstmove.kernel.errors import Invalid, NotAllowed
from firstmove.kernel.tenancy import SYSTEM, Actor

KEEPERS = ("admin", "channel")
"""Roles of the enterprise that keep its programmes."""


def may_keep(actor: Actor) -> None:
    """Raises NotAllowed for whoever does not keep the enterprise's programmes."""
    if actor != SYSTEM and (actor.kind != "enterprise" or role_of(actor=actor) not in KEEPERS):
        raise NotAllowed(_("Only administrators and channel managers keep incentives."))


def may_claim(actor: Actor) -> int:
    """The dealer in whose name somebody claims. Raises NotAllowed for its staff and for everybody else."""
    if actor.kind != "dealer" or actor.dealer_id is None or role_of(actor=actor) not in ORDERING_ROLES:
        raise NotAllowed(_("Only the dealer's owner and buyers claim and dispute."))
    return actor.dealer_id


def words_of(text: str, *, most: int, field: str) -> str:
    """What somebody wrote, without what cannot be stored. Raises Invalid for nothing or too much."""
    words = text.replace("\x00", "").strip()
    if not words:
        raise Invalid(_("Say it in words."), field=field)
    if len(words) > most:
        raise Invalid(_("At most %(most)s characters.") % {"most": most}, field=field)
    return words
