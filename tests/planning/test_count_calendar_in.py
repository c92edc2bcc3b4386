"""Season and holidays in a morning's order: counted in, told, and switched off where nobody wants them."""

import datetime as dt

import pytest

from firstmove.domains.planning.models import Run
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid
from firstmove.kernel.tenancy import SYSTEM
from firstmove.portals.words import calendar_sentences
from tests.cast import TODAY
from tests.planning.mornings import lines, plan, sale, tell_lake, todays

LATELY = "000003"


@pytest.fixture
def peak_ahead(scene):
    """Two years in which the product's category sold three times as much in the weeks that come now."""
    rows = []
    for back in range(1, 107):
        week = -back % 52
        rows.append(sale(TODAY - dt.timedelta(weeks=back), LATELY, 9000.0 if week < 6 else 3000.0, dealer="D-2"))
    tell_lake("sales", *rows)
    return scene


def of_category(scene, settings, *drivers):
    """Dealer One's lines by product, of a run with these drivers."""
    settings.PLAN_DRIVERS = drivers
    plan()
    return {line.sku: line for line in lines(todays(scene.cast.dealer_id).id)}


def test_the_weeks_before_a_peak_order_more_and_the_dealer_reads_why(peak_ahead, settings):
    plain, seasonal = of_category(peak_ahead, settings), of_category(peak_ahead, settings, "season")
    lifted = {sku for sku, line in seasonal.items() if line.season_factor > 1.2}
    both = lifted & set(plain)
    assert both
    assert all(seasonal[sku].level > 1.1 * plain[sku].level for sku in both)
    assert all(line.season_factor == 1.0 for line in plain.values())
    one = next(iter(both))
    assert len(calendar_sentences(seasonal[one])) == 1
    assert calendar_sentences(plain[one]) == []


def test_a_run_remembers_what_moved_its_demand(peak_ahead, settings):
    of_category(peak_ahead, settings, "season", "holidays")
    with tenancy.scope(SYSTEM):
        run = Run.objects.order_by("-id").first()
    assert run.scenario["drivers"] == ["season", "holidays"]


def test_a_driver_that_nobody_knows_is_refused_before_anything_is_planned(scene, settings):
    settings.PLAN_DRIVERS = ("weather",)
    with pytest.raises(Invalid):
        plan()
