"""Where carriers tell what becomes of shipments, by requests signed as our own webhooks are.

A carrier is no party: it has no key, no session and no scope, so this endpoint stands outside the contract of those
that have (`openapi.json`). What it takes and answers stands in docs/guide/api.md.
"""

import datetime as dt
from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, ConfigDict, Field

from firstmove.api.problems import REFUSALS, SignedOut
from firstmove.api.requests import Id
from firstmove.domains.trade import operations

router = Router(tags=["trade"])
_LONGEST_ID = 100


class NoticeIn(Schema):
    """Where goods are: `at` is when that happened, with its time zone."""

    # Programs of carriers send more than we read.
    model_config = ConfigDict(extra="ignore")

    tracking_number: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
    status: Literal["picked_up", "in_transit", "exception", "out_for_delivery", "delivered", "returned"]
    at: AwareDatetime


class ToldOut(Schema):
    """What became of it: "applied", "older" than what was known, or "unknown", kept until a shipment has the number."""

    tracking_number: str
    outcome: str
    shipments: int


def signed_by_carrier(request: HttpRequest) -> str:
    """The message's id, if the carrier that the address names signed it just now. Raises SignedOut.

    An unknown carrier, a wrong signature and an old one are told alike: whoever guesses learns nothing.
    """
    match = request.resolver_match
    carrier_id = match.kwargs["carrier_id"] if match is not None else ""
    message_id = request.headers.get("webhook-id", "")
    genuine = (
        str(carrier_id).isascii()
        and str(carrier_id).isdigit()
        and len(str(carrier_id)) < 19
        and message_id.isascii()
        and message_id.isprintable()
        and 0 < len(message_id) <= _LONGEST_ID
        and operations.is_from_carrier(
            carrier_id=int(carrier_id),
            message_id=message_id,
            timestamp=request.headers.get("webhook-timestamp", ""),
            body=request.body,
            signatures=request.headers.get("webhook-signature", ""),
            now=timezone.now(),
        )
    )
    if not genuine:
        raise SignedOut(
            _("This request is not signed with the carrier's secret."),
            _("Sign id, timestamp and body as it is sent, within five minutes; see the guide of the API."),
            code="wrong-signature",
        )
    return message_id


@router.post(
    "/{carrier_id}/notices",
    response={200: ToldOut, 202: ToldOut, **REFUSALS},
    auth=signed_by_carrier,
    include_in_schema=False,
)
def hear_carrier(request: HttpRequest, carrier_id: Id, notice: NoticeIn) -> Status[operations.Told]:
    """Show on a shipment where it is. 202: no shipment has the number yet, and the notice is kept."""
    told = operations.hear_carrier(
        carrier_id=carrier_id,
        message_id=request.auth,  # type: ignore[attr-defined]
        tracking_number=notice.tracking_number,
        status=notice.status,
        at=notice.at.astimezone(dt.UTC),
        now=timezone.now(),
    )
    return Status(202 if told.outcome == "unknown" else 200, told)
