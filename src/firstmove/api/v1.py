"""Version 1: its routers, its one way to answer errors, its OpenAPI document."""

from typing import Any

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from firstmove.api import (
    accounts,
    carriers,
    carts,
    catalog,
    counts,
    customers,
    inbox,
    incentive_claims,
    incentives,
    invoices,
    network,
    order_lists,
    planning,
    prices,
    problems,
    purchases,
    returns,
    sharing,
    shipments,
    steps,
    stock,
    trade,
    webhooks,
)
from firstmove.api.auth import KeyWith

_JSON = "application/json"
SECURITY_SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "fm_…",
        "description": "A key of the page Keys. An operation names the scope that it wants.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": "A person's session; what changes something wants the CSRF token as X-CSRFToken too.",
    },
}


class Api(NinjaAPI):
    """As the framework makes it, with problem documents under their own media type."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI document; ``docs/api/openapi.json`` is its snapshot."""
        prefix = options.get("path_prefix")
        schema = Document(self, self.get_root_path(options.get("path_params") or {}) if prefix is None else prefix)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    if int(status) in problems.REFUSALS and _JSON in response["content"]:
                        response["content"][problems.MEDIA_TYPE] = response["content"].pop(_JSON)
                        response["description"] = problems.MEANINGS[int(status)]
        schema["components"]["securitySchemes"] = SECURITY_SCHEMES
        return schema


class Document(OpenAPISchema):
    """The framework's, with the scope that an operation wants of a key, and whose accounts may call it."""

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        details = super().operation_details(operation)
        return details | {"x-audiences": sorted(operation.auth_callbacks[0].kinds)}

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        return [
            {"key": [way.scope]} if isinstance(way, KeyWith) else {"session": []} for way in operation.auth_callbacks
        ]


api = Api(
    title="firstmove",
    version="1",
    description="The network, its goods, orders, proposals and plans, for programs. Amounts are decimals in text.",
    urls_namespace="api",
    # The framework's page of documentation loads scripts from elsewhere.
    docs_url=None,
)
problems.install(api)
api.add_router("", network.router)
api.add_router("", catalog.router)
api.add_router("", stock.router)
api.add_router("", counts.router)
api.add_router("", prices.router)
api.add_router("", carts.router)
api.add_router("", order_lists.router)
api.add_router("", steps.router)
api.add_router("", purchases.router)
api.add_router("", customers.router)
api.add_router("", planning.router)
api.add_router("", sharing.router)
api.add_router("/orders", trade.router)
api.add_router("", shipments.router)
api.add_router("/carriers", carriers.router)
api.add_router("/returns", returns.router)
api.add_router("/accounts", accounts.router)
api.add_router("/invoices", invoices.router)
api.add_router("/inbox", inbox.router)
api.add_router("/incentives", incentives.router)
api.add_router("/incentives", incentive_claims.router)
api.add_router("/webhooks", webhooks.router)
