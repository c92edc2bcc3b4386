"""What stands around every page: who is signed in, where one can go, the business date, and what is not real.

A context processor gives `base.html` one `Shell` under the name `shell`; pages never build their own navigation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

# A phone's bottom bar carries four destinations and "More"; the rest opens from there.
PHONE_ITEMS = 4


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One destination. `icon` is a name of `icons.ICONS`; `count` is shown beside the label when it is not zero.

    A place with several pages has them in `within`, itself the first: they stand as tabs above each of these pages.
    """

    label: str
    url: str
    icon: str = ""
    count: int = 0
    active: bool = False
    within: Sequence[NavItem] = ()


@dataclass(frozen=True, kw_only=True)
class Shell:
    """The frame of a page.

    `place` is whose rooms these are (the dealer's or the enterprise's name). `demo` marks a synthetic network.
    `assumed` says in a sentence what every figure on the page rests on, or is empty.
    """

    navigation: Sequence[NavItem] = ()
    home_url: str = "/"
    place: str = ""
    user_name: str = ""
    business_date: dt.date | None = None
    demo: bool = False
    assumed: str = ""
    inbox_url: str = ""
    inbox_count: int = 0
    account_url: str = ""
    sign_out_url: str = ""

    @property
    def phone_bar(self) -> Sequence[NavItem]:
        fits = len(self.navigation) <= PHONE_ITEMS + 1
        return self.navigation if fits else self.navigation[:PHONE_ITEMS]

    @property
    def phone_more(self) -> Sequence[NavItem]:
        return self.navigation[len(self.phone_bar) :]

    @property
    def tabs(self) -> Sequence[NavItem]:
        """The pages of the place where one is, where it has more than one."""
        return next((item.within for item in self.navigation if item.active), ())

    @property
    def more_is_active(self) -> bool:
        return any(item.active for item in self.phone_more)


def mark_active(items: Sequence[NavItem], *, path: str) -> tuple[NavItem, ...]:
    """The items with the one active whose address, or that of a page within it, is the longest beginning of `path`.

    >>> plan = NavItem(label="Plan", url="/d/plan/")
    >>> orders = NavItem(label="Orders", url="/d/orders/", within=[NavItem(label="Orders", url="/d/orders/"), plan])
    >>> items = mark_active([NavItem(label="Today", url="/d/"), orders], path="/d/plan/12/")
    >>> [item.active for item in items], [item.active for item in items[1].within]
    ([False, True], [False, True])
    """
    places = chain(items, *(item.within for item in items))
    reached = max(chain([""], (item.url for item in places if path.startswith(item.url))), key=len)

    def marked(item: NavItem) -> NavItem:
        within = tuple(marked(page) for page in item.within)
        active = bool(reached) and (item.url == reached or any(page.active for page in within))
        return replace(item, active=active, within=within)

    return tuple(marked(item) for item in items)
