"""What the channel manager is told: findings, and what to do about them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.intake.queries import FeedStatus
from firstmove.domains.intake.words import feed_name
from firstmove.domains.planning.queries import DealerStanding, RunView
from firstmove.portals.design import figures

# A dealer runs out of much where a tenth of its range is likely to.
MUCH_AT_RISK = 0.1
# Feeds that come every day; the others change rarely, so their age says nothing.
DAILY_FEEDS = ("sales", "stock")
STATE_TONES = {"ready": "warn", "accepted": "good", "rejected": "bad", "expired": "neutral"}


@dataclass(frozen=True)
class Todo:
    """One thing worth doing: what, why, and where."""

    title: str
    why: str
    url: str


def headline(standings: Iterable[DealerStanding], *, currency: str) -> str:
    """The work of the morning in a sentence."""
    standings = list(standings)
    waiting = [standing for standing in standings if standing.proposal_state == "ready"]
    amount = figures.money_short(sum((standing.amount for standing in waiting), Decimal(0)), currency)
    if not waiting:
        first = _("Every order of today is decided")
    else:
        first = ngettext(
            "%(count)s dealer has not confirmed today's order, %(amount)s in all",
            "%(count)s dealers have not confirmed today's orders, %(amount)s in all",
            len(waiting),
        ) % {"count": figures.number(len(waiting)), "amount": amount}
    short = [standing for standing in standings if runs_out_of_much(standing)]
    if not short:
        return first
    second = ngettext(
        "%(count)s dealer is about to run out of a tenth of its range",
        "%(count)s dealers are about to run out of a tenth of their range",
        len(short),
    ) % {"count": figures.number(len(short))}
    return _("%(first)s; %(second)s") % {"first": first, "second": second}


def runs_out_of_much(standing: DealerStanding) -> bool:
    return standing.pairs > 0 and standing.at_risk / standing.pairs >= MUCH_AT_RISK


def proposal_state(standing: DealerStanding | None) -> tuple[str, str]:
    """What became of a dealer's order of today, in a word, and the tone of its badge."""
    state = standing.proposal_state if standing else ""
    names = {
        "ready": _("Waits for the dealer"),
        "accepted": _("Confirmed"),
        "rejected": _("Rejected"),
        "expired": _("Expired"),
    }
    return names.get(state, _("Nothing to order")), STATE_TONES.get(state, "neutral")


def next_act(standing: DealerStanding, *, people: int, may_invite: bool, currency: str) -> Todo:
    """What to do next with a dealer: the address opens where it is done."""
    page = reverse("enterprise:dealer", args=[standing.dealer_id])
    if not people:
        why = _("Nobody there can sign in yet.")
        if not may_invite:
            return Todo(_("Ask an administrator to invite"), why, page)
        return Todo(_("Invite people"), why, f"{reverse('enterprise:new-user')}?dealer={standing.dealer_id}")
    amount = {"amount": figures.money(standing.amount, currency)}
    acts = {
        "ready": (_("Remind the dealer"), _("An order of %(amount)s waits for confirmation.") % amount),
        "rejected": (_("Ask the dealer why"), _("The order of %(amount)s was rejected.") % amount),
        "accepted": (_("Watch the delivery"), _("%(amount)s is ordered.") % amount),
        "expired": (_("Ask the dealer why"), _("Nobody took up the order of %(amount)s in time.") % amount),
    }
    nothing = _("Look at the stock"), _("Products run out, and nothing more was proposed.")
    return Todo(*acts.get(standing.proposal_state, nothing), page)


def is_stale(feed: FeedStatus, *, on: dt.date) -> bool:
    """Whether a daily feed does not reach the day before the business date."""
    return feed.feed in DAILY_FEEDS and feed.last_on is not None and feed.last_on < on - dt.timedelta(days=1)


def alerts(
    *, feeds: Sequence[FeedStatus], runs: Sequence[RunView], without_people: int, plans_waiting: int, on: dt.date
) -> list[Todo]:
    """What stands in the way of good advice, the worst first."""
    found = []
    if runs and runs[0].state == "failed":
        found.append(
            Todo(
                _("The latest planning run failed"),
                _("Dealers see the orders of the run before. Look at the error and plan again."),
                reverse("enterprise:run", args=[runs[0].id]),
            )
        )
    for feed in feeds:
        facts = {"feed": capfirst(feed_name(feed.feed)), "day": figures.day(feed.last_on)}
        if is_stale(feed, on=on):
            title = _("%(feed)s end on %(day)s") % facts
            found.append(
                Todo(title, _("Advice rests on old figures. Send the newest file."), reverse("enterprise:batches"))
            )
        if feed.last is not None and feed.last.state == "failed":
            title = _("The last file with %(feed)s was not taken") % {"feed": feed_name(feed.feed)}
            found.append(Todo(title, feed.last.file_name, reverse("enterprise:batch", args=[feed.last.id])))
        elif feed.last is not None and feed.last.rows_set_aside:
            title = ngettext(
                "%(count)s row of %(feed)s was set aside",
                "%(count)s rows of %(feed)s were set aside",
                feed.last.rows_set_aside,
            ) % {"feed": feed_name(feed.feed), "count": figures.number(feed.last.rows_set_aside)}
            why = _("%(file)s: see why and what to correct.") % {"file": feed.last.file_name}
            found.append(Todo(title, why, reverse("enterprise:batch", args=[feed.last.id])))
    if plans_waiting:
        title = ngettext(
            "%(count)s dealer changed its order plan",
            "%(count)s dealers changed their order plans",
            plans_waiting,
        ) % {"count": figures.number(plans_waiting)}
        why = _("Compare the figures, then agree or answer with others.")
        found.append(Todo(title, why, f"{reverse('enterprise:order-plans')}?state=changed"))
    if without_people:
        title = ngettext(
            "%(count)s dealer has nobody who can sign in",
            "%(count)s dealers have nobody who can sign in",
            without_people,
        ) % {"count": figures.number(without_people)}
        why = _("Their orders cannot be confirmed. Invite the owner first.")
        found.append(Todo(title, why, f"{reverse('enterprise:dealers')}?sort=people"))
    return found


def run_sentence(run: RunView) -> str:
    """What a run did, in a sentence."""
    if run.state == "failed":
        return _("It stopped and proposed nothing; what was ready before stayed.")
    if run.state == "running":
        return _("It is under way.")
    return _("Looked at %(pairs)s products at dealers with what was known up to %(day)s, in %(seconds)s s.") % {
        "pairs": figures.number(run.pairs),
        "day": figures.full_day(run.as_of),
        "seconds": figures.number(run.seconds, 1),
    }
