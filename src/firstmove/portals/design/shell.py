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
    """One destination. `icon` is a name of `icons.ICONS`; `count` is shown beside the label when it is not zero."""

    label: str
    url: str
    icon: str
    count: int = 0
    active: bool = False


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
    def more_is_active(self) -> bool:
        return any(item.active for item in self.phone_more)


def mark_active(items: Sequence[NavItem], *, path: str) -> tuple[NavItem, ...]:
    """The items with the one active whose address is the longest beginning of `path`.

    >>> today = NavItem(label="Today", url="/d/", icon="today")
    >>> items = [today, NavItem(label="Orders", url="/d/orders/", icon="orders")]
    >>> [item.active for item in mark_active(items, path="/d/orders/12/")]
    [False, True]
    """
    reached = max(chain([""], (item.url for item in items if path.startswith(item.url))), key=len)
    return tuple(replace(item, active=bool(reached) and item.url == reached) for item in items)
