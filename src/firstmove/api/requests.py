"""What requests have in common: ids, and the words of a search."""

from typing import Annotated

from ninja import Path, Query

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
# The database keeps no zero character, so it finds none.
Search = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
