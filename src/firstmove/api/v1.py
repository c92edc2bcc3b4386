"""Version 1: its routers, its one way to answer errors, its OpenAPI document."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from firstmove.api import planning, problems, trade

_JSON = "application/json"


class Api(NinjaAPI):
    """As the framework makes it, with problem documents under their own media type."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI document; ``docs/api/openapi.json`` is its snapshot."""
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    if int(status) in problems.REFUSALS and _JSON in response["content"]:
                        response["content"][problems.MEDIA_TYPE] = response["content"].pop(_JSON)
        return schema


api = Api(
    title="firstmove",
    version="1",
    description="Proposals, orders and planning runs, for programs. Amounts are decimals in text.",
    urls_namespace="api",
    # The framework's page of documentation loads scripts from elsewhere.
    docs_url=None,
)
problems.install(api)
api.add_router("", planning.router)
api.add_router("/orders", trade.router)
