"""What an order costs the database: round trips are what an ordering system under load has too few of."""

import datetime as dt
import json
from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as products
from firstmove.domains.stock import operations as stock
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY

# Thirty-five, the ends of two transactions among them, and two that only the transaction around a test makes.
MOST = 37


@pytest.fixture
def shop(cast):
    """Six products with a price, goods on the shelf, and a dealer whose payments are known."""
    skus = [f"00001{n}" for n in range(6)]
    catalog.upsert_products(rows=[{"sku": sku, "name": sku, "tax_rate": Decimal("0.13")} for sku in skus])
    catalog.upsert_prices(rows=[{"sku": sku, "price": 7.5} for sku in skus])
    trade.open_account(
        actor=cast.admin.actor,
        dealer_id=cast.buyer.actor.dealer_id,
        opened_on=TODAY - dt.timedelta(days=1),
        opening=None,
        now=NOW,
    )
    with tenancy.scope(tenancy.SYSTEM):
        ids = products.product_ids_by_sku()
    stock.bring_to(
        positions=[stock.Position(None, ids[sku], Decimal(100)) for sku in skus], occurred_on=TODAY, cause="file"
    )
    return skus


def test_an_order_of_five_lines_costs_as_many_statements_as_written_down(
    cast, shop, keyed, django_assert_max_num_queries
):
    till = keyed(cast.buyer, "orders:write")

    def order(*skus, key):
        body = {"lines": [{"sku": sku, "quantity": 12} for sku in skus]}
        answer = till.post("/api/v1/orders", body, "application/json", headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.content
        return json.loads(answer.content)["number"]

    order(shop[5], key="first")
    with django_assert_max_num_queries(MOST):
        order(*shop[:5], key="second")
