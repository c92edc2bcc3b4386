"""Messages in words: how facts are written, which page they are about, and what a letter looks like."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from firstmove.domains.intake.words import feed_name
from firstmove.domains.network import operations as network
from firstmove.domains.reminders.topics import PASSWORD_RESET, TOPICS, Line
from firstmove.domains.reminders.wording import Letter, Reader, Said, Words
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from firstmove.portals import shipment_sheet, step_words
from firstmove.portals.design import figures

_LONGEST_FACT = 300
_NAMED = re.compile(r"%\((\w+)\)s")
_MONEY = ("amount", "profit", "profit_low", "profit_high", "overdue", "money", "credit")

# Where a page of a topic lies: by the reader's party its address's name, and the fact that stands in it, if any.
_PAGES: dict[str, dict[str, tuple[str, str]]] = {
    "today": {"dealer": ("dealer:today", "")},
    "alerts": {"dealer": ("dealer:attention", ""), "enterprise": ("enterprise:attention", "")},
    "run": {"enterprise": ("enterprise:run", "run_id")},
    "data": {"enterprise": ("enterprise:batches", "")},
    "order": {"dealer": ("dealer:order", "order_id"), "enterprise": ("enterprise:order", "order_id")},
    "account": {"dealer": ("dealer:account", ""), "enterprise": ("enterprise:account", "dealer_id")},
    "return": {"dealer": ("dealer:goods-return", "return_id"), "enterprise": ("enterprise:goods-return", "return_id")},
    "rebate statement": {"dealer": ("dealer:rebate-statement", "statement_id")},
    "rebate claim": {"enterprise": ("enterprise:rebate-claim", "claim_id")},
    "rebate dispute": {"dealer": ("dealer:rebates", ""), "enterprise": ("enterprise:rebate-dispute", "dispute_id")},
    "invoice": {"dealer": ("dealer:invoice", "invoice_id"), "enterprise": ("enterprise:invoice", "invoice_id")},
    "purchase": {"supplier": ("supplier:order", "order_id"), "enterprise": ("enterprise:purchase", "order_id")},
}


def words(said: Said) -> Words:
    """In the language that is active. A fact that is missing is a dash, and its line is left out."""
    topic = TOPICS.get(said.topic)
    if topic is None:
        return Words(_("A message of an earlier version"), (), "")
    facts = {name: _written(name, value, said.currency) for name, value in said.facts.items()}
    lines = []
    for line in topic.lines:
        text = str(line.text if isinstance(line, Line) else line)
        needed = [*_NAMED.findall(text), *([line.needs] if isinstance(line, Line) else [])]
        if all(facts.get(name) for name in needed):
            lines.append(text % facts)
    return Words(_filled(str(topic.title), facts), tuple(lines), _path(topic.page, said))


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return text % {name: facts.get(name) or figures.UNKNOWN for name in _NAMED.findall(text)}


def _written(name: str, value: Any, currency: str) -> str:
    """A fact as text, by its name; empty where it says nothing."""
    if value is None or value is False or value in ("", []):
        return ""
    special: dict[str, Callable[[Any], str]] = {
        "to": trade.state_name,
        "step": trade.state_name,
        "state": lambda state: str({str(name): label for name, label in trade.RETURN_STATES.items()}.get(state, state)),
        "broke": step_words.why_held,
        "because": shipment_sheet.cause,
        "stale": lambda feeds: _(", ").join(feed_name(str(feed)) for feed in feeds),
        "since": _moment,
        "due_at": _moment,
        **dict.fromkeys(_MONEY, lambda amount: figures.money(amount, currency)),
    }
    if name in special:
        return special[name](value)
    if name == "as_of" or name.endswith("_on"):
        return figures.day(dt.date.fromisoformat(str(value)))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return figures.number(value)
    return str(value)[:_LONGEST_FACT]


def _moment(value: str) -> str:
    return figures.moment(dt.datetime.fromisoformat(value))


def _path(page: str, said: Said) -> str:
    place = _PAGES.get(page, {}).get(said.kind)
    if place is None:
        return ""
    name, fact = place
    if not fact:
        return reverse(name)
    return reverse(name, args=[said.facts[fact]]) if said.facts.get(fact) else ""


def letter(told: Sequence[Said], reader: Reader) -> Letter:
    """A letter about one message, or a digest of several; a letter by which a password is set has its own words."""
    if told[0].topic == PASSWORD_RESET:
        return _password_letter(reader)
    said = [words(each) for each in told]
    items = [_item(each, reader.origin) for each in said]
    subject, path = said[0].title, said[0].path
    if len(items) > 1:
        path = reverse("account:inbox")
        subject = ngettext("%(n)s reminder from %(place)s", "%(n)s reminders from %(place)s", len(items)) % {
            "n": figures.number(len(items)),
            "place": reader.place,
        }
    facts = {
        "name": reader.name,
        "place": reader.place,
        "items": items,
        "settings": f"{reader.origin}{reverse('account:reminders')}" if reader.origin else "",
        "subject": subject,
        "language": get_language(),
    }
    return Letter(
        subject=subject,
        text=render_to_string("account/letters/reminder.txt", facts),
        html=render_to_string("account/letters/reminder.html", facts),
        path=path,
    )


def _item(said: Words, origin: str) -> dict[str, Any]:
    return {"title": said.title, "lines": said.lines, "href": f"{origin}{said.path}" if origin and said.path else ""}


def _password_letter(reader: Reader) -> Letter:
    uid, token = network.password_link(actor=tenancy.SYSTEM, user_id=reader.user_id)
    path = reverse("account:set-password", kwargs={"uid": uid, "token": token})
    facts = {"name": reader.name, "place": reader.place, "address": f"{reader.origin}{path}"}
    return Letter(
        subject=render_to_string("account/letters/reset_subject.txt", facts).strip(),
        text=render_to_string("account/letters/reset.txt", facts),
        html="",
        path=path,
    )
