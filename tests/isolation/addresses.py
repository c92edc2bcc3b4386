"""Every address of the URL conf, filled with objects of the dealer."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")

# What stands for a parameter. A new parameter needs an entry here, and, where it names something of a dealer's, below.
FILLERS: dict[str, Callable[..., object]] = {
    "address_id": lambda busy: busy.address_id,
    "adjustment_id": lambda busy: busy.incentives.adjustment_id,
    "alert_id": lambda busy: busy.alert_id,
    "anything": lambda _: "nothing-here",
    "batch_id": lambda busy: busy.batch_id,
    "carrier_id": lambda _: 1,
    "code": lambda _: "000009",
    "channel_id": lambda busy: busy.channel_id,
    "claim_id": lambda busy: busy.claim_id,
    "count_id": lambda busy: busy.count_id,
    "dealer_id": lambda busy: busy.cast.dealer_id,
    "entry_id": lambda _: 1,
    "invoice_id": lambda busy: busy.invoice_id,
    "giver_id": lambda busy: busy.cast.rival_id,
    "key_id": lambda busy: busy.key_id,
    "list_id": lambda busy: busy.list_id,
    "message_id": lambda busy: busy.message_id,
    "number": lambda _: 1,
    "order_id": lambda busy: busy.order_id,
    "part_id": lambda busy: busy.incentives.part_id,
    "period_id": lambda busy: busy.incentives.period_id,
    "price_id": lambda busy: busy.price_id,
    "price_list_id": lambda busy: busy.price_list_id,
    "product_id": lambda busy: busy.scene.products["000009"],
    "programme_id": lambda busy: busy.incentives.programme_id,
    "proposal_id": lambda busy: busy.scene.proposal_id,
    "purchase_id": lambda busy: busy.purchase_id,
    "rebate_claim_id": lambda busy: busy.incentives.claim_id,
    "rebate_dispute_id": lambda busy: busy.incentives.dispute_id,
    "rebate_id": lambda busy: busy.incentives.statement_id,
    "rebate_statement_id": lambda busy: busy.incentives.statement_id,
    "replay_id": lambda busy: busy.replay_id,
    "return_id": lambda busy: busy.return_id,
    "month": lambda _: "2026-02",
    "note_id": lambda busy: busy.note_id,
    "round_id": lambda busy: busy.round_id,
    "run_id": lambda busy: busy.run_id,
    "shipment_id": lambda busy: busy.shipment_id,
    "step": lambda _: "order_review",
    "supplier_id": lambda busy: busy.cast.supplier_id,
    "taker_id": lambda busy: busy.cast.dealer_id,
    "tier_id": lambda busy: busy.incentives.tier_id,
    "token": lambda _: "never-given-out",
    "uid": lambda busy: urlsafe_base64_encode(force_bytes(busy.cast.buyer.user_id)),
    "user_id": lambda busy: busy.cast.buyer.user_id,
    "warehouse_id": lambda busy: busy.warehouse_id,
    "webhook_id": lambda busy: busy.webhook_id,
}
# Parameters whose object is the dealer's own: nobody else may be shown a page about it.
OWNED = {
    "address_id", "adjustment_id", "alert_id", "channel_id", "claim_id", "count_id", "dealer_id", "invoice_id",
    "key_id", "list_id", "message_id", "note_id", "order_id", "part_id", "price_id", "price_list_id", "proposal_id",
    "rebate_claim_id", "rebate_dispute_id", "rebate_id", "rebate_statement_id", "replay_id", "return_id",
    "shipment_id", "taker_id", "user_id", "warehouse_id", "webhook_id",
}  # fmt: skip


@dataclass(frozen=True)
class Address:
    """`audience` is the namespace: "account" for everybody, "dealer", "enterprise", "api"."""

    route: str
    audience: str

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.route)

    @property
    def is_owned(self) -> bool:
        return not OWNED.isdisjoint(self.parameters)

    def filled(self, busy) -> str:
        unknown = set(self.parameters) - set(FILLERS)
        if unknown:
            raise AssertionError(
                f"/{self.route}: say in tests/isolation/addresses.py what stands for {sorted(unknown)}"
            )
        return "/" + _PARAMETER.sub(lambda match: str(FILLERS[match[1]](busy)), self.route)


def every_address() -> list[Address]:
    return list(_walk(get_resolver(), prefix="", audience=""))


def _walk(resolver: URLResolver, *, prefix: str, audience: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Address(route, audience)
        else:
            yield from _walk(entry, prefix=route, audience=entry.namespace or audience)
