"""What came in, as the enterprise reads it: every feed, every file, every row set aside with its reason."""

import pytest
from django.urls import reverse

from firstmove.domains.intake import operations as intake
from firstmove.domains.intake import queries
from firstmove.kernel import tenancy
from tests.cast import NOW

PRODUCTS = "sku,name,pack,unit_price\n000001,Oolong tea,12,10.00\n000002,Water,minus,3.50\n,Nameless,6,1.00\n"


@pytest.fixture
def admin(cast, signed_in, settings, tmp_path):
    settings.LAKE_ROOT = str(tmp_path / "lake")
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    (feeds / "products.csv").write_text(PRODUCTS)
    (feeds / "sales.csv").write_text("nothing,of,use\n1,2,3\n")
    intake.take_in(path=feeds, source="erp", now=NOW)
    return signed_in(cast.admin)


def batch_of(file_name):
    with tenancy.scope(tenancy.SYSTEM):
        return next(batch for batch in queries.batches()[0] if batch.file_name == file_name)


def test_the_board_names_feeds_files_and_what_never_came(admin):
    shown = admin.get(reverse("enterprise:batches")).content.decode()
    assert "products.csv" in shown
    assert "Never came:" in shown
    assert "stock" in shown


def test_a_row_set_aside_is_shown_with_number_reason_and_content(admin):
    shown = admin.get(reverse("enterprise:batch", args=[batch_of("products.csv").id])).content.decode()
    assert "2 of 3 rows were set aside" in shown
    assert "Row 3" in shown
    assert "minus" in shown
    assert "Every row needs it." in shown


def test_a_file_that_was_not_taken_says_what_to_do(admin):
    shown = admin.get(reverse("enterprise:batch", args=[batch_of("sales.csv").id])).content.decode()
    assert "The file was not taken" in shown
    assert "column" in shown
