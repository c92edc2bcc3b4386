"""Keeping stock: warehouses, counts, corrections, and the ledger of what moved."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.once import once
from firstmove.api.paging import Page, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import CodeIn, Id, IdAsked, IdIn, product_of, products_of
from firstmove.domains.network import queries as network
from firstmove.domains.stock import counting, queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor

router = Router(tags=["stock"])
_READERS = access("stock:read", "dealer", "enterprise")
_KEEPERS = access("stock:write", "dealer", "enterprise")
Reason = Literal["miscount", "damaged", "expired", "lost", "found", "misbooked", "sample"]
_Units = Annotated[Decimal, Field(ge=0, le=10**9, decimal_places=3)]
_Expected = Annotated[Decimal, Field(ge=-(10**9), le=10**9, decimal_places=3)]


class WarehouseOut(Schema):
    """A warehouse of the account's own party. Goods whose warehouse nobody names lie in the default one."""

    id: int
    dealer_id: int | None
    code: str
    name: str
    is_default: bool
    is_open: bool


class WarehousesOut(Schema):
    items: list[WarehouseOut]


class MovementOut(Schema):
    """Units that came (positive) or went. `kind`: `feed`, `receipt`, `shipment`, `correction`, `transfer`."""

    id: int
    warehouse_id: int
    product_id: int
    sku: str
    batch: str
    expires_on: dt.date | None
    quantity: Decimal
    kind: str
    reason: str
    occurred_on: dt.date
    cause: str


class MovementsOut(Paged):
    items: list[MovementOut]


class CountOut(Schema):
    """A count sheet; it is open until `posted_at`. `differed` of its `lines` found something else than the ledger."""

    id: int
    warehouse_id: int
    counted_on: dt.date
    posted_at: dt.datetime | None
    lines: int
    differed: int


class CountsOut(Paged):
    items: list[CountOut]


class CountLineOut(Schema):
    product_id: int
    sku: str
    product_name: str
    unit: str
    on_hand: Decimal
    expected: Decimal | None
    counted: Decimal | None
    reason: str


class CountDetailOut(Schema):
    """A sheet with what was written down on it."""

    count: CountOut
    lines: list[CountLineOut]


class NewCountIn(Schema):
    model_config = ConfigDict(extra="forbid")

    warehouse_id: IdIn


class ShelfCountIn(Schema):
    """Units on the shelf, and what the ledger said (`on_hand` of the stock) when they were counted: the difference is
    booked, so goods may move meanwhile. A difference has a reason.
    """

    model_config = ConfigDict(extra="forbid")

    sku: CodeIn
    counted: _Units
    expected: _Expected
    reason: Reason | None = None


class CountLinesIn(Schema):
    model_config = ConfigDict(extra="forbid")

    lines: Annotated[list[ShelfCountIn], Field(min_length=1, max_length=2000)]


class PostedOut(Schema):
    """What a posted count changed: products that differed, and units found and missing."""

    count_id: int
    counted: int
    differed: int
    found: Decimal
    missing: Decimal


class CorrectionIn(Schema):
    """Units that came, or with a minus are gone, and why; of a batch where the product is kept by batches."""

    model_config = ConfigDict(extra="forbid")

    warehouse_id: IdIn
    code: CodeIn
    quantity: _Expected
    reason: Reason
    batch: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")] = ""
    expires_on: dt.date | None = None


class CorrectedOut(Schema):
    """What now lies of the product in that warehouse."""

    warehouse_id: int
    product_id: int
    sku: str
    on_hand: Decimal


@router.get("/warehouses", response={200: WarehousesOut, **REFUSALS}, auth=_READERS)
def read_warehouses(request: HttpRequest) -> dict[str, Any]:
    """The warehouses of the account's own party, the default one first."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return {"items": queries.warehouses(dealer_id=actor.dealer_id)}


@router.get("/stock/movements", response={200: MovementsOut, **REFUSALS}, auth=_READERS)
def read_movements(request: HttpRequest, page: Query[Page], product_id: IdAsked = None) -> dict[str, Any]:
    """The ledger of the account's own party, the latest first, of all products or one."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return paged(
            "movements",
            page,
            lambda place: queries.movement_slice(
                dealer_id=actor.dealer_id, product_id=product_id, place=place, limit=page.limit
            ),
            product_id=product_id,
        )


@router.post("/stock/corrections", response={200: CorrectedOut, **REFUSALS}, auth=_KEEPERS)
@once(CorrectedOut, required=True)
def correct_stock(request: HttpRequest, correction: CorrectionIn) -> dict[str, Any]:
    """Book units that were found, lost, damaged. The `Idempotency-Key` keeps it from being booked twice."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        product = product_of(correction.code)
        counting.correct(
            actor=actor,
            warehouse_id=correction.warehouse_id,
            product_id=product.id,
            quantity=correction.quantity,
            reason=correction.reason,
            cause=f"correction:{uuid.uuid4().hex}",
            occurred_on=network.enterprise(now=timezone.now()).business_on,
            batch=correction.batch,
            expires_on=correction.expires_on,
        )
        places = queries.places(dealer_id=actor.dealer_id, product_id=product.id)
        lies = {place.warehouse_id: place.on_hand for place in places}
        return {
            "warehouse_id": correction.warehouse_id,
            "product_id": product.id,
            "sku": product.sku,
            "on_hand": lies.get(correction.warehouse_id, Decimal(0)),
        }


@router.get("/counts", response={200: CountsOut, **REFUSALS}, auth=_READERS)
def read_counts(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Count sheets of the account's own party, the latest first."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return paged(
            "counts",
            page,
            lambda place: queries.count_slice(dealer_id=actor.dealer_id, place=place, limit=page.limit),
        )


@router.post("/counts", response={200: CountDetailOut, **REFUSALS}, auth=_KEEPERS)
@once(CountDetailOut)
def open_count(request: HttpRequest, new: NewCountIn) -> dict[str, Any]:
    """Begin a sheet for a warehouse, or take up the one that is open."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    now = timezone.now()
    today = network.enterprise(now=now).business_on
    return read_count(request, counting.open_count(actor=actor, warehouse_id=new.warehouse_id, today=today, now=now))


@router.get("/counts/{count_id}", response={200: CountDetailOut, **REFUSALS}, auth=_READERS)
def read_count(request: HttpRequest, count_id: Id) -> dict[str, Any]:
    """A sheet with what was written down. What could be counted stands in the stock."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        sheet = queries.count(count_id=count_id, dealer_id=actor.dealer_id)
        lines, _count = queries.count_lines(sheet=sheet, written_only=True, limit=sheet.lines)
        return {"count": sheet, "lines": lines}


@router.put("/counts/{count_id}/lines", response={200: CountDetailOut, **REFUSALS}, auth=_KEEPERS)
def write_count(request: HttpRequest, count_id: Id, written: CountLinesIn) -> dict[str, Any]:
    """Write down what was counted; a product that stands there is counted anew, the others stay."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    read_count(request, count_id)  # a sheet that is not there is told before what would stand on it
    with tenancy.scope(actor):
        products = products_of({line.sku for line in written.lines})
        found = [
            counting.Found(products[line.sku].id, line.counted, line.expected, line.reason or "")
            for line in {line.sku: line for line in written.lines}.values()
        ]
        counting.fill_in(actor=actor, count_id=count_id, found=found)
    return read_count(request, count_id)


@router.post("/counts/{count_id}/posting", response={200: PostedOut, **REFUSALS}, auth=_KEEPERS)
@once(PostedOut)
def post_count(request: HttpRequest, count_id: Id) -> counting.Posted:
    """Book the differences and close the sheet. Posting it again changes nothing."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return counting.post(actor=actor, count_id=count_id, now=timezone.now())
