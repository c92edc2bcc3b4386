"""A carrier's program tells where goods are: genuine requests alone, in any order, once each."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as products
from firstmove.domains.stock import operations as stock
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, NotAllowed
from firstmove.kernel.webhooks import signing
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place

HOUR = dt.timedelta(hours=1)


class Program:
    """A carrier's program: signs what it sends with its secret."""

    def __init__(self, carrier_id, secret):
        self.carrier_id, self.secret, self.sent = carrier_id, secret, 0
        self.client = Client(raise_request_exception=False, enforce_csrf_checks=True)

    def tell(self, number, status, at, *, message_id=None, moment=None, secret=None, changed=None, carrier_id=None):
        self.sent += 1
        body = json.dumps({"tracking_number": number, "status": status, "at": at.isoformat(), "station": "Hangzhou"})
        message_id = message_id or f"msg_{self.carrier_id}_{self.sent}"
        moment = int((moment or timezone.now()).timestamp())
        signed = signing.signature(secret or self.secret, message_id=message_id, at=moment, body=body)
        return self.client.post(
            f"/api/v1/carriers/{carrier_id or self.carrier_id}/notices",
            changed or body,
            "application/json",
            headers={"webhook-id": message_id, "webhook-timestamp": str(moment), "webhook-signature": signed},
        )


@pytest.fixture
def carrier(cast):
    return Program(*trade.set_up_carrier(actor=cast.admin.actor, name="SF Express", now=NOW))


@pytest.fixture
def order(cast):
    catalog.upsert_products(rows=[{"sku": "0001", "name": "Tea"}])
    with tenancy.scope(tenancy.SYSTEM):
        tea = products.product_ids_by_sku()["0001"]
    stock.bring_to(positions=[stock.Position(None, tea, Decimal(8))], occurred_on=TODAY, cause="file")
    trade.set_step_rule(actor=cast.admin.actor, step="to_ship", is_on=True, automatic=False, now=NOW)
    return place(cast, line(tea, 8)).id


def send(cast, order, *, number="SF1", carrier="sf express", units=4):
    return trade.ship(
        actor=cast.admin.actor, order_id=order, now=NOW, quantities={1: Decimal(units)},
        transport=trade.Transport(None, carrier, number),
    )  # fmt: skip


def shown(cast, shipment_id):
    with tenancy.scope(cast.buyer.actor):
        return queries.shipment(shipment_id=shipment_id).carrier_status


def unknown(cast):
    with tenancy.scope(cast.admin.actor):
        return [(one.carrier, one.tracking_number, one.status) for one in queries.unknown_notices()]


def test_a_dealer_sees_where_its_goods_are_and_nothing_earlier_replaces_it(cast, order, carrier):
    shipment, now = send(cast, order), timezone.now()
    told = carrier.tell("SF1", "out_for_delivery", now - HOUR)
    assert (told.status_code, told.json()["outcome"], told.json()["shipments"]) == (200, "applied", 1)
    late = carrier.tell("SF1", "picked_up", now - 5 * HOUR)
    assert (late.status_code, late.json()["outcome"]) == (200, "older")
    assert shown(cast, shipment) == "out_for_delivery"
    # Of one moment, what is further on the way holds, in whichever order both come.
    assert carrier.tell("SF1", "in_transit", now - HOUR).json()["outcome"] == "older"
    assert carrier.tell("SF1", "delivered", now - HOUR).json()["outcome"] == "applied"
    assert shown(cast, shipment) == "delivered"


def test_a_message_that_comes_twice_is_one_and_its_id_tells_nothing_else(cast, order, carrier, refused):
    shipment, at = send(cast, order), timezone.now() - HOUR
    first = carrier.tell("SF1", "in_transit", at, message_id="a")
    assert carrier.tell("SF1", "delivered", at + HOUR / 2).status_code == 200
    again = carrier.tell("SF1", "in_transit", at, message_id="a")
    assert (again.status_code, again.json()) == (200, first.json())
    assert shown(cast, shipment) == "delivered"
    refused(carrier.tell("SF1", "returned", at, message_id="a"), 409)


def test_nobody_but_the_carrier_just_now_is_believed(cast, order, carrier, refused):
    shipment, now = send(cast, order), timezone.now()
    rival = Program(*trade.set_up_carrier(actor=cast.admin.actor, name="Rival Freight", now=NOW))
    forged = [
        carrier.tell("SF1", "delivered", now, secret=rival.secret),
        carrier.tell("SF1", "delivered", now, changed='{"tracking_number": "SF1"}'),
        carrier.tell("SF1", "delivered", now, moment=now - dt.timedelta(minutes=6)),
        carrier.tell("SF1", "delivered", now, moment=now + dt.timedelta(minutes=6)),
        rival.tell("SF1", "delivered", now, carrier_id=carrier.carrier_id),
        carrier.tell("SF1", "delivered", now, carrier_id=10**6),
        carrier.tell("SF1", "delivered", now, carrier_id="²"),
        carrier.client.post(f"/api/v1/carriers/{carrier.carrier_id}/notices", "{}", "application/json"),
    ]
    assert {refused(one, 401)["type"] for one in forged} == {"urn:firstmove:problem:wrong-signature"}
    # Another carrier's own, genuine word about this number is of goods that it carries.
    assert rival.tell("SF1", "returned", now).status_code == 202
    assert shown(cast, shipment) == ""


def test_what_makes_no_sense_is_refused_and_nothing_is_kept(cast, order, carrier, refused):
    send(cast, order)
    refused(carrier.tell("SF1", "teleported", timezone.now()), 422)
    refused(carrier.tell("", "delivered", timezone.now()), 422)
    refused(carrier.tell("SF1", "delivered", timezone.now() + HOUR), 422)
    refused(carrier.tell("SF1", "delivered", timezone.now().replace(tzinfo=None)), 422)
    assert unknown(cast) == []


def test_a_number_that_nobody_knows_yet_is_kept_and_finds_its_shipment(cast, order, carrier):
    now = timezone.now()
    kept = carrier.tell("SF2", "in_transit", now - HOUR)
    assert (kept.status_code, kept.json()["outcome"]) == (202, "unknown")
    carrier.tell("SF2", "picked_up", now - 2 * HOUR)
    carrier.tell("SF3", "delivered", now)
    assert len(unknown(cast)) == 3
    shipment = send(cast, order, number="SF2")
    outbox.deliver()
    assert shown(cast, shipment) == "in_transit"
    # A number that was mistyped and is corrected: what was told of the wrong one goes, of the right one comes.
    corrected = {"actor": cast.admin.actor, "shipment_id": shipment, "expected_on": None, "now": NOW}
    trade.set_transport(carrier="SF Express", tracking_number="SF3", **corrected)
    assert shown(cast, shipment) == "delivered"
    trade.set_transport(carrier="SF Express", tracking_number="SF4", **corrected)
    assert shown(cast, shipment) == ""
    assert unknown(cast) == []


def test_a_secret_is_changed_over_within_a_day_and_an_ended_carrier_is_not_heard(cast, order, carrier, refused):
    now = timezone.now()
    old, actor = carrier.secret, cast.admin.actor
    carrier.secret = trade.change_carrier_secret(actor=actor, carrier_id=carrier.carrier_id, now=now)
    assert carrier.secret != old
    assert carrier.tell("SF1", "in_transit", now).status_code == 202
    assert carrier.tell("SF1", "in_transit", now, secret=old).status_code == 202
    past = now - dt.timedelta(hours=25)
    carrier.secret = trade.change_carrier_secret(actor=actor, carrier_id=carrier.carrier_id, now=past)
    refused(carrier.tell("SF1", "in_transit", now, secret=old), 401)
    with pytest.raises(Conflict):
        trade.set_up_carrier(actor=actor, name="SF EXPRESS", now=NOW)
    trade.end_carrier(actor=actor, carrier_id=carrier.carrier_id, now=NOW)
    refused(carrier.tell("SF1", "in_transit", now), 401)


def test_only_an_administrator_sets_carriers_up_and_no_dealer_reads_what_they_tell(cast, carrier):
    carrier.tell("SF1", "in_transit", timezone.now())
    for person in (cast.buyer, cast.rival, cast.supplier):
        with pytest.raises(NotAllowed):
            trade.set_up_carrier(actor=person.actor, name="Mine", now=NOW)
        with pytest.raises(NotAllowed):
            trade.change_carrier_secret(actor=person.actor, carrier_id=carrier.carrier_id, now=NOW)
        with tenancy.scope(person.actor):
            assert (queries.carriers(), queries.unknown_notices()) == ([], [])


def test_what_was_told_long_ago_is_forgotten(cast, carrier):
    carrier.tell("SF1", "in_transit", timezone.now())
    assert trade.forget_notices(now=timezone.now()) == 0
    assert trade.forget_notices(now=timezone.now() + dt.timedelta(days=91)) == 1
    assert unknown(cast) == []
