"""Long lists in pages of fifty, read from the database page by page."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.core.paginator import Page, Paginator

PAGE_ROWS = 50


class Read(Protocol):
    def __call__(self, *, offset: int, limit: int) -> tuple[Sequence[Any], int]:
        """A page of rows and how many there are in all, as the domains' queries answer."""


def page_of(read: Read, *, query: Mapping[str, str]) -> Page:
    """The page that ``?page=3`` asks for; a page that does not exist is the nearest one that does.

    Example: ``page_of(partial(trade.orders, search="oolong"), query=request.GET)``; loop over it, and give it to
    ``{% pagination page %}``.
    """
    asked = query.get("page", "1")
    wanted = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    rows, total = read(offset=(wanted - 1) * PAGE_ROWS, limit=PAGE_ROWS)
    page = Paginator(range(total), PAGE_ROWS).get_page(wanted)
    if page.number != wanted:
        rows, _total = read(offset=(page.number - 1) * PAGE_ROWS, limit=PAGE_ROWS)
    page.object_list = list(rows)
    return page


def listed(rows: Sequence[Any]) -> Read:
    """As `page_of` reads, for rows that are all at hand."""

    def read(*, offset: int, limit: int) -> tuple[Sequence[Any], int]:
        return rows[offset : offset + limit], len(rows)

    return read
