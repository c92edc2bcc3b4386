"""Every feed, in every format, with the headers of a Chinese ERP: codes keep their zeros and nothing is set aside."""

import datetime as dt
import io
from decimal import Decimal

import polars as pl
import pytest

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.customers import queries as customers
from firstmove.domains.intake import operations
from firstmove.domains.network import queries as network
from firstmove.kernel import tenancy
from firstmove.lake.scope import LakeScope
from tests.cast import NOW
from tests.intake.conftest import FORMATS, counts, suffix, write

FILES = {
    "供应商": (["供应商编码", "供应商名称"], ["0071", "玻璃瓶厂"]),
    "经销商": (
        ["经销商编码", "经销商名称", "区域", "城市", "客户数", "信用额度", "账期", "最短到货天数", "最长到货天数"],
        ["0007", "苏州恒泰", "华东", "苏州", "36", "1,000.50", "30", "3", "9"],
    ),
    "商品档案": (
        ["商品编码", "品名", "分类", "供应商编码", "箱规", "起订量", "订货倍数", "进价", "售价", "上市日期", "状态"],
        ["000456", "乌龙茶", "茶饮", "S-1", "12", "2", "6", "¥2.5", "4", "2024年1月31日", "在售"],
    ),
    "门店": (["客户编码", "客户名称", "经销商", "客户类型", "邮编"], ["00091", "南门店", "D-1", "门店", "01067"]),
    "价目表": (["商品编码", "价格", "经销商", "生效日期"], ["000123", "3.20", "D-1", "2026/1/1"]),
    "促销": (
        ["活动编码", "商品编码", "开始日期", "结束日期", "折扣"],
        ["0618", "000123", "2026-03-01", "2026-03-20", "15%"],
    ),
    "供货条件": (["商品编码", "供货天数", "最小批量", "产线"], ["000123", "10", "600", "L01"]),
    "产能": (["产线", "周产能"], ["L01", "5000"]),
    "企业库存": (["日期", "商品编码", "库存数量"], ["2026-02-26", "000123", "800"]),
    "交期": (["经销商", "最短天数", "最长天数"], ["D-1", "4", "8"]),
    "销售明细": (
        ["日期", "小票号", "经销商", "客户", "商品编码", "数量", "金额"],
        ["2026-02-27", "0001", "D-1", "00091", "000123", "３", "12.00"],
    ),
    "订货": (
        ["订单号", "行号", "经销商", "商品编码", "订货日期", "数量"],
        ["0042", "01", "D-1", "000123", "20260220", "24"],
    ),
    "发货": (
        ["订单号", "行号", "经销商", "商品编码", "发货日期", "数量", "到货日期"],
        ["0042", "01", "D-1", "000123", "2026-02-22", "24", "2026-02-25"],
    ),
    "库存": (["日期", "经销商", "商品编码", "库存数量"], ["2026-02-26", "D-1", "000123", "17"]),
    "生产": (["生产日期", "商品编码", "产量", "类型"], ["2026-03-09", "000123", "500", "计划"]),
}  # fmt: skip


@pytest.fixture
def product(cast):
    from firstmove.domains.catalog.operations import upsert_products

    upsert_products(rows=[{"sku": "000123", "name": "苏打水"}])


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_with_every_feed_is_taken_whole(product, lake, inbox, form):
    for name, (header, row) in FILES.items():
        write(inbox / f"{name}.{suffix(form)}", header, [row], form=form)
    report = operations.take_in(path=inbox, now=NOW)
    assert [(file.feed, counts(file)) for file in report.files] == [
        ("suppliers", (1, 1, 0, 0, 0)),
        ("dealers", (1, 1, 0, 0, 0)),
        ("products", (1, 1, 0, 0, 0)),
        ("customers", (1, 1, 0, 0, 0)),
        ("supply", (1, 1, 0, 0, 0)),
        ("capacity", (1, 1, 0, 0, 0)),
        ("prices", (1, 1, 0, 0, 0)),
        ("lead_times", (1, 0, 1, 0, 0)),
        ("promotions", (1, 1, 0, 0, 0)),
        ("orders", (1, 1, 0, 0, 0)),
        ("shipments", (1, 1, 0, 0, 0)),
        ("stock", (1, 1, 0, 0, 0)),
        ("warehouse", (1, 1, 0, 0, 0)),
        ("production", (1, 1, 0, 0, 0)),
        ("sales", (1, 1, 0, 0, 0)),
    ]
    everything_is_as_it_was_written(lake)


def everything_is_as_it_was_written(lake):
    with tenancy.scope(tenancy.SYSTEM):
        assert "0071" in network.supplier_ids_by_code()
        dealers = {dealer.code: dealer for dealer in network.dealers()}
        [tea] = [row for row in catalog.products(search="000456")[0] if row.sku == "000456"]
        soda = catalog.product_ids_by_sku()["000123"]
        [store] = customers.customers(dealer_id=dealers["D-1"].id)[0]
        prices = catalog.dealer_prices(dealer_id=dealers["D-1"].id, on=dt.date(2026, 3, 2))
        [promotion] = catalog.promotions(on=dt.date(2026, 3, 2))
    new = dealers["0007"]
    assert (new.name, new.region, new.city, new.market_customers) == ("苏州恒泰", "华东", "苏州", 36)
    assert (new.credit_limit, new.terms_days, new.lead_time_min_days, new.lead_time_max_days) == (
        Decimal("1000.50"),
        30,
        3,
        9,
    )
    assert (dealers["D-1"].lead_time_min_days, dealers["D-1"].lead_time_max_days) == (4, 8)
    assert (tea.name, tea.supplier_name, tea.pack, tea.minimum, tea.multiple) == ("乌龙茶", "Bottle Maker", 12, 2, 6)
    assert (tea.unit_price, tea.listed_on, tea.life_cycle) == (Decimal(4), dt.date(2024, 1, 31), "active")
    assert (store.code, store.kind) == ("00091", "store")
    assert prices == {soda: Decimal("3.20")}
    assert (promotion.code, promotion.discount) == ("0618", 0.15)

    def only(table: str) -> dict:
        [row] = lake.read(table=table, scope=LakeScope.system()).to_dicts()
        return row

    sold = only("sales")
    assert (sold["line"], sold["customer"], sold["sku"], sold["quantity"]) == ("0001", "00091", "000123", 3.0)
    assert (only("orders")["order"], only("orders")["order_line"]) == ("0042", "01")
    assert only("shipments")["received_on"] == dt.date(2026, 2, 25)
    assert only("stock_daily")["quantity"] == 17
    assert (only("production")["kind"], only("production")["date"]) == ("planned", dt.date(2026, 3, 9))


def test_columns_that_a_master_file_lacks_stay_as_they_are(take):
    report = take("dealers.csv", "dealer,name\nD-1,Dealer One Renamed\n")
    assert counts(report) == (1, 0, 1, 0, 0)
    with tenancy.scope(tenancy.SYSTEM):
        dealer = next(row for row in network.dealers() if row.code == "D-1")
    assert (dealer.name, dealer.city, dealer.credit_limit) == ("Dealer One Renamed", "Ames", Decimal("50000.00"))


def test_a_product_that_sales_made_known_is_listed_once_a_file_lists_it(take):
    take("sales.csv", "date,line,dealer,sku,quantity\n2026-02-01,1,D-1,00077,2\n")
    with tenancy.scope(tenancy.SYSTEM):
        assert catalog.products(search="00077")[0][0].life_cycle == "unlisted"
    take("products.csv", "sku,name\n00077,Lemonade\n")
    with tenancy.scope(tenancy.SYSTEM):
        assert catalog.products(search="00077")[0][0].life_cycle == "active"


def test_a_supplier_that_only_the_products_name_is_made_known(take):
    take("products.csv", "sku,name,supplier,supplier_name\n1,Tea,S-9,Tea Garden\n2,Cola,S-8,\n")
    with tenancy.scope(tenancy.SYSTEM):
        names = {row.code: row.name for row in network.suppliers()}
        assert catalog.products(search="tea")[0][0].supplier_name == "Tea Garden"
    assert (names["S-9"], names["S-8"]) == ("Tea Garden", "S-8")


def test_lead_times_by_supplier_span_all_of_a_dealers_suppliers(take):
    take("suppliers.csv", "supplier,name\nS-2,Second\n")
    take(
        "lead_times.csv", "dealer,minimum_days,maximum_days,supplier\nD-1,3,5,S-1\nD-1,4,9,S-2\nD-2,2,3,\nD-2,7,8,S-1\n"
    )
    with tenancy.scope(tenancy.SYSTEM):
        found = {row.code: (row.lead_time_min_days, row.lead_time_max_days) for row in network.dealers()}
    assert found == {"D-1": (3, 9), "D-2": (2, 3)}


def test_other_files_of_a_folder_are_named_and_left_alone(product, lake, inbox):
    (inbox / "README.md").write_text("about these files")
    (inbox / ".hidden.csv").write_text("x")
    (inbox / "~$sales.xlsx").write_text("a spreadsheet program's lock")
    write(inbox / "sales.csv", *[FILES["销售明细"][0], [FILES["销售明细"][1]]], form="csv")
    report = operations.take_in(path=inbox, now=NOW)
    assert [file.file for file in report.files] == ["sales.csv"]
    assert report.left_alone == ("README.md",)


def test_typed_parquet_and_text_are_the_same_rows(take):
    take("sales.csv", "date,line,dealer,sku,quantity\n2026-02-01,1,D-1,00077,2\n")
    frame = pl.DataFrame(
        {"date": [dt.date(2026, 2, 1)], "line": ["1"], "dealer": ["D-1"], "sku": ["00077"], "quantity": [2]}
    )
    content = io.BytesIO()
    frame.write_parquet(content)
    assert counts(take("sales.parquet", content.getvalue())) == (1, 0, 0, 1, 0)
