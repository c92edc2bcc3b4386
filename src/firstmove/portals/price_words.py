"""Why a price is what it is, in the reader's words, the same on every page."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from firstmove.domains.catalog.queries import PriceQuote
from firstmove.domains.trade.queries import PriceBasis
from firstmove.portals.design import figures


@dataclass(frozen=True)
class PriceStep:
    """A price from a quantity on, as a page lists it."""

    quantity: str
    price: str
    why: str
    applies: bool


def why_quote(quote: PriceQuote) -> str:
    """``Price for tier A · Spring · from 24 · since 1 Mar 2026 · until 31 Mar 2026``."""
    party = quote.price_list
    return _why(
        _rule(party.rule, contract=party.contract, tier=party.tier, region=party.region),
        party.name,
        quote.from_quantity,
        quote.valid_from,
        quote.valid_to,
    )


def why_held(basis: PriceBasis | None) -> str:
    """Why a line of an order cost what it cost; empty where no list said so."""
    if basis is None:
        return ""
    rule = _rule(basis.rule, contract=basis.contract, tier=basis.tier, region=basis.region)
    return _why(rule, basis.name, basis.from_quantity, basis.valid_from, basis.valid_to)


def next_step(quote: PriceQuote, *, currency: str, unit: str = "") -> str:
    """``From 24: ¥9.80``; empty where no larger quantity is cheaper."""
    if quote.next_from is None:
        return ""
    return _("From %(quantity)s: %(price)s") % {
        "quantity": figures.quantity(quote.next_from, unit),
        "price": figures.price(quote.next_price, currency),
    }


def party_name(rule: str, *, contract: str = "", tier: str = "", region: str = "", dealer: str = "") -> str:
    """Whom a list is for: ``Contract C-17 with Dealer One``, ``Tier A in North``, ``Every dealer``."""
    if tier and region:
        whom = _("tier %(tier)s in %(region)s") % {"tier": tier, "region": region}
    elif tier:
        whom = _("tier %(tier)s") % {"tier": tier}
    else:
        whom = region
    who = dealer or whom or _("every dealer")
    if rule == "contract":
        return _("Contract %(contract)s with %(who)s") % {"contract": contract, "who": who}
    return who[:1].upper() + who[1:]


def rule_names() -> Mapping[str, str]:
    """What a list is called by the rule that makes it go before others, in the order of precedence."""
    return {
        "contract": _("Contract"),
        "dealer": _("One dealer"),
        "tier": _("Tier"),
        "region": _("Region"),
        "everybody": _("Every dealer"),
    }


def _rule(rule: str, *, contract: str, tier: str, region: str) -> str:
    if rule == "contract":
        return _("Contract %(contract)s") % {"contract": contract}
    if rule == "dealer":
        return _("Price of this dealer")
    if rule == "everybody":
        return _("Price for every dealer")
    return _("Price for %(who)s") % {"who": party_name(rule, tier=tier, region=region)}


def _why(rule: str, name: str, from_quantity: int, starts_on: dt.date | None, ends_on: dt.date | None) -> str:
    parts = [rule, name]
    if from_quantity > 1:
        parts.append(_("from %(quantity)s") % {"quantity": figures.number(from_quantity)})
    if starts_on is not None:
        parts.append(_("since %(day)s") % {"day": figures.full_day(starts_on)})
    if ends_on is not None:
        parts.append(_("until %(day)s") % {"day": figures.full_day(ends_on)})
    return " · ".join(part for part in parts if part)
