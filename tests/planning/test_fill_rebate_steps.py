"""A proposal knows the next step of a rebate: what it takes, what it gains net, and when it says nothing."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from firstmove.domains.incentives import operations as incentives
from firstmove.domains.incentives import queries as incentives_queries
from firstmove.domains.incentives.rules import Rules
from firstmove.domains.planning import operations, queries
from firstmove.domains.trade import queries as trade
from firstmove.engine.incentives.schedule import Step
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.portals import rebate_words
from tests.cast import NOW, TODAY
from tests.planning.mornings import plan, proposal, todays

SOON = TODAY + dt.timedelta(days=5)


def promise(cast, *, beyond, percent=5, name="Spring rebate", until_on=SOON, **options):
    """A rebate on everything from so much on; what today's order brings and `beyond` more reaches it."""
    amount = todays(cast.dealer_id).totals.amount
    rules = {
        "cadence": "once", "basis": "placed", "effect": "rebate", "mode": "retroactive", "from_on": TODAY,
        "until_on": until_on, "steps": (Step(amount + beyond, Decimal(percent) / 100),),
    }  # fmt: skip
    incentives.promise(actor=cast.admin.actor, name=name, rules=Rules(**(rules | options)), now=NOW)
    return amount + beyond


def ahead(cast, *, dealer_id=None):
    with tenancy.scope(tenancy.SYSTEM):
        return queries.steps_ahead(dealer_id=dealer_id or cast.dealer_id, on=TODAY)


def simulated(cast, *, amount=None, part_id=None):
    with tenancy.scope(tenancy.SYSTEM):
        part_id = part_id or ahead_part(cast)
        return queries.simulate(part=incentives_queries.part(part_id=part_id), on=TODAY, amount=amount)


def ahead_part(cast):
    return incentives_queries.parts_running(on=TODAY, dealer_id=cast.dealer_id)[0].id


def take(cast, found, *, actor=None, seen=None):
    return operations.order_for_step(
        actor=actor or cast.buyer.actor,
        part_id=found.part_id,
        seen=seen or round(Decimal(str(found.amount)), 2),
        today=TODAY,
        now=NOW,
    )


def test_a_step_in_reach_is_said_with_its_gain_its_costs_and_its_lines(scene):
    threshold = promise(scene.cast, beyond=Decimal(2500))
    plan()
    [found] = ahead(scene.cast)
    assert (found.silent, found.step, found.threshold, found.until_on) == ("", 1, threshold, SOON)
    assert found.distance == threshold
    assert found.is_for(TODAY)
    assert found.amount >= found.short == pytest.approx(2500, abs=1)
    assert found.gain == pytest.approx(float(threshold) * 0.05, rel=0.1)
    assert 0 < found.holding < found.gain
    assert found.net == pytest.approx(found.gain - found.holding - found.overstock)
    assert sum(pick.amount for pick in found.picks) == pytest.approx(Decimal(str(found.amount)), abs=Decimal("0.05"))
    assert all(pick.name and pick.units > 0 for pick in found.picks)
    live = simulated(scene.cast)
    assert (live.amount, live.picks) == (pytest.approx(found.amount, abs=0.05), found.picks)


def test_one_click_puts_it_into_the_proposal_and_the_rest_into_the_cart_and_then_the_step_is_reached(scene):
    promise(scene.cast, beyond=Decimal(400))
    plan()
    [found] = ahead(scene.cast)
    before = todays(scene.cast.dealer_id)
    done = take(scene.cast, found)
    after = todays(scene.cast.dealer_id)
    with tenancy.scope(tenancy.SYSTEM):
        cart = trade.cart_quantities(dealer_id=scene.cast.dealer_id)
        lines = {line.product_id: line for line in queries.lines(proposal_id=after.id)}
    assert (done.in_proposal, done.in_cart) == (len(found.picks) - len(cart), len(cart))
    for pick in found.picks:
        line = lines.get(pick.product_id)
        raised = line.quantity - line.proposed_quantity if line else cart[pick.product_id]
        assert raised == pick.units
    in_cart = sum((pick.amount for pick in found.picks if pick.product_id in cart), Decimal(0))
    grown = after.totals.amount - before.totals.amount + in_cart
    assert grown == pytest.approx(Decimal(str(found.amount)), abs=Decimal("0.05"))
    assert simulated(scene.cast).silent == "reached_anyway"
    with pytest.raises(Conflict):
        take(scene.cast, found)


def test_what_was_looked_at_is_what_is_ordered(scene):
    promise(scene.cast, beyond=Decimal(400))
    plan()
    [found] = ahead(scene.cast)
    with pytest.raises(Conflict) as problem:
        take(scene.cast, found, seen=Decimal("1.00"))
    assert problem.value.code == "step-changed"
    assert todays(scene.cast.dealer_id).edited_lines == 0


def test_nobody_else_orders_for_a_dealers_step_or_reads_it(scene):
    promise(scene.cast, beyond=Decimal(400))
    plan()
    [found] = ahead(scene.cast)
    with pytest.raises(NotFound):
        take(scene.cast, found, actor=scene.cast.rival.actor)
    with pytest.raises(NotAllowed):
        take(scene.cast, found, actor=scene.cast.admin.actor)
    with tenancy.scope(scene.cast.rival.actor):
        assert queries.steps_ahead(dealer_id=scene.cast.dealer_id, on=TODAY) == []


def test_it_says_nothing_where_sell_out_does_not_support_the_step(scene):
    promise(scene.cast, beyond=Decimal(10_000_000))
    plan()
    [found] = ahead(scene.cast)
    assert (found.silent, found.amount, found.picks) == ("not_supported", 0.0, ())
    assert not found.is_for(TODAY)


def test_it_says_nothing_where_the_orders_to_come_reach_the_step_anyway(scene):
    promise(scene.cast, beyond=Decimal(400), until_on=TODAY + dt.timedelta(days=60))
    plan()
    [found] = ahead(scene.cast)
    assert (found.silent, found.short) == ("reached_anyway", 0.0)
    assert found.ordinary > float(found.threshold)
    # There is one step alone.
    assert (found.beyond, simulated(scene.cast).beyond) == ("", "")


def test_the_step_looked_at_is_the_first_that_the_orders_to_come_do_not_reach(scene):
    amount = todays(scene.cast.dealer_id).totals.amount
    levels = (amount / 2, amount + 400, amount * 100)
    steps = tuple(Step(round(level, 2), Decimal(number) / 100) for number, level in enumerate(levels, start=2))
    promise(scene.cast, beyond=Decimal(0), steps=steps)
    promise(scene.cast, beyond=Decimal(0), steps=(steps[0], steps[2]), name="In great steps")
    plan()
    near, far = ahead(scene.cast)
    assert (near.silent, near.step, near.beyond) == ("", 2, "")
    # A first step is reached by today's order, and the one after it asks for more than sells.
    assert (far.silent, far.step, far.beyond) == ("reached_anyway", 1, "not_supported")
    with translation.override("en"):
        said = rebate_words.step_text(far, currency="CNY")
    assert "more than your sell-out supports" in said
    assert "No step lies beyond it" not in said
    operations.reject(
        actor=scene.cast.buyer.actor, proposal_id=todays(scene.cast.dealer_id).id, cause="no_cash", now=NOW
    )
    assert simulated(scene.cast).step == 1


def test_points_and_sell_out_ask_for_no_order(scene):
    promise(scene.cast, beyond=Decimal(400), effect="points", name="Points")
    plan()
    assert ahead(scene.cast) == []
    assert simulated(scene.cast).silent == "no_money"


def test_credit_that_ends_before_the_step_is_said(scene):
    from firstmove.domains.network import operations as network

    promise(scene.cast, beyond=Decimal(400))
    amount = todays(scene.cast.dealer_id).totals.amount
    network.upsert_dealers(rows=[{"code": "D-1", "credit_limit": amount + 100}])
    plan()
    assert [one.silent for one in ahead(scene.cast)] == ["credit"]


def test_what_counted_since_the_run_makes_its_advice_yesterdays(scene):
    promise(scene.cast, beyond=Decimal(400))
    plan()
    found = todays(scene.cast.dealer_id)
    operations.accept(actor=scene.cast.buyer.actor, proposal_id=found.id, now=NOW)
    while outbox.deliver():
        pass
    assert ahead(scene.cast) == []
    live = simulated(scene.cast)
    assert live.distance == pytest.approx(Decimal(400), abs=1)
    assert live.silent == ""
    assert 400 <= live.amount < 430


def test_any_amount_can_be_asked_for_and_pays_what_the_steps_say(scene):
    threshold = promise(scene.cast, beyond=Decimal(400))
    plan()
    less, more = (simulated(scene.cast, amount=Decimal(amount)) for amount in (100, 600))
    assert (less.silent, less.gain) == ("no_gain", 0.0)
    assert more.amount >= 600
    assert more.gain == pytest.approx((float(threshold) + more.amount - 400) * 0.05, rel=0.01)
    with pytest.raises(Invalid):
        simulated(scene.cast, amount=Decimal(0))


def test_a_run_without_programmes_advises_nothing_and_the_next_run_replaces_what_it_said(scene):
    assert ahead(scene.cast) == []
    promise(scene.cast, beyond=Decimal(400))
    plan()
    first = ahead(scene.cast)
    plan()
    assert [one.part_id for one in ahead(scene.cast)] == [one.part_id for one in first]
    assert proposal(scene.proposal_id).state == "superseded"


def test_a_programme_that_is_promised_after_the_plan_is_looked_at_before_the_next_one(scene):
    promise(scene.cast, beyond=Decimal(2500), name="Known")
    plan()
    promise(scene.cast, beyond=Decimal(2500), name="New")
    assert "New" not in {one.programme for one in ahead(scene.cast)}
    operations.weigh_new(now=NOW)
    assert {one.programme: one.step for one in ahead(scene.cast)} == {"Known": 1, "New": 1}
    assert operations.weigh_new(now=NOW) == 0
