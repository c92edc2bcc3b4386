"""Mornings at the scene: planned again, looked at, with more known than before."""

import datetime as dt
from decimal import Decimal

import polars as pl
from django.conf import settings

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.network import queries as network_queries
from firstmove.domains.planning import operations, queries
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake.store import Lake
from tests.cast import NOW, TODAY

DAY = dt.timedelta(days=1)
LAUNCH = "000099"


def plan(day: dt.date = TODAY, **options) -> operations.Summary:
    """The run of the morning of `day`, at the same hour as always."""
    return operations.plan(now=NOW + (day - TODAY), as_of=day - DAY, **options)


def accept(person, proposal_id: int, *, on: dt.date = TODAY) -> operations.Accepted:
    return operations.accept(actor=person.actor, proposal_id=proposal_id, now=NOW + (on - TODAY))


def lines(proposal_id: int) -> list[queries.LineView]:
    with tenancy.scope(SYSTEM):
        return queries.lines(proposal_id=proposal_id)


def proposal(proposal_id: int) -> queries.ProposalView:
    with tenancy.scope(SYSTEM):
        return queries.proposal(proposal_id=proposal_id)


def todays(dealer_id: int, *, on: dt.date = TODAY) -> queries.ProposalView | None:
    with tenancy.scope(SYSTEM):
        return queries.todays_proposal(dealer_id=dealer_id, on=on)


def outlooks(scene, dealer_id: int) -> dict[str, queries.OutlookView]:
    """By sku."""
    with tenancy.scope(SYSTEM):
        found = queries.outlooks(dealer_id=dealer_id, product_ids=list(scene.products.values()))
    return {view.sku: view for view in found.values()}


def order_elsewhere(scene, line: queries.LineView, quantity: int) -> trade.Placed:
    """Dealer One orders a product past its proposal."""
    cast = scene.cast
    return trade.place(
        actor=cast.buyer.actor,
        buyer_dealer_id=cast.dealer_id,
        origin=("cart", None),
        lines=[trade.NewLine(line.product_id, Decimal(quantity), line.unit_price)],
        currency="USD",
        ordered_on=TODAY,
        expected_on=None,
        now=NOW,
    )


def tell_lake(table: str, *rows: dict[str, object]) -> None:
    """More history, in a batch of its own."""
    lake = Lake(settings.LAKE_ROOT)
    batch = f"later/{table}/{lake.version(table)}"
    lake.write(table=table, rows=pl.DataFrame(list(rows)), source="files", batch_id=batch)


def sale(day: dt.date, sku: str, quantity: float, *, dealer: str = "D-1") -> dict[str, object]:
    return {
        "date": day, "line": f"late-{dealer}-{sku}-{day}", "dealer": dealer, "customer": "C-1", "sku": sku,
        "quantity": quantity, "amount": quantity * 10.0,
    }  # fmt: skip


def sold(dealer: str, sku: str, days: range, units: float) -> list[dict[str, object]]:
    """`units` every day from `days.start` to `days.stop` days ago."""
    return [sale(TODAY - DAY * ago, sku, units, dealer=dealer) for ago in days]


def new_dealer_and_launch() -> int:
    """Three known dealers with a market, a new one without a sale, five launches of half a year ago, and a new one.

    Answers the new dealer, D-9; the launch is `LAUNCH`.
    """
    network.upsert_dealers(
        rows=[
            {"code": code, "name": name, "region": "500", "market_customers": customers}
            for code, name, customers in (
                ("D-1", "Dealer One", 100), ("D-2", "Rival Two", 100), ("D-3", "Third", 50), ("D-9", "Newcomer", 50),
            )
        ]
    )  # fmt: skip
    launches = [(f"00009{n}", 150) for n in range(5)] + [(LAUNCH, 10)]
    catalog.upsert_products(
        rows=[
            {
                "sku": sku, "name": f"Launch {sku}", "category": "Tea", "unit_price": 20.0,
                "listed_on": TODAY - DAY * ago,
            }
            for sku, ago in launches
        ]
    )  # fmt: skip
    rows = [row for n in range(4, 16) for row in sold("D-3", f"{n:06d}", range(1, 300), 1.0 + n % 5)]
    for n in range(5):
        rows += [row for dealer in ("D-1", "D-2", "D-3") for row in sold(dealer, f"00009{n}", range(1, 150, 2), 4.0)]
    tell_lake("sales", *rows)
    with tenancy.scope(SYSTEM):
        return network_queries.dealer_ids_by_code()["D-9"]
