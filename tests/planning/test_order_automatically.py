"""Automatic ordering: where it is offered, who switches it on and off, and that it orders once and within limits."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import Error, transaction

from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import AutomaticOrdering, ProposalLine, Replay
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries as trade_queries
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, accept, proposal, todays
from tests.trade.at_once import together

LATER = NOW.replace(hour=10)


def prove(dealer_id, *, until=TODAY - DAY, gains=True, days=364, fill=0.95, base=0.9, low=0.1):
    """A replay as the worker leaves it; what it plays has tests of its own."""
    with tenancy.scope(SYSTEM):
        return Replay.objects.create(
            dealer_id=dealer_id, since=until - dt.timedelta(days=days - 1), until=until, state="complete", scenario={},
            results={"days": days}, saving=0.2, saving_low=low, saving_high=0.3, fill=fill, fill_of_base=base,
            gains=gains, requested_at=NOW,
        ).pk  # fmt: skip


def switch_on(person, **limits):
    wanted = {
        "most_per_order": Decimal(100_000), "most_per_month": Decimal(200_000), "stops_at_unusual": False, "at_hour": 9,
    } | limits  # fmt: skip
    operations.switch_on(actor=person.actor, now=NOW, **wanted)


def clock_follows():
    """The installation stands on today and not on a past day, as where nights are planned."""
    network.set_business_date(day=None)


def attempt(scene):
    return operations.attempt(dealer_id=scene.cast.dealer_id, proposal_id=scene.proposal_id, now=LATER)


def attempts(dealer_id):
    with tenancy.scope(SYSTEM):
        return queries.attempts(dealer_id=dealer_id)[0]


def orders(dealer_id):
    with tenancy.scope(SYSTEM):
        return trade_queries.orders(dealer_id=dealer_id)[0]


def consent(dealer_id):
    with tenancy.scope(SYSTEM):
        return queries.automatic(dealer_id=dealer_id)


@pytest.fixture
def ready(scene):
    """Dealer One's owner switched it on; its hour has come."""
    prove(scene.cast.dealer_id)
    switch_on(scene.cast.owner)
    return scene


# --- the gate


@pytest.mark.parametrize(
    ("proof", "why"),
    [
        (None, "none"),
        ({"days": 91}, "none"),
        ({"until": TODAY - 43 * DAY}, "old"),
        ({"gains": False, "low": -0.1}, "no_gain"),
        ({"gains": False, "fill": 0.8}, "lower_fill"),
    ],
)
def test_it_is_not_offered_without_a_recent_replay_that_gains(scene, proof, why):
    if proof is not None:
        prove(scene.cast.dealer_id, **proof)
    prove(scene.cast.rival_id)  # another dealer's proof proves nothing here
    with tenancy.scope(scene.cast.owner.actor):
        assert queries.gate(dealer_id=scene.cast.dealer_id, on=TODAY).why == why
    with pytest.raises(Conflict) as refused:
        switch_on(scene.cast.owner)
    assert refused.value.code == "gate-closed"
    assert consent(scene.cast.dealer_id) is None


def test_a_later_replay_without_a_gain_withdraws_the_offer(scene):
    prove(scene.cast.dealer_id)
    prove(scene.cast.dealer_id, gains=False, low=-0.1)
    with pytest.raises(Conflict):
        switch_on(scene.cast.owner)


@pytest.mark.parametrize("who", ["buyer", "admin", "supplier"])
def test_nobody_but_the_owner_switches_it_on(scene, who):
    prove(scene.cast.dealer_id)
    with pytest.raises(NotAllowed):
        switch_on(getattr(scene.cast, who))
    assert consent(scene.cast.dealer_id) is None


def test_the_enterprise_cannot_consent_past_the_program_either(scene):
    replay_id = prove(scene.cast.dealer_id)
    with pytest.raises(Error), transaction.atomic(), tenancy.scope(scene.cast.admin.actor):
        AutomaticOrdering.objects.create(
            dealer_id=scene.cast.dealer_id, is_on=True, replay_id=replay_id, most_per_order=1, most_per_month=1,
            changed_at=NOW,
        )  # fmt: skip


@pytest.mark.parametrize("who", ["owner", "admin"])
def test_nobody_writes_their_own_proof(scene, who):
    with pytest.raises(Error), transaction.atomic(), tenancy.scope(getattr(scene.cast, who).actor):
        Replay.objects.create(
            dealer_id=scene.cast.dealer_id, since=TODAY - 364 * DAY, until=TODAY, state="complete", scenario={},
            results={}, gains=True, requested_at=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"most_per_order": Decimal(0)}, "most_per_order"),
        ({"most_per_order": Decimal("nan")}, "most_per_order"),
        ({"most_per_month": Decimal(5)}, "most_per_month"),
        ({"at_hour": 3}, "at_hour"),
    ],
)
def test_limits_that_nobody_can_mean_are_refused(scene, limits, field):
    prove(scene.cast.dealer_id)
    with pytest.raises(Invalid) as refused:
        switch_on(scene.cast.owner, **limits)
    assert refused.value.facts["field"] == field


def test_consent_and_its_withdrawal_are_on_the_record(scene):
    from firstmove.kernel.models import AuditEvent

    prove(scene.cast.dealer_id)
    switch_on(scene.cast.owner)
    operations.switch_off(actor=scene.cast.buyer.actor, now=LATER)
    assert (consent(scene.cast.dealer_id).is_on, consent(scene.cast.dealer_id).closed_because) == (False, "owner")
    with tenancy.scope(scene.cast.owner.actor):
        found = AuditEvent.objects.filter(table_name="planning_automaticordering").order_by("id")
        assert [(event.action, event.user_id) for event in found] == [
            ("insert", scene.cast.owner.user_id),
            ("update", scene.cast.buyer.user_id),
        ]


# --- the morning


def test_a_proposal_becomes_an_order_at_its_hour_and_once(ready):
    clock_follows()
    assert operations.order_due(now=NOW) == 0  # eight o'clock; nine was agreed
    assert operations.order_due(now=LATER) == 1
    assert operations.order_due(now=LATER + dt.timedelta(minutes=10)) == 0
    (order,) = orders(ready.cast.dealer_id)
    assert (order.automatic, order.origin_id, order.state) == (True, ready.proposal_id, "order_review")
    found = proposal(ready.proposal_id)
    assert (found.state, found.decided_by, found.order_id) == ("accepted", "", order.id)
    assert orders(ready.cast.rival_id) == []
    (one,) = attempts(ready.cast.dealer_id)
    assert (one.outcome, one.order_id) == ("ordered", order.id)


def test_an_installation_on_a_past_day_orders_nothing_by_itself(ready):
    assert operations.order_due(now=LATER) == 0
    assert orders(ready.cast.dealer_id) == []


def test_a_pause_of_the_enterprise_stops_everybody(ready):
    clock_follows()
    operations.set_pause(actor=ready.cast.admin.actor, paused=True, now=NOW)
    assert operations.order_due(now=LATER) == 0
    assert attempt(ready) is None
    operations.set_pause(actor=ready.cast.admin.actor, paused=False, now=NOW)
    assert operations.order_due(now=LATER) == 1


@pytest.mark.parametrize("who", ["owner", "supplier"])
def test_nobody_but_the_enterprise_pauses_it(ready, who):
    with pytest.raises(NotAllowed):
        operations.set_pause(actor=getattr(ready.cast, who).actor, paused=True, now=NOW)


def test_consent_taken_back_holds_at_once(ready):
    operations.switch_off(actor=ready.cast.owner.actor, now=NOW)
    assert attempt(ready) is None
    assert orders(ready.cast.dealer_id) == []


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        ({"most_per_order": Decimal(10), "most_per_month": Decimal(10)}, "over_order"),
        ({"stops_at_unusual": True}, "unusual"),
    ],
)
def test_a_proposal_beyond_its_limits_waits_for_a_person(scene, limits, outcome):
    prove(scene.cast.dealer_id)
    switch_on(scene.cast.owner, **limits)
    if outcome == "unusual":
        with tenancy.scope(SYSTEM):
            assert ProposalLine.objects.filter(proposal_id=scene.proposal_id, attention__in=("new", "large")).exists()
    assert attempt(scene) == outcome
    assert orders(scene.cast.dealer_id) == []
    assert proposal(scene.proposal_id).is_ready
    assert attempt(scene) is None  # looked at once
    assert accept(scene.cast.buyer, scene.proposal_id).order_id is not None


def test_the_limit_of_the_month_counts_what_was_ordered_in_it(scene):
    amount = proposal(scene.proposal_id).totals.amount
    prove(scene.cast.dealer_id)
    switch_on(scene.cast.owner, most_per_order=amount, most_per_month=amount)
    assert attempt(scene) == "ordered"
    operations.plan(now=NOW + DAY, as_of=TODAY)
    network.set_business_date(day=TODAY + DAY)
    second = todays(scene.cast.dealer_id, on=TODAY + DAY)
    found = operations.attempt(dealer_id=scene.cast.dealer_id, proposal_id=second.id, now=LATER + DAY)
    assert found == "over_month"


def test_what_somebody_is_editing_is_left_to_them(ready):
    operations.edit_line(
        actor=ready.cast.buyer.actor, proposal_id=ready.proposal_id, number=1, quantity=500, today=TODAY
    )
    assert attempt(ready) == "edited"
    assert orders(ready.cast.dealer_id) == []


def test_an_order_over_credit_waits_for_a_person(ready):
    network.upsert_dealers(rows=[{"code": "D-1", "credit_limit": Decimal(1)}])
    assert attempt(ready) == "over_credit"
    assert orders(ready.cast.dealer_id) == []
    assert proposal(ready.proposal_id).is_ready


def test_a_person_and_the_clock_at_once_make_one_order(committed_scene):
    scene = committed_scene
    prove(scene.cast.dealer_id)
    switch_on(scene.cast.owner)
    by_hand, by_itself = together(
        lambda: accept(scene.cast.buyer, scene.proposal_id), lambda: attempt(scene)
    )  # fmt: skip
    (order,) = orders(scene.cast.dealer_id)
    assert by_hand.order_id == order.id
    assert order.automatic == (by_itself == "ordered")
    assert by_itself in ("ordered", None)


def test_the_clock_on_two_machines_makes_one_order(committed_scene):
    scene = committed_scene
    prove(scene.cast.dealer_id)
    switch_on(scene.cast.owner)
    assert sorted(map(str, together(lambda: attempt(scene), lambda: attempt(scene)))) == ["None", "ordered"]
    assert len(orders(scene.cast.dealer_id)) == 1


# --- taking it back


def test_an_automatic_order_can_be_cancelled_until_it_goes_its_way(ready, settings):
    from firstmove.lake.scope import LakeScope
    from firstmove.lake.store import Lake

    attempt(ready)
    (order,) = orders(ready.cast.dealer_id)
    with pytest.raises(NotFound):
        trade.cancel(actor=ready.cast.rival.actor, order_id=order.id, now=LATER)
    with pytest.raises(Invalid):  # the enterprise says why it takes an order back
        trade.cancel(actor=ready.cast.admin.actor, order_id=order.id, now=LATER)
    outbox.deliver()
    trade.cancel(actor=ready.cast.buyer.actor, order_id=order.id, now=LATER)
    trade.cancel(actor=ready.cast.buyer.actor, order_id=order.id, now=LATER)
    assert orders(ready.cast.dealer_id)[0].state == "cancelled"
    outbox.deliver()
    with tenancy.scope(SYSTEM):
        answers = set(ProposalLine.objects.filter(proposal_id=ready.proposal_id).values_list("decision", flat=True))
    assert answers == {"rejected"}  # and not accepted: nothing was ordered in the end
    assert proposal(ready.proposal_id).state == "rejected"
    rows = Lake(settings.LAKE_ROOT).read(table="orders", scope=LakeScope.system())
    assert rows["quantity"].to_list() == [0.0] * order.line_count  # nothing is in transit in tomorrow's plan
    assert operations.release_due(now=LATER + DAY) == 0


def test_after_its_hours_an_automatic_order_goes_its_way(ready):
    attempt(ready)
    (order,) = orders(ready.cast.dealer_id)
    wait = dt.timedelta(hours=operations.CANCEL_HOURS)
    assert operations.release_due(now=LATER + wait - dt.timedelta(minutes=1)) == 0
    assert operations.release_due(now=LATER + wait) == 1
    assert orders(ready.cast.dealer_id)[0].state == "in_transit"
    with pytest.raises(Conflict) as refused:
        trade.cancel(actor=ready.cast.owner.actor, order_id=order.id, now=LATER + wait)
    assert refused.value.code == "not-cancellable"


def test_an_order_by_hand_cannot_be_cancelled(scene):
    done = accept(scene.cast.buyer, scene.proposal_id)
    with pytest.raises(Conflict):
        trade.cancel(actor=scene.cast.buyer.actor, order_id=done.order_id, now=LATER)


# --- the gate closes


@pytest.mark.parametrize(("later", "why"), [({"gains": False, "low": -0.1}, "no_gain"), (None, "old_proof")])
def test_a_gate_that_no_longer_gains_closes_and_orders_nothing(ready, later, why):
    if later is not None:
        prove(ready.cast.dealer_id, **later)
    else:
        with tenancy.scope(SYSTEM):
            Replay.objects.update(until=TODAY - 43 * DAY, since=TODAY - 407 * DAY)
    assert attempt(ready) is None
    found = consent(ready.cast.dealer_id)
    assert (found.is_on, found.closed_because, found.was_closed) == (False, why, True)
    assert orders(ready.cast.dealer_id) == []


@pytest.mark.parametrize("notices", ["morning", "review"])
def test_consent_ends_with_the_owner_who_gave_it(ready, notices):
    network.leave(actor=ready.cast.admin.actor, user_id=ready.cast.owner.user_id, now=NOW)
    if notices == "review":
        operations.review(now=NOW)
    else:
        assert attempt(ready) is None
    found = consent(ready.cast.dealer_id)
    assert (found.is_on, found.closed_because, found.was_closed) == (False, "owner_left", True)
    assert orders(ready.cast.dealer_id) == []


def test_the_review_closes_it_too_and_asks_anew_for_a_proof_that_grows_old(ready):
    assert operations.review(now=NOW) == []
    with tenancy.scope(SYSTEM):
        Replay.objects.update(until=TODAY - 30 * DAY, since=TODAY - 393 * DAY)
    (replay_id,) = operations.review(now=NOW)
    assert operations.review(now=NOW) == []  # one that waits is enough
    with tenancy.scope(SYSTEM):
        assert queries.replay(replay_id=replay_id).dealer_id == ready.cast.dealer_id
    prove(ready.cast.dealer_id, gains=False, low=-0.2)
    operations.review(now=NOW)
    assert consent(ready.cast.dealer_id).closed_because == "no_gain"


def test_two_cancelled_orders_in_a_row_close_it(ready):
    for morning in (0, 1):
        now = LATER + morning * DAY
        if morning:
            operations.plan(now=now, as_of=TODAY)
            network.set_business_date(day=TODAY + DAY)
        waiting = todays(ready.cast.dealer_id, on=TODAY + morning * DAY)
        assert operations.attempt(dealer_id=ready.cast.dealer_id, proposal_id=waiting.id, now=now) == "ordered"
        trade.cancel(actor=ready.cast.owner.actor, order_id=orders(ready.cast.dealer_id)[0].id, now=now)
        operations.review(now=now)
    assert consent(ready.cast.dealer_id).closed_because == "cancelled"


def test_a_consent_given_anew_is_not_closed_by_an_order_cancelled_before_it(ready):
    """The owner cancels, thinks better of it within the hour, and cancels one more the next day."""
    owner, dealer = ready.cast.owner, ready.cast.dealer_id
    for morning in (0, 1):
        now = LATER + morning * DAY
        if morning:
            operations.plan(now=now, as_of=TODAY)
            network.set_business_date(day=TODAY + DAY)
        waiting = todays(dealer, on=TODAY + morning * DAY)
        assert operations.attempt(dealer_id=dealer, proposal_id=waiting.id, now=now) == "ordered"
        trade.cancel(actor=owner.actor, order_id=orders(dealer)[0].id, now=now)
        if not morning:
            limits = {"most_per_order": Decimal(90_000), "most_per_month": Decimal(200_000)}
            operations.switch_on(
                actor=owner.actor, stops_at_unusual=False, at_hour=9, now=now + dt.timedelta(hours=1), **limits
            )
        operations.review(now=now)
    assert consent(dealer).is_on


def test_what_breaks_on_one_dealers_order_does_not_keep_the_others_from_theirs(ready, monkeypatch):
    from firstmove.domains.planning.operations import automatic

    clock_follows()
    prove(ready.cast.rival_id)
    switch_on(ready.cast.rival)
    really = automatic.take

    def take(proposal, **how):
        if proposal.dealer_id == ready.cast.dealer_id:
            raise RuntimeError("a defect")
        return really(proposal, **how)

    monkeypatch.setattr(automatic, "take", take)
    assert operations.order_due(now=LATER) == 1
    assert len(orders(ready.cast.rival_id)) == 1
    assert orders(ready.cast.dealer_id) == []
    monkeypatch.setattr(automatic, "take", really)
    assert operations.order_due(now=LATER) == 1


def test_nothing_is_ordered_for_a_dealer_that_left_the_network_since_the_night(ready):
    clock_follows()
    network.upsert_dealers(rows=[{"code": "D-1", "is_active": False}])
    assert operations.order_due(now=LATER) == 0
    network.upsert_dealers(rows=[{"code": "D-1", "is_active": True}])
    assert operations.order_due(now=LATER) == 1
