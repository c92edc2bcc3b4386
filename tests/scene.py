"""A small planned network on top of the cast: two dealers, thirty products, 64 weeks of sales, today's proposals.

Dealer One counts its stock and has prices of its own for most products; the rival sends sales alone, so its stock and
prices are assumed. Use `scene` in a test with one connection, `committed_scene` where several connections, processes
or a browser look at it.
"""

import datetime as dt
import shutil
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from tests.cast import NOW, TODAY, Cast

YESTERDAY = TODAY - dt.timedelta(days=1)
WEEKS = 64
DAYS = WEEKS * 7
# Sold at a steady pace unless its name stands below.
_CATEGORIES = {"Tea": "Oolong tea 500 ml", "Water": "Spring water 550 ml", "Paper": "Tissue 3-ply"}
UNLISTED, NEW, RISING, EMPTY, LUMPY, CHINESE = "000030", "000029", "000028", "000001", "000027", "000002"


@dataclass(frozen=True)
class Scene:
    """Who there is, and what was proposed to whom. `products` are ids by sku."""

    cast: Cast
    proposal_id: int
    rival_proposal_id: int
    products: dict[str, int]


def products() -> list[dict[str, object]]:
    """Thirty products in three categories; codes with leading zeros, one with a Chinese name, one no longer listed."""
    rows = []
    for number in range(1, 31):
        category = list(_CATEGORIES)[number % 3]
        sku = f"{number:06d}"
        rows.append(
            {
                "sku": sku,
                "name": "乌龙茶 500ml" if sku == CHINESE else f"{_CATEGORIES[category]} no. {number}",
                "category": category,
                "supplier": "S-1",
                "unit": "case",
                "pack": 12,
                "multiple": 6 if number % 4 == 0 else 1,
                "minimum": 12 if number % 8 == 0 else 1,
                "unit_cost": 6.0 + number / 10,
                "unit_price": 10.0 + number,
                "barcode": f"69012345{number:05d}",
                "life_cycle": "unlisted" if sku == UNLISTED else "active",
            }
        )
    return rows


def sales() -> pl.DataFrame:
    """Sell-out lines of both dealers, the same at every call."""
    rng = np.random.default_rng(20260302)
    rows = []
    for dealer in ("D-1", "D-2"):
        for row in products():
            sku = str(row["sku"])
            quantities = rng.poisson(1.0 + int(sku) % 5, DAYS)
            if sku == NEW:
                quantities[:-21] = 0
            elif sku == RISING:
                quantities[-28:] = rng.poisson(9.0, 28)
            elif sku == LUMPY:
                quantities = np.where(rng.random(DAYS) < 0.03, 60, 0)
            rows += [
                {
                    "date": YESTERDAY - dt.timedelta(days=DAYS - 1 - day),
                    "line": f"{dealer}-{sku}-{day}",
                    "dealer": dealer,
                    "customer": "C-1",
                    "sku": sku,
                    "quantity": float(quantities[day]),
                    "amount": float(quantities[day]) * float(row["unit_price"]),  # type: ignore[arg-type]
                }
                for day in np.flatnonzero(quantities).tolist()
            ]
    return pl.DataFrame(rows)


def stock() -> dict[str, int]:
    """What Dealer One counted yesterday, by sku: some plenty, some little, one nothing."""
    return {str(row["sku"]): 0 if row["sku"] == EMPTY else (7 * index) % 60 + 2 for index, row in enumerate(products())}


def write_lake(root) -> None:
    from firstmove.lake.store import Lake

    lake = Lake(root)
    lake.write(table="sales", rows=sales(), source="files", batch_id="sales")
    counted = [
        {"date": YESTERDAY, "dealer": "D-1", "sku": sku, "quantity": float(quantity)}
        for sku, quantity in stock().items()
    ]
    lake.write(table="stock_daily", rows=pl.DataFrame(counted), source="files", batch_id="stock")


def build_scene(cast: Cast) -> Scene:
    """Products, prices, counted stock and a plan of this morning, by the operations that an installation uses."""
    from firstmove.domains.catalog import operations as catalog
    from firstmove.domains.catalog import queries as catalog_queries
    from firstmove.domains.network import operations as network
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning import queries as planning_queries
    from firstmove.domains.stock import operations as stock_operations
    from firstmove.kernel import tenancy

    catalog.upsert_products(rows=products())
    catalog.upsert_prices(
        rows=[
            {"sku": row["sku"], "price": round(float(row["unit_price"]) * 0.75, 2), "dealer": "D-1"}  # type: ignore[arg-type]
            for row in products()[:26]
        ]
    )
    with tenancy.scope(tenancy.SYSTEM):
        ids = catalog_queries.product_ids_by_sku()
    stock_operations.bring_to(
        positions=[
            stock_operations.Position(dealer_id=cast.dealer_id, product_id=ids[sku], on_hand=Decimal(quantity))
            for sku, quantity in stock().items()
        ],
        occurred_on=YESTERDAY,
        cause="feed:stock",
    )
    # Every pair gets its advice; tests of the comparison group hold some out.
    planning.set_hold_out(actor=tenancy.SYSTEM, share=0.0, from_on=YESTERDAY, now=NOW, salt="scene")
    planning.plan(now=NOW, as_of=YESTERDAY)
    # The plan lets the business date follow the clock again; the tests' day is fixed.
    network.set_business_date(day=TODAY)
    with tenancy.scope(tenancy.SYSTEM):
        own = planning_queries.todays_proposal(dealer_id=cast.dealer_id, on=TODAY)
        rival = planning_queries.todays_proposal(dealer_id=cast.rival_id, on=TODAY)
    assert own is not None
    assert rival is not None
    return Scene(cast=cast, proposal_id=own.id, rival_proposal_id=rival.id, products=ids)


@pytest.fixture
def scene(settings, tmp_path, cast, building) -> Scene:
    building.move_in(tmp_path, settings)
    return building.made("scene")


@pytest.fixture(scope="session")
def written_lake(tmp_path_factory):
    """The scene's lake, written once; each test works on a copy."""
    root = tmp_path_factory.mktemp("scene") / "lake"
    write_lake(root)
    return root


@pytest.fixture
def committed_scene(settings, tmp_path, written_lake, committed_cast) -> Scene:
    """As `scene`, but committed."""
    shutil.copytree(written_lake, tmp_path / "lake")
    settings.LAKE_ROOT = str(tmp_path / "lake")
    settings.SERIES_ROOT = tmp_path / "series"
    return build_scene(committed_cast)
