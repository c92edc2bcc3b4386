"""The rolling order plan: rolled on, changed and agreed in turn, and nobody's figures lost."""

import datetime as dt
import threading

import pytest
from django.db import connection

from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import RollingPlanLine
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.planning.mornings import lines as advice
from tests.planning.mornings import order_elsewhere, plan

WEEK = dt.timedelta(weeks=1)


def standing(dealer_id):
    with tenancy.scope(SYSTEM):
        return queries.order_plan(dealer_id=dealer_id)


def cells(dealer_id, *, today=TODAY):
    with tenancy.scope(SYSTEM):
        return queries.plan_cells(plan=queries.order_plan(dealer_id=dealer_id), today=today)


def week_later(scene):
    """The next Monday: planned and rolled on."""
    later = NOW + WEEK
    plan(TODAY + WEEK)
    network.set_business_date(day=TODAY + WEEK)
    return operations.roll(now=later), later


@pytest.fixture
def rolled(scene):
    done = operations.roll(now=NOW)
    assert done.plans == 2
    return scene


def change(person, dealer_id, figures, *, version=None, note="", now=NOW):
    return operations.change_plan(
        actor=person.actor, dealer_id=dealer_id, figures=figures, note=note, now=now,
        version=standing(dealer_id).version if version is None else version,
    )  # fmt: skip


def agree(person, dealer_id, *, version=None, now=NOW):
    version = standing(dealer_id).version if version is None else version
    return operations.agree_plan(actor=person.actor, dealer_id=dealer_id, version=version, now=now)


def test_a_dealer_finds_thirteen_weeks_of_every_category_it_sells(rolled):
    dealer = rolled.cast.dealer_id
    found = cells(dealer)
    assert {cell.category for cell in found} == {"Tea", "Water", "Paper"}
    assert {cell.week_on for cell in found} == {TODAY + week * WEEK for week in range(13)}
    assert all(0 <= cell.low <= cell.amount <= cell.high for cell in found)
    assert all(cell.units > 0 for cell in found if cell.amount)
    # What a dealer sells in a quarter it orders in a quarter, give or take the stock it begins with.
    with tenancy.scope(SYSTEM):
        outlooks, _count = queries.outlook_page(dealer_id=dealer)
    sold = sum(91 * item.rate_per_day * item.unit_price for item in outlooks)
    assert sum(cell.amount for cell in found) == pytest.approx(sold, rel=0.35)


def test_rolling_twice_in_a_week_changes_nothing(rolled):
    before = standing(rolled.cast.dealer_id), cells(rolled.cast.dealer_id)
    assert operations.roll(now=NOW).plans == 0
    assert (standing(rolled.cast.dealer_id), cells(rolled.cast.dealer_id)) == before


def test_a_dealer_that_agrees_has_an_agreed_figure_for_every_week(rolled):
    dealer = rolled.cast.dealer_id
    agree(rolled.cast.buyer, dealer)
    assert standing(dealer).state == "agreed"
    assert all(cell.agreed == cell.system for cell in cells(dealer))


def test_change_and_counter_go_to_and_fro_until_one_side_agrees(rolled):
    cast, dealer = rolled.cast, rolled.cast.dealer_id
    first, second, *_rest = cells(dealer)
    change(cast.buyer, dealer, {first.id: 100.0, second.id: 200.0}, note="The shop is closed")
    assert standing(dealer).waits_for == "enterprise"
    assert standing(dealer).dealer_note == "The shop is closed"
    with pytest.raises(Conflict) as problem:
        agree(cast.buyer, dealer)
    assert problem.value.code == "not-your-turn"
    change(cast.admin, dealer, {first.id: 150.0})
    assert standing(dealer).waits_for == "dealer"
    agree(cast.owner, dealer)
    by_id = {cell.id: cell for cell in cells(dealer)}
    assert (by_id[first.id].agreed, by_id[second.id].agreed) == (150.0, 200.0)
    with tenancy.scope(SYSTEM):
        steps = [version.step for version in queries.plan_versions(dealer_id=dealer)]
    assert steps == ["agreed", "countered", "changed", "rolled"]


def test_of_two_who_change_at_once_the_second_is_told_and_loses_nothing_of_the_first(rolled):
    cast, dealer = rolled.cast, rolled.cast.dealer_id
    cell, seen = cells(dealer)[0], standing(dealer).version
    change(cast.owner, dealer, {cell.id: 111.0}, version=seen)
    with pytest.raises(Conflict) as problem:
        change(cast.buyer, dealer, {cell.id: 222.0}, version=seen)
    assert problem.value.code == "plan-changed"
    assert "Owner" in str(problem.value)
    assert cells(dealer)[0].dealer == 111.0


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_make_one_change(committed_scene):
    operations.roll(now=NOW)
    cast, dealer = committed_scene.cast, committed_scene.cast.dealer_id
    cell, seen = cells(dealer)[0], standing(dealer).version
    outcomes, together = [], threading.Barrier(2)

    def one(person, amount):
        together.wait()
        try:
            outcomes.append(change(person, dealer, {cell.id: amount}, version=seen))
        except Conflict as problem:
            outcomes.append(problem.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=pair) for pair in ((cast.owner, 111.0), (cast.buyer, 222.0))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == [str(seen + 1), "plan-changed"]
    assert standing(dealer).version == seen + 1


def test_an_agreed_week_that_began_is_frozen_and_a_later_one_is_not(rolled):
    cast, dealer = rolled.cast, rolled.cast.dealer_id
    agree(cast.buyer, dealer)
    by_week = {cell.week_on: cell for cell in cells(dealer)}
    assert by_week[TODAY].closed
    with pytest.raises(Conflict) as problem:
        change(cast.buyer, dealer, {by_week[TODAY].id: 5.0})
    assert problem.value.code == "week-closed"
    change(cast.buyer, dealer, {by_week[TODAY + WEEK].id: 5.0})
    assert standing(dealer).state == "changed"


def test_a_week_later_a_new_week_stands_at_the_end_and_what_was_agreed_stays(rolled):
    cast, dealer = rolled.cast, rolled.cast.dealer_id
    agree(cast.buyer, dealer)
    agreed = {(cell.category, cell.week_on): cell.agreed for cell in cells(dealer)}
    done, later = week_later(rolled)
    assert done.plans == 2
    now = cells(dealer, today=TODAY + WEEK)
    assert {cell.week_on for cell in now} == {TODAY + week * WEEK for week in range(1, 14)}
    assert standing(dealer).state == "proposed"
    for cell in now:
        assert cell.agreed == agreed.get((cell.category, cell.week_on))
    agree(cast.buyer, dealer, now=later)
    assert all(cell.agreed is not None for cell in cells(dealer, today=TODAY + WEEK))


def test_a_plan_of_a_week_that_is_over_is_compared_with_what_was_ordered(rolled):
    cast, dealer = rolled.cast, rolled.cast.dealer_id
    first = [cell for cell in cells(dealer) if cell.week_on == TODAY]
    line = advice(rolled.proposal_id)[0]
    order_elsewhere(rolled, line, 10)
    week_later(rolled)
    with tenancy.scope(cast.owner.actor):
        found = queries.plan_accuracy(today=TODAY + WEEK, dealer_id=dealer)
        weeks = queries.plan_weeks(today=TODAY + WEEK, plan=queries.order_plan(dealer_id=dealer))
    spent = float(10 * line.unit_price)
    planned = sum(round(cell.system, 2) for cell in first)
    missed = sum(abs(round(cell.system, 2) - (spent if cell.category == line.category else 0)) for cell in first)
    assert [accuracy.horizon for accuracy in found] == [0]
    assert found[0].bias == pytest.approx(planned / spent - 1)
    assert found[0].wape == pytest.approx(missed / spent)
    assert weeks[0].ordered == pytest.approx(spent)
    assert weeks[-1].ordered is None


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf"), 1e13])
def test_an_amount_that_nobody_can_mean_is_refused(rolled, amount):
    with pytest.raises(Invalid):
        change(rolled.cast.buyer, rolled.cast.dealer_id, {cells(rolled.cast.dealer_id)[0].id: amount})


def test_sending_figures_as_they_were_is_no_change(rolled):
    dealer = rolled.cast.dealer_id
    with pytest.raises(Invalid):
        change(rolled.cast.buyer, dealer, {cell.id: round(cell.amount) for cell in cells(dealer)})


def test_the_rival_neither_sees_nor_changes_nor_agrees_to_a_plan(rolled):
    cast, dealer = rolled.cast, rolled.cast.dealer_id
    mine = cells(dealer)[0]
    with tenancy.scope(cast.rival.actor):
        assert queries.order_plan(dealer_id=dealer) is None
        assert [found.plan.dealer_id for found in queries.plan_standings()] == [cast.rival_id]
        assert not RollingPlanLine.objects.filter(id=mine.id).exists()
    with pytest.raises(NotFound):
        change(cast.rival, dealer, {mine.id: 1.0})
    with pytest.raises(NotFound):
        change(cast.rival, cast.rival_id, {mine.id: 1.0})
    with pytest.raises(NotFound):
        agree(cast.rival, dealer)
    with pytest.raises(NotAllowed):
        agree(cast.supplier, dealer)
    assert cells(dealer)[0] == mine


def test_the_enterprise_does_not_agree_for_a_dealer_that_has_said_nothing(rolled):
    with pytest.raises(Conflict) as problem:
        agree(rolled.cast.admin, rolled.cast.dealer_id)
    assert problem.value.code == "not-your-turn"


def test_a_dealer_learns_that_the_enterprise_was_quicker_and_not_who_works_there(rolled):
    dealer = rolled.cast.dealer_id
    seen, first = standing(dealer).version, cells(dealer)[0]
    change(rolled.cast.admin, dealer, {first.id: first.amount + 500})
    with pytest.raises(Conflict) as refused:
        change(rolled.cast.owner, dealer, {first.id: 5.0}, version=seen)
    assert (refused.value.code, refused.value.facts["version"]) == ("plan-changed", seen + 1)
    assert "Admin" not in str(refused.value)
    with pytest.raises(Conflict):
        agree(rolled.cast.owner, dealer, version=seen)


def test_a_dealer_without_sales_does_not_set_the_heavy_work_off_every_quarter_of_an_hour(rolled, monkeypatch):
    from firstmove.domains.planning.operations import rolling

    network.upsert_dealers(rows=[{"code": "D-3", "name": "Not Yet Open", "city": "Nevada", "region": "500"}])
    worked = []
    monkeypatch.setattr(rolling, "gather", lambda **how: worked.append(how))
    assert operations.roll(now=NOW).plans == 0
    assert worked == []
