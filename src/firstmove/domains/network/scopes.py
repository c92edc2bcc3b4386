"""What a key may be allowed to do: a scope is a room and a verb. An endpoint names the one that it wants."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from firstmove.kernel.tenancy import Kind

_EVERYBODY: tuple[Kind, ...] = ("enterprise", "dealer", "supplier")
_BUYERS: tuple[Kind, ...] = ("enterprise", "dealer")
_SELLERS: tuple[Kind, ...] = ("enterprise", "supplier")

# Scope: what it allows, and to whose keys it can be given.
SCOPES: dict[str, tuple[str | Promise, tuple[Kind, ...]]] = {
    "network:read": (_("read the enterprise and its dealers"), _EVERYBODY),
    "catalog:read": (_("read products"), _EVERYBODY),
    "prices:read": (_("read prices, and why they are what they are"), _BUYERS),
    "prices:write": (_("set prices"), ("enterprise",)),
    "stock:read": (_("read stock"), _BUYERS),
    "stock:write": (_("count and correct stock"), _BUYERS),
    "cart:read": (_("read the cart, lists and the order guide"), ("dealer",)),
    "cart:write": (_("fill the cart and keep lists"), ("dealer",)),
    "orders:read": (_("read orders"), _BUYERS),
    "orders:write": (_("place, cancel and receive orders"), _BUYERS),
    "accounts:read": (_("read accounts, payments, statements, invoices and addresses"), _BUYERS),
    "accounts:write": (_("record payments, answer statements, ask for and issue invoices, keep addresses"), _BUYERS),
    "returns:read": (_("read returns and credit notes"), _BUYERS),
    "returns:write": (_("ask for, decide about, send and count returns"), _BUYERS),
    "steps:read": (_("read which orders wait at which step, and the rules of steps"), ("enterprise",)),
    "steps:write": (_("pass orders and send them back, change the rules of steps"), ("enterprise",)),
    "purchases:read": (_("read purchase orders"), _SELLERS),
    "purchases:write": (_("propose, send, confirm, ship and receive purchase orders"), _SELLERS),
    "customers:read": (_("read customers, where the dealer agrees"), _BUYERS),
    "proposals:read": (_("read proposals and what came of advice"), _BUYERS),
    "proposals:write": (_("change, confirm and reject proposals"), ("dealer",)),
    "plan:read": (_("read planning runs and order plans"), _BUYERS),
    "plan:write": (_("change and agree order plans"), _BUYERS),
    "news:read": (_("read news of products"), ("dealer",)),
    "news:write": (_("mark news as read"), ("dealer",)),
    "inbox:read": (_("read the inbox of its account"), _EVERYBODY),
    "inbox:write": (_("mark messages of the inbox as read"), _EVERYBODY),
    "incentives:read": (_("read incentives and what they give"), _BUYERS),
    "incentives:write": (_("claim and dispute incentives, and answer"), _BUYERS),
    "webhooks:read": (_("read webhooks and their deliveries"), _EVERYBODY),
}


def offered_to(kind: Kind) -> list[tuple[str, str]]:
    """(scope, what it allows) that a key of this party can have."""
    return [(scope, str(words)) for scope, (words, kinds) in SCOPES.items() if kind in kinds]
