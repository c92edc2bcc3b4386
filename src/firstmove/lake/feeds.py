"""The contract of every feed: its columns, what they may hold, and the names by which files call them.

A *feed* is one kind of file that an enterprise or a dealer delivers (sales, stock, products …). Codes are text
everywhere, so leading zeros survive. Quantities are units, money is in the installation's currency, shares are 0..1.
"""

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from firstmove.lake.contract import Column, Feed, FeedError, fold

__all__ = ["EARLIEST", "FEEDS", "LARGEST", "Column", "Feed", "FeedError", "detect", "fold"]

EARLIEST = dt.date(1990, 1, 1)
"""No history is older; an earlier date is a typing error such as 0202 for 2024."""

EARLIEST_LISTING = dt.date(1900, 1, 1)
"""Products and prices may be older than any history."""

LARGEST = 1_000_000_000
"""No quantity or price of a line is larger; what is, is a code in the wrong column."""


_TEXT, _NUMBER, _WHOLE, _DATE = pl.String(), pl.Float64(), pl.Int64(), pl.Date()

_A_DATE = ("日期", "业务日期", "单据日期", "day", "business date")
_A_DEALER = (
    "经销商",
    "经销商编码",
    "经销商编号",
    "经销商代码",
    "dealer code",
    "dealer id",
    "distributor",
    "distributor code",
)
_A_CUSTOMER = (
    "客户",
    "客户编码",
    "客户编号",
    "客户代码",
    "门店",
    "门店编码",
    "customer code",
    "customer id",
    "store",
    "store code",
)
_A_SKU = (
    "商品", "商品编码", "商品编号", "商品代码", "产品编码", "产品编号", "产品代码", "货号", "物料编码", "存货编码",
    "product", "product code", "product id", "item", "item code", "item number", "item no", "sku code", "sku id",
)  # fmt: skip
_A_SUPPLIER = (
    "供应商",
    "供应商编码",
    "供应商编号",
    "供应商代码",
    "vendor",
    "supplier code",
    "supplier id",
    "vendor code",
)
_A_QUANTITY = ("数量", "qty", "units", "数量件数", "件数")
_A_ORDER = ("订单号", "订单编号", "订单", "单号", "order no", "order number", "order id", "po number")
_A_ORDER_LINE = ("行号", "订单行", "订单行号", "行", "line no", "line number", "order line")
_A_AMOUNT = ("金额", "销售金额", "销售额", "总金额", "total", "sales amount", "revenue")

_KINDS_CUSTOMER = {
    "store": "store", "shop": "store", "business": "store",
    "门店": "store", "商户": "store", "店铺": "store", "企业": "store",
    "person": "person", "consumer": "person", "individual": "person",
    "个人": "person", "消费者": "person", "会员": "person",
}  # fmt: skip
_KINDS_PRODUCTION = {
    "planned": "planned", "plan": "planned", "计划": "planned", "排产": "planned",
    "actual": "actual", "done": "actual", "实际": "actual", "完工": "actual", "入库": "actual",
}  # fmt: skip


def _dealer(*, required: bool = True) -> Column:
    return Column(name="dealer", dtype=_TEXT, required=required, aliases=_A_DEALER, reference="dealer")


def _sku() -> Column:
    return Column(name="sku", dtype=_TEXT, required=True, aliases=_A_SKU)


def _past(name: str, *aliases: str, required: bool = True) -> Column:
    return Column(name=name, dtype=_DATE, required=required, aliases=aliases, minimum=EARLIEST, past=True)


def _date(name: str, *aliases: str, required: bool = False) -> Column:
    return Column(name=name, dtype=_DATE, required=required, aliases=aliases, minimum=EARLIEST_LISTING)


def _money(name: str, *aliases: str, required: bool = False) -> Column:
    return Column(name=name, dtype=_NUMBER, required=required, aliases=aliases, minimum=0, maximum=LARGEST)


def _days(name: str, *aliases: str, required: bool = False) -> Column:
    return Column(name=name, dtype=_WHOLE, required=required, aliases=aliases, minimum=0, maximum=365)


def _units(name: str, *aliases: str) -> Column:
    return Column(name=name, dtype=_WHOLE, aliases=aliases, minimum=1, maximum=LARGEST)


def _size(name: str, *aliases: str) -> Column:
    """A weight or room, more than nothing."""
    return Column(name=name, dtype=_NUMBER, aliases=aliases, minimum=0.001, maximum=LARGEST)


def _quantity(*, minimum: float) -> Column:
    return Column(
        name="quantity", dtype=_NUMBER, required=True, aliases=_A_QUANTITY, minimum=minimum, maximum=LARGEST
    )  # fmt: skip


def _text(name: str, *aliases: str, required: bool = False) -> Column:
    return Column(name=name, dtype=_TEXT, required=required, aliases=aliases)


_LAT = Column(name="lat", dtype=_NUMBER, aliases=("latitude", "纬度"), minimum=-90, maximum=90)
_LON = Column(name="lon", dtype=_NUMBER, aliases=("longitude", "lng", "经度"), minimum=-180, maximum=180)

_ALL = (
    Feed(
        name="dealers",
        key=("dealer",),
        files=("dealers", "dealer", "distributors", "经销商"),
        ascending=(("lead_time_min_days", "lead_time_max_days"),),
        columns=(
            _text("dealer", *_A_DEALER, required=True),
            _text("name", "经销商名称", "名称", "dealer name", "distributor name", required=True),
            _text("region", "区域", "大区", "地区"),
            _text("city", "城市"),
            _text("tier", "等级", "级别", "经销商等级", "level"),
            _LAT,
            _LON,
            Column(
                name="customers",
                dtype=_WHOLE,
                aliases=("market_customers", "客户数", "市场客户数"),
                minimum=0,
                maximum=LARGEST,
            ),
            _money("credit_limit", "信用额度", "授信额度"),
            _days("terms_days", "账期", "账期天数", "payment terms"),
            _days("lead_time_min_days", "最短到货天数", "最短交期"),
            _days("lead_time_max_days", "最长到货天数", "最长交期"),
            Column(
                name="review_days",
                dtype=_WHOLE,
                aliases=("订货周期", "订货周期天数", "order cycle days"),
                minimum=1,
                maximum=365,
            ),
            _money("minimum_order_amount", "最低订货金额", "起订金额", "minimum order value"),
            _size("minimum_order_kg", "最低订货重量", "起订重量", "minimum order weight"),
            _money("order_budget", "订货预算", "每单预算", "budget", "budget per order"),
            _text("order_weekdays", "订货日", "订货星期", "order days"),
            _text("delivery_weekdays", "送货日", "送货星期", "配送日", "delivery days"),
            _size("truck_pallets", "整车托盘数", "每车托盘数", "pallets per truck"),
            _size("truck_kg", "整车载重", "每车载重", "truck capacity"),
            _money("freight_per_truck", "整车运费", "每车运费", "truck freight"),
            _money("freight_per_pallet", "托盘运费", "每托运费", "pallet freight"),
            Column(
                name="market_growth",
                dtype=_NUMBER,
                aliases=("市场增长率", "growth"),
                share=True,
                minimum=-1,
                maximum=10,
            ),
            Column(
                name="market_share",
                dtype=_NUMBER,
                aliases=("市场份额", "市场占有率", "share"),
                share=True,
                minimum=0,
                maximum=1,
            ),
        ),
    ),
    Feed(
        name="suppliers",
        key=("supplier",),
        files=("suppliers", "supplier", "vendors", "供应商"),
        columns=(
            _text("supplier", *_A_SUPPLIER, required=True),
            _text("name", "供应商名称", "名称", "supplier name", "vendor name", required=True),
        ),
    ),
    Feed(
        name="products",
        key=("sku",),
        files=("products", "product", "items", "catalog", "catalogue", "商品", "产品", "商品档案", "产品档案"),
        columns=(
            _sku(),
            _text("name", "品名", "商品名称", "产品名称", "名称", "product name", "description", required=True),
            _text("category", "分类", "品类", "类别", "商品分类"),
            _text("supplier", *_A_SUPPLIER),
            _text("supplier_name", "供应商名称", "vendor name"),
            Column(
                name="volume_ml",
                dtype=_NUMBER,
                aliases=("容量", "净含量", "规格毫升", "volume"),
                minimum=0,
                maximum=LARGEST,
            ),
            _size("weight_kg", "重量", "单位重量", "毛重", "weight", "unit weight"),
            _units("units_per_pallet", "托盘数量", "每托数量", "units on a pallet"),
            Column(
                name="shelf_life_days",
                dtype=_WHOLE,
                aliases=("保质期", "保质期天数", "shelf life"),
                minimum=1,
                maximum=10_000,
            ),
            _text("unit", "单位", "计量单位"),
            _units("pack", "箱规", "装箱数", "每箱数量", "case size", "units per case"),
            _units("minimum", "起订量", "最小起订量", "moq", "minimum order quantity"),
            _units("multiple", "inner_pack", "订货倍数", "中包数", "order multiple"),
            _units("carton", "整箱", "整箱数量", "整箱起售", "whole carton", "sold in cartons of"),
            _money("unit_cost", "进价", "采购价", "成本价", "cost"),
            _money("unit_price", "售价", "销售价", "零售价", "单价", "price"),
            _text("barcode", "条码", "条形码", "国条码", "ean", "gtin", "upc"),
            _date("listed_on", "上市日期", "上架日期", "listed", "launch date"),
            Column(
                name="tax_rate",
                dtype=_NUMBER,
                aliases=("税率", "增值税率", "vat", "vat rate", "tax"),
                share=True,
                minimum=0,
                maximum=1,
            ),
            _text("life_cycle", "生命周期", "状态", "lifecycle", "status"),
        ),
    ),
    Feed(
        name="customers",
        key=("dealer", "customer"),
        files=("customers", "customer", "stores", "客户", "门店", "会员"),
        columns=(
            _text("customer", *_A_CUSTOMER, required=True),
            _text("name", "客户名称", "门店名称", "名称", "姓名", "customer name", "store name", required=True),
            _dealer(),
            Column(
                name="kind",
                dtype=_TEXT,
                aliases=("客户类型", "类型", "customer type"),
                kinds=_KINDS_CUSTOMER,
                default="store",
            ),
            _text("city", "城市"),
            _text("zip", "邮编", "邮政编码", "zip code", "postcode", "postal code"),
            _text("age_band", "年龄段", "年龄", "age"),
            _text("segment", "细分", "客群", "客户分类"),
            _LAT,
            _LON,
        ),
    ),
    Feed(
        name="prices",
        key=("sku", "list", "contract", "dealer", "tier", "region", "from_quantity", "valid_from"),
        files=("prices", "price", "pricelist", "价格", "价目"),
        ascending=(("valid_from", "valid_to"),),
        columns=(
            _sku(),
            _money("price", "价格", "单价", "供货价", "经销价", "unit price", required=True),
            _dealer(required=False),
            _text("tier", "等级", "级别", "经销商等级", "dealer tier", "level"),
            _text("region", "区域", "大区", "地区"),
            _text("contract", "合同", "合同号", "合同编号", "contract no", "contract number"),
            _text("list", "价目表", "价格表", "价格清单", "price list", "list name"),
            _units("from_quantity", "起始数量", "阶梯数量", "数量起", "from qty", "break quantity", "minimum quantity"),
            _date("valid_from", "生效日期", "开始日期", "from", "start date"),
            _date("valid_to", "失效日期", "结束日期", "截止日期", "to", "until", "end date"),
        ),
    ),
    Feed(
        name="promotions",
        key=("promotion", "sku", "dealer", "starts_on"),
        files=("promotions", "promotion", "promos", "促销", "活动"),
        ascending=(("starts_on", "ends_on"),),
        columns=(
            _text("promotion", "促销", "促销编码", "活动", "活动编码", "promotion code", "promotion id", required=True),
            _sku(),
            _date("starts_on", "开始日期", "开始", "start", "start date", required=True),
            _date("ends_on", "结束日期", "结束", "end", "end date", required=True),
            _dealer(required=False),
            Column(
                name="discount", dtype=_NUMBER, aliases=("折扣", "折扣率", "让利"), share=True, minimum=0, maximum=1
            ),
            _text("name", "促销名称", "活动名称", "名称", "promotion name"),
        ),
    ),
    Feed(
        name="sales",
        table="sales",
        key=("line",),
        files=("sales", "sellout", "销售", "销售明细", "流水"),
        columns=(
            _past("date", *_A_DATE, "销售日期", "sold on", "sale date", "invoice date"),
            _text(
                "line",
                "明细号",
                "流水号",
                "单据号",
                "小票号",
                "单据行号",
                "行号",
                "line id",
                "invoice line",
                required=True,
            ),
            _dealer(),
            _text("customer", *_A_CUSTOMER),
            _sku(),
            Column(
                name="quantity",
                dtype=_NUMBER,
                required=True,
                aliases=(*_A_QUANTITY, "销售数量", "销量"),
                nonzero=True,
                minimum=-LARGEST,
                maximum=LARGEST,
            ),
            Column(name="amount", dtype=_NUMBER, aliases=_A_AMOUNT, minimum=-LARGEST, maximum=LARGEST),
        ),
    ),
    Feed(
        name="orders",
        table="orders",
        key=("dealer", "order", "line"),
        files=("orders", "order", "sellin", "订单", "订货"),
        columns=(
            _text("order", *_A_ORDER, required=True),
            _text("line", *_A_ORDER_LINE, required=True),
            _dealer(),
            _sku(),
            _past("ordered_on", *_A_DATE, "订货日期", "下单日期", "订单日期", "order date"),
            Column(
                name="quantity",
                dtype=_NUMBER,
                required=True,
                aliases=(*_A_QUANTITY, "订货数量"),
                minimum=0,
                maximum=LARGEST,
            ),
            _money("price", "单价", "价格", "unit price"),
            _date("expected_on", "预计到货日期", "要求到货日期", "交货日期", "expected date", "due date"),
        ),
    ),
    Feed(
        name="shipments",
        table="shipments",
        key=("dealer", "order", "line", "shipped_on"),
        files=("shipments", "shipment", "deliveries", "发货", "出库"),
        columns=(
            _text("order", *_A_ORDER, required=True),
            _text("line", *_A_ORDER_LINE, required=True),
            _dealer(),
            _sku(),
            _past("shipped_on", "发货日期", "出库日期", "ship date", "shipped date"),
            Column(
                name="quantity",
                dtype=_NUMBER,
                required=True,
                aliases=(*_A_QUANTITY, "发货数量"),
                minimum=0,
                maximum=LARGEST,
            ),
            _past("received_on", "到货日期", "收货日期", "签收日期", "received date", "delivery date", required=False),
        ),
    ),
    Feed(
        name="stock",
        table="stock_daily",
        key=("date", "dealer", "sku"),
        files=("stock", "inventory", "库存"),
        columns=(
            _past("date", *_A_DATE, "库存日期", "盘点日期", "stock date"),
            _dealer(),
            _sku(),
            Column(
                name="quantity",
                dtype=_NUMBER,
                required=True,
                aliases=(*_A_QUANTITY, "库存", "库存数量", "on hand", "stock"),
                minimum=0,
                maximum=LARGEST,
            ),
        ),
    ),
    Feed(
        name="warehouse",
        table="warehouse_daily",
        key=("date", "sku"),
        files=("warehouse", "企业库存", "成品库存", "总仓库存"),
        columns=(
            _past("date", *_A_DATE, "库存日期", "盘点日期", "stock date"),
            _sku(),
            # Not called quantity: a file of date, sku and quantity alone is production.
            Column(
                name="on_hand",
                dtype=_NUMBER,
                required=True,
                aliases=("现有库存", "库存", "库存数量", "on hand", "stock", "warehouse stock"),
                minimum=0,
                maximum=LARGEST,
            ),
        ),
    ),
    Feed(
        name="supply",
        key=("sku",),
        files=("supply", "supplyterms", "供货条件", "生产条件"),
        columns=(
            _sku(),
            _days("supply_days", "供货天数", "生产周期", "采购周期", "supply lead time", required=True),
            _units("lot_minimum", "最小批量", "minimum lot", "supplier minimum"),
            _units("lot_multiple", "批量倍数", "lot size", "supplier multiple"),
            _text("production_line", "产线", "生产线", "line"),
            Column(
                name="use_per_unit",
                dtype=_NUMBER,
                aliases=("单位耗用", "单位工时", "hours per unit"),
                minimum=0,
                maximum=LARGEST,
            ),
        ),
    ),
    Feed(
        name="capacity",
        key=("production_line", "starts_on"),
        files=("capacity", "产能"),
        columns=(
            _text("production_line", "产线", "生产线", "line", required=True),
            Column(
                name="a_week",
                dtype=_NUMBER,
                required=True,
                aliases=("周产能", "每周产能", "capacity a week", "weekly capacity"),
                minimum=0,
                maximum=LARGEST,
            ),
            _date("starts_on", "开始日期", "生效日期", "from", "start date"),
        ),
    ),
    Feed(
        name="lead_times",
        key=("dealer", "supplier"),
        files=("leadtimes", "leadtime", "交期", "到货周期"),
        ascending=(("minimum_days", "maximum_days"),),
        columns=(
            _dealer(),
            _days("minimum_days", "最短天数", "最短交期", "min days", required=True),
            _days("maximum_days", "最长天数", "最长交期", "max days", required=True),
            Column(name="supplier", dtype=_TEXT, aliases=_A_SUPPLIER, reference="supplier"),
        ),
    ),
    Feed(
        name="payments",
        key=("dealer", "reference"),
        files=("payments", "payment", "collections", "收款", "回款", "收款明细", "付款"),
        columns=(
            _past("date", *_A_DATE, "收款日期", "到账日期", "paid on", "payment date"),
            _dealer(),
            _text(
                "reference", "收款单号", "流水号", "凭证号", "银行流水号", "payment number", "payment no", required=True
            ),
            _money("amount", "金额", "收款金额", "到账金额", "payment amount", required=True),
            _text("orders", "订单号", "对应订单", "核销订单", "for orders", "order numbers"),
        ),
    ),
    Feed(
        name="production",
        table="production",
        key=("date", "sku", "kind"),
        files=("production", "生产", "排产"),
        columns=(
            Column(
                name="date",
                dtype=_DATE,
                required=True,
                aliases=(*_A_DATE, "生产日期", "production date"),
                minimum=EARLIEST,
                past=True,
                past_unless=("kind", "planned"),
            ),
            _sku(),
            Column(
                name="quantity",
                dtype=_NUMBER,
                required=True,
                aliases=(*_A_QUANTITY, "生产数量", "产量"),
                minimum=0,
                maximum=LARGEST,
            ),
            Column(name="kind", dtype=_TEXT, aliases=("类型", "计划实际"), kinds=_KINDS_PRODUCTION, default="actual"),
            Column(name="supplier", dtype=_TEXT, aliases=_A_SUPPLIER, reference="supplier"),
        ),
    ),
)

FEEDS: dict[str, Feed] = {feed.name: feed for feed in _ALL}

_CJK = re.compile(r"[\u4e00-\u9fff]")


def detect(path: str | Path, columns: Sequence[str]) -> str:
    """Say which feed a file is: by its name where that names one feed, else by its header.

    >>> detect("sales_2019.parquet", ["date", "line", "dealer", "sku", "quantity"])
    'sales'

    Raises FeedError `unknown_feed` or `ambiguous_feed`; both name the feeds that would be understood.
    """
    named = _named(Path(path).stem)
    if len(named) == 1:
        return named[0]
    fits = {
        name: len(matched)
        for name in (named or FEEDS)
        if (matched := FEEDS[name].match(columns)).keys() >= set(FEEDS[name].required)
    }
    best = [name for name, count in fits.items() if count == max(fits.values())]
    if len(best) == 1:
        return best[0]
    if best:
        raise FeedError(
            "ambiguous_feed",
            f"{Path(path).name}: the header fits {_listed(best)} alike. Name the file after its feed "
            f"(for example {best[0]}.csv) or say which feed it is.",
        )
    raise FeedError(
        "unknown_feed",
        f"{Path(path).name}: neither its name nor its header ({_listed(columns[:12])}) is known. Name the file after "
        f"one of {_listed(FEEDS)}, or rename its columns to those of the feed.",
    )


def _named(stem: str) -> list[str]:
    """Return the feeds that a file's name mentions: English by whole words (one or two), Chinese anywhere."""
    text = unicodedata.normalize("NFKC", stem).casefold()
    words = [word for word in re.split(r"[^a-z]+", text) if word]
    spoken = {*words, *("".join(pair) for pair in itertools.pairwise(words))}
    return [
        feed.name
        for feed in FEEDS.values()
        if any(word in text if _CJK.search(word) else word in spoken for word in feed.files)
    ]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
