"""What happened to demand reaches the morning: a change is told with its numbers, a silent feed of the dealer alone."""

import datetime as dt

import polars as pl
import pytest
from django.conf import settings

from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import Alert, AlertAnswer, Run
from firstmove.domains.planning.partitions import Learned
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake.store import Lake
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, plan
from tests.scene import RISING, YESTERDAY, sales

STOPPED = "000004"  # five cases a day
HELD = "000023"  # four a day; the lot of the test's salt leaves it for comparison
STOP_DAYS, SILENT_DAYS = 40, 6


def take_back(*, dealer: str, days: int, skus: list[str] | None = None) -> None:
    """Nothing was sold in the last days after all: every line is cancelled."""
    lines = sales().filter(pl.col("dealer") == dealer, pl.col("date") > YESTERDAY - dt.timedelta(days=days))
    lines = lines if skus is None else lines.filter(pl.col("sku").is_in(skus))
    lines = lines.with_columns(line="back-" + pl.col("line"), quantity=-pl.col("quantity"), amount=-pl.col("amount"))
    lake = Lake(settings.LAKE_ROOT)
    lake.write(table="sales", rows=lines, source="files", batch_id=f"back/{lake.version('sales')}")


def news(scene, *, of: str = "D-1", on: dt.date = TODAY, **options) -> dict[str, queries.AlertView]:
    """Alerts about demand by sku; that of the feed by an empty text."""
    dealer_id = scene.cast.dealer_id if of == "D-1" else scene.cast.rival_id
    skus = {number: sku for sku, number in scene.products.items()}
    with tenancy.scope(SYSTEM):
        found = queries.alerts(dealer_id=dealer_id, on=on, limit=1000, **options)[0]
    return {skus.get(one.product_id, ""): one for one in found if one.topic in {"demand", "feed"}}


@pytest.fixture
def stopped(scene):
    take_back(dealer="D-1", days=STOP_DAYS, skus=[STOPPED])
    plan()
    return scene


def test_a_product_that_stopped_says_since_when_and_what_the_order_still_counts_on(stopped):
    alert = news(stopped)[STOPPED]
    assert (alert.topic, alert.kind) == ("demand", "stopped")
    since = dt.date.fromisoformat(alert.facts["since"])
    assert abs((since - (TODAY - STOP_DAYS * DAY)).days) <= 2
    assert alert.facts["before"] == pytest.approx(35, rel=0.1)
    assert alert.facts["now"] == alert.facts["sold"] == 0
    with tenancy.scope(SYSTEM):
        outlook = queries.outlooks(dealer_id=stopped.cast.dealer_id, product_ids=[stopped.products[STOPPED]])
    assert alert.facts["plan"] == pytest.approx(7 * next(iter(outlook.values())).rate_per_day, abs=0.01)
    # Four weeks of a margin of a quarter of 14.
    assert alert.money == pytest.approx(alert.facts["before"] * 4 * 14 * 0.25, rel=0.01)


def test_a_product_that_rose_is_told_and_steady_ones_are_not(scene):
    for dealer in ("D-1", "D-2"):
        found = news(scene, of=dealer)
        assert found[RISING].kind == "rose"
        assert found[RISING].facts["now"] > 1.5 * found[RISING].facts["before"]
        assert len(found) <= 2


def test_a_dealer_whose_feed_is_silent_hears_of_its_feed_and_of_no_product(scene):
    before = set(news(scene, of="D-2"))
    take_back(dealer="D-2", days=SILENT_DAYS)
    plan()
    found = news(scene, of="D-2")
    assert found[""].kind == "silent"
    assert found[""].product_id is None
    assert found[""].facts["since"] == (TODAY - SILENT_DAYS * DAY).isoformat()
    assert found[""].money > 0
    assert {sku for sku in found if sku} <= before
    assert "" not in news(scene)


def test_a_feed_that_is_late_for_everybody_is_no_silence(scene):
    for dealer in ("D-1", "D-2"):
        take_back(dealer=dealer, days=SILENT_DAYS)
    plan()
    for dealer in ("D-1", "D-2"):
        assert not {"", STOPPED} & set(news(scene, of=dealer))


def test_a_second_silent_morning_raises_one_alert_and_news_solve_it(scene):
    take_back(dealer="D-2", days=SILENT_DAYS)
    plan()
    plan()
    with tenancy.scope(SYSTEM):
        assert Alert.objects.filter(topic="feed").count() == 1
    lake = Lake(settings.LAKE_ROOT)
    late = sales().filter(pl.col("dealer") == "D-2", pl.col("date") > YESTERDAY - dt.timedelta(days=SILENT_DAYS))
    lake.write(table="sales", rows=late.with_columns(line="late-" + pl.col("line")), source="files", batch_id="late")
    plan()
    with tenancy.scope(SYSTEM):
        assert Alert.objects.get(topic="feed").solved_on == TODAY


def test_the_dealers_answer_is_kept_and_the_alert_needs_nobody_any_more(stopped):
    alert, actor = news(stopped)[STOPPED], stopped.cast.buyer.actor
    operations.answer_alert(actor=actor, alert_id=alert.id, now=NOW, verdict="lasts")
    assert STOPPED not in news(stopped)
    plan()
    kept = news(stopped, asleep=True)[STOPPED]
    assert (kept.id, kept.verdict) == (alert.id, "lasts")
    with tenancy.scope(SYSTEM):
        assert [one.alert.verdict for one in queries.noticed(limit=100)[0] if one.alert.id == alert.id] == ["lasts"]
        # What is told of it later as something else is another matter.
        AlertAnswer.objects.filter(alert_id=alert.id).update(kind="fell")
    assert news(stopped)[STOPPED].verdict == ""


def test_only_a_change_of_demand_can_be_confirmed_and_only_in_words_that_exist(stopped):
    actor = stopped.cast.buyer.actor
    with tenancy.scope(SYSTEM):
        short = queries.alerts(dealer_id=stopped.cast.dealer_id, on=TODAY, topic="short")[0][0]
    with pytest.raises(Invalid):
        operations.answer_alert(actor=actor, alert_id=short.id, now=NOW, verdict="lasts")
    with pytest.raises(Invalid):
        operations.answer_alert(actor=actor, alert_id=news(stopped)[STOPPED].id, now=NOW, verdict="perhaps")


def test_a_product_that_is_left_for_comparison_tells_no_change(scene):
    take_back(dealer="D-1", days=STOP_DAYS, skus=[HELD])
    plan()
    assert {RISING, HELD} <= set(news(scene))
    operations.set_hold_out(actor=SYSTEM, share=0.2, from_on=TODAY + DAY, now=NOW, salt="other", redraw=True)
    plan(TODAY + DAY)
    with tenancy.scope(SYSTEM):
        held = {one.product_id for one in queries.held_products(dealer_id=scene.cast.dealer_id, on=TODAY + DAY)}
    assert scene.products[HELD] in held
    assert scene.products[RISING] not in held
    found = news(scene, on=TODAY + DAY)
    assert RISING in found
    assert HELD not in found


def test_the_rival_reads_no_change_of_another_dealer(stopped):
    with tenancy.scope(stopped.cast.rival.actor):
        found = queries.demand_of_product(product_id=stopped.products[STOPPED])
        assert {one.alert.dealer_id for one in queries.noticed(limit=100)[0]} <= {stopped.cast.rival_id}
    assert found == []


def test_what_a_run_learned_of_changes_is_kept_with_it(scene):
    with tenancy.scope(SYSTEM):
        record = Run.objects.latest("id").pooled
    assert Learned.from_dict(record).to_dict() == record
    assert set(record["watch"]["limits"]["alarm"]) == {"rose", "fell", "stopped", "spiked"}
