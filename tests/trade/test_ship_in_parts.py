"""An order leaves in parts: what is there goes, the rest is a back-order, and no unit leaves twice."""

import datetime as dt
from decimal import Decimal

import pytest

from firstmove.domains.stock import operations as stock_operations
from firstmove.domains.stock import queries as stock
from firstmove.domains.stock import reserving
from firstmove.domains.trade import operations, queries
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.trade.at_once import together
from tests.trade.orders import line, place
from tests.trade.test_reserve_goods import balance, come


def by_hand(cast):
    """From now on somebody of the enterprise ships."""
    operations.set_step_rule(actor=cast.admin.actor, step="to_ship", is_on=True, automatic=False, now=NOW)


def ship(cast, order_id, quantities=None, **given):
    units = None if quantities is None else {number: Decimal(units) for number, units in quantities.items()}
    return operations.ship(actor=cast.admin.actor, order_id=order_id, quantities=units, now=NOW, **given)


def seen(cast, order_id):
    with tenancy.scope(cast.admin.actor):
        return queries.order(order_id=order_id), queries.shipments_of(order_id=order_id)


def receive(cast, shipment_id, came=None):
    return operations.receive_shipment(
        actor=cast.buyer.actor, shipment_id=shipment_id, received_on=TODAY, now=NOW, came=came
    )


def test_what_is_there_leaves_first_and_the_rest_when_it_came(cast, products):
    tea, water = products["0001"], products["0002"]
    come((tea, 100), (water, 4))
    by_hand(cast)
    order = place(cast, line(tea, 10), line(water, 6))
    ship(cast, order.id, {1: 10}, transport=operations.Transport(carrier="SF", tracking_number="SF1"))
    detail, (first,) = seen(cast, order.id)
    assert (detail.order.state, first.carrier, [row.quantity for row in first.lines]) == ("in_transit", "SF", [10])
    with tenancy.scope(cast.buyer.actor):
        assert [(one.number, one.quantity) for one in queries.back_orders(order_id=order.id)] == [(2, 6)]
    receive(cast, first.id)
    assert seen(cast, order.id)[0].order.state == "in_transit"
    come((water, 20), cause="more")
    reserving.cover()
    ship(cast, order.id)
    detail, shipments = seen(cast, order.id)
    assert [row.quantity for row in shipments[1].lines] == [6]
    receive(cast, shipments[1].id)
    detail, _shipments = seen(cast, order.id)
    assert (detail.order.state, [row.received_quantity for row in detail.lines]) == ("complete", [10, 6])
    assert (balance(tea), balance(water)) == ((90, 0, 0), (18, 0, 0))


def test_no_more_leaves_than_is_reserved_or_ordered(cast, products):
    tea, water = products["0001"], products["0002"]
    come((tea, 4))
    by_hand(cast)
    order = place(cast, line(tea, 10), line(water, 6))
    with pytest.raises(Invalid, match="4") as refused:
        ship(cast, order.id, {1: 5})
    assert refused.value.facts["field"] == "line-1"
    # Nobody keeps the water here: as much as was ordered may leave.
    with pytest.raises(Invalid, match="6"):
        ship(cast, order.id, {2: 7})
    ship(cast, order.id, {1: 4, 2: 6})
    with pytest.raises(operations.NothingToShip):
        ship(cast, order.id)


def test_an_order_of_which_nothing_is_there_waits_and_leaves_by_itself_when_it_came(cast, products):
    tea = products["0001"]
    come((tea, 1))
    place(cast, line(tea, 1))
    order = place(cast, line(tea, 5))
    detail, shipments = seen(cast, order.id)
    assert (detail.order.state, shipments) == ("to_ship", [])
    assert operations.ship_covered(now=NOW) == 0
    come((tea, 3), cause="some")
    reserving.cover()
    assert operations.ship_covered(now=NOW) == 1
    come((tea, 9), cause="rest")
    reserving.cover()
    assert operations.ship_covered(now=NOW) == 1
    assert [[row.quantity for row in one.lines] for one in seen(cast, order.id)[1]] == [[3], [2]]
    assert operations.ship_covered(now=NOW) == 0


def test_a_shipment_out_of_one_warehouse_takes_what_lies_there(cast, products):
    tea = products["0001"]
    south = stock_operations.add_warehouse(actor=cast.admin.actor, code="SOUTH", name="South")
    come((tea, 4))
    moves = [stock_operations.Move(tea, Decimal(4), warehouse_id=south, batch="L7")]
    kind = stock_operations.MovementKind.RECEIPT
    stock_operations.record(actor=SYSTEM, kind=kind, cause="south", moves=moves, occurred_on=TODAY)
    by_hand(cast)
    order = place(cast, line(tea, 8))
    with pytest.raises(Invalid, match="4"):
        ship(cast, order.id, {1: 6}, transport=operations.Transport(warehouse_id=south))
    ship(cast, order.id, transport=operations.Transport(warehouse_id=south))
    (row,) = seen(cast, order.id)[1][0].lines
    assert (row.quantity, row.batches, row.warehouse_ids) == (4, (("L7", Decimal(4)),), (south,))


def test_what_will_not_come_is_cancelled_and_not_owed(cast, products):
    tea = products["0001"]
    come((tea, 4))
    operations.open_account(actor=cast.admin.actor, dealer_id=cast.dealer_id, opened_on=TODAY, opening=None, now=NOW)
    order = place(cast, line(tea, 10))
    with pytest.raises(Invalid) as refused:
        operations.cancel_rest(actor=cast.admin.actor, order_id=order.id, line_number=1, note="", now=NOW)
    assert refused.value.code == "note"
    for _again in range(2):
        operations.cancel_rest(actor=cast.admin.actor, order_id=order.id, line_number=1, note="Sold out.", now=NOW)
    assert balance(tea) == (0, 0, 0)
    with tenancy.scope(cast.admin.actor):
        assert queries.credit(dealer_id=cast.dealer_id, on=TODAY).used == 80
    (shipment,) = seen(cast, order.id)[1]
    receive(cast, shipment.id)
    detail, _shipments = seen(cast, order.id)
    assert (detail.order.state, detail.order.amount) == ("complete", 80)


def test_a_line_that_was_cancelled_whole_was_not_bought_when_the_rest_of_its_order_came(cast, products):
    tea, water = products["0001"], products["0002"]
    come((tea, 10), (water, 2))
    place(cast, line(water, 2), who="rival")
    order = place(cast, line(tea, 10), line(water, 5))

    def bought():
        with tenancy.scope(SYSTEM):
            rows = queries.bought_lines(dealer_ids=[cast.dealer_id], since=TODAY, until=TODAY)
        return {row.product_id: row.quantity for row in rows}

    assert bought() == {tea: 10, water: 5}
    operations.cancel_rest(actor=cast.admin.actor, order_id=order.id, line_number=2, note="Sold out.", now=NOW)
    assert bought() == {tea: 10, water: 0}
    operations.receive(actor=cast.buyer.actor, order_id=order.id, received_on=TODAY, now=NOW)
    assert seen(cast, order.id)[0].order.state == "complete"
    assert bought() == {tea: 10, water: 0}


def test_goods_that_came_short_or_damaged_are_claimed_and_credited(cast, products):
    tea, water = products["0001"], products["0002"]
    come((tea, 50), (water, 50))
    operations.open_account(actor=cast.admin.actor, dealer_id=cast.dealer_id, opened_on=TODAY, opening=None, now=NOW)
    order = place(cast, line(tea, 10), line(water, 6))
    (shipment,) = seen(cast, order.id)[1]
    with pytest.raises(Invalid, match=r"0 .* 10"):
        receive(cast, shipment.id, {1: operations.Came(Decimal(9), Decimal(2))})
    receive(
        cast, shipment.id, {1: operations.Came(Decimal(7), Decimal(1), "Wet pallet"), 2: operations.Came(Decimal(5))}
    )
    with tenancy.scope(cast.buyer.actor):
        found, _count = queries.claims(order_id=order.id)
        assert stock.balances(dealer_id=cast.dealer_id)[tea].on_hand == 7
    assert [(one.fault, one.quantity, one.amount, one.cause) for one in found] == [
        ("short", 2, 40, "Wet pallet"),
        ("damaged", 1, 20, "Wet pallet"),
        ("short", 1, 20, ""),
    ]
    with pytest.raises(NotAllowed):
        operations.settle_claim(actor=cast.owner.actor, claim_id=found[0].id, accepted=True, now=NOW)
    for claim in found[:2]:
        for _again in range(2):
            operations.settle_claim(actor=cast.admin.actor, claim_id=claim.id, accepted=True, now=NOW)
    with pytest.raises(Invalid):
        operations.settle_claim(actor=cast.admin.actor, claim_id=found[2].id, accepted=False, now=NOW)
    operations.settle_claim(actor=cast.admin.actor, claim_id=found[2].id, accepted=False, now=NOW, note="Weighed.")
    with pytest.raises(Conflict):
        operations.settle_claim(actor=cast.admin.actor, claim_id=found[2].id, accepted=True, now=NOW)
    with tenancy.scope(cast.admin.actor):
        assert queries.credit(dealer_id=cast.dealer_id, on=TODAY).used == 320 - 60


def test_the_history_knows_each_part_and_waits_for_no_more_than_will_come(cast, products, settings, tmp_path):
    from firstmove.lake import series
    from firstmove.lake.store import Lake

    settings.LAKE_ROOT = str(tmp_path / "lake")
    tea = products["0001"]
    come((tea, 4))
    order = place(cast, line(tea, 10))
    outbox.deliver()
    lake = Lake(settings.LAKE_ROOT)

    def coming():
        versions = {name: lake.version(name) for name in ("orders", "shipments")}
        (row,) = series.positions(lake, as_of=TODAY, versions=versions).rows(named=True) or [{}]
        return row.get("in_transit_units")

    assert coming() == 10
    (shipment,) = seen(cast, order.id)[1]
    receive(cast, shipment.id, {1: operations.Came(Decimal(3))})
    outbox.deliver()
    # Six wait, one was lost on the way.
    assert coming() == 6
    come((tea, 6), cause="rest")
    reserving.cover()
    operations.ship_covered(now=NOW + dt.timedelta(minutes=1))
    outbox.deliver()
    assert coming() == 6
    receive(cast, seen(cast, order.id)[1][1].id)
    outbox.deliver()
    assert coming() is None
    shipped = lake.read(table="shipments", scope=series.LakeScope.system())
    assert shipped.select("quantity", "received_on").rows() == [(9.0, TODAY)]


def test_nobody_but_the_enterprise_ships_and_the_rival_receives_nothing(cast, products):
    come((products["0001"], 50))
    by_hand(cast)
    order = place(cast, line(products["0001"], 10))
    for who in ("owner", "rival", "supplier"):
        with pytest.raises(NotAllowed):
            operations.ship(actor=getattr(cast, who).actor, order_id=order.id, now=NOW)
    shipment = ship(cast, order.id)
    with pytest.raises(NotFound):
        operations.receive_shipment(actor=cast.rival.actor, shipment_id=shipment, received_on=TODAY, now=NOW)
    with tenancy.scope(cast.rival.actor), pytest.raises(NotFound):
        queries.shipment(shipment_id=shipment)


def test_concurrency_two_people_ship_the_same_order_once(committed_cast, committed_products):
    tea = committed_products["0001"]
    come((tea, 20))
    by_hand(committed_cast)
    order = place(committed_cast, line(tea, 10))
    results = together(*(lambda: ship(committed_cast, order.id, {1: 5}, seen=0) for _person in range(2)))
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "int"]
    assert balance(tea) == (15, 5, 0)


def test_concurrency_what_is_shipped_and_cancelled_at_once_happens_once(committed_cast, committed_products):
    tea, water = committed_products["0001"], committed_products["0002"]
    come((tea, 20), (water, 20))
    by_hand(committed_cast)
    order = place(committed_cast, line(tea, 10), line(water, 10))
    ship(committed_cast, order.id, {1: 4})
    admin = committed_cast.admin.actor
    together(
        lambda: ship(committed_cast, order.id),
        lambda: operations.cancel_rest(actor=admin, order_id=order.id, line_number=2, note="Gone.", now=NOW),
    )
    detail, shipments = seen(committed_cast, order.id)
    left = [row.shipped_quantity for row in detail.lines]
    assert left[0] == 10
    assert left[1] + detail.lines[1].cancelled_quantity == 10
    assert left[1] in (0, 10)
    assert balance(water) == (20 - left[1], 0, 0)
    assert sum(row.quantity for one in shipments for row in one.lines) == sum(left)
