"""Where a dealer's orders go: its addresses, and the one that an order is sent to."""

from dataclasses import asdict

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import ORDERING_ROLES, role_of
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.trade.models import FEED, REVIEWED, DeliveryAddress, Order
from firstmove.domains.trade.operations import accounts
from firstmove.domains.trade.operations.payments import KEEPERS
from firstmove.domains.trade.queries.addresses import Destination
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import Actor

MOST_ADDRESSES = 50
_LONGEST = {"label": 60, "contact": 80, "phone": 40, "address": 300}


def keep_address(
    *,
    actor: Actor,
    dealer_id: int,
    destination: Destination,
    is_default: bool = False,
    address_id: int | None = None,
) -> int:
    """A new address of a dealer, or `address_id` as it is from now on; the first one is where orders go by default.

    Orders that were placed keep what they were told. Returns its id. Raises NotAllowed, NotFound, Invalid for a field
    that is empty or too long and for a 51st, Conflict for a name twice.
    """
    given = {name: text.replace("\x00", "").strip() for name, text in asdict(destination).items()}
    for name, text in given.items():
        if not text or len(text) > _LONGEST[name]:
            raise Invalid(
                _("An address needs a name, a person, a phone and the place; this has at most %(most)s characters.")
                % {"most": _LONGEST[name]},
                field=name,
            )
    with tenancy.scope(actor):
        _may_keep(actor, dealer_id)
        # One at a time, so that there is one default whoever sets it.
        accounts.locked(dealer_view(dealer_id=dealer_id).id)
        own = DeliveryAddress.objects.filter(dealer_id=dealer_id)
        row = DeliveryAddress(dealer_id=dealer_id) if address_id is None else own.filter(id=address_id).first()
        if row is None:
            raise NotFound()
        if own.filter(label=given["label"]).exclude(id=row.pk).exists():
            raise Conflict(_("There is an address of this name already."), field="label")
        if address_id is None and own.count() >= MOST_ADDRESSES:
            raise Invalid(_("A dealer has at most %(most)s addresses.") % {"most": MOST_ADDRESSES}, field="label")
        first = not own.exclude(id=row.pk).filter(is_default=True).exists()
        for name, text in given.items():
            setattr(row, name, text)
        row.is_default = is_default or first
        if row.is_default:
            own.exclude(id=row.pk).update(is_default=False)
        row.save()
        return row.pk


def forget_address(*, actor: Actor, dealer_id: int, address_id: int) -> None:
    """Take an address away; where it was the default, the next by name is. Taking it away again changes nothing.

    Raises NotAllowed.
    """
    with tenancy.scope(actor):
        _may_keep(actor, dealer_id)
        accounts.locked(dealer_view(dealer_id=dealer_id).id)
        own = DeliveryAddress.objects.filter(dealer_id=dealer_id)
        own.filter(id=address_id).delete()
        if not own.filter(is_default=True).exists():
            following = own.order_by("label").first()
            if following is not None:
                following.is_default = True
                following.save(update_fields=["is_default"])


def send_elsewhere(*, actor: Actor, order_id: int, address_id: int) -> None:
    """Send an order of the dealer to another of its addresses, until it leaves.

    Raises NotAllowed, NotFound, Conflict for an order that left, Invalid for an address that is not the dealer's.
    """
    with tenancy.scope(actor):
        accounts.locked_of(order_id)
        order = (
            Order.objects.select_for_update()
            .filter(id=order_id, buyer_dealer_id__isnull=False, seller_supplier_id__isnull=True)
            .first()
        )
        if order is None or order.buyer_dealer_id is None:
            raise NotFound()
        _may_keep(actor, order.buyer_dealer_id)
        if order.state not in REVIEWED or order.origin_kind == FEED:
            raise Conflict(
                _("Order %(number)s has left for where it goes.") % {"number": order.number},
                _("Talk to the enterprise."),
                code="has-left",
            )
        order.deliver_to = kept(order.buyer_dealer_id, address_id)
        order.save(update_fields=["deliver_to"])


def kept(dealer_id: int, address_id: int | None) -> dict[str, str] | None:
    """What an order keeps of an address, or of the dealer's default; None where there is none.

    Raises Invalid for an address that is not the dealer's.
    """
    own = DeliveryAddress.objects.filter(dealer_id=dealer_id)
    row = own.filter(is_default=True).first() if address_id is None else own.filter(id=address_id).first()
    if row is None:
        if address_id is not None:
            raise Invalid(_("This is none of the dealer's addresses."), field="address")
        return None
    return asdict(Destination(row.label, row.contact, row.phone, row.address))


def _may_keep(actor: Actor, dealer_id: int) -> None:
    role = role_of(actor=actor)
    if actor.kind == "dealer" and actor.dealer_id == dealer_id and role in ORDERING_ROLES:
        return
    if actor.kind == "system" or (actor.kind == "enterprise" and role in KEEPERS):
        return
    raise NotAllowed(_("Only the dealer's owner and buyers, and who keeps accounts, change its addresses."))
