"""Both portals keep stock alike: warehouses, counts with causes, corrections and moves; each sees its own alone."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from firstmove.domains.stock import operations, queries, reserving
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import TODAY

SKU = "000009"


@pytest.fixture
def kept(scene):
    """A hundred at the enterprise of which an order holds thirty; ten at Dealer One."""
    product_id = scene.products[SKU]
    for dealer_id, units in ((None, 100), (scene.cast.dealer_id, 10)):
        position = operations.Position(dealer_id, product_id, Decimal(units))
        operations.bring_to(positions=[position], occurred_on=TODAY, cause="counted")
    reserving.reserve(
        actor=SYSTEM, holder="order:0", cause="placed", buyer_dealer_id=scene.cast.dealer_id,
        quantities={product_id: Decimal(130)},
    )  # fmt: skip
    operations.expect(source="production", arrivals=[operations.Due(product_id, Decimal(50), TODAY + dt.timedelta(9))])
    return scene


def places(scene, dealer_id):
    with tenancy.scope(SYSTEM):
        return {
            place.warehouse_id: place.on_hand
            for place in queries.places(dealer_id=dealer_id, product_id=scene.products[SKU])
        }


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_enterprise_sees_what_it_can_promise_and_who_holds_it(kept, signed_in, language):
    from firstmove.domains.network import operations as network

    network.set_language(actor=kept.cast.admin.actor, language=language)
    client = signed_in(kept.cast.admin)
    page = client.get(reverse("enterprise:stock"), {"show": "short"}).content.decode()
    assert SKU in page
    assert "None" not in page
    shelf = client.get(reverse("enterprise:shelf", args=[kept.products[SKU]]))
    assert shelf.status_code == 200
    # 100 there, 100 reserved, 30 wait, 50 come: 20 can be promised in nine days, none today.
    assert [units for _day, units in shelf.context_data["steps"]] == [0, 20]
    assert client.get(reverse("enterprise:stock"), {"q": "nothing like it"}).status_code == 200


@pytest.mark.parametrize(("person", "place"), [("admin", "enterprise"), ("owner", "dealer")])
def test_a_count_books_the_difference_with_its_cause_once(kept, signed_in, person, place):
    who = getattr(kept.cast, person)
    client, product_id = signed_in(who), kept.products[SKU]
    before = places(kept, who.actor.dealer_id)
    ((warehouse_id, on_hand),) = before.items()
    sheet = client.post(reverse(f"{place}:new-count", args=[warehouse_id])).headers["Location"]
    assert client.post(reverse(f"{place}:new-count", args=[warehouse_id])).headers["Location"] == sheet
    fields = {f"expected-{product_id}": str(on_hand), f"counted-{product_id}": str(on_hand - 3), "post": "yes"}
    assert "Say why" in client.post(f"{sheet}lines/", fields, follow=True).content.decode()
    assert places(kept, who.actor.dealer_id) == before
    # Two more are sold between counting and posting: the difference is booked, not the sum.
    operations.record(
        actor=SYSTEM, kind="shipment", cause="sold", occurred_on=TODAY,
        moves=[operations.Move(product_id, Decimal(-2), who.actor.dealer_id)],
    )  # fmt: skip
    client.post(f"{sheet}lines/", fields | {f"reason-{product_id}": "damaged"})
    client.post(f"{sheet}lines/", fields | {f"reason-{product_id}": "damaged"})
    assert places(kept, who.actor.dealer_id) == {warehouse_id: on_hand - 5}
    with tenancy.scope(who.actor):
        newest = queries.movements(dealer_id=who.actor.dealer_id, product_id=product_id)[0]
    assert (newest.quantity, newest.reason, newest.user_name) == (-3, "damaged", who.email.partition("@")[0].title())
    assert client.get(sheet).status_code == 200


@pytest.mark.parametrize(
    ("product", "quantities", "status"),
    [
        ("999999999", ("1", "1"), 404),
        ("9" * 30, ("1", "1"), 302),
        (None, ("1", "1e30"), 302),
        (None, ("1e30", "1"), 302),
    ],
)
def test_a_made_up_count_is_refused_and_counts_nothing(kept, signed_in, product, quantities, status):
    client, number = signed_in(kept.cast.owner), product or kept.products[SKU]
    counted, expected = quantities
    before = places(kept, kept.cast.dealer_id)
    sheet = client.post(reverse("dealer:new-count", args=[next(iter(before))])).headers["Location"]
    fields = {f"counted-{number}": counted, f"expected-{number}": expected, f"reason-{number}": "damaged"}
    assert client.post(f"{sheet}lines/", fields | {"post": "yes"}).status_code == status
    assert places(kept, kept.cast.dealer_id) == before


@pytest.mark.parametrize(("person", "place"), [("admin", "enterprise"), ("owner", "dealer")])
def test_goods_move_between_own_warehouses_as_far_as_they_are_free(kept, signed_in, person, place):
    who = getattr(kept.cast, person)
    client, product_id = signed_in(who), kept.products[SKU]
    client.post(reverse(f"{place}:new-warehouse"), {"code": "N", "warehouse_name": "North"})
    with tenancy.scope(who.actor):
        main, north = (warehouse.id for warehouse in queries.warehouses(dealer_id=who.actor.dealer_id))
    form = {"from": main, "to": north, "quantity": "4", "ticket": "one"}
    for _twice in range(2):
        client.post(reverse(f"{place}:transfer", args=[product_id]), form)
    free = who.actor.dealer_id is not None
    # The enterprise's hundred are all reserved: they stay where the order found them.
    assert places(kept, who.actor.dealer_id) == ({main: 6, north: 4} if free else {main: 100})
    assert client.get(reverse(f"{place}:warehouses")).status_code == 200
    assert client.get(reverse(f"{place}:shelf", args=[product_id])).status_code == 200


def test_a_correction_needs_a_cause_and_counts_once(kept, signed_in):
    client, product_id = signed_in(kept.cast.owner), kept.products[SKU]
    ((warehouse_id, _units),) = places(kept, kept.cast.dealer_id).items()
    address = reverse("dealer:correction", args=[product_id])
    form = {"warehouse": warehouse_id, "quantity": "-2.5", "ticket": "one"}
    for wrong in (
        {},
        {"reason": "because"},
        {"reason": "lost", "quantity": "1e999"},
        {"reason": "lost", "quantity": "NaN"},
    ):
        assert client.post(address, form | wrong).status_code == 302
    assert places(kept, kept.cast.dealer_id) == {warehouse_id: 10}
    for _twice in range(2):
        client.post(address, form | {"reason": "lost"})
    assert places(kept, kept.cast.dealer_id) == {warehouse_id: Decimal("7.5")}


def test_nobody_touches_a_rivals_shelf(kept, signed_in):
    ((warehouse_id, _units),) = places(kept, kept.cast.dealer_id).items()
    product_id = kept.products[SKU]
    rival = signed_in(kept.cast.rival)
    assert rival.post(reverse("dealer:new-count", args=[warehouse_id])).status_code == 404
    form = {"warehouse": warehouse_id, "quantity": "-2", "reason": "lost"}
    assert rival.post(reverse("dealer:correction", args=[product_id]), form).status_code == 404
    with tenancy.scope(kept.cast.rival.actor):
        (own,) = queries.warehouses(dealer_id=kept.cast.rival_id)
    moved = {"from": warehouse_id, "to": own.id, "quantity": "1"}
    assert rival.post(reverse("dealer:transfer", args=[product_id]), moved).status_code == 404
    assert rival.post(reverse("enterprise:back-orders"), {"allowed": "no"}).status_code == 403
    assert list(places(kept, kept.cast.dealer_id).values()) == [10]
    # Nor does a dealer learn what the enterprise has.
    assert "100" not in rival.get(reverse("dealer:shelf", args=[product_id])).content.decode().partition("<main")[2]


def test_the_enterprise_refuses_back_orders_and_takes_them_again(kept, signed_in):
    client = signed_in(kept.cast.admin)
    for said, allowed in (("no", False), ("yes", True)):
        client.post(reverse("enterprise:back-orders"), {"allowed": said})
        with tenancy.scope(kept.cast.buyer.actor):
            assert queries.back_orders_allowed() is allowed
