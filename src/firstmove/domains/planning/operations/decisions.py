"""What a dealer makes of a proposal: edit a line, accept, reject. Advice itself is never changed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries
from firstmove.domains.planning.models import Decision, Proposal, ProposalLine, ProposalState, RejectCause
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries as trade_queries
from firstmove.engine.inventory.position import round_order
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.outbox import Event
from firstmove.kernel.tenancy import Actor

MOST_UNITS = 1_000_000
_SMALLEST_KG = 0.001


@dataclass(frozen=True)
class Change:
    """Something that is no longer as the proposal said. `kind`: "price", "unlisted" or "stock"."""

    kind: str
    number: int
    product_name: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Accepted:
    """Either an order, or what changed meanwhile: the proposal now shows it and waits for a second yes."""

    order_id: int | None
    order_number: str
    changes: tuple[Change, ...] = ()


def edit_line(*, actor: Actor, proposal_id: int, number: int, quantity: int, today: dt.date) -> queries.LineView:
    """Order another quantity of a line, or 0 to leave it out; snapped up to the multiple and the minimum.

    The line then costs what that quantity costs. A list that changed meanwhile is told when the order is accepted.
    Raises NotFound, Conflict where the proposal is no longer open, Invalid for a quantity that nobody can mean.
    """
    with tenancy.scope(actor):
        _may_order(actor)
        _open(actor, proposal_id, today)
        line = ProposalLine.objects.filter(proposal_id=proposal_id, number=number).first()
        if line is None:
            raise NotFound()
        if not 0 <= quantity <= MOST_UNITS:
            raise Invalid(
                _("A quantity lies between 0 and %(most)s.") % {"most": MOST_UNITS}, field=f"quantity-{number}"
            )
        snapped = round_order(
            np.array([float(quantity)]),
            multiple=np.array([line.order_multiple]),
            minimum=np.array([line.order_minimum]),
        )
        share = None if not line.scarce else int(line.scarce["granted"])
        if share is not None and snapped[0] > share:
            raise Invalid(
                _("This product is scarce: your share until more comes is %(share)s.") % {"share": share},
                _("Everybody's share follows the same rule; see Scarce goods."),
                field=f"quantity-{number}",
                code="scarce",
            )
        _move_to_step(line, quantity=int(snapped[0]), today=today)
        line.chosen_quantity = int(snapped[0])
        line.save(update_fields=["chosen_quantity", "current_price"])
        return queries.line(proposal_id=proposal_id, number=number)


def accept(*, actor: Actor, proposal_id: int, now: dt.datetime) -> Accepted:
    """Make the order, unless price, listing or stock changed meanwhile: then say so and wait for a second yes.

    Two accepts at once make one order, and both are told its number. Raises OverCredit where credit does not carry it,
    Conflict where the proposal is no longer open, Invalid where every line was taken out.
    """
    with tenancy.scope(actor):
        _may_order(actor)
        today = network.enterprise(now=now).business_on
        proposal = _locked(actor, proposal_id)
        if proposal.state == ProposalState.ACCEPTED and proposal.order_id is not None:
            order = trade_queries.order(order_id=proposal.order_id).order
            return Accepted(order.id, order.number)
        _require_open(proposal, today)
        return take(proposal, actor=actor, today=today, now=now)


def take(proposal: Proposal, *, actor: Actor, today: dt.date, now: dt.datetime, automatic: bool = False) -> Accepted:
    """Make an order of an open proposal that the caller holds locked, inside the actor's scope."""
    changes = _apply_changes(proposal, today)
    if changes:
        return Accepted(None, "", tuple(changes))
    lines = list(ProposalLine.objects.filter(proposal=proposal).order_by("number"))
    ordered = [(line, line.quantity if line.chosen_quantity is None else line.chosen_quantity) for line in lines]
    if not any(quantity for _line, quantity in ordered):
        raise Invalid(_("Every line was taken out."), _("Reject the proposal, or put a quantity back."))
    _require_minimum(proposal, ordered)
    placed = trade.place(
        actor=actor,
        buyer_dealer_id=proposal.dealer_id,
        origin=("proposal", proposal.pk),
        lines=[
            trade.NewLine(line.product_id, Decimal(quantity), _price(line)) for line, quantity in ordered if quantity
        ],
        currency=proposal.currency,
        ordered_on=today,
        expected_on=today + (proposal.expected_on - proposal.for_on),
        now=now,
        price_assumed=any(line.price_assumed for line, quantity in ordered if quantity),
        automatic=automatic,
    )
    for line, quantity in ordered:
        line.decided_quantity = quantity
        line.decision = (
            Decision.REMOVED if not quantity else Decision.ACCEPTED if quantity == line.quantity else Decision.CHANGED
        )
    ProposalLine.objects.bulk_update(lines, ["decision", "decided_quantity"], batch_size=1000)
    proposal.state, proposal.order_id = ProposalState.ACCEPTED, placed.id
    proposal.decided_at, proposal.decided_by_id = now, actor.user_id
    proposal.save(update_fields=["state", "order_id", "decided_at", "decided_by"])
    return Accepted(placed.id, placed.number)


def reject(*, actor: Actor, proposal_id: int, cause: str, now: dt.datetime) -> None:
    """No order today, and why. Raises Invalid for an unknown cause, Conflict where the proposal is no longer open."""
    if cause not in RejectCause.values:
        raise Invalid(_("Choose one of the causes."), field="cause")
    with tenancy.scope(actor):
        _may_order(actor)
        today = network.enterprise(now=now).business_on
        proposal = _locked(actor, proposal_id)
        _require_open(proposal, today)
        ProposalLine.objects.filter(proposal=proposal).update(decision=Decision.REJECTED, decided_quantity=0)
        proposal.state, proposal.reject_cause = ProposalState.REJECTED, cause
        proposal.decided_at, proposal.decided_by_id = now, actor.user_id
        proposal.save(update_fields=["state", "reject_cause", "decided_at", "decided_by"])


def take_back(events: Sequence[Event]) -> None:
    """Orders that their dealer cancelled in time: their advice was rejected, whatever was said before.

    Called with the news of cancelled orders inside the system's scope; twice is as once.
    """
    orders = [event.payload["order_id"] for event in events if "order_id" in event.payload]
    proposals = Proposal.objects.select_for_update().filter(order_id__in=orders, state=ProposalState.ACCEPTED)
    ids = list(proposals.order_by("id").values_list("id", flat=True))
    ProposalLine.objects.filter(proposal_id__in=ids).update(decision=Decision.REJECTED, decided_quantity=0)
    Proposal.objects.filter(id__in=ids).update(state=ProposalState.REJECTED, reject_cause=RejectCause.OTHER)


def _may_order(actor: Actor) -> None:
    if actor.kind != "dealer" or network.role_of(actor=actor) not in network.ORDERING_ROLES:
        raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))


def _locked(actor: Actor, proposal_id: int) -> Proposal:
    proposal = Proposal.objects.select_for_update().filter(id=proposal_id, dealer_id=actor.dealer_id).first()
    if proposal is None:
        raise NotFound()
    return proposal


def _open(actor: Actor, proposal_id: int, today: dt.date) -> Proposal:
    proposal = _locked(actor, proposal_id)
    _require_open(proposal, today)
    return proposal


def _require_open(proposal: Proposal, today: dt.date) -> None:
    if proposal.state == ProposalState.READY and proposal.expires_on >= today:
        return
    words = {
        ProposalState.ACCEPTED: _("This proposal was accepted already."),
        ProposalState.REJECTED: _("This proposal was rejected already."),
        ProposalState.SUPERSEDED: _("A newer proposal has replaced this one."),
    }
    raise Conflict(
        words.get(ProposalState(proposal.state), _("This proposal has expired.")),
        _("Open today's order and decide there."),
        code="proposal-closed",
    )


def _require_minimum(proposal: Proposal, ordered: Sequence[tuple[ProposalLine, int]]) -> None:
    """Raises Invalid for an order that its edits brought under the minimum: it would not be shipped.

    What was proposed, or more, is taken: a share of scarce goods may have left the proposal itself under the minimum.
    """
    if all(quantity >= line.quantity for line, quantity in ordered):
        return
    terms = queries.proposal(proposal_id=proposal.pk).terms
    load = queries.load_of(proposal_id=proposal.pk, terms=terms)
    if load.amount < Decimal(str(terms.least_amount or 0)) or load.kg < (terms.least_kg or 0) - _SMALLEST_KG:
        raise Invalid(
            _("The order is under the minimum order."),
            _("Order more of a line, or reject the proposal and wait for the next one."),
            code="under-minimum",
        )


def _apply_changes(proposal: Proposal, today: dt.date) -> list[Change]:
    """Compare every line that would be ordered with the world as it is, and bring it up to date."""
    lines = list(
        ProposalLine.objects.filter(proposal=proposal)
        .exclude(chosen_quantity=0)
        .select_related("product")
        .order_by("number")
    )
    ids = [line.product_id for line in lines]
    products = catalog.products_by_id(ids=ids)
    more = _arrived_or_ordered_since(proposal, lines)
    needed = {line.product_id: _still_needed(line, more.get(line.product_id, 0.0)) for line in lines}
    prices = catalog.prices_for(dealer_id=proposal.dealer_id, on=today, product_ids=ids, quantities=needed)
    changes = []
    for line in lines:
        product = products[line.product_id]
        quantity = line.quantity if line.chosen_quantity is None else line.chosen_quantity

        def note(
            kind: str, before: Decimal, after: Decimal, line: ProposalLine = line, name: str = product.name
        ) -> None:
            changes.append(Change(kind, line.number, name, before, after))

        if not product.is_listed:
            note("unlisted", Decimal(quantity), Decimal(0))
            line.chosen_quantity = 0
            continue
        quote = prices.get(line.product_id)
        price = None if quote is None else quote.price
        if price is None and product.unit_price is not None:
            # No list holds today, or never did: the scenario's share of the customer's price, as in the run.
            margin = Decimal(str(proposal.assumptions["dealer_margin"]))
            price = (product.unit_price * (1 - margin)).quantize(Decimal("0.0001"))
        if price is not None and price != _price(line):
            note("price", _price(line), price)
            line.current_price = None if price == line.unit_price else price
            line.price_assumed = quote is None
        if needed[line.product_id] < quantity:
            note("stock", Decimal(quantity), Decimal(needed[line.product_id]))
            line.chosen_quantity = needed[line.product_id]
    if changes:
        ProposalLine.objects.bulk_update(lines, ["chosen_quantity", "current_price", "price_assumed"], batch_size=1000)
    return changes


def _ordered(line: ProposalLine) -> int:
    return line.quantity if line.chosen_quantity is None else line.chosen_quantity


def _still_needed(line: ProposalLine, extra: float) -> int:
    """What is left to order of a line after `extra` units came or were ordered; a choice of the dealer's stands."""
    quantity = _ordered(line)
    if extra < line.order_multiple or line.chosen_quantity is not None:
        return quantity
    still = np.array([max(quantity - extra, 0.0)])
    multiple, minimum = np.array([line.order_multiple]), np.array([line.order_minimum])
    return min(quantity, int(round_order(still, multiple=multiple, minimum=minimum)[0]))


def _move_to_step(line: ProposalLine, *, quantity: int, today: dt.date) -> None:
    """Let the line cost what another quantity costs, unless the list changed: that is said before it is taken."""
    if not quantity:
        return
    asked = {"dealer_id": line.dealer_id, "on": today, "product_ids": [line.product_id]}
    now = catalog.prices_for(**asked, quantities={line.product_id: _ordered(line)}).get(line.product_id)
    then = catalog.prices_for(**asked, quantities={line.product_id: quantity}).get(line.product_id)
    before = _price(line) if _ordered(line) else line.unit_price
    if then is not None and (now.price if now else None) == before:
        line.current_price = None if then.price == line.unit_price else then.price


def _price(line: ProposalLine) -> Decimal:
    """What a unit costs now, as far as we noticed."""
    return line.unit_price if line.current_price is None else line.current_price


def _arrived_or_ordered_since(proposal: Proposal, lines: Sequence[ProposalLine]) -> dict[int, float]:
    """Units by product that came or were ordered after the run looked: they need not be ordered again."""
    assumed = "stock" in proposal.assumed
    # Where stock is counted, an order that came is in the balance already.
    more = trade_queries.ordered_after(dealer_id=proposal.dealer_id, day=proposal.as_of, open_only=not assumed)
    if assumed:
        return more
    balances = stock.balances(dealer_id=proposal.dealer_id, product_ids=[line.product_id for line in lines])
    for line in lines:
        balance = balances.get(line.product_id)
        if balance is not None:
            # What was on its way and has arrived only moved from one pocket to the other.
            came = float(balance.on_hand) - line.on_hand - line.in_transit
            more[line.product_id] = more.get(line.product_id, 0.0) + max(came, 0.0)
    return more
