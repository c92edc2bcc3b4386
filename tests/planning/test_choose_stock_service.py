"""Service by class: chosen on days past, in force from a day on, pinned by the run, within the scenario's bounds."""

import datetime as dt

import pytest

from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import Outlook, Run, ServicePolicy
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, lines, plan, sale, tell_lake, todays
from tests.scene import YESTERDAY


def choose(**options) -> ServicePolicy:
    with tenancy.scope(SYSTEM):
        return ServicePolicy.objects.get(id=operations.choose_service(now=NOW, as_of=YESTERDAY, **options))


def test_the_chosen_service_is_planned_with_and_pinned(scene):
    with tenancy.scope(SYSTEM):
        assert queries.service_policy() is None
        assert set(Outlook.objects.values_list("service_quantile", flat=True)) == {0.95}
    policy = choose()
    chosen = {row["stock_class"]: row["quantile"] for row in policy.classes}
    assert sum(row["pairs"] for row in policy.classes) == policy.pairs > 20
    assert policy.cost <= policy.cost_of_one_for_all
    assert all(0.85 <= quantile <= 0.99 for quantile in chosen.values())
    plan()
    with tenancy.scope(SYSTEM):
        assert Run.objects.latest("id").service_policy_id == policy.pk
        for stock_class, quantile in Outlook.objects.values_list("stock_class", "service_quantile"):
            assert quantile == chosen.get(stock_class, 0.95)
        found = queries.stock_classes()
        assert queries.service_policy().cost == policy.cost
    assert sum(one.pairs for one in found) == 60
    assert sum(one.share_of_sales for one in found) == pytest.approx(1)
    assert {line.service_quantile for line in lines(todays(scene.cast.dealer_id).id)} <= {*chosen.values(), 0.95}


def test_a_policy_that_was_chosen_later_is_not_used_for_an_earlier_morning(scene):
    choose()
    operations.plan(now=NOW, as_of=YESTERDAY - 7 * DAY)
    with tenancy.scope(SYSTEM):
        assert Run.objects.latest("id").service_policy_id is None


def test_what_comes_after_the_day_changes_no_choice(scene):
    before = choose()
    tell_lake("sales", sale(TODAY, "000003", 900.0), sale(TODAY + DAY, "000005", 900.0))
    after = choose()
    assert (after.classes, after.cost) == (before.classes, before.cost)
    tell_lake("sales", sale(YESTERDAY - 30 * DAY, "000003", 900.0))
    assert choose().cost != before.cost


def test_it_is_chosen_once_a_week(scene):
    assert operations.choose_service_if_due(now=NOW) is not None
    assert operations.choose_service_if_due(now=NOW + 6 * DAY) is None
    from firstmove.domains.network import operations as network

    network.set_business_date(day=TODAY + 7 * DAY)
    assert operations.choose_service_if_due(now=NOW + 7 * DAY) is not None


def test_without_half_a_year_before_the_window_nothing_is_chosen(scene):
    early = YESTERDAY - dt.timedelta(days=200)
    with pytest.raises(Conflict) as refused:
        operations.choose_service(now=NOW, as_of=early)
    assert refused.value.code == "short-history"
    with tenancy.scope(SYSTEM):
        assert not ServicePolicy.objects.exists()
