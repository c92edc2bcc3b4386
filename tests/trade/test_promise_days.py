"""A back-order is promised for a day, and its dealer is told when that day moves, and why."""

import datetime as dt
from decimal import Decimal

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstmove.domains.stock import operations as stock_operations
from firstmove.domains.stock import queries as stock
from firstmove.domains.stock import reserving
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.models import OutboxEvent
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place
from tests.trade.test_reserve_goods import come

DAY = dt.timedelta(days=1)


def due(source, *arrivals):
    stock_operations.expect(
        source=source,
        arrivals=[
            stock_operations.Due(product, Decimal(units), TODAY + days * DAY) for product, units, days in arrivals
        ],
    )


def told(cast, order, who="buyer"):
    with tenancy.scope(getattr(cast, who).actor):
        return [(one.promise, one.before) for one in queries.back_orders(order_id=order.id)]


def news():
    with tenancy.scope(SYSTEM):
        return [row.payload for row in OutboxEvent.objects.filter(topic=operations.PROMISE_MOVED).order_by("id")]


def test_who_waits_is_told_the_day_on_which_its_turn_comes(cast, products):
    tea = products["0001"]
    come((tea, 4))
    first = place(cast, line(tea, 10))
    second = place(cast, line(tea, 5), who="rival")
    due("production", (tea, 6, 3), (tea, 2, 8))
    assert operations.rework_promises(now=NOW) == 2
    ((promise, _before),) = told(cast, first)
    assert (promise.promised_on, promise.quantity, promise.cause) == (TODAY + 3 * DAY, 6, "first")
    # Two of its five come on the eighth day, and of the rest nobody knows.
    ((promise, _before),) = told(cast, second, who="rival")
    assert promise.promised_on is None
    assert operations.rework_promises(now=NOW) == 0
    assert told(cast, first, who="rival") == []


def test_a_dealer_is_told_that_its_day_slipped_and_why(cast, products):
    tea = products["0001"]
    come((tea, 4))
    order = place(cast, line(tea, 10))
    due("purchase:7", (tea, 20, 3))
    operations.rework_promises(now=NOW)
    due("purchase:7", (tea, 20, 10))
    operations.rework_promises(now=NOW + DAY)
    ((promise, before),) = told(cast, order)
    assert (before.promised_on, promise.promised_on) == (TODAY + 3 * DAY, TODAY + 10 * DAY)
    assert (promise.cause, promise.slipped) == ("supplier", True)
    (payload,) = news()
    assert (payload["order"], payload["dealer"], payload["because"]) == (order.number, "D-1", "supplier")
    assert (payload["was_on"], payload["now_on"]) == ("2026-03-05", "2026-03-12")
    with tenancy.scope(cast.buyer.actor):
        (slip,) = queries.moved_promises(dealer_id=cast.dealer_id, since=NOW, open_only=True)
    assert slip.order_id == order.id
    # Earlier than told is no bad news.
    due("purchase:7", (tea, 20, 5))
    operations.rework_promises(now=NOW + DAY)
    assert len(news()) == 1


def test_goods_that_lie_there_are_promised_at_once_and_never_slip(cast, products):
    tea = products["0001"]
    come((tea, 4))
    order = place(cast, line(tea, 10))
    due("production", (tea, 20, 3))
    operations.rework_promises(now=NOW)
    come((tea, 20), cause="made early")
    reserving.cover()
    operations.rework_promises(now=NOW)
    ((promise, _before),) = told(cast, order)
    assert promise.promised_on == TODAY
    assert news() == []


def test_scarce_goods_that_come_go_by_share_and_not_to_who_was_first(cast, products):
    tea = products["0001"]
    come((tea, 1))
    place(cast, line(tea, 1))
    first, second = place(cast, line(tea, 40)), place(cast, line(tea, 40), who="rival")
    weights = {cast.dealer_id: 1.0, cast.rival_id: 2.0}
    reserving.set_shares(actor=cast.admin.actor, product_id=tea, weights=weights, now=NOW)
    come((tea, 30), cause="first made")
    reserving.cover()
    held = {}
    with tenancy.scope(SYSTEM):
        for name, order in (("first", first), ("second", second)):
            held[name] = stock.held_by(holder=queries.holder_of(order.id))[tea].reserved
    assert held == {"first": 10, "second": 20}
    # What is left goes on by share, and none of it lies idle when one has enough.
    come((tea, 50), cause="made more")
    reserving.cover()
    with tenancy.scope(SYSTEM):
        assert stock.balances(dealer_id=None)[tea].waiting == 0


def test_the_page_and_the_promise_tell_the_shares_by_which_goods_will_go(cast, products):
    tea = products["0001"]
    come((tea, 1))
    place(cast, line(tea, 1))
    first, second = place(cast, line(tea, 40)), place(cast, line(tea, 40), who="rival")
    weights = {cast.dealer_id: 1.0, cast.rival_id: 2.0}
    reserving.set_shares(actor=cast.admin.actor, product_id=tea, weights=weights, now=NOW)
    due("production", (tea, 30, 3), (tea, 33, 5), (tea, 30, 9))
    parts = {}
    for who, order in (("buyer", first), ("rival", second)):
        with tenancy.scope(getattr(cast, who).actor):
            (row,) = queries.waiting_lines(dealer_id=getattr(cast, who).actor.dealer_id, on=TODAY)
        parts[who] = [((part.due_on - TODAY).days, part.units) for part in row.parts]
        operations.rework_promises(now=NOW)
        ((promise, _before),) = told(cast, order, who=who)
        assert promise.promised_on == row.complete_on == row.parts[-1].due_on
    # On the fifth day the rival needs 20 of its 22; the other's 13 is 11 by share and two that are left.
    assert parts == {"buyer": [(3, 10), (5, 13), (9, 17)], "rival": [(3, 20), (5, 20)]}
    come((tea, 30), cause="day 3")
    reserving.cover()
    come((tea, 33), cause="day 5")
    reserving.cover()
    with tenancy.scope(SYSTEM):
        held = [stock.held_by(holder=queries.holder_of(order.id))[tea].reserved for order in (first, second)]
    assert held == [23, 40]


def test_goods_in_a_closed_warehouse_are_promised_to_nobody(cast, products):
    tea = products["0001"]
    come((tea, 4))
    order = place(cast, line(tea, 10))
    admin = cast.admin.actor
    shed = stock_operations.add_warehouse(actor=admin, code="shed", name="Shed")
    moves = [stock_operations.Move(tea, Decimal(50), warehouse_id=shed)]
    stock_operations.record(actor=SYSTEM, kind="correction", cause="found", moves=moves, occurred_on=TODAY)
    stock_operations.change_warehouse(actor=admin, warehouse_id=shed, name="Shed", is_open=False)
    reserving.cover()
    operations.rework_promises(now=NOW)
    ((promise, _before),) = told(cast, order)
    assert (promise.promised_on, promise.quantity) == (None, 6)


def allotted(free, queue, weights):
    places = list(zip(*[(dealer, units, weights.get(dealer)) for dealer, units in queue], strict=True))
    with connection.cursor() as cursor:
        cursor.execute("select stock_allot(%s, %s::bigint[], %s::numeric[], %s::numeric[])", [free, *map(list, places)])
        return cursor.fetchone()[0]


def test_thirty_units_by_two_to_one_are_twenty_and_ten(db):
    assert allotted(30, [(1, 40), (2, 40)], {1: 2, 2: 1}) == [20, 10]
    assert allotted(30, [(1, 40), (2, 40)], {}) == [30, 0]
    # Who has no share gets what the others' shares leave.
    assert allotted(30, [(None, 9), (1, 12), (2, 40), (1, 2)], {1: 1, 2: 1}) == [1, 12, 15, 2]


@given(
    free=st.integers(0, 60),
    queue=st.lists(st.tuples(st.sampled_from([1, 2, 3, None]), st.integers(0, 30)), min_size=1, max_size=6),
    weights=st.dictionaries(st.sampled_from([1, 2, 3]), st.integers(1, 9)),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_allotment_gives_all_that_is_wanted_and_there_and_no_more(db, free, queue, weights):
    given_out = allotted(free, queue, weights)
    assert sum(given_out) == min(free, sum(units for _dealer, units in queue))
    assert all(0 <= part <= units for part, (_dealer, units) in zip(given_out, queue, strict=True))
    # Nobody with a share gets less than it in whole units, or than what it asked.
    wants = {dealer: sum(units for who, units in queue if who == dealer) for dealer in weights}
    total = sum(weights[dealer] for dealer, units in wants.items() if units)
    for dealer, units in wants.items():
        own = sum(part for part, (who, _units) in zip(given_out, queue, strict=True) if who == dealer)
        assert own >= min(units, free * weights[dealer] // total if total else 0)
