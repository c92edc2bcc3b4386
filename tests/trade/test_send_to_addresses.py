"""Where orders go: one of the dealer's addresses, as it was when the order was placed."""

from dataclasses import replace

import pytest

from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed
from tests.cast import NOW
from tests.trade.orders import line, place

SHOP = queries.Destination("Shop", "Wang Min", "13800000000", "1 Main Street, Ames")
DEPOT = queries.Destination("Depot", "Li Qiang", "13900000000", "9 Dock Road, Ames")


def keep(cast, destination, *, who="owner", **options):
    return operations.keep_address(
        actor=getattr(cast, who).actor, dealer_id=cast.dealer_id, destination=destination, **options
    )


def listed(cast):
    with tenancy.scope(cast.buyer.actor):
        return [(one.label, one.is_default) for one in queries.addresses(dealer_id=cast.dealer_id)]


def goes_to(cast, order_id):
    with tenancy.scope(cast.buyer.actor):
        return queries.order(order_id=order_id).destination


def test_an_order_goes_to_the_default_or_to_the_address_that_was_chosen(cast, products):
    nowhere = place(cast, line(products["0001"]))
    keep(cast, SHOP)
    depot = keep(cast, DEPOT)
    assert listed(cast) == [("Shop", True), ("Depot", False)]
    assert goes_to(cast, nowhere.id) is None
    assert goes_to(cast, place(cast, line(products["0001"])).id) == SHOP
    assert goes_to(cast, place(cast, line(products["0001"]), address_id=depot).id) == DEPOT


def test_a_later_edit_changes_no_order(cast, products):
    shop = keep(cast, SHOP)
    placed = place(cast, line(products["0001"]))
    keep(cast, replace(SHOP, address="2 Other Street"), address_id=shop)
    assert goes_to(cast, placed.id) == SHOP
    operations.forget_address(actor=cast.owner.actor, dealer_id=cast.dealer_id, address_id=shop)
    assert (goes_to(cast, placed.id), listed(cast)) == (SHOP, [])


def test_there_is_one_default_whatever_is_changed(cast):
    shop, depot = keep(cast, SHOP), keep(cast, DEPOT, is_default=True)
    assert listed(cast) == [("Depot", True), ("Shop", False)]
    operations.forget_address(actor=cast.owner.actor, dealer_id=cast.dealer_id, address_id=depot)
    assert listed(cast) == [("Shop", True)]
    keep(cast, SHOP, address_id=shop, is_default=False)
    assert listed(cast) == [("Shop", True)]


def test_an_order_is_sent_elsewhere_until_it_leaves(cast, products):
    keep(cast, SHOP)
    depot = keep(cast, DEPOT)
    operations.set_step_rule(actor=cast.admin.actor, step="to_ship", is_on=True, automatic=False, now=NOW)
    waits = place(cast, line(products["0001"]))
    operations.send_elsewhere(actor=cast.buyer.actor, order_id=waits.id, address_id=depot)
    assert goes_to(cast, waits.id) == DEPOT
    operations.pass_step(actor=cast.admin.actor, order_id=waits.id, step="to_ship", now=NOW)
    with pytest.raises(Conflict):
        operations.send_elsewhere(actor=cast.buyer.actor, order_id=waits.id, address_id=depot)


def test_nobody_sends_goods_to_anothers_address(cast, products):
    depot = keep(cast, DEPOT)
    with pytest.raises(NotAllowed):
        keep(cast, SHOP, who="rival")
    with pytest.raises(Invalid):
        place(cast, line(products["0001"]), who="rival", address_id=depot)
    with pytest.raises(Conflict):
        keep(cast, DEPOT)
    with pytest.raises(Invalid):
        keep(cast, replace(SHOP, phone=" "))
