"""Carriers are set up, tell where shipments are, and what they told finds its shipment whenever that is known.

A notice and the shipment that it is about can be written at the same moment by two. Whoever writes either holds `_LOCK`
first and no other lock, so one of both sees the other.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network import keys as network_keys
from firstmove.domains.trade.models import Carrier, CarrierNotice, CarrierStatus, Heard, Shipment
from firstmove.kernel import locks, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.outbox import Event
from firstmove.kernel.tenancy import SYSTEM, Actor
from firstmove.kernel.webhooks import signing

# While a carrier changes over, both secrets sign.
CHANGE_OVER = dt.timedelta(hours=24)
_LONGEST_NAME = 60
# The number is arbitrary and known only here.
_LOCK = 7_215_055
# Carriers tell by the minute: of two notices of one moment the one further on the way holds.
_RANK = {status: place for place, status in enumerate(CarrierStatus.values)}


@dataclass(frozen=True)
class Told:
    """What became of a notice: `outcome` is a code of `Heard`, `shipments` how many now show it."""

    tracking_number: str
    outcome: str
    shipments: int


def set_up_carrier(*, actor: Actor, name: str, now: dt.datetime) -> tuple[int, str]:
    """(id, secret): the secret is told now and never again. Raises NotAllowed, Invalid, Conflict for a name twice."""
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or "\x00" in name:
        raise Invalid(
            _("A carrier needs a name of at most %(most)s characters.") % {"most": _LONGEST_NAME}, field="name"
        )
    with tenancy.scope(actor):
        _admit(actor)
        locks.until_the_end(_LOCK)
        if Carrier.objects.filter(name__iexact=name, ended_at__isnull=True).exists():
            raise Conflict(_("This carrier is set up."), _("Give it a new secret instead."), field="name")
        row = Carrier.objects.create(name=name, nonce=signing.new_nonce(), created_at=now)
        return row.pk, signing.secret_of(row.nonce)


def change_carrier_secret(*, actor: Actor, carrier_id: int, now: dt.datetime) -> str:
    """A new secret, told now and never again; the old one signs too for a day. Raises NotAllowed, NotFound."""
    with tenancy.scope(actor):
        row = _own(actor, carrier_id)
        row.old_nonce, row.old_until = row.nonce, now + CHANGE_OVER
        row.nonce = signing.new_nonce()
        row.save(update_fields=["nonce", "old_nonce", "old_until"])
        return signing.secret_of(row.nonce)


def end_carrier(*, actor: Actor, carrier_id: int, now: dt.datetime) -> None:
    """Nothing more is heard from it; what it told stays. Raises NotAllowed, NotFound."""
    with tenancy.scope(actor):
        row = _own(actor, carrier_id)
        row.ended_at = now
        row.save(update_fields=["ended_at"])


def _admit(actor: Actor) -> None:
    if actor.kind != "enterprise" or not network_keys.may_manage_services(actor=actor):
        raise NotAllowed(_("Only an administrator sets up carriers."))


def _own(actor: Actor, carrier_id: int) -> Carrier:
    _admit(actor)
    row = Carrier.objects.select_for_update().filter(id=carrier_id, ended_at__isnull=True).first()
    if row is None:
        raise NotFound()
    return row


def is_from_carrier(
    *, carrier_id: int, message_id: str, timestamp: str, body: bytes, signatures: str, now: dt.datetime
) -> bool:
    """Whether a request was signed just now with the carrier's secret (see `signing.is_genuine`)."""
    with tenancy.scope(SYSTEM):
        row = Carrier.objects.filter(id=carrier_id, ended_at__isnull=True).first()
    if row is None:
        return False
    nonces = [row.nonce]
    if row.old_until is not None and now < row.old_until:
        nonces.append(row.old_nonce)
    return signing.is_genuine(
        nonces=nonces, message_id=message_id, timestamp=timestamp, body=body, signatures=signatures, now=now
    )


def hear_carrier(
    *, carrier_id: int, message_id: str, tracking_number: str, status: str, at: dt.datetime, now: dt.datetime
) -> Told:
    """Note what a carrier tells, whose request was found genuine, and show it on the shipments of that number.

    `at` is when it happened. A message that comes again changes nothing; what is older than what a shipment shows is
    noted alone. Raises NotFound, Invalid for a moment to come, Conflict for an id that told something else before.
    """
    if at > now + signing.TOLERANCE:
        raise Invalid(_("This moment is still to come."), _("Send when it happened, with its time zone."), field="at")
    number = tracking_number.strip()
    if not number:
        raise Invalid(_("Name the tracking number."), field="tracking_number")
    with tenancy.scope(SYSTEM):
        locks.until_the_end(_LOCK)
        carrier = Carrier.objects.filter(id=carrier_id, ended_at__isnull=True).first()
        if carrier is None:
            raise NotFound()
        before = CarrierNotice.objects.filter(carrier=carrier, message_id=message_id).first()
        if before is not None:
            if (before.tracking_number, before.status, before.at) != (number, status, at):
                raise Conflict(
                    _("This message id told something else before."),
                    _("Give every message its own id."),
                    code="message-id-used",
                )
            return Told(number, before.outcome, len(_shipments_of(carrier, number)))
        notice = CarrierNotice(
            carrier=carrier, message_id=message_id, tracking_number=number, status=status, at=at, heard_at=now
        )
        shipments = _shipments_of(carrier, number)
        changed = [one for one in shipments if _tell(one, notice)]
        notice.outcome = Heard.APPLIED if changed else Heard.OLDER if shipments else Heard.UNKNOWN
        notice.save()
        return Told(number, notice.outcome, len(changed))


def _shipments_of(carrier: Carrier, number: str) -> list[Shipment]:
    """Those that go under the number with this carrier, or with nobody that was named; locked, in one order."""
    rows = Shipment.objects.filter(tracking_number=number).filter(Q(carrier="") | Q(carrier__iexact=carrier.name))
    return list(rows.select_for_update().order_by("id"))


def _tell(shipment: Shipment, notice: CarrierNotice) -> bool:
    """Whether the shipment now shows the notice: only if it happened later than what it showed."""
    known = shipment.carrier_status_at
    if known is not None and (notice.at, _RANK[notice.status]) <= (known, _RANK.get(shipment.carrier_status, -1)):
        return False
    shipment.carrier_status, shipment.carrier_status_at = notice.status, notice.at
    shipment.save(update_fields=["carrier_status", "carrier_status_at"])
    return True


def hold_notices() -> None:
    """Called before a shipment's number is written, and before any other lock: no notice slips by meanwhile."""
    locks.until_the_end(_LOCK)


def find_notices(shipments: Iterable[Shipment]) -> None:
    """Show on shipments that just got their number what carriers had told about it; behind `hold_notices`."""
    for shipment in shipments:
        if not shipment.tracking_number:
            continue
        waiting = CarrierNotice.objects.filter(
            tracking_number=shipment.tracking_number, outcome=Heard.UNKNOWN
        ).select_related("carrier")
        mine = [one for one in waiting if shipment.carrier.lower() in ("", one.carrier.name.lower())]
        for notice in sorted(mine, key=lambda one: (one.at, _RANK[one.status])):
            notice.outcome = Heard.APPLIED if _tell(shipment, notice) else Heard.OLDER
            notice.save(update_fields=["outcome"])


def follow_shipped(events: Sequence[Event]) -> None:
    """News of shipments that left: what the carrier told before we knew their number."""
    numbers = {event.payload["tracking_number"] for event in events if event.payload.get("tracking_number")}
    if not numbers:
        return
    with tenancy.scope(SYSTEM):
        hold_notices()
        find_notices(Shipment.objects.select_for_update().filter(tracking_number__in=numbers).order_by("id"))


def forget_notices(*, now: dt.datetime, kept: dt.timedelta = dt.timedelta(days=90)) -> int:
    """Remove what carriers told long ago; shipments keep their last status. Returns how many."""
    with tenancy.scope(SYSTEM):
        return CarrierNotice.objects.filter(heard_at__lt=now - kept).delete()[0]
