"""From a seed and a date to a folder of files."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from firstmove.kernel.errors import Invalid

from .catalogue import Catalogue, make_catalogue, suppliers_frame
from .changes import make_changes, without_silent
from .customers import Customers, make_customers
from .dealers import Dealer, make_dealers
from .demand import draw_demand
from .files import prepare, write_network, write_table
from .history import make_codes, orders_frame, sales_frame, shipments_frame, stock_frame
from .pairs import make_pairs
from .prices import make_prices
from .production import production_frame
from .promotions import discount_table, make_promotions, promotions_frame
from .seasons import FIRST_YEAR, LAST_YEAR, season_table
from .stock import run_stock
from .supply import capacity_frame, planned_frame, scarce_product, supply_frame, warehouse_frame

YEARS = 3
DEALERS, PRODUCTS, CUSTOMERS = 120, 600, 8000
FEWEST_DEALERS, FEWEST_PRODUCTS = 7, 24  # the whole cast of dealers; each range and stage of life
LOOK_AHEAD = 60  # days of season beyond the history, for dealers who look ahead

# The terms of orders that some of the cast have: who pays cash, who has weekdays, who pays for trucks or pallets.
SHORT_OF_CASH, BY_TRUCK, BY_PALLET = "D002", "D001", "D006"
ORDER_DAYS = {"D003": ("周一、周四", "周三、周六"), "D005": ("周二", "周五")}
TRUCK_PALLETS, TRUCK_KG, FREIGHT_OF_A_TRUCK, FREIGHT_OF_A_PALLET = 4.0, 3500.0, 380.0, 90.0

# Each part draws from its own stream, so that a change in one leaves the others as they were.
STREAMS = (
    "catalogue",
    "dealers",
    "customers",
    "pairs",
    "promotions",
    "prices",
    "demand",
    "stock",
    "production",
    "supply",
)


def generate(
    folder: Path,
    *,
    until: date,
    seed: int = 7,
    scale: float = 1.0,
    progress: Callable[[str], None] | None = None,
) -> None:
    """Write the demo network into ``folder``: three years of daily trade up to and including ``until``.

    At ``scale`` 1 there are 120 dealers, 600 products and 8,000 customers; a smaller one keeps the whole cast (never
    fewer than 7 dealers and 24 products) for tests. The same ``until``, ``seed`` and ``scale`` give the same files.
    ``progress`` is told each step in a few words. `network.json` is written last; an earlier demo in the folder is
    replaced.

    Raises `FolderInUseError` if the folder holds anything else, `Invalid` for a scale that is not in (0, 1] and for
    a date whose Spring Festivals are not in the table.
    """
    if not 0 < scale <= 1:
        raise Invalid(f"The scale is {scale}.", "Give a share of the full network, more than 0 and at most 1.")
    first = _years_before(until, years=YEARS)
    if first.year < FIRST_YEAR or until.year >= LAST_YEAR:
        raise Invalid(
            f"{until} is out of reach: the demo network knows the festivals of {FIRST_YEAR} to {LAST_YEAR} only.",
            "Name a day between them that leaves three years before it.",
        )
    tell = progress or _silent
    days = (until - first).days + 1
    streams = {name: np.random.default_rng([seed, number]) for number, name in enumerate(STREAMS)}
    prepare(folder)

    tell("dealers, products and customers")
    dealers, catalogue, customers = _make_cast(streams, scale=scale, days=days)
    prices = make_prices(streams["prices"], catalogue=catalogue, dealers=dealers, first=first, until=until)
    pairs = make_pairs(streams["pairs"], dealers=dealers, catalogue=catalogue, days=days)
    promotions = make_promotions(streams["promotions"], catalogue=catalogue, dealers=dealers, first=first, until=until)
    discounts = discount_table(promotions=promotions, pairs=pairs, first=first, days=days)
    seasons = season_table(first=first, days=days + LOOK_AHEAD)

    tell("what customers want")
    wanted = draw_demand(
        streams["demand"],
        pairs=pairs,
        catalogue=catalogue,
        customers=customers,
        seasons=seasons,
        climate=np.array([dealer.city.climate for dealer in dealers]),
        discounts=discounts,
        opened=np.array([dealer.opened for dealer in dealers]),
        weekday=(first.weekday() + np.arange(days)) % 7,
        changes=make_changes(pairs=pairs, dealers=dealers, days=days),
    )

    tell("stock, orders and deliveries, day by day")
    ledger = run_stock(
        streams["stock"],
        wanted=wanted,
        pairs=pairs,
        catalogue=catalogue,
        dealers=dealers,
        prices=prices,
        seasons=seasons,
        days=days,
    )

    tell("files")
    codes = make_codes(pairs=pairs, dealers=dealers, catalogue=catalogue, customers=customers, first=first, days=days)
    for year in range(first.year, until.year + 1):
        sales = sales_frame(
            days=_days_of_year(year, first=first, until=until),
            wanted=wanted,
            ledger=ledger,
            codes=codes,
            prices=prices,
            discounts=discounts,
        )
        write_table(folder, f"sales_{year}.parquet", without_silent(sales, until=until))
    write_table(folder, "stock.parquet", without_silent(stock_frame(ledger=ledger, codes=codes), until=until))
    lines = orders_frame(orders=ledger.orders, codes=codes, prices=prices)
    columns = ["order", "line", "dealer", "sku", "ordered_on", "quantity", "price", "expected_on"]
    write_table(folder, "orders.parquet", lines.select(columns))
    write_table(folder, "shipments.parquet", shipments_frame(lines=lines, until=until))
    made = production_frame(
        streams["production"], orders=ledger.orders, pairs=pairs, catalogue=catalogue, until=until, days=days
    )
    terms = supply_frame(streams["supply"], catalogue=catalogue)
    scarce = scarce_product(lines=lines, catalogue=catalogue, until=until)
    coming = planned_frame(lines=lines, terms=terms, until=until, scarce=scarce).join(
        catalogue.frame(first=first).select("sku", "supplier"), on="sku", maintain_order="left"
    )
    write_table(folder, "production.csv", pl.concat([made, coming.select(made.columns)]))
    write_table(folder, "supply.csv", terms)
    write_table(folder, "capacity.csv", capacity_frame(lines=lines, terms=terms, until=until))
    left = warehouse_frame(streams["supply"], lines=lines, terms=terms, until=until, scarce=scarce)
    write_table(folder, "warehouse.csv", left)
    write_table(folder, "dealers.csv", _dealers_frame(dealers=dealers, customers=customers, lines=lines))
    write_table(folder, "lead_times.csv", _lead_times_frame(dealers))
    write_table(folder, "suppliers.csv", suppliers_frame())
    write_table(folder, "products.csv", catalogue.frame(first=first))
    write_table(folder, "customers.csv", customers.frame)
    write_table(folder, "prices.csv", prices.frame(catalogue=catalogue, dealers=dealers, first=first))
    write_table(folder, "promotions.csv", promotions_frame(promotions=promotions, catalogue=catalogue, dealers=dealers))
    write_network(
        folder,
        {
            "name": "澄屿日用（演示网络）",
            "currency": "CNY",
            "time_zone": "Asia/Shanghai",
            "demo": True,
            "about": "Synthetic data: no company, person, product or figure in it is real. 全部为合成数据，仅供演示。",
            "until": until.isoformat(),
            "seed": seed,
            "scale": scale,
        },
    )


def _make_cast(streams: dict[str, Generator], *, scale: float, days: int) -> tuple[list[Dealer], Catalogue, Customers]:
    dealers = make_dealers(streams["dealers"], dealers=max(FEWEST_DEALERS, round(DEALERS * scale)), days=days)
    catalogue = make_catalogue(streams["catalogue"], products=max(FEWEST_PRODUCTS, round(PRODUCTS * scale)), days=days)
    customers = make_customers(streams["customers"], dealers=dealers, customers=round(CUSTOMERS * scale), days=days)
    return dealers, catalogue, customers


def _dealers_frame(*, dealers: Sequence[Dealer], customers: Customers, lines: pl.DataFrame) -> pl.DataFrame:
    """``dealers.csv``. ``customers`` counts the customers of the dealer's market, of which it serves ``market_share``.

    The credit limit is one and a half times what a dealer buys within its terms (30 days at least), in full ten
    thousands.
    """
    served: NDArray[np.int64] = np.diff(customers.first)
    worth = (
        lines.group_by("dealer")
        .agg(
            amount=(pl.col("quantity") * pl.col("price")).sum(),
            days=(pl.col("ordered_on").max() - pl.col("ordered_on").min()).dt.total_days() + 30,
        )
        .with_columns(a_day=pl.col("amount") / pl.col("days"))
    )
    a_day = dict(zip(worth["dealer"], worth["a_day"], strict=True))
    return pl.DataFrame(
        [
            {
                "dealer": dealer.code,
                "name": dealer.name,
                "region": dealer.city.region,
                "city": dealer.city.name,
                "tier": dealer.tier,
                "lat": dealer.lat,
                "lon": dealer.lon,
                "customers": round(int(count) / dealer.market_share),
                "credit_limit": 10_000 * (1 + int(1.5 * a_day[dealer.code] * max(30, dealer.terms_days) / 10_000)),
                "terms_days": dealer.terms_days,
                "review_days": dealer.review_days,
                "minimum_order_amount": dealer.minimum_order_amount,
                "order_budget": max(
                    round(2 * a_day[dealer.code] * dealer.review_days, -2), 2 * dealer.minimum_order_amount
                )
                if dealer.code == SHORT_OF_CASH
                else None,
                "order_weekdays": ORDER_DAYS.get(dealer.code, ("", ""))[0],
                "delivery_weekdays": ORDER_DAYS.get(dealer.code, ("", ""))[1],
                "truck_pallets": TRUCK_PALLETS if dealer.code == BY_TRUCK else None,
                "truck_kg": TRUCK_KG if dealer.code == BY_TRUCK else None,
                "freight_per_truck": FREIGHT_OF_A_TRUCK if dealer.code == BY_TRUCK else None,
                "freight_per_pallet": FREIGHT_OF_A_PALLET if dealer.code == BY_PALLET else None,
                "market_growth": dealer.market_growth,
                "market_share": dealer.market_share,
            }
            for dealer, count in zip(dealers, served, strict=True)
        ]
    )


def _budget(dealer: Dealer, a_day: float) -> float:
    """Twice what the dealer used to buy between two orders, in full hundreds: less than it would need to catch up."""
    return max(round(2 * a_day * dealer.review_days, -2), 2 * dealer.minimum_order_amount)


def _lead_times_frame(dealers: Sequence[Dealer]) -> pl.DataFrame:
    """``lead_times.csv``: days from order to receipt."""
    return pl.DataFrame(
        {
            "dealer": [dealer.code for dealer in dealers],
            "minimum_days": [dealer.lead_days[0] for dealer in dealers],
            "maximum_days": [dealer.lead_days[1] for dealer in dealers],
        }
    )


def _days_of_year(year: int, *, first: date, until: date) -> range:
    begin, end = max(first, date(year, 1, 1)), min(until, date(year, 12, 31))
    return range((begin - first).days, (end - first).days + 1)


def _years_before(day: date, *, years: int) -> date:
    """The day after the same day ``years`` ago, so that exactly that many years end with ``day``."""
    try:
        return day.replace(year=day.year - years) + timedelta(days=1)
    except ValueError:  # 29 February
        return date(day.year - years, 3, 1)


def _silent(_: str) -> None:
    """Nobody listens."""
