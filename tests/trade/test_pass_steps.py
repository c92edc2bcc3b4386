"""An order waits where somebody is to look at it, passes once, and never against the dealer's credit."""

import datetime as dt
from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.stock import operations as stock
from firstmove.domains.stock import queries as stock_queries
from firstmove.domains.stock import reserving
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.models import OutboxEvent
from firstmove.kernel.tenancy import SYSTEM, Actor
from tests.cast import NOW, TODAY
from tests.trade.at_once import together
from tests.trade.orders import line, place

HOUR = dt.timedelta(hours=1)


def switch_on(cast, step, **rule):
    operations.set_step_rule(actor=cast.admin.actor, step=step, now=NOW, is_on=True, **rule)


def order_of(placed):
    with tenancy.scope(SYSTEM):
        return queries.order(order_id=placed.id)


def state(placed):
    return order_of(placed).order.state


def pass_on(cast, placed, step, who=None, **options):
    actor = who or cast.admin.actor
    return operations.pass_step(actor=actor, order_id=placed.id, step=step, now=NOW + HOUR, **options)


def stay(placed, step):
    return next(one for one in order_of(placed).steps if one.state == step)


def test_without_a_rule_an_order_is_on_its_way_at_once(cast, products):
    assert state(place(cast, line(products["0001"]))) == "in_transit"


def test_a_step_that_is_on_by_hand_holds_every_order_until_somebody_passes_it(cast, products):
    switch_on(cast, "order_review", automatic=False)
    placed = place(cast, line(products["0001"]))
    assert (state(placed), stay(placed, "order_review").held_by) == ("order_review", ("by-hand",))
    assert pass_on(cast, placed, "order_review") == "in_transit"
    passed = stay(placed, "order_review")
    assert passed.took == HOUR
    assert [one.by for one in order_of(placed).steps][:2] == ["Buyer", "Admin"]


def test_small_orders_pass_by_themselves_and_large_ones_say_why_they_wait(cast, products):
    switch_on(cast, "finance_review", most_amount=Decimal(200))
    assert state(place(cast, line(products["0001"], quantity=10))) == "in_transit"
    large = place(cast, line(products["0001"], quantity=11))
    assert (state(large), stay(large, "finance_review").held_by) == ("finance_review", ("amount",))


def test_a_price_far_from_the_list_is_looked_at(cast, products):
    catalog.upsert_prices(rows=[{"sku": "0001", "price": 20}, {"sku": "0002", "price": 20}])
    switch_on(cast, "order_review", most_deviation=Decimal("0.05"))
    assert state(place(cast, line(products["0001"], price="19.00"))) == "in_transit"
    assert stay(place(cast, line(products["0001"], price="18.99")), "order_review").held_by == ("price",)


def test_an_order_that_waits_for_goods_is_held_and_passes_when_they_came(cast, products):
    keep_stock(products, 5)
    switch_on(cast, "release_review", in_stock=True)
    held = place(cast, line(products["0001"], quantity=6))
    assert stay(held, "release_review").held_by == ("stock",)
    with pytest.raises(Invalid) as refused:
        pass_on(cast, held, "release_review")
    assert refused.value.code == "note"
    keep_stock(products, 1)
    reserving.cover()
    assert pass_on(cast, held, "release_review") == "in_transit"


def test_goods_leave_the_shelf_when_the_order_leaves_and_not_before(cast, products):
    keep_stock(products, 10)
    switch_on(cast, "to_ship", automatic=False)
    placed = place(cast, line(products["0001"], quantity=4))
    assert on_hand(products) == 10
    pass_on(cast, placed, "to_ship")
    assert on_hand(products) == 6


def keep_stock(products, units):
    move = stock.Move(products["0001"], Decimal(units))
    stock.record(
        actor=SYSTEM, kind=stock.MovementKind.CORRECTION, cause=f"made {units}", moves=[move], occurred_on=TODAY
    )


def on_hand(products):
    with tenancy.scope(SYSTEM):
        return stock_queries.balances(dealer_id=None)[products["0001"]].on_hand


def test_what_a_rule_holds_passes_by_one_hand_with_a_note_and_never_in_a_crowd(cast, products):
    switch_on(cast, "finance_review", most_amount=Decimal(200), automatic=False)
    small, large = place(cast, line(products["0001"])), place(cast, line(products["0001"], quantity=11))
    outcomes = operations.pass_steps(
        actor=cast.admin.actor,
        orders=[(small.id, "finance_review"), (large.id, "finance_review"), (small.id, "to_ship")],
        now=NOW,
    )
    assert [bool(one.problem) for one in outcomes] == [False, True, True]
    # Named, so that its person finds it among many.
    assert large.number in outcomes[2].problem
    assert (state(small), state(large)) == ("in_transit", "finance_review")
    pass_on(cast, large, "finance_review", note="Agreed with the owner")
    assert stay(large, "release_review").note == "Agreed with the owner"


def test_no_note_and_no_crowd_lets_goods_leave_that_the_credit_no_longer_carries(cast, products):
    switch_on(cast, "order_review", automatic=False)
    placed = place(cast, line(products["0001"]))
    network.upsert_dealers(rows=[{"code": "D-1", "credit_limit": Decimal("199.99")}])
    assert pass_on(cast, placed, "order_review") == "to_ship"
    with pytest.raises(operations.OverCredit):
        pass_on(cast, placed, "to_ship", note="Let it go")
    (outcome,) = operations.pass_steps(actor=cast.admin.actor, orders=[(placed.id, "to_ship")], now=NOW)
    assert outcome.problem
    network.upsert_dealers(rows=[{"code": "D-1", "credit_limit": Decimal("200.00")}])
    assert pass_on(cast, placed, "to_ship") == "in_transit"


def test_an_order_goes_back_to_the_step_before_and_waits_there(cast, products):
    switch_on(cast, "order_review", most_amount=Decimal(10_000))
    switch_on(cast, "finance_review", automatic=False)
    placed = place(cast, line(products["0001"]))
    with pytest.raises(Invalid):
        operations.send_back(
            actor=cast.admin.actor, order_id=placed.id, step="finance_review", note=" ", now=NOW + HOUR
        )
    operations.send_back(
        actor=cast.admin.actor, order_id=placed.id, step="finance_review", note="Wrong price", now=NOW + HOUR
    )
    back = stay(placed, "order_review")
    assert (state(placed), back.note, back.held_by) == ("order_review", "Wrong price", ("sent-back",))
    pass_on(cast, placed, "order_review")
    assert state(placed) == "finance_review"


def test_the_first_step_sends_nothing_back(cast, products):
    switch_on(cast, "order_review", automatic=False)
    placed = place(cast, line(products["0001"]))
    with pytest.raises(Conflict) as refused:
        operations.send_back(actor=cast.admin.actor, order_id=placed.id, step="order_review", note="No", now=NOW)
    assert refused.value.code == "first-step"


def test_the_enterprise_cancels_with_a_note_until_the_order_leaves(cast, products):
    switch_on(cast, "to_ship", automatic=False)
    keep_stock(products, 10)
    placed = place(cast, line(products["0001"]))
    with pytest.raises(Invalid):
        operations.cancel(actor=cast.admin.actor, order_id=placed.id, now=NOW)
    operations.cancel(actor=cast.admin.actor, order_id=placed.id, now=NOW, note="Withdrawn")
    assert state(placed) == "cancelled"
    with tenancy.scope(SYSTEM):
        assert stock_queries.balances(dealer_id=None)[products["0001"]].reserved == 0


def test_who_is_not_asked_decides_nothing(cast, products):
    switch_on(cast, "finance_review", automatic=False, asked_role="channel")
    placed = place(cast, line(products["0001"]))
    planner, channel = (
        Actor(
            "enterprise",
            user_id=network.add_user(email=f"{role}@example.com", name=role, role=role, password=None),
        )
        for role in ("planner", "channel")
    )
    with pytest.raises(NotAllowed):
        pass_on(cast, placed, "finance_review", who=planner)
    with pytest.raises(NotAllowed):
        pass_on(cast, placed, "finance_review", who=cast.owner.actor)
    with pytest.raises(NotAllowed):
        operations.set_step_rule(actor=channel, step="to_ship", now=NOW, is_on=True)
    assert pass_on(cast, placed, "finance_review", who=channel) == "in_transit"


def test_the_rival_cancels_nothing(cast, products):
    switch_on(cast, "order_review", automatic=False)
    placed = place(cast, line(products["0001"]))
    with pytest.raises(NotFound):
        operations.cancel(actor=cast.rival.actor, order_id=placed.id, now=NOW)


def test_concurrency_two_people_pass_one_step_once(committed_cast, committed_products):
    cast = committed_cast
    switch_on(cast, "order_review", automatic=False)
    switch_on(cast, "finance_review", automatic=False)
    placed = place(cast, line(committed_products["0001"]))
    done = together(*[lambda: pass_on(cast, placed, "order_review")] * 3)
    assert sorted(str(getattr(one, "code", one)) for one in done) == ["finance_review", "step-passed", "step-passed"]
    assert state(placed) == "finance_review"


def test_an_automatic_order_that_a_rule_holds_stays_when_its_hours_are_over(cast, products):
    switch_on(cast, "order_review", most_amount=Decimal(100))
    placed = place(cast, line(products["0001"]), automatic=True)
    assert operations.release(placed_before=NOW, now=NOW) == 0
    assert stay(placed, "order_review").held_by == ("amount",)
    pass_on(cast, placed, "order_review", note="Agreed")
    assert state(placed) == "in_transit"


def test_a_late_step_is_told_once_and_stands_first(cast, products):
    """Monday 08:00; half a working day: late from Monday 20:00 on."""
    switch_on(cast, "order_review", automatic=False, target_days=Decimal("0.5"), asked_role="channel")
    early = place(cast, line(products["0001"]))
    assert operations.tell_late(now=NOW + 12 * HOUR) == 0
    later = place(cast, line(products["0001"]), now=NOW + 6 * HOUR)
    moment = NOW + 13 * HOUR
    with tenancy.scope(SYSTEM):
        found = queries.waiting_orders(now=moment)
    assert [(one.order.id, one.is_late) for one in found] == [(early.id, True), (later.id, False)]
    assert [operations.tell_late(now=moment), operations.tell_late(now=moment)] == [1, 0]
    with tenancy.scope(SYSTEM):
        news = OutboxEvent.objects.get(topic=operations.LATE)
        assert (news.payload["order_id"], news.payload["asked_role"]) == (early.id, "channel")


def test_the_order_cycle_counts_working_days_against_what_was_agreed(cast, products):
    """Ordered on Monday 2 March: received on Friday 6 is four working days, on Monday 9 five."""
    operations.set_cycle_target(actor=cast.admin.actor, dealer_id=None, working_days=9, now=NOW)
    operations.set_cycle_target(actor=cast.admin.actor, dealer_id=cast.dealer_id, working_days=4, now=NOW)
    for days in (4, 7):
        placed = place(cast, line(products["0001"]))
        operations.receive(
            actor=cast.buyer.actor, order_id=placed.id, received_on=TODAY + dt.timedelta(days=days), now=NOW
        )
    with tenancy.scope(cast.admin.actor):
        cycle = queries.order_cycle(since=TODAY, until=TODAY + dt.timedelta(days=30))
    assert (cycle.orders, cycle.median_days, cycle.agreed, cycle.within) == (2, 4.5, 2, 1)
