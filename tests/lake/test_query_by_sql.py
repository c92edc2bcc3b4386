"""SQL for analysts: the history in their own language, within the same scope as every page."""

import polars as pl
import pytest

from firstmove.lake.scope import LakeScope
from firstmove.lake.tables import LakeError
from tests.lake.rows import ANNA, RIVAL, sale, written

UNITS = "select dealer, sum(quantity) as units from sales group by dealer order by dealer"


@pytest.fixture
def two(lake):
    """A lake with three units of Anna and five of the rival."""
    written(lake, "sales", sale(1, quantity=3), sale(2, quantity=5, dealer=RIVAL))
    return lake


def test_a_query_sees_what_its_scope_sees(two):
    assert two.sql(UNITS, scope=LakeScope.system()).rows() == [(ANNA, 3.0), (RIVAL, 5.0)]
    assert two.sql(UNITS, scope=LakeScope.dealer(ANNA)).rows() == [(ANNA, 3.0)]
    assert two.sql(UNITS, scope=LakeScope.nobody()).is_empty()
    assert two.sql("select count(customer) from sales", scope=LakeScope.enterprise()).item() == 0
    assert two.sql("select count(*) from stock_daily", scope=LakeScope.system()).item() == 0


def test_a_query_at_pinned_versions_sees_history_as_it_was(two):
    pinned = two.versions()
    written(two, "sales", sale(3, quantity=100))
    assert two.sql("select sum(quantity) from sales", scope=LakeScope.system(), versions=pinned).item() == 8
    assert two.sql("select count(*) from sales", scope=LakeScope.system(), versions={}).item() == 0


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_parquet('{root}/lake/sales/*/*.parquet')",
        "select * from read_text('{root}/secret.txt')",
        "select * from glob('/*')",
        "select * from hidden",
        "copy sales to '{root}/out.csv'",
        "attach '{root}/other.db'",
        "set enable_external_access = true",
        "select 1; select 2",
        "select wrong from sales",
        "selec",
        "",
    ],
)
def test_a_query_cannot_reach_past_its_scope_and_a_wrong_one_is_refused_in_words(two, tmp_path, query):
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    hidden = pl.DataFrame({"secret": [1]})
    assert hidden.height
    with pytest.raises(LakeError):
        two.sql(query.format(root=tmp_path), scope=LakeScope.dealer(ANNA))
    assert not (tmp_path / "out.csv").exists()
