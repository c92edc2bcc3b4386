"""Which orders fit what somebody typed, among millions: each way to fit is asked of an index of its own.

One condition over number, dealer and products would have to look at every order. Row-level security comes before any
condition that could tell what it hides, as `like` could: so the beginning of a number is a range of texts.
"""

from django.db import connection

from firstmove.domains.catalog.queries import product_ids_matching
from firstmove.domains.network.queries import dealer_ids_matching
from firstmove.domains.trade.models import OPEN_STATES

# The newest of each kind that a search finds; who wants others says more.
MOST_FOUND = 1_000
# Among so many of the newest any part of a number is found, among all its beginning.
_LOOKED_THROUGH = 10_000
_MOST_PARTS, _FEWEST_EACH = 20, 50

_OPEN = ", ".join(f"'{state.value}'" for state in OPEN_STATES)
_SORTED = "select id from trade_order o where id = any(%(ids)s) and {party} order by ordered_on desc, id desc"
_NUMBER_BEGINS = """
select o.id from trade_order o where o.number ~>=~ %(from)s and o.number ~<~ %(until)s and {party}
order by o.number using ~>~ limit %(most)s
"""
_NUMBER_HOLDS = """
select n.id from (
  select o.id, o.number from trade_order o where {party} order by o.ordered_on desc, o.id desc limit %(looked_through)s
) n where n.number like %(part)s limit %(most)s
"""
_OF_DEALERS = """
select f.id from unnest(%(dealers)s::bigint[]) d (id) cross join lateral (
  select o.id from trade_order o where o.buyer_dealer_id = d.id order by o.ordered_on desc, o.id desc limit %(each)s
) f
"""
_WITH_PRODUCTS = "select trade_orders_with(%(products)s::bigint[], %(dealer)s::bigint, %(each)s::int)"
_OPEN_ONES = f"""
select o.id from trade_order o where o.state in ({_OPEN}) and {{party}}
and (o.number like %(part)s or o.buyer_dealer_id = any(%(dealers)s::bigint[]))
union
select o.id from trade_order o cross join lateral (
  select 1 from trade_orderline l where l.order_id = o.id and l.product_id = any(%(products)s::bigint[]) limit 1
) holds where o.state in ({_OPEN}) and {{party}}
"""  # noqa: S608 (names of states)


def matching(*, search: str, dealer_id: int | None, open_only: bool) -> tuple[list[int], bool]:
    """Ids of orders that fit, newest first, and whether more may fit than were looked for.

    `search`: a part of a number, of a dealer's name, or a product as the catalogue finds it. Of orders under way all
    are found; of others the newest `MOST_FOUND` of each kind, and among those that are not the newest, numbers by their
    beginning.
    """
    dealers = [] if dealer_id is not None else dealer_ids_matching(name=search)
    products = product_ids_matching(search=search)
    number = search.upper()
    facts = {
        "dealer": dealer_id,
        "dealers": dealers,
        "products": products,
        "from": number,
        "until": _next(number),
        "part": f"%{_escaped(number)}%",
        "most": MOST_FOUND,
        "looked_through": _LOOKED_THROUGH,
    }
    if open_only:
        return _ids(_SORTED, facts | {"ids": _ids(_OPEN_ONES, facts)}), False
    found = [(_ids(_NUMBER_BEGINS, facts), MOST_FOUND), (_ids(_NUMBER_HOLDS, facts), MOST_FOUND)]
    for statement, parts in ((_OF_DEALERS, "dealers"), (_WITH_PRODUCTS, "products")):
        some = facts[parts][:_MOST_PARTS]
        if some:
            each = max(_FEWEST_EACH, MOST_FOUND // len(some))
            cut = MOST_FOUND if len(some) == len(facts[parts]) else 1
            found.append((_ids(statement, facts | {parts: some, "each": each}), cut))
    ids = {order_id for some, _cut in found for order_id in some}
    is_cut = any(len(some) >= cut for some, cut in found)
    return (_ids(_SORTED, facts | {"ids": list(ids)}) if ids else []), is_cut


def _ids(statement: str, facts: dict[str, object]) -> list[int]:
    party = "o.buyer_dealer_id is not null" if facts["dealer"] is None else "o.buyer_dealer_id = %(dealer)s"
    with connection.cursor() as cursor:
        cursor.execute(statement.format(party=party), facts)
        return [row[0] for row in cursor.fetchall()]


def _next(text: str) -> str:
    """The first text that no text with this beginning comes after, by the letters' numbers."""
    after = ord(text[-1]) + 1
    # Between those numbers are halves of letters, which no text holds.
    return text[:-1] + chr(0xE000 if 0xD800 <= after < 0xE000 else min(after, 0x10FFFF))


def _escaped(text: str) -> str:
    """As `like` takes it for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
