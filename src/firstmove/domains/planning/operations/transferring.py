"""The step of a run that looks who could help whom: suggested transfers between dealers, for the enterprise alone."""

from collections.abc import Mapping

import polars as pl

from firstmove.domains.network import queries as network
from firstmove.domains.network.queries import DealerView
from firstmove.domains.planning.models import Run, Transfer
from firstmove.domains.planning.operations.copying import copy
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.inventory.netting import Freight, net


def between_dealers(
    *, results: pl.DataFrame, held: pl.DataFrame, scenario: Scenario, dealers: Mapping[int, DealerView]
) -> pl.DataFrame:
    """Transfers between the pairs of `results` whose stock was counted. Call it inside the system's scope.

    Pairs in `held` (dealer, sku) stay without advice, so they neither give nor take: what the comparison measures
    would be spoilt.
    """
    places = network.places()
    whereabouts = pl.DataFrame(
        [(dealer.id, dealer.region, *places.get(dealer.id, (None, None))) for dealer in dealers.values()],
        schema={"dealer_id": pl.Int64, "region": pl.String, "lat": pl.Float64, "lon": pl.Float64},
        orient="row",
    )
    pairs = (
        results.filter(~pl.col("stock_assumed"))
        .join(held.select("dealer", "sku"), on=["dealer", "sku"], how="anti", maintain_order="left")
        .join(whereabouts, on="dealer_id", how="left", maintain_order="left")
        .with_columns(supported_units="kept_units")
    )
    found = net(
        pairs,
        freight=Freight(
            share=scenario.transfer_freight_share,
            share_per_100_km=scenario.transfer_freight_share_per_100_km,
            near_km=scenario.transfer_near_km,
            far_km=scenario.transfer_far_km,
            days=scenario.transfer_days,
            trip=scenario.transfer_trip_cost,
            least_gain=scenario.transfer_least_gain,
        ),
    )
    giver, taker = pairs[found["giver"].to_numpy()], pairs[found["taker"].to_numpy()]
    stock = pl.col("on_hand_units").clip(lower_bound=0) + pl.col("in_transit_units").clip(lower_bound=0)
    return found.select(
        "margin", "freight", "distance_km", quantity="quantity_units", saved="saved_units"
    ).with_columns(
        product_id=taker["product_id"],
        giver_id=giver["dealer_id"],
        taker_id=taker["dealer_id"],
        giver_on_hand=giver["on_hand_units"],
        giver_kept=giver["kept_units"],
        taker_position=taker.select(stock).to_series(),
        taker_lead_days=taker["lead_days"],
        value=pl.col("quantity") * taker["purchase_price"],
        worth=pl.col("margin") - pl.col("freight"),
    )


def write(*, run: Run, transfers: pl.DataFrame) -> None:
    """Store the suggestions of this run in place of the last one's. Call it inside the system's scope."""
    Transfer.objects.all().delete()
    copy("planning_transfer", transfers, _COLUMNS, extra={"run_id": str(run.pk)})


_COLUMNS = {
    "product_id": "bigint",
    "giver_id": "bigint",
    "taker_id": "bigint",
    "quantity": "double precision",
    "giver_on_hand": "double precision",
    "giver_kept": "double precision",
    "taker_position": "double precision",
    "taker_lead_days": "integer",
    "saved": "double precision",
    "margin": "double precision",
    "value": "double precision",
    "freight": "double precision",
    "worth": "double precision",
    "distance_km": "double precision",
}
