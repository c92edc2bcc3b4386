"""What was ordered is on its way in tomorrow's plan; what came is on hand the day after."""

import pytest

from firstmove.domains.trade import operations as trade
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, accept, lines, outlooks, plan, sale, tell_lake, todays

TOMORROW = TODAY + DAY


@pytest.fixture(params=["counted", "assumed"])
def buyer(request, scene):
    """(person, dealer id, proposal id): Dealer One counts its stock, the rival's is assumed."""
    cast = scene.cast
    return {
        "counted": (cast.buyer, cast.dealer_id, scene.proposal_id),
        "assumed": (cast.rival, cast.rival_id, scene.rival_proposal_id),
    }[request.param]


def positions(scene, dealer_id):
    return {sku: view.on_hand + view.in_transit for sku, view in outlooks(scene, dealer_id).items()}


def test_an_order_accepted_today_is_in_transit_in_tomorrows_plan(scene, buyer):
    person, dealer_id, proposal_id = buyer
    ordered = {line.sku: line.quantity for line in lines(proposal_id)}
    before, on_hand = positions(scene, dealer_id), outlooks(scene, dealer_id)
    accept(person, proposal_id)
    plan(TOMORROW)
    after = outlooks(scene, dealer_id)
    # Nobody sold anything today, so the position grew by the order and by nothing else.
    assert positions(scene, dealer_id) == pytest.approx(
        {sku: units + ordered.get(sku, 0) for sku, units in before.items()}
    )
    assert all(after[sku].in_transit >= quantity for sku, quantity in ordered.items())
    assert all(view.on_hand + view.in_transit >= on_hand[sku].on_hand for sku, view in after.items())


def test_what_is_on_its_way_is_not_ordered_again(scene, buyer):
    """An empty shelf orders no more than sells until the next order day, so more may follow: never past the level."""
    person, dealer_id, proposal_id = buyer
    accept(person, proposal_id)
    plan(TOMORROW)
    again = todays(dealer_id, on=TOMORROW)
    for line in lines(again.id) if again else []:
        carton = max(line.order_multiple, line.order_minimum)
        assert line.on_hand + line.in_transit + line.quantity < line.level + carton, line


def test_goods_received_today_are_on_hand_tomorrow_and_no_longer_on_their_way(scene, buyer):
    person, dealer_id, proposal_id = buyer
    ordered = {line.sku: line.quantity for line in lines(proposal_id)}
    done = accept(person, proposal_id)
    plan(TOMORROW)
    waiting = outlooks(scene, dealer_id)
    trade.receive(actor=person.actor, order_id=done.order_id, received_on=TOMORROW, now=NOW + DAY)
    plan(TOMORROW + DAY)
    after = outlooks(scene, dealer_id)
    assert positions(scene, dealer_id) == pytest.approx(
        {sku: view.on_hand + view.in_transit for sku, view in waiting.items()}
    )
    for sku, quantity in ordered.items():
        assert after[sku].on_hand >= waiting[sku].on_hand + quantity - 1e-6
        assert after[sku].in_transit <= waiting[sku].in_transit - quantity + 1e-6


def test_goods_that_did_not_all_come_are_on_hand_as_far_as_they_came(scene):
    """The rest of a line stays on its way until somebody cancels it."""
    cast, line = scene.cast, lines(scene.proposal_id)[0]
    done = accept(cast.buyer, scene.proposal_id)
    trade.receive(
        actor=cast.buyer.actor, order_id=done.order_id, received_on=TOMORROW, now=NOW + DAY, quantities={1: 1}
    )
    plan(TOMORROW + DAY)
    view = outlooks(scene, cast.dealer_id)[line.sku]
    assert view.on_hand == pytest.approx(line.on_hand + 1)


def test_what_was_sold_today_is_gone_tomorrow(scene, buyer):
    person, dealer_id, proposal_id = buyer
    # From a dealer's first order with us its assumed stock follows what really happens.
    ordered = {line.sku: line.quantity for line in lines(proposal_id)}
    accept(person, proposal_id)
    code = "D-1" if dealer_id == scene.cast.dealer_id else "D-2"
    before = outlooks(scene, dealer_id)
    sku = max(before, key=lambda one: before[one].on_hand)
    tell_lake("sales", sale(TODAY, sku, 3.0, dealer=code))
    plan(TOMORROW)
    after = outlooks(scene, dealer_id)[sku]
    expected = before[sku].on_hand + before[sku].in_transit + ordered.get(sku, 0) - 3
    assert after.on_hand + after.in_transit == pytest.approx(expected)
