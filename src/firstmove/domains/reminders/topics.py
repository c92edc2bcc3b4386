"""What people are told of: one entry a topic says who, in which words, once for what, and where it leads.

An entry of a topic of the outbox is all that a new reminder needs. Sentences name the facts of the event's payload; a
line of which a fact is missing or empty is left out. How facts are written stands in `portals.reminder_words`, where a
page lies too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from firstmove.domains.incentives import operations as incentives
from firstmove.domains.planning import operations as planning
from firstmove.domains.reminders.timing import Timing
from firstmove.domains.trade import operations as trade
from firstmove.kernel.tenancy import Kind

Text = str | Promise
Facts = Mapping[str, Any]
# Not news of the outbox: what the clock brings, and a letter that somebody asked for.
DUNNING, PASSWORD_RESET = "reminders.dunning", "reminders.password_reset"


@dataclass(frozen=True)
class Subject:
    """What somebody chooses a timing for. `email` holds until they chose another."""

    words: Text
    email: Timing


SUBJECTS: dict[str, Subject] = {
    "morning": Subject(_("Today's order"), "now"),
    "orders": Subject(_("Orders"), "daily"),
    "promises": Subject(_("Promised days that move"), "now"),
    "late": Subject(_("Steps that take too long"), "now"),
    "credit": Subject(_("Payments, invoices and statements"), "now"),
    "alerts": Subject(_("Alerts"), "daily"),
    "returns": Subject(_("Returns"), "now"),
    "rebates": Subject(_("Rebates and claims"), "daily"),
    "purchases": Subject(_("Purchase orders"), "now"),
    "plan": Subject(_("The nightly plan and its feeds"), "now"),
}


@dataclass(frozen=True)
class Line:
    """A sentence that is said where a fact is there that it does not name itself."""

    text: Text
    needs: str


def _once_an_event(_facts: Facts) -> str:
    return ""


@dataclass(frozen=True)
class Topic:
    """`to` names the roles of each kind of party: of the dealer or supplier whose news it is, of the enterprise.

    `once` names what it is told of once: two runs of one morning are one message. Empty: each event. `asked` is the
    fact with the one role of the enterprise that is asked, beside its administrators; `by_dealer` the fact that says
    whether the dealer wrote, whom its own words are not told to, or the enterprise.
    """

    news: str
    subject: str
    to: Mapping[Kind, tuple[str, ...]]
    title: Text
    lines: tuple[Text | Line, ...] = ()
    page: str = ""
    once: Callable[[Facts], str] = field(default=_once_an_event)
    asked: str = ""
    by_dealer: str = ""

    def roles(self, kind: Kind, facts: Facts) -> tuple[str, ...]:
        """Whose people of a party are told; none where it is no news for that party."""
        if self.by_dealer and kind == ("dealer" if facts.get(self.by_dealer) else "enterprise"):
            return ()
        roles = self.to.get(kind, ())
        asked = str(facts.get(self.asked) or "") if self.asked and kind == "enterprise" else ""
        return ("admin", asked) if asked else roles


_BUYERS = ("owner", "buyer")
_PLANNERS = ("admin", "planner")
_CHANNEL = ("admin", "channel")

_ENTRIES = (
    Topic(
        news=planning.PROPOSAL_READY,
        subject="morning",
        to={"dealer": _BUYERS},
        title=_("Today's order is ready: %(amount)s"),
        lines=(
            _("Lines: %(lines)s. To look at: %(look)s."),
            _("Expected profit: %(profit)s (%(profit_low)s to %(profit_high)s)."),
            _("It can be confirmed until %(expires_on)s."),
        ),
        page="today",
        once=lambda facts: f"morning:{facts['for_on']}",
    ),
    Topic(
        news=planning.ALERTS_RAISED,
        subject="alerts",
        to={"dealer": _BUYERS},
        title=_("New alerts this morning: %(alerts)s"),
        lines=(_("The most pressing: %(product)s."), _("What doing nothing costs: %(money)s.")),
        page="alerts",
        once=lambda facts: f"alerts:{facts['on']}",
    ),
    Topic(
        news=planning.RUN_COMPLETED,
        subject="plan",
        to={"enterprise": ("admin", "channel", "planner")},
        title=_("The plan of %(for_on)s is ready: %(amount)s for %(dealers)s dealers"),
        lines=(_("Lines: %(lines)s."), _("New alerts: %(alerts)s."), _("These feeds ended too early: %(stale)s.")),
        page="run",
        once=lambda facts: f"plan:{facts['for_on']}",
    ),
    Topic(
        news=planning.RUN_FAILED,
        subject="plan",
        to={"enterprise": _PLANNERS},
        title=_("The plan of %(for_on)s failed"),
        lines=(_("Why: %(error)s"), _("Dealers see the order of an earlier morning until a run succeeds.")),
        page="run",
    ),
    Topic(
        news=planning.FEEDS_SILENT,
        subject="plan",
        to={"enterprise": _PLANNERS},
        title=_("Feeds are silent: %(stale)s"),
        lines=(_("They do not reach %(as_of)s, so the advice of this morning rests on older figures."),),
        page="data",
        once=lambda facts: f"feeds:{facts['as_of']}:{','.join(facts['stale'])}",
    ),
    Topic(
        news=trade.MOVED,
        subject="orders",
        to={"dealer": _BUYERS},
        title=_("Order %(order)s: %(to)s"),
        lines=(_("Held because: %(broke)s."), _("Note: %(note)s")),
        page="order",
    ),
    Topic(
        news=trade.CANCELLED,
        subject="orders",
        to={"dealer": _BUYERS},
        title=_("Order %(order)s is cancelled"),
        lines=(_("Note: %(note)s"),),
        page="order",
    ),
    Topic(
        news=trade.SHIPPED,
        subject="orders",
        to={"dealer": _BUYERS},
        title=_("Goods of order %(order)s are on their way"),
        lines=(
            _("Carrier: %(carrier)s."),
            _("Tracking number: %(tracking_number)s."),
            _("Expected on %(expected_on)s."),
        ),
        page="order",
    ),
    Topic(
        news=trade.REDUCED,
        subject="orders",
        to={"dealer": _BUYERS},
        title=_("The rest of a line of order %(order)s is cancelled"),
        lines=(_("Note: %(note)s"),),
        page="order",
    ),
    Topic(
        news=trade.CLAIM_OPENED,
        subject="returns",
        to={"enterprise": _CHANNEL},
        title=_("%(dealer)s received order %(order)s with a difference of %(amount)s"),
        page="order",
    ),
    Topic(
        news=trade.CLAIM_SETTLED,
        subject="returns",
        to={"dealer": _BUYERS},
        title=_("The difference in order %(order)s is decided"),
        lines=(_("Note: %(note)s"),),
        page="order",
    ),
    Topic(
        news=trade.INVOICE_REQUESTED,
        subject="credit",
        to={"enterprise": trade.INVOICE_KEEPERS},
        title=_("%(dealer)s asks for an invoice of %(amount)s"),
        page="invoice",
    ),
    Topic(
        news=trade.INVOICE_DECIDED,
        subject="credit",
        to={"dealer": _BUYERS},
        title=_("Your request %(request)s for an invoice is answered"),
        lines=(_("Invoice number: %(invoice_number)s."),),
        page="invoice",
    ),
    Topic(
        news=trade.STATEMENT_DISPUTED,
        subject="credit",
        to={"enterprise": _CHANNEL},
        title=_("%(dealer)s: the statement of %(month)s is disputed"),
        lines=(_("Note: %(text)s"),),
    ),
    Topic(
        news=trade.PROMISE_MOVED,
        subject="promises",
        to={"dealer": _BUYERS},
        title=_("Order %(order)s: the promised day moved"),
        lines=(_("It was %(was_on)s and is now %(now_on)s."), _("Why: %(because)s")),
        page="order",
    ),
    Topic(
        news=trade.LATE,
        subject="late",
        to={"enterprise": ("admin", "channel", "planner")},
        title=_("Order %(order)s waits for too long: %(step)s"),
        lines=(_("At this step since %(since)s."), _("It was to be passed by %(due_at)s.")),
        page="order",
        asked="asked_role",
    ),
    Topic(
        news=DUNNING,
        subject="credit",
        to={"dealer": ("owner",), "enterprise": _CHANNEL},
        title=_("%(dealer)s: %(overdue)s overdue"),
        lines=(
            _("The oldest was due %(days)s days ago: dunning level %(level)s."),
            Line(_("New orders are held until it is paid."), needs="blocked"),
        ),
        page="account",
        once=lambda facts: f"dunning:{facts['dealer_id']}:{facts['level']}:{facts['due_on']}",
    ),
    Topic(
        news=trade.RETURN_ASKED,
        subject="returns",
        to={"enterprise": trade.RETURN_DECIDERS},
        title=_("Return %(return)s of order %(order)s waits for a decision"),
        lines=(_("Dealer: %(dealer)s."),),
        page="return",
    ),
    Topic(
        news=trade.RETURN_DECIDED,
        subject="returns",
        to={"dealer": _BUYERS},
        title=_("Return %(return)s of order %(order)s: %(state)s"),
        page="return",
    ),
    Topic(
        news=trade.RETURN_SENT,
        subject="returns",
        to={"enterprise": _PLANNERS},
        title=_("Goods of return %(return)s are on their way"),
        lines=(_("Dealer: %(dealer)s."),),
        page="return",
    ),
    Topic(
        news=trade.RETURN_RECEIVED,
        subject="returns",
        to={"dealer": _BUYERS},
        title=_("Return %(return)s is counted"),
        lines=(_("Credit note %(credit_note)s: %(credit)s."),),
        page="return",
    ),
    Topic(
        news=incentives.SETTLED,
        subject="rebates",
        to={"dealer": _BUYERS},
        title=_("%(programme)s is settled: %(starts_on)s to %(ends_on)s"),
        lines=(_("Statement %(statement)s."),),
        page="rebate statement",
    ),
    Topic(
        news=incentives.CLAIMED,
        subject="rebates",
        to={"enterprise": incentives.KEEPERS},
        title=_("%(programme)s: a dealer claims %(amount)s"),
        page="rebate claim",
    ),
    Topic(
        news=incentives.DISPUTED,
        subject="rebates",
        to={"dealer": _BUYERS, "enterprise": incentives.KEEPERS},
        title=_("A new message about statement %(statement)s"),
        page="rebate dispute",
        by_dealer="by_dealer",
    ),
    Topic(
        news=trade.PURCHASE_SENT,
        subject="purchases",
        to={"supplier": ("supplier",)},
        title=_("A new purchase order: %(order)s"),
        lines=(_("Expected on %(expected_on)s."),),
        page="purchase",
    ),
    Topic(
        news=trade.PURCHASE_CONFIRMED,
        subject="purchases",
        to={"enterprise": _PLANNERS},
        title=_("Purchase order %(order)s is confirmed"),
        lines=(_("Promised for %(promised_on)s."),),
        page="purchase",
    ),
    Topic(
        news=trade.PURCHASE_SHIPPED,
        subject="purchases",
        to={"enterprise": _PLANNERS},
        title=_("Purchase order %(order)s is on its way"),
        lines=(_("Expected on %(expected_on)s."),),
        page="purchase",
    ),
    Topic(
        news=trade.PURCHASE_CANCELLED,
        subject="purchases",
        to={"enterprise": _PLANNERS, "supplier": ("supplier",)},
        title=_("Purchase order %(order)s is cancelled or declined"),
        page="purchase",
    ),
)
TOPICS: dict[str, Topic] = {topic.news: topic for topic in _ENTRIES}
# What comes of something else than the outbox.
_OWN = {DUNNING}


def news() -> list[str]:
    """Topics of the outbox that become messages."""
    return [name for name in TOPICS if name not in _OWN]


def subjects_for(kind: Kind, role: str) -> list[str]:
    """What somebody of this role can be told of, in the order of `SUBJECTS`."""
    told = {topic.subject for topic in TOPICS.values() if role in topic.to.get(kind, ())}
    return [name for name in SUBJECTS if name in told]


def subjects_of_party(kind: Kind) -> list[str]:
    """What the channels of a party can be told of."""
    told = {topic.subject for topic in TOPICS.values() if topic.to.get(kind)}
    return [name for name in SUBJECTS if name in told]
