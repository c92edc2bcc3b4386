"""A dealer's past played again: by whoever may ask, from what was known before, and the same if repeated."""

import datetime as dt

import numpy as np
import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import Replay
from firstmove.domains.planning.operations import replays as replaying
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, plan, sale, tell_lake
from tests.trade.at_once import together

WEEKS = 13


def ask(person, dealer_id, *, weeks=WEEKS):
    return operations.request_replay(actor=person.actor, dealer_id=dealer_id, weeks=weeks, now=NOW)


def carry_out(replay_id):
    operations.carry_out(replay_id=replay_id, now=NOW)
    return look(replay_id)


def look(replay_id):
    with tenancy.scope(SYSTEM):
        return queries.replay(replay_id=replay_id)


def test_a_dealer_learns_what_faster_orders_and_better_decisions_would_have_brought(scene):
    view = carry_out(ask(scene.cast.buyer, scene.cast.dealer_id))
    assert (view.state, view.progress, view.since, view.until) == ("complete", 1, TODAY - 91 * DAY, TODAY - DAY)
    found = view.figures
    assert [policy.name for policy in found.policies] == [
        "reactive-18", "reactive", "minmax", "textbook", "firstmove", "clairvoyant",
    ]  # fmt: skip
    assert (found.days, found.dealers) == (91, 1)
    assert found.pairs + found.left_out == 30
    assert found.left_out >= 1  # the new product had no past
    for policy in found.policies:
        assert 0 < policy.fill <= 1
        assert policy.cost == pytest.approx(policy.lost_margin + policy.holding)
        assert len(policy.week_stock_value) == len(policy.week_empty) == len(policy.week_fill) == WEEKS
        assert np.mean(policy.week_stock_value) == pytest.approx(policy.stock_value, rel=1e-3)
    assert found.policy("clairvoyant").fill >= found.policy("reactive").fill
    assert found.speed.stock_days_fewer.value is not None
    # Dealer One has prices of its own from yesterday on alone: those of the window's first day are assumed.
    assert {"lead_time", "order_days"} <= set(view.assumed)


def test_a_replay_repeated_at_its_versions_says_the_same_whatever_came_since(scene):
    first = look(ask(scene.cast.buyer, scene.cast.dealer_id))
    carry_out(first.id)
    before = look(first.id)
    tell_lake("sales", *(sale(TODAY - n * DAY, "000003", 500.0) for n in range(1, 60)))
    with tenancy.scope(SYSTEM):
        Replay.objects.filter(id=first.id).update(state="failed", error="stopped")
    again = carry_out(first.id)
    assert again.figures == before.figures
    other = carry_out(ask(scene.cast.owner, scene.cast.dealer_id))
    assert other.id != first.id
    assert other.figures != before.figures


def test_what_sold_in_the_window_chooses_no_product(scene):
    """000029 is new and 000027 lumpy: neither becomes part of the replay, or leaves it, by the window's own sales."""
    first = carry_out(ask(scene.cast.buyer, scene.cast.dealer_id))
    tell_lake("sales", *(sale(TODAY - n * DAY, "000029", 90.0) for n in range(1, 80)))
    second = carry_out(ask(scene.cast.buyer, scene.cast.dealer_id))
    assert (second.figures.pairs, second.figures.left_out) == (first.figures.pairs, first.figures.left_out)
    assert second.figures.policies == first.figures.policies


def test_the_network_is_its_dealers_together(scene):
    view = carry_out(ask(scene.cast.admin, None))
    assert (view.dealer_id, view.state, view.figures.dealers) == (None, "complete", 2)
    with tenancy.scope(SYSTEM):
        parts = queries.dealers_of_replay(replay_id=view.id)
        own = [queries.replay(replay_id=part.id).figures for part in parts]
    assert {part.dealer_id for part in parts} == {scene.cast.dealer_id, scene.cast.rival_id}
    for name in ("reactive", "firstmove"):
        assert view.figures.policy(name).cost == pytest.approx(sum(one.policy(name).cost for one in own))
    alone = carry_out(ask(scene.cast.rival, scene.cast.rival_id))
    same = next(one for part, one in zip(parts, own, strict=True) if part.dealer_id == scene.cast.rival_id)
    assert alone.figures == same
    with tenancy.scope(scene.cast.owner.actor):
        assert {one.dealer_id for one in queries.replays()[0]} <= {scene.cast.dealer_id}
        with pytest.raises(NotFound):
            queries.replay(replay_id=view.id)


def test_replays_that_wait_for_the_same_days_are_played_together(scene):
    mine, theirs = (ask(scene.cast.owner, scene.cast.dealer_id), ask(scene.cast.rival, scene.cast.rival_id))
    carry_out(mine)
    assert look(theirs).state == "complete"
    assert look(theirs).figures.dealers == 1


def test_a_replay_is_played_under_the_dealers_own_order_days_and_minimums(scene):
    """Orders on Mondays and Thursdays that take 3 days, and no line under 24 units."""
    network.upsert_dealers(
        rows=[{"code": "D-1", "order_weekdays": "14", "lead_time_min_days": 3, "lead_time_max_days": 3}]
    )
    free = carry_out(ask(scene.cast.owner, scene.cast.dealer_id))
    figures = free.figures
    assert (figures.review_days, figures.lead_low_days, figures.lead_high_days) == ((4,), 3, 3)
    assert not {"order_days", "lead_time"} & set(free.assumed)
    catalog.upsert_products(rows=[{"sku": sku, "minimum": 24} for sku in scene.products])
    bound = carry_out(ask(scene.cast.owner, scene.cast.dealer_id))
    assert bound.figures.policy("firstmove").order_lines < free.figures.policy("firstmove").order_lines


def test_what_is_received_in_the_window_teaches_no_lead_time(scene):
    """Orders that all took 25 days arrive within the window; the replay still plays what was known before."""
    first = carry_out(ask(scene.cast.owner, scene.cast.dealer_id))
    orders, shipments = [], []
    for number in range(40):
        ordered = TODAY - dt.timedelta(days=60 + number)
        facts = {"dealer": "D-1", "order": f"X{number}", "line": "1", "sku": "000009", "quantity": 5.0}
        came = ordered + dt.timedelta(days=25)
        orders.append(facts | {"ordered_on": ordered, "expected_on": came})
        shipments.append(facts | {"shipped_on": came, "received_on": came})
    tell_lake("orders", *orders)
    tell_lake("shipments", *shipments)
    again = carry_out(ask(scene.cast.owner, scene.cast.dealer_id))
    assert again.id != first.id
    for name in ("lead_low_days", "lead_high_days"):
        assert getattr(again.figures, name) == getattr(first.figures, name)
    assert "lead_time" in again.assumed


def test_asking_twice_is_asking_once(scene):
    assert ask(scene.cast.buyer, scene.cast.dealer_id) == ask(scene.cast.owner, scene.cast.dealer_id)


def test_one_replay_of_a_dealer_waits_or_runs_at_a_time(scene):
    first = ask(scene.cast.buyer, scene.cast.dealer_id)
    with pytest.raises(Conflict) as refused:
        ask(scene.cast.owner, scene.cast.dealer_id, weeks=26)
    assert refused.value.code == "replay-under-way"
    ask(scene.cast.rival, scene.cast.rival_id, weeks=26)  # another's does not stand in the way
    with tenancy.scope(SYSTEM):
        Replay.objects.filter(id=first).update(state="failed", error="stopped")
    assert ask(scene.cast.owner, scene.cast.dealer_id, weeks=26) != first


@pytest.mark.parametrize("who", ["rival", "supplier"])
def test_nobody_replays_another_dealers_past(scene, who):
    with pytest.raises(NotAllowed):
        ask(getattr(scene.cast, who), scene.cast.dealer_id)
    with pytest.raises(NotAllowed):
        ask(getattr(scene.cast, who), None)


def test_the_enterprise_replays_any_dealer_but_none_that_is_not_there(scene):
    assert look(ask(scene.cast.admin, scene.cast.rival_id)).dealer_id == scene.cast.rival_id
    with pytest.raises(NotFound):
        ask(scene.cast.admin, 999_999)


def test_a_window_that_nobody_offers_is_refused(scene):
    with pytest.raises(Invalid):
        ask(scene.cast.owner, scene.cast.dealer_id, weeks=7)


def test_before_the_first_plan_there_is_nothing_to_replay(cast):
    with pytest.raises(Conflict) as refused:
        ask(cast.owner, cast.dealer_id)
    assert refused.value.code == "no-plan"


def test_too_little_history_is_said_with_its_days(scene):
    """448 days are known: before a year and its five weeks of warming up lie 49."""
    view = carry_out(ask(scene.cast.owner, scene.cast.dealer_id, weeks=52))
    assert (view.state, view.error, view.known_days, view.figures) == ("failed", "too_little", 49, None)


def test_a_replay_stopped_in_the_middle_says_so_and_begins_anew(scene, monkeypatch):
    replay_id = ask(scene.cast.owner, scene.cast.dealer_id)
    with monkeypatch.context() as broken:
        broken.setattr(replaying, "_store", _stop)
        with pytest.raises(KeyboardInterrupt):
            operations.carry_out(replay_id=replay_id, now=NOW)
    view = look(replay_id)
    assert (view.state, view.error, view.figures) == ("failed", "stopped", None)
    assert carry_out(replay_id).state == "complete"


def test_a_replay_whose_process_vanished_is_not_taken_for_running(scene):
    lost = ask(scene.cast.owner, scene.cast.dealer_id)
    with tenancy.scope(SYSTEM):
        Replay.objects.filter(id=lost).update(state="running", progress=0.4)
    other = ask(scene.cast.rival, scene.cast.rival_id)
    carry_out(other)
    assert (look(lost).state, look(lost).error) == ("failed", "stopped")


def test_two_workers_play_a_replay_once(committed_scene):
    scene = committed_scene
    replay_id = ask(scene.cast.owner, scene.cast.dealer_id)
    done = together(*[lambda: operations.carry_out(replay_id=replay_id, now=NOW)] * 2)
    assert done == [None, None]
    view = look(replay_id)
    assert view.state == "complete"
    with tenancy.scope(SYSTEM):
        assert Replay.objects.count() == 1


def test_what_really_happened_stands_apart_and_only_where_it_was_counted(scene):
    ordered = TODAY - 40 * DAY
    tell_lake(
        "orders",
        {"ordered_on": ordered, "order": "O-1", "line": "1", "dealer": "D-1", "sku": "000003", "quantity": 24.0,
         "expected_on": ordered + 5 * DAY, "price": 9.0},
    )  # fmt: skip
    tell_lake(
        "shipments",
        {"shipped_on": ordered + DAY, "received_on": ordered + 8 * DAY, "order": "O-1", "line": "1", "dealer": "D-1",
         "sku": "000003", "quantity": 24.0},
    )  # fmt: skip
    actual = carry_out(ask(scene.cast.owner, scene.cast.dealer_id)).figures.actual
    assert (actual.order_lines, actual.order_cycle_days, actual.count_days) == (1, 8, 1)
    assert actual.stock_days > 0
    theirs = carry_out(ask(scene.cast.rival, scene.cast.rival_id)).figures.actual
    assert theirs is None  # no stock, no orders


def _stop(*_given: object, **_named: object) -> None:
    raise KeyboardInterrupt


def test_the_latest_day_is_that_of_the_plan(scene):
    assert look(ask(scene.cast.owner, scene.cast.dealer_id)).until == TODAY - dt.timedelta(days=1)


def test_a_replay_counts_the_season_in_as_the_runs_plan_does(scene, settings):
    """The product's category sells three times as much in the window's weeks of each year, at another dealer."""
    rows = []
    for back in range(1, 131):
        in_season = back % 52 < 14
        rows.append(sale(TODAY - dt.timedelta(weeks=back), "000003", 9000.0 if in_season else 3000.0, dealer="D-2"))
    tell_lake("sales", *rows)
    found = {}
    for drivers in ((), ("season",)):
        settings.PLAN_DRIVERS = drivers
        plan()
        found[drivers] = carry_out(ask(scene.cast.owner, scene.cast.dealer_id)).figures
    plain, knowing = found[()], found["season",]
    assert knowing.policy("reactive").stock_value == plain.policy("reactive").stock_value
    assert knowing.policy("firstmove").stock_value > 1.01 * plain.policy("firstmove").stock_value


def test_a_replay_waits_where_the_dealers_whole_order_is_below_its_minimum(scene):
    free = carry_out(ask(scene.cast.owner, scene.cast.dealer_id)).figures
    network.upsert_dealers(rows=[{"code": "D-1", "minimum_order_amount": 10_000}])
    bound = carry_out(ask(scene.cast.owner, scene.cast.dealer_id)).figures
    assert bound.policy("firstmove").order_lines < free.policy("firstmove").order_lines
    assert bound.policy("firstmove").fill < free.policy("firstmove").fill
    assert (free.order_minimums, bound.order_minimums, bound.drivers) == ((), (10_000.0,), ("season",))
