"""The demo network must be worth showing: a story that agrees with itself, and looks like trade."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from firstmove.cli.demo_network import FolderInUseError, generate
from firstmove.cli.demo_network.changes import CHANGING_DEALER, ROSE_AGO, SILENT_DAYS, SILENT_DEALER, STOPPED_AGO
from firstmove.kernel.errors import Invalid

UNTIL = date(2026, 3, 31)
TEXTS = dict.fromkeys(("dealer", "sku", "supplier", "customer", "promotion", "barcode"), pl.String)
NEWCOMER, ISLAND, CHRONIC, OVERSTOCKED, WELL_RUN = "D004", "D005", "D002", "D003", "D001"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "network"
    generate(path, until=UNTIL, scale=0.1)
    return path


@pytest.fixture(scope="module")
def table(folder: Path) -> Callable[[str], pl.DataFrame]:
    """Reads a table of the demo by name; ``sales`` joins the years."""
    read: dict[str, pl.DataFrame] = {}

    def one(name: str) -> pl.DataFrame:
        if name not in read:
            csv = folder / f"{name}.csv"
            parquet = folder / ("sales_*.parquet" if name == "sales" else f"{name}.parquet")
            read[name] = (
                pl.read_csv(csv, schema_overrides=TEXTS, try_parse_dates=True)
                if csv.exists()
                else pl.read_parquet(parquet)
            )
        return read[name]

    return one


def _movements(table: Callable[[str], pl.DataFrame]) -> pl.DataFrame:
    """date, dealer, sku, sold, received: every day on which goods came or went."""
    keys = ["date", "dealer", "sku"]
    sold = table("sales").group_by(keys).agg(sold=pl.col("quantity").sum(), received=pl.lit(0, dtype=pl.Int64))
    received = (
        table("shipments")
        .filter(pl.col("received_on").is_not_null())
        .group_by(date="received_on", dealer="dealer", sku="sku")
        .agg(sold=pl.lit(0, dtype=pl.Int64), received=pl.col("quantity").sum())
    )
    return pl.concat([sold, received]).group_by(keys).agg(pl.col("sold", "received").sum()).sort(keys)


def test_every_counted_stock_is_what_was_received_less_what_was_sold(table: Any) -> None:
    balance = _movements(table).with_columns(
        balance=(pl.col("received") - pl.col("sold")).cum_sum().over("dealer", "sku", order_by="date")
    )
    checked = (
        table("stock")
        .sort("date")
        .join_asof(balance.sort("date"), on="date", by=["dealer", "sku"], strategy="backward", check_sortedness=False)
    )
    assert checked["balance"].null_count() == 0
    assert checked.filter(pl.col("quantity") != pl.col("balance")).is_empty()
    assert balance["balance"].min() >= 0
    pairs = ["dealer", "sku"]
    assert checked.select(pairs).unique().height >= table("sales").select(pairs).unique().height * 0.8


def test_nothing_is_sold_from_an_empty_shelf(table: Any) -> None:
    next_morning = table("stock").filter(pl.col("quantity") == 0).with_columns(date=pl.col("date") + timedelta(days=1))
    moved = next_morning.drop("quantity").join(_movements(table), on=["date", "dealer", "sku"])
    assert moved.filter(pl.col("received") == 0).is_empty()


def test_last_sixty_days_are_counted_in_full_and_empty_shelves_before(table: Any) -> None:
    stock = table("stock")
    recent = stock.filter(pl.col("date") > UNTIL - timedelta(days=60))
    assert recent["date"].n_unique() == 60
    assert recent.filter(pl.col("quantity") > 0).height > recent.height / 2
    before = stock.filter(pl.col("date") <= UNTIL - timedelta(days=60))
    assert before.height > 0
    assert before["quantity"].max() == 0
    sold_lately = table("sales").filter(pl.col("date") > UNTIL - timedelta(days=60)).select("dealer", "sku").unique()
    assert sold_lately.join(recent, on=["dealer", "sku"], how="anti").is_empty()


def test_every_code_that_is_used_is_known(table: Any) -> None:
    known = {
        key: set(table(name)[key])
        for key, name in {
            "dealer": "dealers",
            "sku": "products",
            "supplier": "suppliers",
            "customer": "customers",
        }.items()
    }
    for name in (
        "sales",
        "stock",
        "orders",
        "shipments",
        "production",
        "warehouse",
        "supply",
        "prices",
        "promotions",
        "lead_times",
        "products",
    ):
        for key in known.keys() & set(table(name).columns):
            assert set(table(name)[key].drop_nulls()) <= known[key], (name, key)
    owner = table("customers").select("customer", owner="dealer")
    bought = table("sales").filter(pl.col("customer").is_not_null()).join(owner, on="customer")
    assert bought.filter(pl.col("dealer") != pl.col("owner")).is_empty()


def test_every_key_is_there_once(table: Any) -> None:
    keys = {
        "dealers": ["dealer"], "suppliers": ["supplier"], "products": ["sku"], "customers": ["customer"],
        "lead_times": ["dealer"], "sales": ["line"], "orders": ["line"], "shipments": ["line"],
        "stock": ["date", "dealer", "sku"], "production": ["date", "sku", "kind"],
        "warehouse": ["sku"], "supply": ["sku"], "capacity": ["production_line"],
        "prices": ["sku", "dealer", "valid_from"], "promotions": ["promotion", "sku", "dealer"],
    }  # fmt: skip
    for name, columns in keys.items():
        assert not table(name).select(columns).is_duplicated().any(), name
    for name in ("name", "barcode"):
        assert not table("products")[name].is_duplicated().any()
    assert not table("dealers")["name"].is_duplicated().any()


def test_shipments_follow_orders_and_some_are_on_their_way(table: Any) -> None:
    joined = table("shipments").join(table("orders"), on=["order", "line", "dealer", "sku"])
    assert joined.height == table("shipments").height
    assert (joined["shipped_on"] > joined["ordered_on"]).all()
    assert (joined["quantity"] == joined["quantity_right"]).all()
    arrived = joined.drop_nulls("received_on")
    assert (arrived["received_on"] >= arrived["shipped_on"]).all()
    on_the_way = table("shipments").filter(pl.col("received_on").is_null())
    assert on_the_way.height > 0
    assert on_the_way["shipped_on"].min() > UNTIL - timedelta(days=40)
    rules = table("orders").join(table("products").select("sku", "minimum", "multiple"), on="sku")
    assert (rules["quantity"] % rules["multiple"] == 0).all()
    assert (rules["quantity"] >= rules["minimum"]).all()


def test_orders_take_the_lead_time_that_was_promised(table: Any) -> None:
    took = (
        table("shipments")
        .drop_nulls("received_on")
        .join(table("orders").select("line", "ordered_on"), on="line")
        .join(table("lead_times"), on="dealer")
        .with_columns(days=(pl.col("received_on") - pl.col("ordered_on")).dt.total_days())
    )
    assert (took["days"] >= took["minimum_days"]).all()
    late = took.filter(pl.col("days") > pl.col("maximum_days")).height / took.height
    assert 0.005 < late < 0.15


def test_everything_has_happened_already(table: Any) -> None:
    for name, column in {
        "sales": "date", "stock": "date", "orders": "ordered_on", "shipments": "shipped_on", "warehouse": "date",
        "products": "listed_on", "prices": "valid_from", "promotions": "starts_on",
    }.items():  # fmt: skip
        assert table(name)[column].max() <= UNTIL, name
    assert table("shipments")["received_on"].drop_nulls().max() <= UNTIL
    assert table("production").filter(pl.col("kind") == "actual")["date"].max() <= UNTIL
    assert table("production").filter(pl.col("kind") == "planned")["date"].max() > UNTIL
    assert table("sales")["date"].max() == UNTIL
    assert table("sales")["date"].min() == date(2023, 4, 1)


def test_money_is_plausible(table: Any) -> None:
    products = table("products")
    assert (products["unit_price"] > products["unit_cost"]).all()
    assert (products["minimum"] % products["multiple"] == 0).all()
    paid = table("prices").join(products.select("sku", "unit_cost", "unit_price"), on="sku")
    assert (paid["price"] > paid["unit_cost"]).all()
    assert (paid["price"] < paid["unit_price"] * 0.80).all()
    ordered = table("orders").join(products.select("sku", "unit_cost"), on="sku")
    assert (ordered["price"] > ordered["unit_cost"]).all()
    lowest = table("orders").group_by("sku").agg(dealer_price=pl.col("price").max())
    sales = table("sales").join(lowest, on="sku").with_columns(price=pl.col("amount") / pl.col("quantity"))
    assert sales.filter(pl.col("price") > pl.col("dealer_price")).height > 0.99 * sales.height


def test_order_prices_are_those_of_the_price_list(table: Any) -> None:
    general = table("prices").filter(pl.col("dealer").is_null()).drop("dealer").sort("valid_from")
    own = table("prices").filter(pl.col("dealer").is_not_null()).sort("valid_from")
    priced = (
        table("orders")
        .sort("ordered_on")
        .join_asof(
            general, left_on="ordered_on", right_on="valid_from", by="sku", check_sortedness=False, suffix="_list"
        )
        .drop("valid_from")
        .join_asof(
            own,
            left_on="ordered_on",
            right_on="valid_from",
            by=["dealer", "sku"],
            check_sortedness=False,
            suffix="_own",
        )
        .with_columns(due=pl.coalesce("price_own", "price_list"))
    )
    recent = priced.filter(pl.col("ordered_on") >= date(2023, 4, 1))
    assert (recent["price"] - recent["due"]).abs().max() < 0.005
    assert recent["price_own"].drop_nulls().len() > 0


def test_drinks_sell_in_summer_and_hand_cream_in_winter(table: Any) -> None:
    monthly = (
        table("sales")
        .join(table("products").select("sku", "category"), on="sku")
        .group_by("category", month=pl.col("date").dt.month())
        .agg(pl.col("quantity").sum())
    )

    def of(category: str, months: list[int]) -> float:
        return monthly.filter((pl.col("category") == category) & pl.col("month").is_in(months))["quantity"].sum()

    for category in ("茶饮", "饮用水", "气泡水", "功能饮料"):
        assert of(category, [6, 7, 8]) > 1.5 * of(category, [12, 1, 2]), category
    assert of("护肤", [11, 12, 1]) > 1.5 * of("护肤", [6, 7, 8])


def test_shops_fill_up_before_spring_festival_and_close_during_it(table: Any) -> None:
    daily = table("sales").group_by("date").agg(pl.col("quantity").sum())

    def mean(first: date, last: date) -> float:
        return float(daily.filter(pl.col("date").is_between(first, last))["quantity"].mean())

    usual = mean(date(2025, 2, 20), date(2025, 3, 20))
    assert mean(date(2025, 1, 6), date(2025, 1, 24)) > 1.2 * usual
    assert mean(date(2025, 1, 28), date(2025, 2, 2)) < 0.5 * usual


def test_promotions_lift_sales(table: Any) -> None:
    national = table("promotions").filter(pl.col("dealer").is_null() & (pl.col("discount") >= 0.1))
    days = national.with_columns(
        date=pl.date_ranges("starts_on", "ends_on"), before=pl.col("starts_on") - timedelta(days=14)
    )
    sold = table("sales").group_by("date", "sku").agg(pl.col("quantity").sum())
    during = days.explode("date").join(sold, on=["date", "sku"])["quantity"].sum() / days["date"].list.len().sum()
    earlier = days.with_columns(date=pl.date_ranges("before", pl.col("starts_on") - timedelta(days=1)))
    usual = earlier.explode("date").join(sold, on=["date", "sku"])["quantity"].sum() / (14 * days.height)
    assert during > 1.3 * usual


def test_the_cast_is_there(table: Any) -> None:
    dealers, sales, stock = table("dealers"), table("sales"), table("stock")
    recent = stock.filter(pl.col("date") > UNTIL - timedelta(days=60))
    empty = dict(recent.group_by("dealer").agg((pl.col("quantity") == 0).mean()).iter_rows())
    assert empty[CHRONIC] > 0.15
    assert empty[WELL_RUN] < 0.05
    lately = sales.filter(pl.col("date") > UNTIL - timedelta(days=60))
    sold = dict(lately.group_by("dealer").agg(pl.col("quantity").sum()).iter_rows())
    held = dict(recent.group_by("dealer").agg(pl.col("quantity").sum() / 60).iter_rows())
    assert held[OVERSTOCKED] / sold[OVERSTOCKED] > 2 * held[WELL_RUN] / sold[WELL_RUN]
    assert sales.filter(pl.col("dealer") == NEWCOMER).height > 0
    first_goods = table("shipments").filter(pl.col("dealer") == NEWCOMER)["received_on"].min()
    assert first_goods == UNTIL - timedelta(days=27)  # four weeks with the day itself
    profile = dealers.filter(pl.col("dealer") == NEWCOMER).select("customers", "market_growth", "market_share")
    assert profile.null_count().sum_horizontal().item() == 0
    carried = dict(sales.group_by("dealer").agg(pl.col("sku").n_unique()).iter_rows())
    assert carried[ISLAND] == min(carried.values())
    assert dealers["name"].str.len_chars().max() > 35
    assert set(table("products")["life_cycle"]) == {"new", "active", "phase_out", "unlisted"}
    new = table("products").filter(pl.col("life_cycle") == "new")
    assert (new["listed_on"] > UNTIL - timedelta(days=90)).all()
    assert UNTIL - timedelta(days=41) in set(new["listed_on"])  # six weeks, likewise
    assert not sales.join(new, on="sku").is_empty()
    gone = table("products").filter(pl.col("life_cycle") == "unlisted")["sku"]
    assert lately.filter(pl.col("date") > UNTIL - timedelta(days=28), pl.col("sku").is_in(gone.implode())).is_empty()


def test_something_changed_of_late_that_is_there_to_be_found(table: Any) -> None:
    sales = table("sales").with_columns(ago=(pl.lit(UNTIL) - pl.col("date")).dt.total_days())
    assert sales.filter(pl.col("dealer") == SILENT_DEALER)["ago"].min() == SILENT_DAYS
    assert table("stock").filter(pl.col("dealer") == SILENT_DEALER)["date"].max() == UNTIL - timedelta(days=SILENT_DAYS)
    own = sales.filter(pl.col("dealer") == CHANGING_DEALER)
    units, ago = pl.col("quantity"), pl.col("ago")
    sold = own.group_by("sku").agg(
        late=units.filter(ago < STOPPED_AGO).sum(),
        now=units.filter(ago < ROSE_AGO).sum(),
        year_ago=units.filter(ago.is_between(364, 363 + ROSE_AGO)).sum(),
    )
    assert sold.filter(pl.col("year_ago") > 30, pl.col("now") > 0, pl.col("late") == 0).height == 1
    assert sold.filter(pl.col("year_ago") > 100, pl.col("now") > 2.5 * pl.col("year_ago")).height == 1


def test_customers_are_stores_and_persons_with_ages(table: Any) -> None:
    customers = table("customers")
    persons = customers.filter(pl.col("kind") == "person")
    assert set(customers["kind"]) == {"store", "person"}
    assert persons["age_band"].null_count() == 0
    assert customers.filter(pl.col("kind") == "store")["age_band"].drop_nulls().is_empty()
    assert table("sales")["customer"].null_count() / table("sales").height < 0.1


def test_it_says_that_it_is_a_demo(folder: Path) -> None:
    facts = json.loads((folder / "network.json").read_text(encoding="utf-8"))
    assert facts["demo"] is True
    assert "演示" in facts["name"]
    assert (facts["currency"], facts["time_zone"]) == ("CNY", "Asia/Shanghai")


def test_codes_keep_their_leading_zeros(folder: Path, table: Any) -> None:
    assert table("sales")["sku"].str.len_chars().unique().to_list() == [6]
    assert table("sales")["sku"].str.starts_with("0").all()
    assert "\n000" in (folder / "prices.csv").read_text(encoding="utf-8")


def test_the_same_seed_and_day_give_the_same_files(tmp_path: Path) -> None:
    def digest(name: str, seed: int) -> dict[str, str]:
        generate(tmp_path / name, until=UNTIL, seed=seed, scale=0.02)
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((tmp_path / name).iterdir())}

    first = digest("first", 7)
    assert digest("second", 7) == first
    assert digest("first", 7) == first  # again, over the earlier one
    assert digest("third", 8)["stock.parquet"] != first["stock.parquet"]


def test_the_smallest_network_keeps_the_whole_cast(tmp_path: Path) -> None:
    steps: list[str] = []
    generate(tmp_path, until=date(2024, 2, 29), scale=0.001, progress=steps.append)
    assert pl.read_csv(tmp_path / "dealers.csv").height >= 6
    assert pl.read_csv(tmp_path / "products.csv")["life_cycle"].n_unique() == 4
    assert pl.read_csv(tmp_path / "products.csv")["category"].n_unique() == 12
    assert steps


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dealers.csv").write_text("dealer,name\n1,mine\n", encoding="utf-8")
    (tmp_path / "network.json").write_text('{"demo": false}', encoding="utf-8")
    with pytest.raises(FolderInUseError, match=r"network\.json"):
        generate(tmp_path, until=UNTIL, scale=0.02)
    (tmp_path / "network.json").unlink()
    (tmp_path / "budget.xlsx").write_bytes(b"mine")
    with pytest.raises(FolderInUseError, match=r"budget\.xlsx.*empty folder"):
        generate(tmp_path, until=UNTIL, scale=0.02)
    assert "mine" in (tmp_path / "dealers.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("until", "scale", "says"),
    [(UNTIL, 0.0, "share of the full network"), (UNTIL, 2.0, "at most 1"), (date(2060, 1, 1), 0.02, "festivals")],
)
def test_a_wrong_wish_is_answered_in_words(tmp_path: Path, until: date, scale: float, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        generate(tmp_path / "new", until=until, scale=scale)
    assert not (tmp_path / "new").exists()
