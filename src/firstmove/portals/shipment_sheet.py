"""What pages say about an order's shipments, back-orders and claims, alike for the enterprise and the dealer."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.trade import queries as trade
from firstmove.portals.design import figures
from firstmove.portals.design.tables import Column

SHIPMENTS = (
    Column(label=gettext_lazy("Shipment"), lead=True, narrow=True),
    Column(label=gettext_lazy("Left on"), narrow=True),
    Column(label=gettext_lazy("Carrier")),
    Column(label=gettext_lazy("Products")),
    Column(label=gettext_lazy("State"), beside=True),
    Column(label=gettext_lazy("Act"), bare=True, narrow=True),
)

BACK_ORDERS = (
    Column(label=gettext_lazy("Product"), lead=True),
    Column(label=gettext_lazy("Still to come"), number=True, beside=True),
    Column(label=gettext_lazy("Can leave on")),
)

CLAIMS = (
    Column(label=gettext_lazy("Product"), lead=True),
    Column(label=gettext_lazy("What was wrong")),
    Column(label=gettext_lazy("Amount"), number=True, beside=True),
    Column(label=gettext_lazy("State"), beside=True),
    Column(label=gettext_lazy("Act"), bare=True),
)

NOTE_LINES = (
    Column(label=gettext_lazy("Product"), lead=True),
    Column(label=gettext_lazy("From"), narrow=True),
    Column(label=gettext_lazy("Batch"), narrow=True),
    Column(label=gettext_lazy("Shipped"), number=True, beside=True),
    Column(label=gettext_lazy("Came in order"), number=True),
    Column(label=gettext_lazy("Came damaged"), number=True),
    Column(label=gettext_lazy("Why it differs"), bare=True),
)


@dataclass(frozen=True)
class ShipmentRow:
    """A shipment as a row: `contents` names its products, `state` and `tone` where it is."""

    shipment: trade.ShipmentView
    contents: str
    state: str
    tone: str


_MOST_NAMED = 2


def shipment_rows(found: Sequence[trade.ShipmentView], *, today: dt.date) -> list[ShipmentRow]:
    return [ShipmentRow(one, _contents(one), *state_of(one, today=today)) for one in found]


def _contents(one: trade.ShipmentView) -> str:
    said = [
        _("%(product)s × %(units)s")
        % {"product": line.product_name, "units": figures.quantity(line.quantity, line.unit)}
        for line in one.lines[:_MOST_NAMED]
    ]
    if len(one.lines) > _MOST_NAMED:
        said.append(_("%(n)s more") % {"n": figures.number(len(one.lines) - _MOST_NAMED)})
    return _(", ").join(said)


def carrier_statuses() -> dict[str, str]:
    """What carriers tell, in words, by their codes."""
    return {
        "picked_up": _("Picked up"),
        "in_transit": _("On the road"),
        "out_for_delivery": _("Out for delivery"),
        "delivered": _("Delivered"),
        "exception": _("Delayed by the carrier"),
        "returned": _("Goes back"),
    }


def state_of(one: trade.ShipmentView, *, today: dt.date) -> tuple[str, str]:
    """Where a shipment is, in words, and the tone of its badge."""
    if one.received_on is not None:
        said = _("Received %(day)s") % {"day": figures.day(one.received_on)}
        return (_("Received with differences"), "warn") if one.is_short else (said, "good")
    if one.carrier_status:
        tone = {"exception": "bad", "returned": "bad", "delivered": "good"}.get(one.carrier_status, "accent")
        return carrier_statuses().get(one.carrier_status, one.carrier_status), tone
    if one.expected_on is None:
        return _("On its way"), "accent"
    tone = "bad" if one.expected_on < today else "accent"
    return _("Arrives %(day)s") % {"day": figures.day(one.expected_on)}, tone


@dataclass(frozen=True)
class BackOrderRow:
    """`promise` says for when the rest is promised, `moved` why that is no longer what was told first."""

    line: trade.BackOrder
    promise: str
    moved: str
    slipped: bool


def back_order_rows(found: Sequence[trade.BackOrder]) -> list[BackOrderRow]:
    return [BackOrderRow(one, _promise(one), *_moved(one)) for one in found]


def _promise(one: trade.BackOrder) -> str:
    if one.promise is None:
        return _("The day is being worked out.")
    if one.promise.promised_on is None:
        return _("No day is known yet: nothing is on its way for it.")
    return figures.weekday(one.promise.promised_on)


def _moved(one: trade.BackOrder) -> tuple[str, bool]:
    last, before = one.promise, one.before
    if last is None or before is None or before.promised_on == last.promised_on:
        return "", False
    was = figures.day(before.promised_on) if before.promised_on else _("not known")
    now = figures.day(last.promised_on) if last.promised_on else _("not known")
    return _("was %(was)s, now %(now)s: %(why)s") % {"was": was, "now": now, "why": cause(last.cause)}, last.slipped


def cause(code: str) -> str:
    """Why a promised day moved."""
    return {
        "supplier": _("the supplier's order comes on another day"),
        "production": _("production comes on another day"),
        "shared": _("scarce goods are shared by the plan"),
        "queue": _("what others wait for changed"),
    }.get(code, "")


def order_facts(*, order_id: int, today: dt.date) -> dict[str, object]:
    """What stands on the page of an order about how it leaves, for either side."""
    found = trade.shipments_of(order_id=order_id)
    waits = trade.back_orders(order_id=order_id)
    claims = trade.claims(order_id=order_id)[0] if any(one.is_short for one in found) else []
    return {
        "shipments": shipment_rows(found, today=today),
        "shipment_columns": SHIPMENTS,
        "on_their_way": sum(one.is_on_its_way for one in found),
        "back_orders": back_order_rows(waits),
        "back_order_columns": BACK_ORDERS,
        "claims": claims,
        "claim_columns": CLAIMS,
    }
