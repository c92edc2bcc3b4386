"""A long list of orders is searched by number, dealer and product, and read from both of its ends."""

import pytest

from firstmove.domains.trade import queries
from firstmove.domains.trade.queries import order_search
from firstmove.kernel import paging, tenancy
from firstmove.kernel.paging import AtLeast
from firstmove.portals.paging import page_of
from tests.trade.orders import line, place


@pytest.fixture
def three(cast, products):
    """Two orders of Dealer One, of tea and of both, and one of the rival's, of water; (number, …)."""
    tea, water = products["0001"], products["0002"]
    return [
        place(cast, line(tea)).number,
        place(cast, line(tea), line(water)).number,
        place(cast, line(water), who="rival").number,
    ]


def numbers(cast, who="admin", **asked):
    actor = getattr(cast, who).actor
    with tenancy.scope(actor):
        found, total = queries.orders(dealer_id=actor.dealer_id, **asked)
    return [order.number for order in found], total


def test_by_a_numbers_beginning_end_and_middle_in_any_case(cast, three):
    for part in (three[0], three[0].lower(), three[0][-5:], three[0][2:-1]):
        assert three[0] in numbers(cast, search=part)[0], part
    assert numbers(cast, search=three[0][:4])[0] == three[::-1]
    assert numbers(cast, search="SO%") == ([], 0)


def test_a_number_that_is_not_among_the_newest_is_found_by_its_beginning(cast, three, monkeypatch):
    monkeypatch.setattr(order_search, "_LOOKED_THROUGH", 1)
    assert numbers(cast, search=three[0]) == ([three[0]], 1)
    assert numbers(cast, search=three[0][-5:]) == ([], 0)


@pytest.mark.parametrize("open_only", [False, True])
def test_by_product_and_by_dealer_each_party_finds_its_own(cast, three, open_only):
    tea, both, rivals = three
    assert numbers(cast, search="tea", open_only=open_only) == ([both, tea], 2)
    assert numbers(cast, search="spring water", open_only=open_only) == ([rivals, both], 2)
    assert numbers(cast, "rival", search="tea", open_only=open_only) == ([], 0)
    assert numbers(cast, "rival", search="water", open_only=open_only) == ([rivals], 1)
    assert numbers(cast, "rival", search="Dealer", open_only=open_only) == ([], 0)
    assert numbers(cast, search="dealer one", open_only=open_only) == ([both, tea], 2)


def test_of_very_many_the_newest_are_found_and_it_is_said_that_there_are_more(cast, three, monkeypatch):
    monkeypatch.setattr(order_search, "MOST_FOUND", 1)
    monkeypatch.setattr(order_search, "_FEWEST_EACH", 1)
    found, total = numbers(cast, search="tea")
    assert found == [three[1]]
    assert isinstance(total, AtLeast)


def test_a_list_that_is_too_long_to_count_is_read_from_its_end_too(cast, three, monkeypatch):
    monkeypatch.setattr(paging, "MOST_COUNTED", 2)
    newest_first = three[::-1]
    assert numbers(cast, limit=2) == (newest_first[:2], AtLeast(2))
    assert isinstance(numbers(cast, limit=2)[1], AtLeast)
    assert numbers(cast, offset=-2, limit=2)[0] == newest_first[-2:]
    assert numbers(cast, offset=-1, limit=1)[0] == newest_first[-1:]


def test_pages_go_on_behind_what_was_counted_and_the_last_is_as_near_as_the_first():
    rows = list(range(120))

    def read(*, offset, limit):
        return rows[offset:][:limit], AtLeast(50)

    first, second, third = (page_of(read, query={"page": str(number)}) for number in (1, 2, 3))
    assert [first.has_next(), second.has_next(), third.has_next()] == [True, True, False]
    assert third.object_list == rows[100:]
    assert page_of(read, query={"page": "last"}).object_list == rows[-50:]
    assert page_of(read, query={"page": "9"}).object_list == rows[:50]
