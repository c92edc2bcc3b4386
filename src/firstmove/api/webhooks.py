"""Webhooks and what became of their deliveries. They are set up on the page Webhooks."""

import datetime as dt
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from firstmove.api.auth import access
from firstmove.api.paging import Page, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.kernel import tenancy
from firstmove.kernel.webhooks import subscriptions

router = Router(tags=["webhooks"])
_READERS = access("webhooks:read", "enterprise", "dealer", "supplier")


class WebhookOut(Schema):
    """An address that is told about `topics`. `waiting` and `dead` count deliveries on their way and given up."""

    id: int
    name: str
    url: str
    topics: list[str]
    paused_at: dt.datetime | None
    waiting: int
    dead: int


class WebhooksOut(Schema):
    items: list[WebhookOut]


class DeliveryOut(Schema):
    """An event on its way to a webhook. `body` is what is sent; `status` and `error` are of the last attempt."""

    id: int
    subscription_id: int
    topic: str
    state: str
    attempts: int
    created_at: dt.datetime
    tried_at: dt.datetime | None
    next_at: dt.datetime
    status: int | None
    error: str
    body: str


class DeliveriesOut(Paged):
    items: list[DeliveryOut]


@router.get("", response={200: WebhooksOut, **REFUSALS}, auth=_READERS)
def read_webhooks(request: HttpRequest) -> dict[str, Any]:
    """The party's webhooks; the enterprise sees everybody's."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return {"items": subscriptions.subscriptions()}


@router.get("/deliveries", response={200: DeliveriesOut, **REFUSALS}, auth=_READERS)
def read_deliveries(
    request: HttpRequest,
    page: Query[Page],
    state: Annotated[Literal["waiting", "delivered", "dead"] | None, Query()] = None,
) -> dict[str, Any]:
    """Deliveries of the last month, the latest first; `dead` are those that were given up."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return paged(
            "deliveries",
            page,
            lambda place: subscriptions.deliveries(state=state or "", place=place, limit=page.limit),
            state=state,
        )
