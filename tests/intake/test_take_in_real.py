"""The whole real network, from the folder as it is published."""

import pytest

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.intake import operations
from firstmove.domains.network import queries as network
from firstmove.kernel import tenancy
from firstmove.lake.scope import LakeScope
from tests.cast import NOW


@pytest.mark.real
def test_a_real_network_is_taken_in_whole_and_once(db, lake, real_data):
    report = operations.take_in(path=real_data / "iowa", now=NOW)
    assert {file.feed: file.added for file in report.files if file.feed != "sales"} == {
        "suppliers": 284,
        "dealers": 49,
        "products": 6482,
        "customers": 634,
    }
    assert sum(file.added for file in report.files if file.feed == "sales") == 2_854_510
    assert sum(file.set_aside for file in report.files) == 0
    with tenancy.scope(tenancy.SYSTEM):
        assert len(network.dealers()) == 49
        assert catalog.counts() == {"new": 0, "active": 6482, "phase_out": 0, "unlisted": 856}
    assert lake.read(table="sales", scope=LakeScope.system(), columns=["line"]).height == 2_854_510
    again = operations.take_in(path=real_data / "iowa", now=NOW)
    assert [(file.added, file.replaced) for file in again.files] == [(0, 0)] * 8
    assert again.unlisted == 0
