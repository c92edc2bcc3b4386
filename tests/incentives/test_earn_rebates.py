"""What a dealer earns: every amount rests on its evidence, and the sums hold whatever becomes of the orders."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
import pytest
from django.conf import settings as django_settings
from django.db import ProgrammingError, connection, transaction
from django.db.utils import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstmove.domains.incentives import operations, queries
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.lake.store import Lake
from tests.cast import NOW, TODAY
from tests.incentives.programmes import MONTH, deliver, ledger, part, promise, rules, steps, sums
from tests.trade.orders import line, place
from tests.trade.test_return_goods import all_the_way


def test_a_step_that_is_reached_pays_the_difference_on_what_was_bought_before(cast, products):
    promise(cast)
    first = place(cast, line(products["0001"], 10, "100"))
    deliver()
    assert part(cast).earned == 10
    second = place(cast, line(products["0002"], 10, "100"))
    deliver()
    standing = part(cast)
    assert (standing.step, standing.earned) == (2, 60)
    assert ledger(standing.id) == [
        ("counted", first.number, 1, 1000, 10),
        ("step", first.number, 1, 0, 20),
        ("counted", second.number, 1, 1000, 30),
    ]


def test_a_marginal_step_pays_for_what_lies_beyond_it_alone(cast, products):
    promise(cast, mode="marginal")
    place(cast, line(products["0001"], 25, "100"))
    deliver()
    assert part(cast).earned == 10 + 15


def test_a_cancelled_order_takes_back_what_it_brought_and_the_step_with_it(cast, products):
    promise(cast)
    place(cast, line(products["0001"], 10, "100"))
    second = place(cast, line(products["0002"], 10, "100"), automatic=True)
    deliver()
    trade.cancel(actor=cast.buyer.actor, order_id=second.id, now=NOW)
    deliver()
    standing = part(cast)
    assert (standing.standing.basis, standing.earned) == (1000, 10)
    assert sums(standing.id)[0] == sums(standing.id)[1]


def test_goods_that_never_came_earn_nothing(cast, products):
    promise(cast)
    order = place(cast, line(products["0001"], 10, "100"))
    trade.receive(actor=cast.buyer.actor, order_id=order.id, received_on=TODAY, quantities={1: Decimal(4)}, now=NOW)
    deliver()
    assert part(cast).standing.basis == 400


def test_goods_that_went_back_earn_nothing_any_more(cast, products):
    promise(cast)
    order = place(cast, line(products["0001"], 20, "100"))
    trade.receive(actor=cast.buyer.actor, order_id=order.id, received_on=TODAY, now=NOW)
    deliver()
    all_the_way(cast, order.id, (1, 12))
    deliver()
    standing = part(cast)
    assert (standing.standing.basis, standing.step, standing.earned) == (800, 0, 0)


def test_received_counts_on_receipt_and_not_before(cast, products):
    promise(cast, basis="received")
    order = place(cast, line(products["0001"], 10, "100"))
    deliver()
    assert part(cast).standing.basis == 0
    trade.receive(actor=cast.buyer.actor, order_id=order.id, received_on=TODAY, now=NOW)
    deliver()
    assert part(cast).earned == 10


def test_news_that_comes_twice_earns_once(cast, products):
    from firstmove.kernel.models import OutboxEvent

    promise(cast)
    place(cast, line(products["0001"], 10, "100"))
    deliver()
    with tenancy.scope(tenancy.SYSTEM):
        OutboxEvent.objects.update(delivered_at=None)
    deliver()
    operations.follow_all(now=NOW)
    assert len(ledger(part(cast).id)) == 1


def test_only_the_goods_of_the_programme_count(cast, products):
    promise(cast, (0.01, 1), name="Water", categories=("Water",))
    promise(cast, (0.01, 1), name="New", new_within_days=30)
    place(cast, line(products["0001"], 1, "500"), line(products["0002"], 1, "300"), line(products["0003"], 1, "200"))
    deliver()
    with tenancy.scope(cast.admin.actor):
        counted = {one.name: one.basis for one in queries.programmes(on=TODAY)}
    assert counted == {"Water": 300, "New": 200}


def test_only_the_dealers_of_the_programme_take_part(cast, products):
    promise(cast, dealer_ids=(cast.rival_id,))
    with tenancy.scope(cast.admin.actor):
        assert [one.dealer_id for one in queries.parts_running(on=TODAY)] == [cast.rival_id]


def test_growth_pays_beyond_the_same_days_a_year_before(cast, products):
    year_ago = MONTH.replace(year=MONTH.year - 1)
    ordered = {"order": "A", "dealer": "D-1", "sku": "0001", "quantity": 10.0, "price": 100.0}
    lines = [{**ordered, "line": str(days), "ordered_on": year_ago - dt.timedelta(days=days)} for days in (0, 1)]
    Lake(django_settings.LAKE_ROOT).write(table="orders", rows=pl.DataFrame(lines), source="erp", batch_id="a")
    promise(cast, (0.1, 2), growth=True)
    standing = part(cast)
    assert (standing.standing.base, standing.ahead.threshold) == (1000, 1100)
    place(cast, line(products["0001"], 11, "100"))
    # The rival bought nothing a year before, so that no growth can be told of it.
    place(cast, line(products["0001"], 11, "100"), who="rival")
    deliver()
    assert part(cast).earned == 22
    assert part(cast, dealer_id=cast.rival_id).earned == 0


def test_sell_out_counts_by_product_and_month_and_follows_corrections(cast, products):
    promise(cast, (100, 10), basis="sell_out", effect="points")
    sale = {"date": TODAY, "line": "1", "dealer": "D-1", "customer": "C", "sku": "0001", "quantity": 5.0}
    lake = Lake(django_settings.LAKE_ROOT)
    lake.write(table="sales", rows=pl.DataFrame([{**sale, "amount": 155.0}]), source="erp", batch_id="a")
    operations.follow_all(now=NOW)
    assert part(cast).earned == 15
    lake.write(table="sales", rows=pl.DataFrame([{**sale, "amount": 90.0}]), source="erp", batch_id="b")
    operations.follow_all(now=NOW)
    assert (part(cast).standing.basis, part(cast).earned) == (90, 0)


def test_of_sell_out_only_the_first_days_of_new_products_count(cast, products):
    promise(cast, (1, 1), basis="sell_out", new_within_days=30)
    sale = {"date": TODAY, "dealer": "D-1", "customer": "C", "quantity": 5.0}
    rows = [{**sale, "line": sku, "sku": sku, "amount": 100.0} for sku in ("0001", "0003")]
    # Without an amount it is worth what the list says; before its listing it is not new.
    rows += [
        {**sale, "line": "a", "sku": "0003", "amount": None},
        {**sale, "line": "b", "sku": "0003", "amount": 50.0, "date": TODAY - dt.timedelta(days=1)},
    ]
    Lake(django_settings.LAKE_ROOT).write(table="sales", rows=pl.DataFrame(rows), source="erp", batch_id="a")
    operations.follow_all(now=NOW)
    assert part(cast).standing.basis == 100 + 5 * 30


def test_the_share_of_proposals_that_is_taken_opens_the_rate(cast, products):
    promise(cast, (0.8, 1), basis="proposals")
    place(cast, line(products["0001"], 10, "100"), origin=("proposal", 7))
    place(cast, line(products["0001"], 10, "100"))
    operations.record_uses(uses=[(cast.dealer_id, 7, TODAY, 10, 7)])
    operations.follow_all(now=NOW)
    assert (part(cast).standing.basis, part(cast).earned) == (1000, 0)
    operations.record_uses(uses=[(cast.dealer_id, 7, TODAY, 10, 8)])
    operations.follow_all(now=NOW)
    assert part(cast).earned == 10


def test_priority_weighs_for_who_reached_its_step_and_pays_nothing(cast, products):
    promise(cast, (1000, 20), effect="priority")
    place(cast, line(products["0001"], 10, "100"))
    deliver()
    with tenancy.scope(cast.admin.actor):
        assert queries.supply_weights(on=TODAY) == {cast.dealer_id: 0.2}
        # And through the period after it, while that one is still being earned.
        assert queries.supply_weights(on=MONTH + dt.timedelta(days=31)) == {cast.dealer_id: 0.2}
    assert part(cast).earned == 0


def test_a_running_period_keeps_its_rules_and_the_next_has_the_new_ones(cast, products):
    programme_id = promise(cast)
    with pytest.raises(Conflict):
        operations.change(actor=cast.admin.actor, programme_id=programme_id, rules=rules(from_on=TODAY), now=NOW)
    april = dt.date(2026, 4, 1)
    better = rules((1000, 5), from_on=april)
    operations.change(actor=cast.admin.actor, programme_id=programme_id, rules=better, now=NOW)
    operations.open_due(now=NOW + dt.timedelta(days=40))  # The business date stands; nothing begins before its day.
    from firstmove.domains.network import operations as network

    network.set_business_date(day=april)
    operations.open_due(now=NOW)
    with tenancy.scope(cast.admin.actor):
        assert [(one.period.version, one.period.starts_on) for one in queries.periods(programme_id=programme_id)] == [
            (2, april),
            (1, MONTH),
        ]
    with tenancy.scope(cast.admin.actor), pytest.raises(IntegrityError), transaction.atomic():
        connection.cursor().execute("update incentives_version set steps = '[]' where number = 1")


def test_an_entry_can_be_changed_by_nobody(cast, products):
    promise(cast)
    place(cast, line(products["0001"], 10, "100"))
    deliver()
    for statement in ("update incentives_rebateentry set amount = 0", "delete from incentives_rebateentry"):
        with tenancy.scope(tenancy.SYSTEM), pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            connection.cursor().execute(statement)


def test_a_dealer_reads_its_own_programmes_and_no_other(cast, products):
    promise(cast, dealer_ids=(cast.dealer_id,))
    mine = part(cast)
    with tenancy.scope(cast.buyer.actor):
        assert queries.part(part_id=mine.id, dealer_id=cast.dealer_id).period.name == "Spring rebate"
    with tenancy.scope(cast.rival.actor):
        assert queries.parts_running(on=TODAY) == []
        assert queries.programmes(on=TODAY) == []
        with pytest.raises(NotFound):
            queries.part(part_id=mine.id, dealer_id=cast.rival_id)


@pytest.mark.parametrize("who", ["buyer", "rival"])
def test_a_dealer_promises_itself_nothing(cast, products, who):
    with pytest.raises(NotAllowed):
        operations.promise(actor=getattr(cast, who).actor, name="Mine", rules=rules(), now=NOW)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("steps", {"steps": steps((2000, 1), (1000, 2))}),
        ("steps", {"steps": steps((1000, 3), (2000, 2))}),
        ("steps", {"steps": ()}),
        ("until_on", {"cadence": "once"}),
        ("basis", {"growth": True, "basis": "received"}),
        ("mode", {"basis": "proposals", "mode": "marginal"}),
        ("from_on", {"from_on": dt.date(2020, 1, 1)}),
        ("cadence", {"cadence": "weekly"}),
    ],
)
def test_rules_that_nobody_can_mean_are_refused_with_their_field(cast, field, wrong):
    with pytest.raises(Invalid) as refused:
        operations.promise(actor=cast.admin.actor, name="Odd", rules=rules(**wrong), now=NOW)
    assert refused.value.facts["field"] == field


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.integers(1, 90_00), st.integers(1, 9)),
        st.tuples(st.just("cancel"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("receive"), st.integers(0, 5), st.integers(0, 9)),
        st.tuples(st.just("give back"), st.integers(0, 5), st.integers(1, 9)),
        st.tuples(st.just("deliver"), st.just(0), st.just(0)),
    ),
    min_size=3,
    max_size=9,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, mode=st.sampled_from(["retroactive", "marginal"]))
def test_what_is_earned_is_what_a_reckoning_from_the_orders_says(cast, products, acts, mode):
    """Orders, cancellations, short receipts and returns in any order; the ledger equals a reckoning from scratch."""
    with transaction.atomic():
        promise(cast, (50, 1.5), (150, 3.7), mode=mode)
        bought = _act(cast, products["0001"], acts)
        standing = part(cast)
        kept, said = sums(standing.id)
        assert kept == said
        total = sum((one.price * one.counts for one in bought), Decimal(0))
        assert kept[0] == total
        assert kept[1] == _plainly(total, mode)
        with tenancy.scope(tenancy.SYSTEM):
            pieces, _count = queries.evidence(part_id=standing.id, limit=1000)
        assert {piece.order_id: piece.basis for piece in pieces} == {
            one.order_id: one.price * one.counts for one in bought if one.counts
        }
        assert sum(piece.amount for piece in pieces) == kept[1]
        transaction.set_rollback(True)


@dataclass
class _Bought:
    """What a plain reckoning knows of an order. Automatic ones wait, so that they can be cancelled."""

    order_id: int
    price: Decimal
    counts: int
    automatic: bool
    is_open: bool = True
    received: bool = False


def _act(cast, product_id, acts):
    bought = []
    for act, first, second in acts:
        if act == "place":
            price, automatic = Decimal(first) / 100, first % 2 == 0
            made = place(cast, line(product_id, second, price), automatic=automatic)
            bought.append(_Bought(made.id, price, second, automatic))
        elif act == "deliver":
            deliver()
        elif act == "give back":
            if first < len(bought) and bought[first].received and bought[first].counts:
                one = bought[first]
                units = min(second, one.counts)
                all_the_way(cast, one.order_id, (1, units))
                one.counts -= units
        elif first < len(bought) and bought[first].is_open and bought[first].automatic == (act == "cancel"):
            one = bought[first]
            one.is_open, one.counts = False, 0 if act == "cancel" else min(second, one.counts)
            one.received = act == "receive"
            if act == "cancel":
                trade.cancel(actor=cast.buyer.actor, order_id=one.order_id, now=NOW)
            else:
                came = {1: Decimal(one.counts)}
                trade.receive(
                    actor=cast.buyer.actor, order_id=one.order_id, received_on=TODAY, quantities=came, now=NOW
                )
    deliver()
    return bought


def _plainly(total: Decimal, mode: str) -> Decimal:
    low, high = Decimal("0.015"), Decimal("0.037")
    if mode == "retroactive":
        earned = total * (high if total >= 150 else low if total >= 50 else 0)
    else:
        earned = low * max(min(total, Decimal(150)) - 50, Decimal(0)) + high * max(total - 150, Decimal(0))
    return earned.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
