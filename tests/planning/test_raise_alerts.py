"""What runs out before goods can come is told with its dates and its money, once, until it is solved."""

import datetime as dt

import pytest

from firstmove.domains.catalog.models import Product
from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import Alert, AlertAnswer
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotFound
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, plan, tell_lake
from tests.scene import EMPTY


def shown(scene, on: dt.date = TODAY, **options) -> list[queries.AlertView]:
    with tenancy.scope(SYSTEM):
        return queries.alerts(dealer_id=scene.cast.dealer_id, on=on, limit=1000, **options)[0]


def about(scene, sku: str, topic: str = "short", on: dt.date = TODAY) -> queries.AlertView | None:
    return next((one for one in shown(scene, on, topic=topic) if one.product_id == scene.products[sku]), None)


def count_stock(day: dt.date, sku: str, quantity: float) -> None:
    tell_lake("stock_daily", {"date": day, "dealer": "D-1", "sku": sku, "quantity": quantity})


def test_an_empty_shelf_tells_when_goods_can_come_and_what_is_lost_until_then(scene):
    alert = about(scene, EMPTY)
    assert alert is not None
    assert (alert.kind, alert.run_out_on, alert.run_out_early_on) == ("runs_out", TODAY, TODAY)
    assert alert.comes_on > TODAY
    rate, days = alert.facts["rate"], (alert.comes_on - TODAY).days
    assert alert.lost_units == pytest.approx(rate * days, rel=0.01)
    # Sold at 11, bought at 8.25.
    assert alert.money == pytest.approx(alert.lost_units * 2.75)


def test_the_dearest_comes_first(scene):
    money = [one.money for one in shown(scene)]
    assert len(money) > 3
    assert money == sorted(money, reverse=True)


def test_a_second_morning_raises_nothing_twice(scene):
    first = about(scene, EMPTY)
    plan(TODAY + DAY)
    plan(TODAY + DAY)
    again = about(scene, EMPTY, on=TODAY + DAY)
    assert (again.id, again.raised_on) == (first.id, TODAY)
    with tenancy.scope(SYSTEM):
        assert Alert.objects.get(id=first.id).last_seen_on == TODAY + DAY


def test_goods_that_came_solve_their_alert_by_themselves(scene):
    first = about(scene, EMPTY)
    count_stock(TODAY, EMPTY, 60.0)
    plan(TODAY + DAY)
    assert about(scene, EMPTY, on=TODAY + DAY) is None
    with tenancy.scope(SYSTEM):
        solved = queries.solved_alerts(dealer_id=scene.cast.dealer_id, since=TODAY, limit=100)
    assert [one.solved_on for one in solved if one.id == first.id] == [TODAY + DAY]


def test_what_returns_within_three_days_is_the_same_alert(scene):
    first = about(scene, EMPTY)
    count_stock(TODAY, EMPTY, 60.0)
    plan(TODAY + DAY)
    count_stock(TODAY + DAY, EMPTY, 0.0)
    plan(TODAY + 2 * DAY)
    again = about(scene, EMPTY, on=TODAY + 2 * DAY)
    assert (again.id, again.raised_on) == (first.id, TODAY)


def test_what_is_put_off_comes_back_on_its_day(scene):
    alert = about(scene, EMPTY)
    operations.answer_alert(actor=scene.cast.buyer.actor, alert_id=alert.id, now=NOW, snooze_days=7)
    assert about(scene, EMPTY) is None
    assert [one.snoozed_until for one in shown(scene, asleep=True)] == [TODAY + 7 * DAY]
    plan(TODAY + DAY)
    assert about(scene, EMPTY, on=TODAY + 6 * DAY) is None
    assert about(scene, EMPTY, on=TODAY + 7 * DAY).id == alert.id


def test_what_gets_worse_is_shown_although_it_was_put_off(scene):
    alert = about(scene, EMPTY)
    operations.answer_alert(actor=scene.cast.buyer.actor, alert_id=alert.id, now=NOW, snooze_days=28)
    with tenancy.scope(SYSTEM):
        AlertAnswer.objects.filter(alert_id=alert.id).update(kind="low")
    assert about(scene, EMPTY).id == alert.id


def test_seen_is_kept_and_shown(scene):
    alert = about(scene, EMPTY)
    operations.answer_alert(actor=scene.cast.buyer.actor, alert_id=alert.id, now=NOW)
    assert about(scene, EMPTY).seen_at == NOW


def test_the_rival_neither_reads_nor_answers_it(scene):
    alert = about(scene, EMPTY)
    rival = scene.cast.rival.actor
    with tenancy.scope(rival):
        assert queries.alerts(dealer_id=scene.cast.dealer_id, on=TODAY)[1] == 0
    with pytest.raises(NotFound):
        operations.answer_alert(actor=rival, alert_id=alert.id, now=NOW)
    with pytest.raises(Invalid):
        operations.answer_alert(actor=scene.cast.buyer.actor, alert_id=alert.id, now=NOW, snooze_days=400)


def test_a_product_that_is_left_for_comparison_raises_no_alert(scene):
    operations.set_hold_out(actor=SYSTEM, share=0.2, from_on=TODAY + DAY, now=NOW, salt="other", redraw=True)
    plan(TODAY + DAY)
    with tenancy.scope(SYSTEM):
        held = queries.held_products(dealer_id=scene.cast.dealer_id, on=TODAY + DAY)
    assert held
    ids = {one.product_id for one in shown(scene, TODAY + DAY)}
    assert not ids & {one.product_id for one in held}


def test_stock_for_months_is_told_with_what_holding_it_costs(scene):
    count_stock(TODAY, "000009", 5000.0)
    plan(TODAY + DAY)
    alert = about(scene, "000009", "excess", on=TODAY + DAY)
    assert alert.kind == "overstock"
    assert alert.facts["cover_days"] > 120
    assert 0 < alert.money < alert.facts["value"]


def test_goods_that_will_spoil_rank_by_what_a_week_writes_off(scene):
    shelf_lives = {"000009": 28, "000010": 7}
    for sku, days in shelf_lives.items():
        count_stock(TODAY, sku, 5000.0)
        with tenancy.scope(SYSTEM):
            Product.objects.filter(id=scene.products[sku]).update(shelf_life_days=days)
    plan(TODAY + DAY)
    for sku, days in shelf_lives.items():
        alert = about(scene, sku, "excess", on=TODAY + DAY)
        assert alert.kind == "expiring"
        assert alert.facts["units"] > 4000
        assert float(alert.money) == pytest.approx(alert.facts["value"] * 7 / days, rel=1e-3)


def test_assumed_stock_is_never_too_much(scene):
    with tenancy.scope(SYSTEM):
        assert not Alert.objects.filter(dealer_id=scene.cast.rival_id, topic="excess").exists()
        assert queries.network(dealer_id=scene.cast.rival_id).stock_assumed


def test_goods_that_spoil_before_new_ones_come_raise_no_alarm_every_morning(scene):
    assert about(scene, EMPTY) is not None
    with tenancy.scope(SYSTEM):
        Product.objects.filter(id=scene.products[EMPTY]).update(shelf_life_days=1)
    plan(TODAY + DAY)
    full = about(scene, EMPTY, on=TODAY + DAY)
    with tenancy.scope(SYSTEM):
        Product.objects.filter(id=scene.products[EMPTY]).update(shelf_life_days=None)
    plan(TODAY + 2 * DAY)
    keeps = about(scene, EMPTY, on=TODAY + 2 * DAY)
    # A shelf that is full loses nearly as much: what is left is the one day that fresh goods would have sold.
    assert full is None or full.lost_units < 0.5 * keeps.lost_units


def test_nothing_known_later_changes_this_mornings_alerts(scene):
    before = [(one.product_id, one.money) for one in shown(scene)]
    count_stock(TODAY + 3 * DAY, EMPTY, 999.0)
    plan()
    assert [(one.product_id, one.money) for one in shown(scene)] == before
