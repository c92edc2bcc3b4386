"""The pages of an account: what a dealer reads of it, what the enterprise enters, and a statement to keep."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog.queries import product_ids_by_sku
from firstmove.domains.network import operations as network
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.portals import statements
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place


def text(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def products(cast):
    catalog.upsert_products(rows=[{"sku": "0001", "name": "Green tea", "category": "Tea"}])
    with tenancy.scope(tenancy.SYSTEM):
        return product_ids_by_sku()


@pytest.fixture
def kept(cast, products):
    """Owed 100.50 of an order of 250.50 in March, after 150 paid in the same month."""
    operations.open_account(actor=cast.admin.actor, dealer_id=cast.dealer_id, opened_on=TODAY, opening=None, now=NOW)
    placed = place(cast, line(products["0001"], 1, "250.50"))
    operations.record_payment(
        actor=cast.admin.actor,
        dealer_id=cast.dealer_id,
        amount=Decimal(150),
        paid_on=TODAY,
        reference="BANK-7",
        now=NOW,
    )
    return placed


def test_a_dealer_reads_what_it_owes_and_the_rival_does_not(cast, kept, signed_in):
    page = text(signed_in(cast.buyer), reverse("dealer:account"))
    assert kept.number in page
    assert "100.50" in page
    assert "BANK-7" in page
    rivals = text(signed_in(cast.rival), reverse("dealer:account"))
    assert kept.number not in rivals
    assert "No payment is known yet" in rivals
    assert kept.number not in text(signed_in(cast.rival), reverse("dealer:statement"))
    assert signed_in(cast.rival).get(reverse("enterprise:account", args=[cast.dealer_id])).status_code == 403


def test_the_enterprise_records_a_payment_on_the_page(cast, kept, signed_in):
    client = signed_in(cast.admin)
    page = reverse("enterprise:new-payment", args=[cast.dealer_id])
    wrong = client.post(page, {"amount": "0.001", "paid_on": TODAY.isoformat(), "reference": "BANK-8"})
    assert wrong.status_code == 422
    right = client.post(page, {"amount": "100.50", "paid_on": TODAY.isoformat(), "reference": "BANK-8"})
    assert right.status_code == 302
    assert "nothing is overdue" in text(client, reverse("enterprise:account", args=[cast.dealer_id]))
    with tenancy.scope(cast.admin.actor):
        assert queries.account(dealer_id=cast.dealer_id).balance == 0


def test_levels_that_are_entered_stop_a_dealer_that_is_late(cast, kept, signed_in):
    client = signed_in(cast.admin)
    assert client.post(reverse("enterprise:dunning"), {"days": "30, 20", "blocks_from": ""}).status_code == 422
    assert client.post(reverse("enterprise:dunning"), {"days": "7，15", "blocks_from": "2"}).status_code == 302
    network.set_business_date(day=TODAY + dt.timedelta(days=50))
    assert "nothing goes on credit" in text(signed_in(cast.buyer), reverse("dealer:account"))
    assert "stopped" in text(client, reverse("enterprise:accounts"))


def test_a_statement_is_the_same_as_page_spreadsheet_and_pdf(cast, kept, signed_in):
    client = signed_in(cast.buyer)
    assert "100.50" in text(client, reverse("dealer:statement"))
    file = reverse("dealer:statement-file") + "?month=2026-03"
    sheet = load_workbook(io.BytesIO(client.get(file + "&form=xlsx").content)).active
    rows = list(sheet.iter_rows(values_only=True))[1:]
    assert [row[4] for row in rows] == [None, 250.5, -150, None]
    assert rows[0][5] + sum(row[4] or 0 for row in rows) == rows[-1][5] == 100.5
    pdf = client.get(file + "&form=pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    assert b"STSong-Light" in pdf.content


def test_a_month_ends_on_its_last_day_in_the_installations_days(cast, kept):
    with tenancy.scope(cast.buyer.actor):
        before = queries.statement(dealer_id=cast.dealer_id, since=dt.date(2026, 2, 1), until=dt.date(2026, 2, 28))
        after = queries.statement(dealer_id=cast.dealer_id, since=dt.date(2026, 4, 1), until=dt.date(2026, 4, 30))
    assert (before.closing, after.opening, after.closing) == (0, Decimal("100.50"), Decimal("100.50"))
    leap = statements.period({"month": "2024-02"}, on=TODAY)
    assert (leap.since, leap.until) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    # The running month goes as far as the business date.
    assert statements.period({}, on=TODAY).until == TODAY


@pytest.mark.parametrize("query", ["month=2026-13", "since=x", "since=2026-03-02&until=2026-03-01", "month=%00"])
def test_a_period_that_is_none_says_so(cast, kept, signed_in, query):
    answer = signed_in(cast.buyer).get(reverse("dealer:statement") + "?" + query)
    assert answer.status_code == 422


def test_pages_of_accounts_ask_the_database_as_often_for_many_items_as_for_one(
    cast, kept, products, signed_in, django_assert_max_num_queries
):
    client, admin = signed_in(cast.buyer), signed_in(cast.admin)
    for _ in range(3):
        place(cast, line(products["0001"], 1, "10"))
    for who, url, most in (
        (client, reverse("dealer:account"), 30),
        (client, reverse("dealer:statement"), 26),
        (admin, reverse("enterprise:accounts"), 24),
    ):
        with django_assert_max_num_queries(most):
            text(who, url)
