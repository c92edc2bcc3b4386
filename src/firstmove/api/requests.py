"""What requests have in common: ids, codes and the words of a search."""

from collections.abc import Collection
from typing import Annotated

from django.utils.translation import gettext as _
from ninja import Path, Query
from pydantic import Field

from firstmove.domains.catalog import queries as catalog
from firstmove.kernel.errors import Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import Actor

_LARGEST = 2**63 - 1

Id = Annotated[int, Path(ge=1, le=_LARGEST)]
# The same in a body, and as a filter that may be left out.
IdIn = Annotated[int, Field(ge=1, le=_LARGEST)]
IdAsked = Annotated[int | None, Query(ge=1, le=_LARGEST)]
# The database keeps no zero character, so it finds none.
Search = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
# A product's code or barcode as people write it.
Code = Annotated[str, Path(min_length=1, max_length=60, pattern=r"^[^\x00]+$")]
CodeIn = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
Note = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


def own_dealer_id(actor: Actor) -> int:
    """The dealer that calls, of an operation for dealers. Raises NotAllowed for anybody else."""
    if actor.dealer_id is None:
        raise NotAllowed()
    return actor.dealer_id


def product_of(code: str) -> catalog.ProductView:
    """The one product of a code or barcode, inside a scope. Raises NotFound for none, Invalid for several."""
    found = catalog.products_by_code(codes=[code]).get(code, [])
    if not found:
        raise NotFound(_("No product has this code."), code="unknown-code", sku=code)
    if len(found) > 1:
        raise Invalid(
            _("Several products have this code."), _("Write it whole, with its zeros."), code="several", field="code"
        )
    return found[0]


def products_of(skus: Collection[str]) -> dict[str, catalog.ProductView]:
    """Products by their codes, inside a scope. Raises Invalid that names those that are unknown."""
    found = {product.sku: product for product in catalog.products_by_sku(skus=skus)}
    unknown = sorted(set(skus) - found.keys())
    if unknown:
        raise Invalid(
            _("Some codes are of no product."),
            _("See errors."),
            code="lines",
            errors=[{"where": ["lines", sku], "what": _("No product has this code.")} for sku in unknown],
        )
    return found
