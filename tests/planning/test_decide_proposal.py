"""What a dealer makes of a proposal: edited, accepted, rejected, once and by whoever may."""

from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations, queries
from firstmove.domains.trade import queries as trade_queries
from firstmove.domains.trade.operations import OverCredit
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.cast import NOW, PASSWORD, TODAY
from tests.planning.mornings import DAY, accept, lines, order_elsewhere, plan, proposal
from tests.trade.at_once import together


def edit(scene, number, quantity, *, who="buyer", today=TODAY):
    return operations.edit_line(
        actor=getattr(scene.cast, who).actor, proposal_id=scene.proposal_id, number=number, quantity=quantity,
        today=today,
    )  # fmt: skip


def reject(scene, cause="no_cash", *, who="buyer", now=NOW):
    operations.reject(actor=getattr(scene.cast, who).actor, proposal_id=scene.proposal_id, cause=cause, now=now)


def orders(scene):
    with tenancy.scope(scene.cast.buyer.actor):
        return trade_queries.orders(dealer_id=scene.cast.dealer_id)[0]


def decisions(scene):
    return {line.decision for line in lines(scene.proposal_id)}


# --- edit


@pytest.mark.parametrize(("wanted", "ordered"), [(0, 0), (1, 12), (12, 12), (13, 18), (18, 18), (1_000_000, 1_000_002)])
def test_a_quantity_snaps_up_to_cartons_and_the_minimum(scene, wanted, ordered):
    """Every eighth product comes in sixes, twelve at least."""
    line = next(line for line in lines(scene.proposal_id) if (line.order_multiple, line.order_minimum) == (6, 12))
    assert edit(scene, line.number, wanted).quantity == ordered


@pytest.mark.parametrize("wanted", [-1, 1_000_001, 10**12])
def test_a_quantity_that_nobody_can_mean_is_refused(scene, wanted):
    with pytest.raises(Invalid) as refused:
        edit(scene, 1, wanted)
    assert refused.value.facts["field"] == "quantity-1"


def test_totals_follow_every_edit_and_are_the_sum_of_the_lines(scene):
    def check():
        found, totals = [line for line in lines(scene.proposal_id) if line.quantity], proposal(scene.proposal_id).totals
        assert totals.lines == len(found)
        assert totals.quantity == sum(line.quantity for line in found)
        assert totals.amount == sum(line.quantity * line.unit_price for line in found)
        assert totals.profit == pytest.approx(sum(line.profit for line in found))
        spread = sum((line.profit_high - line.profit) ** 2 for line in found) ** 0.5
        assert totals.profit_high == pytest.approx(totals.profit + spread)
        assert totals.runs_out == sum(line.stockout_probability >= queries.AT_RISK for line in found)
        with tenancy.scope(scene.cast.buyer.actor):
            grouped = queries.groups(proposal_id=scene.proposal_id)
            attention = queries.attention_lines(proposal_id=scene.proposal_id)
        assert totals.amount == sum(group.amount for group in grouped) + sum(line.amount for line in attention)
        return totals

    before = check()
    edit(scene, 1, 0)
    without = check()
    assert without.lines == before.lines - 1
    edit(scene, 2, 500)
    assert check().amount > without.amount
    first, second = lines(scene.proposal_id)[:2]
    assert first.profit == pytest.approx(0)
    assert second.cover_after_days == pytest.approx(
        (second.on_hand + second.in_transit + second.quantity) / second.rate_per_day
    )
    assert proposal(scene.proposal_id).edited_lines == 2
    for line in (first, second):
        edit(scene, line.number, line.proposed_quantity)
    after = check()
    assert (after.lines, after.quantity, after.amount) == (before.lines, before.quantity, before.amount)
    assert after.profit == pytest.approx(before.profit)


# --- accept


def test_an_order_is_what_the_dealer_made_of_the_proposal(scene):
    edit(scene, 1, 0)
    edit(scene, 2, 504)
    wanted = {line.sku: line.quantity for line in lines(scene.proposal_id) if line.quantity}
    amount = proposal(scene.proposal_id).totals.amount
    done = accept(scene.cast.buyer, scene.proposal_id)
    with tenancy.scope(scene.cast.buyer.actor):
        detail = trade_queries.order(order_id=done.order_id)
    assert {line.sku: line.quantity for line in detail.lines} == wanted
    assert detail.order.amount == amount.quantize(Decimal("0.01"))
    assert (detail.order.origin_kind, detail.order.origin_id) == ("proposal", scene.proposal_id)
    assert detail.order.expected_on == proposal(scene.proposal_id).expected_on
    found = {line.number: (line.decision, line.decided_quantity) for line in lines(scene.proposal_id)}
    assert found.pop(1) == ("removed", 0)
    assert found.pop(2) == ("changed", 504)
    assert {decision for decision, _quantity in found.values()} == {"accepted"}


def test_two_accepts_at_once_make_one_order_and_both_learn_its_number(committed_scene):
    scene = committed_scene
    first, second = together(
        lambda: accept(scene.cast.buyer, scene.proposal_id), lambda: accept(scene.cast.owner, scene.proposal_id)
    )
    assert first == second
    assert [(order.id, order.number) for order in orders(scene)] == [(first.order_id, first.order_number)]


def test_a_product_that_is_no_longer_listed_is_taken_out_after_a_second_yes(scene):
    line = lines(scene.proposal_id)[0]
    catalog.upsert_products(rows=[{"sku": line.sku, "life_cycle": "unlisted"}])
    done = accept(scene.cast.buyer, scene.proposal_id)
    assert done.order_id is None
    (change,) = done.changes
    assert (change.kind, change.number, change.before, change.after) == ("unlisted", 1, line.quantity, 0)
    assert orders(scene) == []
    assert proposal(scene.proposal_id).is_ready
    accept(scene.cast.buyer, scene.proposal_id)
    assert lines(scene.proposal_id)[0].decision == "removed"


def test_what_was_ordered_elsewhere_meanwhile_is_taken_off_after_a_second_yes(scene):
    line = lines(scene.proposal_id)[0]
    order_elsewhere(scene, line, line.quantity)
    done = accept(scene.cast.buyer, scene.proposal_id)
    assert [(change.kind, change.number, change.after) for change in done.changes] == [("stock", 1, 0)]
    assert accept(scene.cast.buyer, scene.proposal_id).order_id is not None
    assert len(orders(scene)) == 2


def test_a_quantity_that_the_dealer_chose_itself_stays(scene):
    line = lines(scene.proposal_id)[0]
    edit(scene, 1, line.quantity * 2)
    order_elsewhere(scene, line, line.quantity)
    done = accept(scene.cast.buyer, scene.proposal_id)
    assert done.changes == ()
    assert done.order_id is not None


def test_goods_that_came_meanwhile_are_taken_off(scene):
    from firstmove.domains.stock import operations as stock

    line = lines(scene.proposal_id)[0]
    stock.record(
        actor=scene.cast.buyer.actor, kind=stock.MovementKind.CORRECTION, cause="found behind the door",
        moves=[stock.Move(line.product_id, Decimal(line.quantity), scene.cast.dealer_id)], occurred_on=TODAY,
    )  # fmt: skip
    assert [change.kind for change in accept(scene.cast.buyer, scene.proposal_id).changes] == ["stock"]


def test_an_order_over_credit_is_refused_and_can_be_made_smaller(scene):
    amount = proposal(scene.proposal_id).totals.amount
    network.upsert_dealers(rows=[{"code": "D-1", "credit_limit": amount - 1}])
    with pytest.raises(OverCredit):
        accept(scene.cast.buyer, scene.proposal_id)
    assert proposal(scene.proposal_id).is_ready
    assert decisions(scene) == {""}
    edit(scene, 1, 0)
    assert accept(scene.cast.buyer, scene.proposal_id).order_id is not None


def test_an_order_of_nothing_is_refused(scene):
    for line in lines(scene.proposal_id):
        edit(scene, line.number, 0)
    with pytest.raises(Invalid):
        accept(scene.cast.buyer, scene.proposal_id)
    assert proposal(scene.proposal_id).is_ready


# --- reject, and what is closed


def test_a_rejected_proposal_says_why_and_orders_nothing(scene):
    with pytest.raises(Invalid):
        reject(scene, "because")
    reject(scene)
    found = proposal(scene.proposal_id)
    assert (found.state, found.reject_cause, found.decided_by) == ("rejected", "no_cash", "Buyer")
    assert decisions(scene) == {"rejected"}
    assert orders(scene) == []


@pytest.mark.parametrize("end", ["accepted", "rejected", "superseded", "expired"])
def test_what_is_closed_stays_closed(scene, end):
    today = TODAY
    if end == "accepted":
        accept(scene.cast.buyer, scene.proposal_id)
    elif end == "rejected":
        reject(scene)
    elif end == "superseded":
        today = TODAY + DAY
        plan(today)
    else:
        today = TODAY + 3 * DAY
        network.set_business_date(day=today)
        assert operations.expire(now=NOW + 3 * DAY) == 2
        assert operations.expire(now=NOW + 3 * DAY) == 0
        assert decisions(scene) == {"ignored"}
    assert proposal(scene.proposal_id).state == end
    now = NOW + (today - TODAY)
    tries = [lambda: edit(scene, 1, 5, today=today), lambda: reject(scene, now=now)]
    if end != "accepted":  # which would answer with the order that there is
        tries.append(lambda: accept(scene.cast.buyer, scene.proposal_id, on=today))
    for attempt in tries:
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "proposal-closed"
    assert proposal(scene.proposal_id).state == end


def test_a_late_proposal_is_closed_even_before_anybody_closed_it(scene):
    network.set_business_date(day=TODAY + 2 * DAY)
    assert operations.expire(now=NOW + 2 * DAY) == 0
    network.set_business_date(day=TODAY + 3 * DAY)
    with pytest.raises(Conflict):
        accept(scene.cast.buyer, scene.proposal_id, on=TODAY + 3 * DAY)


# --- who may


def test_sales_staff_decide_nothing(scene):
    user_id = network.add_user(
        email="staff@example.com", name="Staff", role="staff", password=PASSWORD, dealer_code="D-1"
    )
    staff = tenancy.Actor("dealer", user_id=user_id, dealer_id=scene.cast.dealer_id)
    for attempt in (
        lambda: operations.accept(actor=staff, proposal_id=scene.proposal_id, now=NOW),
        lambda: operations.reject(actor=staff, proposal_id=scene.proposal_id, cause="other", now=NOW),
        lambda: operations.edit_line(actor=staff, proposal_id=scene.proposal_id, number=1, quantity=0, today=TODAY),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert proposal(scene.proposal_id).is_ready


@pytest.mark.parametrize(("who", "told"), [("rival", NotFound), ("admin", NotAllowed), ("supplier", NotAllowed)])
def test_nobody_decides_for_the_dealer(scene, who, told):
    for attempt in (
        lambda: accept(getattr(scene.cast, who), scene.proposal_id),
        lambda: reject(scene, who=who),
        lambda: edit(scene, 1, 0, who=who),
    ):
        with pytest.raises(told):
            attempt()
    assert proposal(scene.proposal_id).is_ready
    assert proposal(scene.proposal_id).edited_lines == 0
