"""Invoices: of what came, less what was credited, never twice, and to a tax number that can be one."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.trade import operations, queries
from firstmove.domains.trade.amounts import split
from firstmove.domains.trade.tax_numbers import is_credit_code
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.cast import NOW, TODAY
from tests.trade.at_once import together
from tests.trade.orders import line, place

BUYER = queries.Buyer(kind="ordinary", title="Dealer One Ltd", tax_number="91330100799655058B")


def received(cast, products):
    """Ten of 0001 at 11.30 (13 %), two of 0002 at 10.90 (9 %): 113.00 and 21.80."""
    catalog.upsert_products(
        rows=[{"sku": "0001", "tax_rate": Decimal("0.13")}, {"sku": "0002", "tax_rate": Decimal("0.09")}]
    )
    placed = place(cast, line(products["0001"], 10, "11.30"), line(products["0002"], 2, "10.90"))
    operations.receive(actor=cast.buyer.actor, order_id=placed.id, received_on=TODAY, now=NOW)
    operations.keep_invoice_profile(actor=cast.owner.actor, buyer=BUYER)
    return placed.id


@pytest.fixture
def order(cast, products):
    return received(cast, products)


def ask(cast, *order_ids, who="buyer"):
    return operations.request_invoice(actor=getattr(cast, who).actor, order_ids=order_ids, now=NOW)


def issue(cast, invoice_id, number="24337000000000000001", **options):
    operations.issue_invoice(
        actor=cast.admin.actor, invoice_id=invoice_id, invoice_number=number, issued_on=TODAY, now=NOW, **options
    )


def give_back(cast, order_id, line_number, units):
    back = operations.ask_return(
        actor=cast.buyer.actor,
        order_id=order_id,
        lines=[operations.Back(line_number, Decimal(units))],
        cause="damaged",
        now=NOW,
    )
    operations.approve_return(actor=cast.admin.actor, return_id=back, now=NOW)
    operations.send_return(actor=cast.buyer.actor, return_id=back, now=NOW)
    operations.receive_return(actor=cast.admin.actor, return_id=back, now=NOW)


def seen(cast, invoice_id, who="buyer"):
    with tenancy.scope(getattr(cast, who).actor):
        return queries.invoice(invoice_id=invoice_id)


def amounts(detail):
    return {part.tax_rate: part.amount for part in detail.parts}


def can_be_invoiced(cast):
    with tenancy.scope(cast.buyer.actor):
        return {one.order_id: one.amount for one in queries.invoiceable(dealer_id=cast.dealer_id)}


def test_an_invoice_is_of_what_came_by_tax_rate(cast, order):
    assert can_be_invoiced(cast) == {order: Decimal("134.80")}
    found = seen(cast, ask(cast, order))
    assert amounts(found) == {Decimal("0.13"): Decimal(113), Decimal("0.09"): Decimal("21.80")}
    assert [(part.net, part.tax) for part in found.parts] == [(100, 13), (20, Decimal("1.80"))]
    assert (found.view.amount, found.buyer.title) == (Decimal("134.80"), "Dealer One Ltd")
    assert can_be_invoiced(cast) == {}


def test_an_amount_is_invoiced_once(cast, order):
    first = ask(cast, order)
    with pytest.raises(Invalid) as refused:
        ask(cast, order)
    assert refused.value.code == "not-invoiceable"
    operations.decline_invoice(actor=cast.admin.actor, invoice_id=first, note="Wrong title")
    second = ask(cast, order)
    issue(cast, second)
    issue(cast, second)
    with pytest.raises(Conflict):
        operations.decline_invoice(actor=cast.admin.actor, invoice_id=second, note="Too late")
    with pytest.raises(Conflict):
        issue(cast, first, "2")


def test_what_was_credited_before_is_not_invoiced(cast, order):
    give_back(cast, order, 2, 2)
    assert amounts(seen(cast, ask(cast, order))) == {Decimal("0.13"): Decimal(113)}


def test_a_credit_while_it_is_requested_makes_it_smaller(cast, order):
    invoice_id = ask(cast, order)
    give_back(cast, order, 1, 1)
    found = seen(cast, invoice_id)
    assert (found.view.amount, amounts(found)[Decimal("0.13")]) == (Decimal("123.50"), Decimal("101.70"))
    with pytest.raises(Conflict) as refused:
        issue(cast, invoice_id, amount=Decimal("134.80"))
    assert refused.value.code == "amount-changed"
    give_back(cast, order, 1, 9)
    give_back(cast, order, 2, 2)
    assert (seen(cast, invoice_id).view.state, can_be_invoiced(cast)) == ("credited", {})


def test_a_credit_after_it_was_issued_is_a_red_letter(cast, order):
    invoice_id = ask(cast, order)
    issue(cast, invoice_id)
    give_back(cast, order, 1, 2)
    (red,) = seen(cast, invoice_id).red_letters
    assert (red.amount, red.state, red.is_red) == (Decimal("-22.60"), "requested", True)
    assert seen(cast, red.id).parts[0].tax == Decimal("-2.60")
    with pytest.raises(Conflict):
        operations.decline_invoice(actor=cast.admin.actor, invoice_id=red.id, note="No")
    issue(cast, red.id, "24337000000000000002")
    # More is not taken back than was invoiced, whatever else is credited.
    operations.credit_note(
        actor=cast.admin.actor,
        dealer_id=cast.dealer_id,
        amount=Decimal(500),
        noted_on=TODAY,
        reference="GOODWILL",
        now=NOW,
        order_id=order,
    )
    assert sum(letter.amount for letter in seen(cast, invoice_id).red_letters) == Decimal("-134.80")


def test_without_data_or_a_known_tax_rate_nothing_is_asked_for(cast, products):
    placed = place(cast, line(products["0001"], 1))
    with pytest.raises(Invalid) as refused:
        ask(cast, placed.id)
    assert refused.value.code == "no-invoice-data"
    operations.keep_invoice_profile(actor=cast.owner.actor, buyer=BUYER)
    with pytest.raises(Invalid) as refused:
        ask(cast, placed.id)
    assert refused.value.code == "not-invoiceable"
    operations.receive(actor=cast.buyer.actor, order_id=placed.id, received_on=TODAY, now=NOW)
    with pytest.raises(Invalid) as refused:
        ask(cast, placed.id)
    assert refused.value.code == "no-tax-rate"
    catalog.upsert_products(rows=[{"sku": "0001", "tax_rate": Decimal("0.13")}])
    assert ask(cast, placed.id)


def test_nobody_issues_asks_or_reads_in_anothers_place(cast, order):
    with pytest.raises(Invalid):
        operations.keep_invoice_profile(actor=cast.rival.actor, buyer=queries.Buyer("ordinary", ""))
    operations.keep_invoice_profile(actor=cast.rival.actor, buyer=BUYER)
    with pytest.raises(Invalid):
        ask(cast, order, who="rival")
    invoice_id = ask(cast, order)
    with pytest.raises(NotAllowed):
        operations.issue_invoice(
            actor=cast.owner.actor, invoice_id=invoice_id, invoice_number="1", issued_on=TODAY, now=NOW
        )
    with pytest.raises(NotFound):
        seen(cast, invoice_id, who="rival")
    with transaction.atomic(), tenancy.scope(cast.owner.actor), connection.cursor() as cursor:
        cursor.execute("update trade_invoice set state = 'issued', invoice_number = '1', issued_on = now()")
        assert cursor.rowcount == 0


def test_the_database_keeps_an_amount_from_standing_on_two_invoices(cast, order):
    from firstmove.domains.trade.models import InvoicePart

    first = ask(cast, order)
    with tenancy.scope(cast.admin.actor):
        part = InvoicePart.objects.filter(invoice_id=first).first()
        second = type(part.invoice).objects.create(
            number="IR-2", dealer_id=cast.dealer_id, kind="ordinary", buyer={}, currency="USD", amount=1,
            requested_on=TODAY,
        )  # fmt: skip
    part.pk, part.invoice = None, second
    with pytest.raises(DatabaseError), transaction.atomic(), tenancy.scope(cast.admin.actor):
        part.save()


@pytest.mark.parametrize(
    ("code", "holds"),
    [
        ("91330100799655058B", True),
        ("9144030071526726XG", True),
        ("91330100799655058C", False),
        ("91330100799655085B", False),
        ("9133010079965505IB", False),
        ("91330100799655058", False),
    ],
)
def test_a_mistyped_tax_number_is_found(code, holds):
    """GB 32100-2015: codes of two well-known companies, and the same with one character wrong or two swapped."""
    assert is_credit_code(code) is holds


def test_only_a_chinese_enterprise_wants_chinese_tax_numbers(cast):
    from firstmove.domains.network.models import Enterprise

    wrong = queries.Buyer("ordinary", "Dealer One", "GB123456789")
    operations.keep_invoice_profile(actor=cast.owner.actor, buyer=wrong)
    with tenancy.scope(tenancy.SYSTEM):
        Enterprise.objects.update(currency="CNY")
    with pytest.raises(Invalid) as refused:
        operations.keep_invoice_profile(actor=cast.owner.actor, buyer=wrong)
    assert refused.value.facts["field"] == "tax_number"
    with pytest.raises(Invalid) as refused:
        operations.keep_invoice_profile(
            actor=cast.owner.actor, buyer=queries.Buyer("special", "Dealer One", BUYER.tax_number)
        )
    assert refused.value.facts["field"] == "address"


def test_amounts_by_rate_add_up_to_the_order():
    sums = {Decimal("0.13"): Decimal("10.004"), Decimal("0.09"): Decimal("5.004")}
    assert split(sums, currency="CNY") == {Decimal("0.13"): Decimal("10.01"), Decimal("0.09"): Decimal("5.00")}


def test_concurrency_an_invoice_asked_for_twice_at_once_is_one(committed_cast, committed_products):
    cast = committed_cast
    order = received(cast, committed_products)
    found = together(*[lambda: ask(cast, order) for _turn in range(3)])
    assert sorted(type(one).__name__ for one in found) == ["Invalid", "Invalid", "int"]
