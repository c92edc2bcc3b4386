"""Who is told what: those whom it concerns, each once, in their own words, and nobody else."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from firstmove.domains.incentives import operations as incentives
from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations as planning
from firstmove.domains.reminders import operations, queries, topics, wording
from firstmove.domains.trade import operations as trade
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import NotFound
from firstmove.kernel.outbox import Event
from tests.cast import NOW, TODAY
from tests.reminders.conftest import moved, tell

PEOPLE = ("admin", "owner", "buyer", "rival", "supplier")
MORNING = {
    "proposal_id": 1, "for_on": "2026-03-02", "expires_on": "2026-03-04", "lines": 12, "look": 3, "amount": 48460.0,
    "profit": 5210.0, "profit_low": 3900.0, "profit_high": 6400.0,
}  # fmt: skip


def inbox(person):
    with tenancy.scope(person.actor):
        return queries.inbox(actor=person.actor, currency="USD").items


def told(cast):
    return {who: len(inbox(getattr(cast, who))) for who in PEOPLE}


def log():
    with tenancy.scope(tenancy.SYSTEM):
        return queries.deliveries(currency="USD")[0]


def test_the_morning_tells_the_dealers_buyers_the_total_and_what_wants_a_look(cast):
    tell(Event(1, planning.PROPOSAL_READY, MORNING, cast.dealer_id))
    assert told(cast) == {"admin": 0, "owner": 1, "buyer": 1, "rival": 0, "supplier": 0}
    (message,) = inbox(cast.buyer)
    assert message.title == "Today's order is ready: $48,460"
    assert "Lines: 12. To look at: 3." in message.text
    assert "$5,210 ($3,900 to $6,400)" in message.text
    assert message.path == "/dealer/"


def test_a_second_plan_of_a_morning_tells_nobody_twice(cast):
    tell(Event(1, planning.PROPOSAL_READY, MORNING, cast.dealer_id))
    tell(Event(2, planning.PROPOSAL_READY, MORNING, cast.dealer_id), now=NOW + dt.timedelta(hours=3))
    assert told(cast)["buyer"] == 1
    assert len(log()) == 2  # a letter to the owner, one to the buyer


def test_an_event_that_the_outbox_delivers_twice_is_told_once(cast):
    for _time in range(2):
        tell(moved(cast, 7))
    assert told(cast)["buyer"] == 1
    assert len(log()) == 2


def test_a_dealer_is_told_of_its_own_orders_alone(cast):
    tell(moved(cast, 1), moved(cast, 2, dealer_id=cast.rival_id, order="SO-2"))
    assert [message.title for message in inbox(cast.rival)] == ["Order SO-2: Awaiting receipt"]
    assert [message.title for message in inbox(cast.owner)] == ["Order SO-1: Awaiting receipt"]


def test_nobody_reads_or_marks_the_message_of_somebody_else(cast):
    tell(moved(cast))
    own = inbox(cast.buyer)[0].id
    for who in ("rival", "owner", "admin", "supplier"):
        actor = getattr(cast, who).actor
        with pytest.raises(NotFound):
            operations.mark_read(actor=actor, message_id=own, now=NOW)
        with pytest.raises(NotFound), tenancy.scope(actor):
            queries.message(actor=actor, message_id=own, currency="USD")
        assert operations.mark_all_read(actor=actor, now=NOW) <= 1
    assert inbox(cast.buyer)[0].is_unread


def test_a_late_step_asks_the_role_that_has_to_pass_it(cast):
    def add(role):
        return network.add_user(email=f"{role}@example.com", name=role, role=role, password=None, language="en")

    planner, channel = add("planner"), add("channel")
    facts = {"order": "SO-1", "order_id": 1, "step": "finance_review", "since": NOW.isoformat(), "due_at": None}
    tell(Event(1, trade.LATE, {**facts, "asked_role": "planner"}, cast.dealer_id))
    with tenancy.scope(tenancy.SYSTEM):
        readers = [row.reader for row in queries.deliveries(currency="USD")[0]]
    assert readers == ["Admin"]  # the others were invited and have chosen no password yet
    for user_id, count in ((planner, 1), (channel, 0)):
        actor = tenancy.Actor("enterprise", user_id=user_id)
        with tenancy.scope(actor):
            assert len(queries.inbox(actor=actor, currency="USD").items) == count
    assert told(cast)["owner"] == 0


def test_who_left_is_told_nothing(cast):
    network.leave(actor=cast.owner.actor, user_id=cast.buyer.user_id, now=NOW)
    tell(moved(cast))
    with tenancy.scope(tenancy.SYSTEM):
        assert [row.reader for row in queries.deliveries(currency="USD")[0]] == ["Owner"]


def test_everybody_reads_in_their_own_language(cast):
    tell(moved(cast))
    with translation.override("zh-hans"):
        assert inbox(cast.buyer)[0].title.startswith("订单 SO-1")


def test_facts_that_are_missing_break_no_message(cast):
    tell(*(Event(index, name, {}, cast.dealer_id) for index, name in enumerate((trade.MOVED, trade.LATE), start=1)))
    assert told(cast) == {"admin": 1, "owner": 1, "buyer": 1, "rival": 0, "supplier": 0}
    assert inbox(cast.buyer)[0].title == "Order –: –"


def test_a_promise_that_moved_says_from_when_to_when_and_why(cast):
    facts = {"order": "SO-1", "order_id": 5, "was_on": "2026-12-03", "now_on": "2026-12-10", "because": "supplier"}
    tell(Event(1, trade.PROMISE_MOVED, facts, cast.dealer_id))
    (message,) = inbox(cast.buyer)
    assert "It was 3 Dec and is now 10 Dec." in message.text
    assert "the supplier's order comes on another day" in message.text
    assert message.path == "/dealer/orders/5/"
    # The day is not known any more: what is not known is left out.
    tell(Event(2, trade.PROMISE_MOVED, facts | {"now_on": None}, cast.dealer_id))
    assert "It was" not in inbox(cast.buyer)[0].text


def test_a_message_leads_to_a_page_for_each_of_its_readers(cast):
    """Every topic with a page has one for each party that it is told to."""
    facts = dict.fromkeys(("order_id", "run_id", "return_id", "invoice_id", "dealer_id", "statement_id"), 1)
    facts |= {"claim_id": 1, "dispute_id": 1}
    for topic in topics.TOPICS.values():
        for kind in topic.to if topic.page else ():
            said = wording.Said(topic=topic.news, facts=facts, kind=kind, currency="USD", at=NOW)
            assert wording.words_of(said).path, (topic.news, kind)


def test_whoever_writes_in_a_dispute_is_not_told_of_their_own_words(cast):
    known = {"dispute_id": 1, "statement": "ST-1", "state": "open"}
    tell(Event(1, incentives.DISPUTED, {**known, "by_dealer": True}, cast.dealer_id))
    assert told(cast) == {"admin": 1, "owner": 0, "buyer": 0, "rival": 0, "supplier": 0}
    tell(Event(2, incentives.DISPUTED, {**known, "by_dealer": False}, cast.dealer_id))
    assert told(cast) == {"admin": 1, "owner": 1, "buyer": 1, "rival": 0, "supplier": 0}


@pytest.mark.parametrize("name", topics.TOPICS)
def test_every_topic_has_a_subject_readers_and_a_title(name):
    topic = topics.TOPICS[name]
    assert topic.subject in topics.SUBJECTS
    assert topic.to
    assert all(topics.subjects_for(kind, role) for kind, roles in topic.to.items() for role in roles)


def test_every_topic_of_the_outbox_becomes_a_message(cast):
    assert all(operations.take_up in outbox._handlers[name] for name in topics.news())


def test_news_reaches_the_inbox_through_the_outbox(cast, monkeypatch):
    monkeypatch.setattr(outbox, "_handlers", {trade.MOVED: [operations.take_up]})
    with tenancy.scope(tenancy.SYSTEM):
        outbox.publish(topic=trade.MOVED, payload=moved(cast).payload, dealer_id=cast.dealer_id)
    assert outbox.deliver() == 1
    assert told(cast)["buyer"] == 1


def test_a_plan_tells_of_its_morning_and_of_its_failure(scene, monkeypatch):
    outbox.deliver()
    (message,) = [row for row in inbox(scene.cast.buyer) if row.topic == planning.PROPOSAL_READY]
    with tenancy.scope(tenancy.SYSTEM):
        from firstmove.domains.planning import queries as planning_queries

        proposal = planning_queries.proposal(proposal_id=scene.proposal_id)
    assert f"${proposal.totals.amount:,.0f}" in message.title
    assert f"Lines: {proposal.totals.lines}. To look at: {proposal.attention_lines}." in message.text
    assert planning.RUN_COMPLETED in [row.topic for row in inbox(scene.cast.admin)]

    def broken(**_inputs):
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        planning.plan(now=NOW, reading=broken)
    outbox.deliver()
    latest = inbox(scene.cast.admin)[0]
    assert latest.topic == planning.RUN_FAILED
    assert "the disk is full" in latest.text


def test_overdue_payments_are_told_once_a_level(cast):
    trade.set_dunning_rules(actor=cast.admin.actor, days=[10, 30], blocks_from=2)
    trade.open_account(
        actor=cast.admin.actor, dealer_id=cast.dealer_id, opened_on=TODAY - dt.timedelta(days=12),
        opening=Decimal(100), now=NOW,
    )  # fmt: skip
    for days in (10, 11, 31, 32):
        network.set_business_date(day=TODAY + dt.timedelta(days=days))
        assert operations.remind_of_dunning(now=NOW) == 1
    first, second = reversed(inbox(cast.owner))
    assert first.title == second.title == "Dealer One: $100 overdue"
    assert ("held" in first.text, "held" in second.text) == (False, True)
    assert told(cast) == {"admin": 2, "owner": 2, "buyer": 0, "rival": 0, "supplier": 0}
