"""What the enterprise sees of a dealer, read with the enterprise's own eyes. Call it inside the enterprise's scope."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
from django.conf import settings

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.customers import queries as customers
from firstmove.domains.customers.queries import CustomerView
from firstmove.domains.network import queries as network
from firstmove.domains.planning.queries.automatic import AutomaticView, automatic
from firstmove.domains.planning.queries.hold_out import participation
from firstmove.domains.planning.queries.replays import replays
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import queries as trade
from firstmove.domains.trade.queries import OrderView, PurchaseView
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake
from firstmove.lake.tables import LakeError

SALES_DAYS = 14


@dataclass(frozen=True)
class SoldLine:
    """A line of sell-out; `customer` is None where the enterprise does not see who it was."""

    on: dt.date
    sku: str
    customer: str | None
    quantity: float
    amount: float | None


@dataclass(frozen=True)
class HeldStock:
    sku: str
    product_name: str
    unit: str
    on_hand: Decimal


@dataclass(frozen=True)
class SeenByEnterprise:
    """The first rows of everything that the enterprise sees of a dealer, and how many there are.

    `sales` are of the last `SALES_DAYS`; `sales_known` is false where this machine does not hold the history.
    `cart_products` is how many products of the dealer's cart it sees, which is none.
    """

    customers: list[CustomerView]
    customer_count: int
    sales: list[SoldLine]
    sales_count: int
    sales_known: bool
    stock: list[HeldStock]
    stock_count: int
    orders: list[OrderView]
    order_count: int
    supplier_orders: list[PurchaseView]
    supplier_order_count: int
    replay_count: int
    automatic: AutomaticView | None
    takes_part: bool
    cart_products: int


def seen_by_enterprise(*, dealer_id: int, on: dt.date, limit: int = 5) -> SeenByEnterprise:
    """The latest rows first, `limit` of each. `on` is the business day."""
    shown, count = customers.customers(dealer_id=dealer_id, limit=limit)
    sold = _sold(dealer_id, on)
    held = stock.balances(dealer_id=dealer_id)
    largest = sorted(held, key=lambda product_id: (-held[product_id].on_hand, product_id))[:limit]
    products = catalog.products_by_id(ids=largest)
    every_product = list(catalog.product_ids_by_sku().values())
    bought, bought_count = trade.purchases(dealer_id=dealer_id, limit=limit)
    orders, order_count = trade.orders(dealer_id=dealer_id, limit=limit)
    return SeenByEnterprise(
        customers=shown,
        customer_count=count,
        sales=[] if sold is None else [SoldLine(*row) for row in sold.head(limit).iter_rows()],
        sales_count=0 if sold is None else sold.height,
        sales_known=sold is not None,
        stock=[
            HeldStock(products[one].sku, products[one].name, products[one].unit, held[one].on_hand) for one in largest
        ],
        stock_count=len(held),
        orders=orders,
        order_count=order_count,
        supplier_orders=bought,
        supplier_order_count=bought_count,
        replay_count=replays(dealer_id=dealer_id, limit=0)[1],
        automatic=automatic(dealer_id=dealer_id),
        takes_part=participation(dealer_id=dealer_id).takes_part,
        cart_products=len(trade.cart_quantities(dealer_id=dealer_id, product_ids=every_product)),
    )


def _sold(dealer_id: int, on: dt.date) -> pl.DataFrame | None:
    """date, sku, customer, quantity, amount; the latest first. None where the history cannot be read here."""
    code = network.dealer(dealer_id=dealer_id).code
    eyes = LakeScope.enterprise(open_dealers=network.dealer_codes_sharing_customers())
    columns = ["date", "sku", "customer", "quantity", "amount", "dealer", "line"]
    try:
        rows = Lake(settings.LAKE_ROOT).scan(
            table="sales", scope=eyes, columns=columns, since=on - dt.timedelta(days=SALES_DAYS), until=on
        )
        found = rows.filter(pl.col("dealer") == code).sort(["date", "line"], descending=[True, False]).collect()
    except LakeError:
        return None
    return found.select("date", "sku", "customer", "quantity", "amount")
