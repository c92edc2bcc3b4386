"""The pages of invoices, delivery addresses and disputed statements, on both sides."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog.queries import product_ids_by_sku
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place


def text(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def product_id(cast):
    catalog.upsert_products(rows=[{"sku": "0001", "name": "Green tea", "category": "Tea", "tax_rate": Decimal("0.13")}])
    with tenancy.scope(tenancy.SYSTEM):
        return product_ids_by_sku()["0001"]


def test_an_invoice_is_asked_for_and_issued_on_the_pages(cast, product_id, signed_in):
    order_id = place(cast, line(product_id, 10, "11.30")).id
    operations.receive(actor=cast.buyer.actor, order_id=order_id, received_on=TODAY, now=NOW)
    owner, admin = signed_in(cast.owner), signed_in(cast.admin)
    assert "Fill in the invoice data" in text(owner, reverse("dealer:invoices"))
    keeping = reverse("dealer:invoice-data-keeping")
    wrong = owner.post(keeping, {"kind": "special", "title": "Dealer One Ltd"})
    assert wrong.status_code == 422
    assert "A special invoice needs" in wrong.content.decode()
    assert owner.post(keeping, {"kind": "ordinary", "title": "Dealer One Ltd"}).status_code == 302
    assert f'value="{order_id}"' in text(owner, reverse("dealer:invoices"))
    page = owner.post(reverse("dealer:invoice-requesting"), {"order": [order_id]}).url
    (invoice_id,) = [int(part) for part in page.split("/") if part.isdigit()]
    assert "1 invoice is to be issued" in text(admin, reverse("enterprise:invoices"))
    assert "Dealer One Ltd" in text(admin, reverse("enterprise:invoice", args=[invoice_id]))
    issue = reverse("enterprise:invoice-issue", args=[invoice_id])
    admin.post(issue, {"invoice_number": "24337", "issued_on": TODAY.isoformat(), "amount": "1.00"})
    assert "something was credited" in text(admin, reverse("enterprise:invoice", args=[invoice_id]))
    admin.post(issue, {"invoice_number": "24337", "issued_on": TODAY.isoformat(), "amount": "113.000"})
    assert "24337" in text(owner, page)
    assert "Nothing is left to be invoiced" in text(owner, reverse("dealer:invoices"))
    assert signed_in(cast.rival).get(page).status_code == 404


def test_an_address_is_kept_chosen_and_shown_to_who_ships(cast, product_id, signed_in):
    owner = signed_in(cast.owner)
    keeping = reverse("dealer:address-keeping")
    shop = {"label": "Shop", "contact": "Wang Min", "phone": "138", "address": "1 Main Street"}
    assert owner.post(keeping, shop).status_code == 302
    assert owner.post(keeping, shop).status_code == 422
    assert owner.post(keeping, {**shop, "label": "Depot", "address": "9 Dock Road"}).status_code == 302
    operations.set_step_rule(actor=cast.admin.actor, step="to_ship", is_on=True, automatic=False, now=NOW)
    order_id = place(cast, line(product_id)).id
    with tenancy.scope(cast.owner.actor):
        default, depot = queries.addresses(dealer_id=cast.dealer_id)
    assert default.label == "Shop"
    page = reverse("dealer:order", args=[order_id])
    assert "1 Main Street" in text(owner, page)
    owner.post(reverse("dealer:order-address", args=[order_id]), {"address": depot.id})
    assert "9 Dock Road" in text(signed_in(cast.admin), reverse("enterprise:order", args=[order_id]))
    assert "9 Dock Road" in text(owner, f"{reverse('dealer:addresses')}?edit={depot.id}")
    owner.post(reverse("dealer:address-removal", args=[default.id]))
    assert "Orders go to Depot" in text(owner, reverse("dealer:addresses"))


def test_a_statement_is_disputed_answered_and_confirmed_on_its_page(cast, signed_in):
    operations.open_account(
        actor=cast.admin.actor, dealer_id=cast.dealer_id, opened_on=dt.date(2026, 2, 10), opening=Decimal(100), now=NOW
    )
    owner, admin = signed_in(cast.owner), signed_in(cast.admin)
    month = {"month": "2026-02"}
    page, office = (
        f"{reverse('dealer:statement')}?month=2026-02",
        reverse("enterprise:statement", args=[cast.dealer_id]),
    )
    assert "Dispute this month" in text(owner, page)
    owner.post(reverse("dealer:statement-message"), {**month, "text": "The opening is wrong"})
    assert "Disputed statements" in text(admin, reverse("enterprise:accounts"))
    assert "The opening is wrong" in text(admin, f"{office}?month=2026-02")
    admin.post(reverse("enterprise:statement-message", args=[cast.dealer_id]), {**month, "text": "See the letter"})
    assert "See the letter" in text(owner, page)
    admin.post(reverse("enterprise:statement-settlement", args=[cast.dealer_id]), month)
    owner.post(reverse("dealer:statement-confirmation"), {**month, "closing": "100.000"})
    assert "confirmed by Owner" in text(owner, page)
    operations.record_payment(
        actor=cast.admin.actor,
        dealer_id=cast.dealer_id,
        amount=Decimal(30),
        paid_on=dt.date(2026, 2, 20),
        reference="LATE",
        now=NOW,
    )
    assert "The balance changed since" in text(admin, f"{office}?month=2026-02")
    refused = owner.post(reverse("dealer:statement-confirmation"), {**month, "closing": "100.000"}, follow=True)
    assert "another by now" in refused.content.decode()
