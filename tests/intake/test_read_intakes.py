"""What the enterprise reads of its intakes, and that nobody else reads anything."""

import datetime as dt

import pytest

from firstmove.domains.intake import queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotFound
from tests.cast import NOW

SALES = "date,line,dealer,sku,quantity\n2026-01-05,1,D-1,077,2\n2026-02-27,2,D-1,077,x\n2026-02-26,3,D-2,077,1\n"


def test_the_enterprise_reads_batches_newest_first_with_rows_and_reasons(take, cast):
    take("dealers.csv", "dealer,name\nD-1,One\n", now=NOW - dt.timedelta(hours=1))
    report = take("sales.csv", SALES, user_id=cast.admin.user_id)
    with tenancy.scope(cast.admin.actor):
        views, count = queries.batches(limit=1)
        assert (count, [view.file_name for view in views]) == (2, ["sales.csv"])
        assert (views[0].rows_added, views[0].rows_set_aside, views[0].user_name) == (2, 1, "Admin")
        assert queries.batch(batch_id=report.batch_id) == views[0]
        [row], kept = queries.set_aside(batch_id=report.batch_id)
        assert (kept, row.row, row.reason, row.column, row.value) == (1, 3, "not_a_number", "quantity", "x")
        assert queries.reasons_of(batch_id=report.batch_id) == [queries.ReasonCount("not_a_number", "quantity", 1)]


def test_every_feed_has_a_status_also_those_that_never_came(take):
    take("sales.csv", SALES)
    with tenancy.scope(tenancy.SYSTEM):
        status = {row.feed: row for row in queries.feeds_status()}
        assert queries.last_days() == {"sales": dt.date(2026, 2, 26)}
    sales = status["sales"]
    assert (sales.first_on, sales.last_on, sales.rows) == (dt.date(2026, 1, 5), dt.date(2026, 2, 26), 2)
    assert sales.last is not None
    assert (status["stock"].last, status["stock"].rows) == (None, 0)


def test_planned_production_does_not_make_the_feed_look_fresh(take):
    content = "date,sku,quantity,kind\n2026-02-10,1,5,actual\n2026-04-10,1,5,planned\n"
    report = take("production.csv", content)
    assert report.last_on == dt.date(2026, 2, 10)


def test_dealers_and_suppliers_read_nothing_of_intakes(take, cast):
    report = take("sales.csv", SALES)
    for person in (cast.owner, cast.rival, cast.supplier):
        with tenancy.scope(person.actor):
            assert queries.batches() == ([], 0)
            assert queries.set_aside(batch_id=report.batch_id) == ([], 0)
            assert queries.last_days() == {}
            with pytest.raises(NotFound):
                queries.batch(batch_id=report.batch_id)
