"""Mornings at the scene: planned again, looked at, with more known than before."""

import datetime as dt
from decimal import Decimal

import polars as pl
from django.conf import settings

from firstmove.domains.planning import operations, queries
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake.store import Lake
from tests.cast import NOW, TODAY

DAY = dt.timedelta(days=1)


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
