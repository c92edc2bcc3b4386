"""What lies too many at one dealer is offered to the enterprise for another that waits, and to nobody else."""

from itertools import count

import pytest

from firstmove.domains.planning import operations, queries
from firstmove.engine.measure.draw import lots
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotFound
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW
from tests.planning import mornings
from tests.scene import YESTERDAY

SKU = "000009"
FULL = 900.0
TRIP = 0.5


def tell(dealer: str, units: float) -> None:
    row = {"date": YESTERDAY, "dealer": dealer, "sku": SKU, "quantity": units}
    mornings.tell_lake("stock_daily", row)


def suggested(actor=SYSTEM) -> list[queries.TransferView]:
    with tenancy.scope(actor):
        return queries.transfers()[0]


@pytest.fixture
def uneven(scene):
    """The rival has the product many times over; Dealer One has none of it."""
    tell("D-1", 0.0)
    tell("D-2", FULL)
    mornings.plan()
    return scene


@pytest.fixture(autouse=True)
def _a_trip_costs_little(settings):
    settings.TRANSFER_TRIP_COST, settings.TRANSFER_LEAST_GAIN = TRIP, 0.0


def test_the_dealer_that_waits_is_helped_by_the_one_that_has_too_much(uneven):
    transfer = next(row for row in suggested() if row.sku == SKU)
    assert (transfer.giver_id, transfer.taker_id) == (uneven.cast.rival_id, uneven.cast.dealer_id)
    assert 0 < transfer.saved <= transfer.quantity
    assert transfer.giver_on_hand == FULL
    assert FULL - transfer.quantity >= transfer.giver_kept
    assert transfer.worth == pytest.approx(transfer.margin - transfer.freight)
    assert transfer.worth > 0
    with tenancy.scope(SYSTEM):
        outlooks = queries.outlooks(dealer_id=uneven.cast.rival_id, product_ids=[transfer.product_id])
        sums = queries.transfer_sums()
    # A quarter's sales stay there, which is more than its level.
    assert transfer.giver_kept > outlooks[transfer.product_id].level
    assert sums.gain == pytest.approx(sum(row.worth for row in suggested()) - TRIP)
    assert sums.trips == 1


def test_a_trip_bundles_its_lines_and_says_what_it_gains(uneven):
    with tenancy.scope(SYSTEM):
        (found,), count = queries.trips(search=SKU)
        one = queries.trip(giver_id=found.giver_id, taker_id=found.taker_id)
        assert queries.trips(search="nothing-like-it") == ([], 0)
        with pytest.raises(NotFound):
            queries.trip(giver_id=found.taker_id, taker_id=found.giver_id)
    assert (count, one) == (1, found)
    lines = suggested()
    assert (found.lines, found.cost) == (len(lines), TRIP)
    assert found.gain == pytest.approx(sum(line.worth for line in lines) - TRIP)


def test_nobody_drives_for_less_than_a_trip_costs(uneven, settings):
    (found,) = suggested()
    settings.TRANSFER_TRIP_COST = found.worth * 0.6
    settings.TRANSFER_LEAST_GAIN = found.worth * 0.5
    mornings.plan()
    assert suggested() == []


def test_assumed_stock_is_given_to_nobody(scene):
    """The rival counts nothing, so whatever a scenario puts on its shelf moves nowhere."""
    tell("D-1", FULL)
    mornings.plan()
    assert suggested() == []


def test_the_next_run_replaces_what_was_suggested(uneven):
    assert suggested()
    tell("D-2", 0.0)
    mornings.plan()
    assert suggested() == []


def test_a_pair_without_advice_neither_gives_nor_takes(uneven):
    def drawn(salt: str) -> bool:
        return lots(salt=salt, dealers=["D-1"], skus=[SKU])[0] < 0.2

    salt = next(str(number) for number in count() if drawn(str(number)))
    operations.set_hold_out(actor=SYSTEM, share=0.2, from_on=YESTERDAY, now=NOW, salt=salt)
    mornings.plan()
    assert all(row.sku != SKU for row in suggested())


def test_no_dealer_reads_what_another_has_in_stock(uneven):
    for person in (uneven.cast.owner, uneven.cast.buyer, uneven.cast.rival):
        assert suggested(person.actor) == []
    assert suggested(uneven.cast.admin.actor) == suggested()
