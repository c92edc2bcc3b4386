"""Long lists in pages of fifty, read from the database page by page."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.core.paginator import Page, Paginator

from firstmove.kernel.paging import AtLeast

PAGE_ROWS = 50


LAST = "last"


class Read(Protocol):
    def __call__(self, *, offset: int, limit: int) -> tuple[Sequence[Any], int]:
        """A page of rows and how many there are in all, as the domains' queries answer.

        One that answers `AtLeast` also takes a negative offset, which counts from the end.
        """


class LongPaginator(Paginator):
    """Of a list that nobody counted to its end; `is_last` is its last page, whose number nobody knows."""

    at_least = True
    is_last = False


def page_of(read: Read, *, query: Mapping[str, str]) -> Page:
    """The page that ``?page=3`` asks for, or ``?page=last``; one that does not exist is the nearest one that does.

    Example: ``page_of(partial(trade.orders, search="oolong"), query=request.GET)``; loop over it, and give it to
    ``{% pagination page %}``.
    """
    asked = query.get("page", "1")
    wanted = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    rows, total = read(offset=(wanted - 1) * PAGE_ROWS, limit=PAGE_ROWS)
    if isinstance(total, AtLeast):
        return _long_page(read, rows, total, wanted, is_last=asked == LAST)
    paginator = Paginator(range(total), PAGE_ROWS)
    page = paginator.get_page(paginator.num_pages if asked == LAST else wanted)
    if page.number != wanted:
        rows, _total = read(offset=(page.number - 1) * PAGE_ROWS, limit=PAGE_ROWS)
    page.object_list = list(rows)
    return page


def _long_page(read: Read, rows: Sequence[Any], total: int, wanted: int, *, is_last: bool) -> Page:
    """One goes on as long as a page is full, beyond what was counted too."""
    counted = max(1, total // PAGE_ROWS)
    if not rows and wanted > counted:
        return page_of(read, query={"page": str(counted)})
    if is_last:
        rows, _total = read(offset=-PAGE_ROWS, limit=PAGE_ROWS)
    more = len(rows) == PAGE_ROWS and not is_last
    paginator = LongPaginator(range(max(total, wanted * PAGE_ROWS + more)), PAGE_ROWS)
    paginator.is_last = is_last
    page = paginator.page(wanted)
    page.object_list = list(rows)
    return page


def listed(rows: Sequence[Any]) -> Read:
    """As `page_of` reads, for rows that are all at hand."""

    def read(*, offset: int, limit: int) -> tuple[Sequence[Any], int]:
        return rows[offset : offset + limit], len(rows)

    return read
