"""What requests have in common: ids, a page of a list, the words of a search."""

from typing import Annotated

from ninja import Path, Query, Schema
from pydantic import Field

MOST_ROWS = 200

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
# The database keeps no zero character, so it finds none.
Search = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]


class Page(Schema):
    """Rows from `offset` on, `limit` at most."""

    offset: int = Field(0, ge=0, le=1_000_000)
    limit: int = Field(50, ge=1, le=MOST_ROWS)
