"""A line costs what the lists say at its quantity: when it is proposed, changed, ordered, and in the order for ever."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import ProposalLine
from firstmove.domains.trade import operations as trade_operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.planning import mornings

DAY = dt.timedelta(days=1)


def largest(proposal_id: int, scene) -> queries.LineView:
    """The line of most units among those whose price a list gave."""
    priced = [line for line in mornings.lines(proposal_id) if int(line.sku) <= 26]
    return max(priced, key=lambda line: line.quantity)


def said(scene, line: queries.LineView, quantity: int) -> Decimal:
    with tenancy.scope(scene.cast.buyer.actor):
        quotes = catalog_queries.prices_for(
            dealer_id=scene.cast.dealer_id, on=TODAY, quantities={line.product_id: quantity}
        )
    return quotes[line.product_id].price


@pytest.fixture
def stepped(scene):
    """The largest line of a morning whose lists know a cheaper price from its own quantity on, by the dealer's tier."""
    before = largest(scene.proposal_id, scene)
    cheaper = before.unit_price - Decimal("0.50")
    network.upsert_dealers(rows=[{"code": "D-1", "tier": "A"}])
    catalog.upsert_prices(
        rows=[
            {"sku": before.sku, "price": before.unit_price, "contract": "C-1", "tier": "A"},
            {
                "sku": before.sku,
                "price": cheaper,
                "contract": "C-1",
                "tier": "A",
                "from_quantity": before.quantity,
                "valid_to": TODAY + 7 * DAY,
            },
        ]
    )
    mornings.plan()
    found = mornings.todays(scene.cast.dealer_id)
    return before, next(line for line in mornings.lines(found.id) if line.sku == before.sku)


def test_a_line_is_proposed_edited_ordered_and_held_at_the_price_of_its_quantity(scene, stepped):
    before, line = stepped
    buyer = scene.cast.buyer.actor
    assert (line.quantity, line.unit_price) == (before.quantity, before.unit_price - Decimal("0.50"))
    # The step makes the line worth more, and orders nothing more.
    assert line.profit > before.profit
    for quantity in (line.order_multiple, before.quantity):
        edited = operations.edit_line(
            actor=buyer, proposal_id=line.proposal_id, number=line.number, quantity=quantity, today=TODAY
        )
        assert edited.unit_price == said(scene, line, edited.quantity)
    assert edited.profit == pytest.approx(line.profit)
    placed = operations.accept(actor=buyer, proposal_id=line.proposal_id, now=NOW)
    assert placed.changes == ()
    catalog.upsert_prices(rows=[{"sku": line.sku, "price": 99, "contract": "C-1", "tier": "A", "valid_from": TODAY}])
    with tenancy.scope(buyer):
        held = next(one for one in trade.order(order_id=placed.order_id).lines if one.sku == line.sku)
    assert held.unit_price == line.unit_price
    assert (held.basis.rule, held.basis.contract, held.basis.from_quantity, held.basis.valid_to) == (
        "contract",
        "C-1",
        before.quantity,
        TODAY + 7 * DAY,
    )


def test_an_edit_does_not_hide_that_a_list_changed(scene):
    """The new price was taken with the new quantity, and nobody was asked."""
    line = largest(scene.proposal_id, scene)
    dearer = line.unit_price + 1
    catalog.upsert_prices(rows=[{"sku": line.sku, "price": dearer, "dealer": "D-1", "valid_from": TODAY}])
    buyer = scene.cast.buyer.actor
    more = line.quantity + line.order_multiple
    edited = operations.edit_line(
        actor=buyer, proposal_id=scene.proposal_id, number=line.number, quantity=more, today=TODAY
    )
    assert edited.unit_price == line.unit_price
    done = operations.accept(actor=buyer, proposal_id=scene.proposal_id, now=NOW)
    assert [(change.kind, change.after) for change in done.changes] == [("price", dearer)]
    with tenancy.scope(SYSTEM):
        assert ProposalLine.objects.get(id=line.id).unit_price == line.unit_price


PARTIES = st.sampled_from(
    [{}, {"region": "North"}, {"tier": "A"}, {"dealer": "D-1"}, {"contract": "C-1", "dealer": "D-1"}, {"tier": "B"}]
)
STEPS = st.tuples(PARTIES, st.integers(1, 900), st.sampled_from([1, 12, 24]), st.sampled_from([None, TODAY]))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(STEPS, min_size=1, max_size=8), multiples=st.integers(1, 12))
def test_catalogue_run_cart_proposal_and_order_agree_whatever_the_lists_say(scene, rows, multiples):
    buyer, line = scene.cast.buyer.actor, largest(scene.proposal_id, scene)
    quantity = multiples * line.order_multiple
    with transaction.atomic():
        network.upsert_dealers(rows=[{"code": "D-1", "tier": "A", "region": "North", "credit_limit": None}])
        catalog.upsert_prices(
            rows=[
                {"sku": line.sku, "price": Decimal(cents) / 100, "from_quantity": units, "valid_from": start, **party}
                for party, cents, units, start in rows
            ]
        )
        listed = said(scene, line, quantity)
        with tenancy.scope(SYSTEM):
            book = catalog_queries.price_book(on=TODAY)
        pair = {"dealer_id": [scene.cast.dealer_id], "product_id": [line.product_id], "quantity": [quantity]}
        assert Decimal(str(book.paid(pl.DataFrame(pair))[0])) == listed
        cart = trade_operations.place(
            actor=buyer, buyer_dealer_id=scene.cast.dealer_id, origin=("cart", None), currency="USD", ordered_on=TODAY,
            lines=[trade_operations.NewLine(line.product_id, Decimal(quantity))], expected_on=None, now=NOW,
        )  # fmt: skip
        operations.edit_line(
            actor=buyer, proposal_id=scene.proposal_id, number=line.number, quantity=quantity, today=TODAY
        )
        done = operations.accept(actor=buyer, proposal_id=scene.proposal_id, now=NOW)
        if done.order_id is None:
            done = operations.accept(actor=buyer, proposal_id=scene.proposal_id, now=NOW)
        with tenancy.scope(buyer):
            orders = [trade.order(order_id=order_id).lines for order_id in (cart.id, done.order_id)]
        assert {one.unit_price for lines in orders for one in lines if one.sku == line.sku} == {listed}
        assert all(one.basis for lines in orders for one in lines if one.sku == line.sku)
        transaction.set_rollback(True)
