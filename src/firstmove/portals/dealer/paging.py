"""Pages of a list of which a query gives one page and the count."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PAGE_SIZE = 50


def page_of(
    request: HttpRequest, read: Callable[[int, int], tuple[Sequence[Any], int]], *, size: int = PAGE_SIZE
) -> Page[Any]:
    """The page that ``?page=`` asks for; a number past the end or no number at all shows the first.

    `read(offset, limit)` gives the rows and how many there are in all.
    """
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isdecimal() and len(asked) < 7 and int(asked) > 0 else 1
    rows, count = read((number - 1) * size, size)
    if not rows and number > 1:
        number = 1
        rows, count = read(0, size)
    return Page(rows, number, Paginator(range(count), size))
