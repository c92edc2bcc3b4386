"""How many queries the pages of returns, invoices and addresses need, with few papers and with more of them."""

from decimal import Decimal

from django.urls import reverse

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog.queries import product_ids_by_sku
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY
from tests.portals.test_query_counts_dealer import counted
from tests.trade.orders import line, place

MOST = {
    "dealer:returns": 11,
    "dealer:new-return": 13,
    "dealer:goods-return": 12,
    "dealer:invoices": 19,
    "dealer:invoice": 11,
    "dealer:invoice-data": 10,
    "dealer:addresses": 10,
    "enterprise:returns": 11,
    "enterprise:invoices": 11,
    "enterprise:invoice": 13,
}


def keep(cast, products, label):
    """A received order of every product, of which a unit of each was returned and credited, then invoiced; one more
    that waits for its invoice; an address. Returns the ids of what pages show, by the page's name.
    """
    lines = [line(product_id, 6, "11.30") for product_id in products]
    billed, waiting = (place(cast, *lines).id for _order in range(2))
    for order_id in (billed, waiting):
        operations.receive(actor=cast.buyer.actor, order_id=order_id, received_on=TODAY, now=NOW)
    back = [operations.Back(number, Decimal(1)) for number in range(1, len(products) + 1)]
    return_id = operations.ask_return(actor=cast.buyer.actor, order_id=billed, lines=back, cause="wrong", now=NOW)
    operations.approve_return(actor=cast.admin.actor, return_id=return_id, now=NOW)
    operations.send_return(actor=cast.buyer.actor, return_id=return_id, now=NOW)
    operations.receive_return(actor=cast.admin.actor, return_id=return_id, now=NOW)
    invoice_id = operations.request_invoice(actor=cast.owner.actor, order_ids=[billed], now=NOW)
    operations.keep_address(
        actor=cast.owner.actor,
        dealer_id=cast.dealer_id,
        destination=queries.Destination(label, "Wang Min", "138", f"{label} Street 1"),
    )
    return {"new-return": [waiting], "goods-return": [return_id], "invoice": [invoice_id]}


def test_pages_of_papers_cost_no_more_queries_with_many_papers_than_with_few(cast, signed_in):
    catalog.upsert_products(
        rows=[{"sku": f"{n}", "name": f"Tea {n}", "category": "Tea", "tax_rate": Decimal("0.13")} for n in range(4)]
    )
    with tenancy.scope(tenancy.SYSTEM):
        products = list(product_ids_by_sku().values())
    operations.keep_invoice_profile(actor=cast.owner.actor, buyer=queries.Buyer("ordinary", "Dealer One Ltd"))
    people = {"dealer": signed_in(cast.owner), "enterprise": signed_in(cast.admin)}
    few = keep(cast, products[:1], "Shop")
    found = {}
    for papers in (few, keep(cast, products, "Depot")):
        for name in MOST:
            place_of, page = name.split(":")
            address = reverse(name, args=papers.get(page, []))
            found.setdefault(name, []).append(counted(lambda: people[place_of].get(address)))  # noqa: B023 (at once)
    too_many = {name: counts for name, counts in found.items() if max(counts) > MOST[name]}
    assert too_many == {}, found
