"""Season, holidays, prices and promotions in a morning's order: counted in, told, and off where nobody wants them."""

import dataclasses
import datetime as dt

import pytest

from firstmove.domains.catalog import operations as catalog
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


@pytest.fixture
def offers(scene):
    """Dealer Two sold four times as much, and cheaper, at two fairs; the next one begins tomorrow."""
    starts = [TODAY - dt.timedelta(days=days) for days in (120, 90)]
    rows = []
    for back in range(1, 420):
        day = TODAY - dt.timedelta(days=back)
        runs = any(start <= day < start + dt.timedelta(days=14) for start in starts)
        rows.append(sale(day, LATELY, 4000.0 if runs else 1000.0, dealer="D-2"))
        rows[-1]["amount"] = rows[-1]["quantity"] * (8.0 if runs else 10.0)
    tell_lake("sales", *rows)
    days = [(start, start + dt.timedelta(days=13)) for start in starts]
    days.append((TODAY + dt.timedelta(days=1), TODAY + dt.timedelta(days=14)))
    with tenancy.scope(SYSTEM):
        catalog.upsert_promotions(
            rows=[
                {
                    "code": f"P{number}",
                    "sku": LATELY,
                    "dealer": None,
                    "starts_on": first,
                    "ends_on": last,
                    "name": "Fair",
                }
                for number, (first, last) in enumerate(days)
            ]
        )
    return scene


def test_a_planned_promotion_orders_more_of_its_product_alone_and_the_dealer_reads_which(offers, settings):
    plain, promoted = of_category(offers, settings), of_category(offers, settings, "promotions")
    assert promoted[LATELY].promotion_factor > 1.3
    assert promoted[LATELY].level > 1.1 * plain[LATELY].level
    assert (promoted[LATELY].promotion, promoted[LATELY].promotion_on) == ("Fair", TODAY + dt.timedelta(days=1))
    assert "Fair" in calendar_sentences(promoted[LATELY])[0]
    others = set(plain) & set(promoted) - {LATELY}
    assert others
    assert all(promoted[sku].level == pytest.approx(plain[sku].level) for sku in others)
    assert {promoted[sku].promotion for sku in others} == {""}
    assert plain[LATELY].promotion_factor == promoted[LATELY].price_factor == 1.0
    assert calendar_sentences(plain[LATELY]) == []


def test_prices_count_where_they_are_chosen_and_a_promotions_price_is_none_of_them(offers, settings):
    found = of_category(offers, settings, "prices")
    assert all(line.price_factor == pytest.approx(1.0) and line.promotion == "" for line in found.values())
    line = dataclasses.replace(found[LATELY], price_factor=0.9)
    assert "10" in calendar_sentences(line)[0]


def test_a_run_remembers_what_moved_its_demand(peak_ahead, settings):
    of_category(peak_ahead, settings, "season", "holidays")
    with tenancy.scope(SYSTEM):
        run = Run.objects.order_by("-id").first()
    assert run.scenario["drivers"] == ["season", "holidays"]


def test_a_driver_that_nobody_knows_is_refused_before_anything_is_planned(scene, settings):
    settings.PLAN_DRIVERS = ("weather",)
    with pytest.raises(Invalid):
        plan()
