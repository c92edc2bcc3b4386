"""An order goes from step to step: by itself where the rules of a step let it, or by the hand of who is asked.

Rules are read when an order reaches a step, under the lock of its row, so two people never pass one step twice. A
person may pass what a rule holds, with a note that says why; many at once pass only what breaks no rule; and nobody
lets an order leave that the dealer's credit no longer carries.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.queries import prices_for
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.network.queries import enterprise, role_of
from firstmove.domains.stock import reserving
from firstmove.domains.stock.queries import HolderView, held_by
from firstmove.domains.trade.models import FEED, REVIEWED, STEPS, Order, OrderLine, OrderStep, State, StepRule
from firstmove.domains.trade.operations import accounts, sending
from firstmove.domains.trade.operations.credit_checks import over_credit
from firstmove.domains.trade.queries.credit_limits import credit
from firstmove.domains.trade.queries.holders import holder_of
from firstmove.domains.trade.queries.leaving import shippable
from firstmove.domains.trade.queries.steps import late_steps
from firstmove.kernel import outbox, tenancy, writing
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from firstmove.kernel.tenancy import SYSTEM, Actor

MOVED, LATE = "trade.order_moved", "trade.order_late"
# Why an order did not pass a step by itself.
BY_HAND, CREDIT, STOCK, AMOUNT, PRICE, SENT_BACK = "by-hand", "credit", "stock", "amount", "price", "sent-back"
MOST_AT_ONCE = 200
_LONGEST_NOTE = 500


class Held(Conflict):
    """Rules of the step hold the order; `causes` says which."""

    code = "held"


@dataclass(frozen=True)
class Entered:
    """A step that an order reached, and why it stays there; without a cause it passed."""

    state: State
    held_by: tuple[str, ...] = ()


class Facts:
    """What the rules ask about an order, each read when a rule first asks."""

    def __init__(
        self,
        order: Order,
        *,
        on: dt.date,
        credit_checked: bool = False,
        held: Mapping[int, reserving.Held | HolderView] | None = None,
    ) -> None:
        self._order, self._on, self._given = order, on, held
        # Just placed: its credit was checked in this transaction.
        self.credit_checked = credit_checked

    @cached_property
    def over_credit(self) -> bool:
        """Whether the dealer owes, this order among it, more than its limit, or too long: see `Credit.carries`."""
        if self._order.buyer_dealer_id is None or self._order.seller_supplier_id is not None or self.credit_checked:
            return False
        return not credit(dealer_id=self._order.buyer_dealer_id, on=self._on).carries()

    @cached_property
    def _held(self) -> Mapping[int, reserving.Held | HolderView]:
        """What it reserved and waits for, by product id; what the enterprise does not keep here is absent."""
        return held_by(holder=holder_of(self._order.pk)) if self._given is None else self._given

    @property
    def is_short(self) -> bool:
        """Whether some of it waits for goods."""
        return any(held.waiting > 0 for held in self._held.values())

    @cached_property
    def is_empty_handed(self) -> bool:
        """Whether nothing of it could leave: all of it waits for goods."""
        if self._order.seller_supplier_id is not None or not self.is_short:
            return False
        lines = OrderLine.objects.filter(order=self._order).order_by("number")
        return not shippable(list(lines), held=self._held)

    @cached_property
    def deviation(self) -> float:
        """The largest share by which a line's price differs from its list; infinite where no list has one."""
        dealer_id = self._order.buyer_dealer_id
        if dealer_id is None:
            return 0.0
        lines = list(OrderLine.objects.filter(order=self._order).values_list("product_id", "quantity", "unit_price"))
        units: dict[int, float] = {}
        for product_id, quantity, _price in lines:
            units[product_id] = units.get(product_id, 0) + quantity
        quotes = prices_for(dealer_id=dealer_id, on=self._order.ordered_on, product_ids=list(units), quantities=units)
        worst = 0.0
        for product_id, _quantity, price in lines:
            quote = quotes.get(product_id)
            if quote is None or (quote.price == 0 and price != 0):
                return float("inf")
            if quote.price:
                worst = max(worst, abs(float(price / quote.price) - 1))
        return worst


def rules_on() -> dict[str, StepRule]:
    """The rules of the steps that are on, by step."""
    return {rule.step: rule for rule in StepRule.objects.filter(is_on=True)}


def course(order: Order, *, start: State, rules: Mapping[str, StepRule], facts: Facts) -> list[Entered]:
    """The steps that an order reaches from `start` on, until one holds it or it is on its way."""
    reached: list[Entered] = []
    for state in STEPS[STEPS.index(start) : STEPS.index(State.IN_TRANSIT) + 1]:
        causes = _causes(order, state, rules.get(state), facts) if state in REVIEWED else ()
        reached.append(Entered(state, causes))
        if causes:
            break
    return reached


def _causes(order: Order, step: State, rule: StepRule | None, facts: Facts) -> tuple[str, ...]:
    """Why a step holds an order; empty where it passes by itself."""
    causes = list(broken(order, step, rule, facts))
    if rule is not None and not rule.automatic:
        causes.append(BY_HAND)
    return tuple(causes)


def broken(order: Order, step: State, rule: StepRule | None, facts: Facts) -> tuple[str, ...]:
    """Which rules of a step an order breaks. Goods leave on credit alone, and where there are some, whatever the rules
    say."""
    found = []
    if (step == State.TO_SHIP or (rule is not None and rule.within_credit)) and facts.over_credit:
        found.append(CREDIT)
    if (rule is not None and rule.in_stock and facts.is_short) or (step == State.TO_SHIP and facts.is_empty_handed):
        found.append(STOCK)
    if rule is not None:
        if rule.most_amount is not None and order.amount > rule.most_amount:
            found.append(AMOUNT)
        if rule.most_deviation is not None and facts.deviation > float(rule.most_deviation) + 1e-9:
            found.append(PRICE)
    return tuple(found)


def walk(
    order: Order,
    reached: Collection[Entered],
    *,
    actor: Actor,
    now: dt.datetime,
    on: dt.date,
    note: str = "",
    first_by_hand: bool = False,
    held: Mapping[int, reserving.Held] | None = None,
) -> None:
    """Enter the steps that `course` found, the first by the actor's hand or all by themselves.

    In transit, all that may leave is one shipment, and what waits for goods its back-order. Raises NothingToShip.
    """
    writing.insert(
        OrderStep(
            order=order,
            buyer_dealer_id=order.buyer_dealer_id,
            seller_supplier_id=order.seller_supplier_id,
            state=entered.state,
            at=now,
            user_id=actor.user_id if first_by_hand and index == 0 else None,
            automatic=not (first_by_hand and index == 0),
            note=note if index == 0 else "",
            held_by=list(entered.held_by),
        )
        for index, entered in enumerate(reached)
    )
    last = list(reached)[-1].state
    if order.state != last:
        order.state = last
        order.save(update_fields=["state"])
    if order.state == State.IN_TRANSIT and order.seller_supplier_id is None:
        sending.send_out(order, actor=actor, on=on, now=now, first_of=held)


def pass_step(
    *, actor: Actor, order_id: int, step: str, now: dt.datetime, note: str = "", keep_rules: bool = False
) -> str:
    """Somebody of the enterprise lets an order pass the step at which they saw it; returns where it is then.

    Raises NotFound, NotAllowed for who is not asked, Conflict `step-passed` where somebody was quicker, Held with
    `keep_rules` where a rule holds it, Invalid where it does and no note says why it passes all the same, and
    OverCredit where goods would leave that the dealer's credit does not carry: no note passes that.
    """
    note = note_of(note)
    with tenancy.scope(actor):
        order, rule = _asked_about(actor, order_id, step)
        on = enterprise(now=now).business_on
        rules, facts = rules_on(), Facts(order, on=on)
        causes = broken(order, State(step), rule, facts)
        if CREDIT in causes and step == State.TO_SHIP:
            raise over_credit(dealer_id=order.buyer_dealer_id, on=on)
        if causes and keep_rules:
            raise Held(
                _("Order %(number)s breaks a rule of its step.") % {"number": order.number},
                _("Open it, and pass it alone with a note that says why."),
                causes=list(causes),
            )
        if causes and not note:
            raise Invalid(
                _("A rule holds this order. Say in a note why it passes all the same."), field="note", code="note"
            )
        reached = course(order, start=_after(step), rules=rules, facts=facts)
        walk(order, reached, actor=actor, now=now, on=on, note=note, first_by_hand=True)
        _tell(order, step, note, causes)
        return order.state


@dataclass(frozen=True)
class Outcome:
    """What became of one order of many; `problem` is empty where it passed."""

    order_id: int
    problem: str = ""


def pass_steps(*, actor: Actor, orders: Iterable[tuple[int, str]], now: dt.datetime) -> list[Outcome]:
    """Let many orders (id, step at which it was seen) pass, each in a transaction of its own and none against a rule.

    Raises Invalid for more than `MOST_AT_ONCE`.
    """
    wanted = sorted(set(orders))
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid(_("At most %(most)s orders pass at once.") % {"most": MOST_AT_ONCE}, code="too-many")
    outcomes = []
    for order_id, step in wanted:
        try:
            pass_step(actor=actor, order_id=order_id, step=step, now=now, keep_rules=True)
        except Problem as problem:
            outcomes.append(Outcome(order_id, str(problem)))
        else:
            outcomes.append(Outcome(order_id))
    return outcomes


def send_back(*, actor: Actor, order_id: int, step: str, note: str, now: dt.datetime) -> str:
    """To the step before it that is on, with a note that says why; it waits there for somebody. Returns that step.

    Raises as `pass_step`, Invalid without a note, Conflict where no step before it is on.
    """
    note = note_of(note)
    if not note:
        raise Invalid(_("Say in a note why it goes back."), field="note", code="note")
    with tenancy.scope(actor):
        order, _rule = _asked_about(actor, order_id, step)
        on = set(rules_on())
        before = [state for state in STEPS[: STEPS.index(State(step))] if state in on]
        if not before:
            raise Conflict(
                _("No step before this one is on."), _("Pass the order, or cancel it with a note."), code="first-step"
            )
        reached = [Entered(before[-1], (SENT_BACK,))]
        walk(order, reached, actor=actor, now=now, on=order.ordered_on, note=note, first_by_hand=True)
        _tell(order, step, note, (SENT_BACK,))
        return order.state


def tell_late(*, now: dt.datetime) -> int:
    """Tell once of every step at which an order waits for longer than was agreed; returns how many were late."""
    with tenancy.scope(SYSTEM):
        late = [found for found in late_steps(now=now) if not found.told]
    told = 0
    for found in late:
        with tenancy.scope(SYSTEM):
            rows = OrderStep.objects.select_for_update(of=("self",)).filter(
                id=found.step_id, late_told_at__isnull=True, order__state=F("state")
            )
            row = rows.select_related("order").first()
            if row is None:
                continue
            row.late_told_at = now
            row.save(update_fields=["late_told_at"])
            outbox.publish(
                topic=LATE,
                dealer_id=row.buyer_dealer_id,
                payload={
                    "order": row.order.number,
                    "order_id": row.order.pk,
                    "step": row.state,
                    "since": row.at.isoformat(),
                    "due_at": found.due_at.isoformat() if found.due_at else None,
                    "asked_role": found.asked_role,
                },
            )
            told += 1
    return told


def _asked_about(actor: Actor, order_id: int, step: str) -> tuple[Order, StepRule | None]:
    """The order, locked, with the rule of the step at which it waits. Raises NotAllowed, NotFound, Conflict."""
    if actor.kind != "enterprise":
        raise NotAllowed()
    accounts.locked_of(order_id)
    order = Order.objects.select_for_update().filter(id=order_id, seller_supplier_id__isnull=True).first()
    if order is None:
        raise NotFound()
    if order.origin_kind == FEED:
        raise Conflict(_("This order changes with the files of the system that took it."), code="elsewhere")
    if order.state != step or step not in REVIEWED:
        raise Conflict(
            _("Order %(number)s no longer waits at this step.") % {"number": order.number},
            _("Somebody was quicker. Look at it again."),
            code="step-passed",
        )
    rule = StepRule.objects.filter(step=step, is_on=True).first()
    entry = OrderStep.objects.filter(order=order).order_by("-at", "-id").first()
    if rule is None and not (entry is not None and entry.held_by):
        raise Conflict(
            _("Order %(number)s goes on by itself.") % {"number": order.number},
            _("Until then its buyer can cancel it."),
            code="not-held",
        )
    if rule is not None and not may_decide(role_of(actor=actor), rule.asked_role):
        raise NotAllowed(_("Somebody else is asked about this step."))
    return order, rule


def may_decide(role: str, asked_role: str) -> bool:
    """Whether a person of the enterprise decides at a step that asks a role; an administrator always."""
    return role == "admin" or not asked_role or role == asked_role


def _after(step: str) -> State:
    return STEPS[STEPS.index(State(step)) + 1]


def note_of(text: str) -> str:
    """A note as it is kept. Raises Invalid for one that is too long."""
    note = text.replace("\x00", "").strip()
    if len(note) > _LONGEST_NOTE:
        raise Invalid(_("A note has at most %(most)s characters.") % {"most": _LONGEST_NOTE}, field="note")
    return note


def _tell(order: Order, step: str, note: str, causes: Collection[str]) -> None:
    outbox.publish(
        topic=MOVED,
        dealer_id=order.buyer_dealer_id,
        payload={
            "order": order.number,
            "order_id": order.pk,
            "dealer": None if order.buyer_dealer_id is None else dealer_view(dealer_id=order.buyer_dealer_id).code,
            "from": step,
            "to": order.state,
            "note": note,
            "broke": list(causes),
        },
    )
