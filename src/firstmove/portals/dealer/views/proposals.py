"""A proposal: look at it, change a line, accept, reject."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.operations import Change
from firstmove.domains.planning.queries import LineView, ProposalView
from firstmove.domains.trade import queries as trade
from firstmove.domains.trade.operations import OverCredit
from firstmove.kernel.errors import Invalid, NotFound
from firstmove.kernel.tenancy import Actor
from firstmove.portals import words
from firstmove.portals.dealer import order_sheet
from firstmove.portals.dealer.history import history_chart
from firstmove.portals.dealer.tables import CHANGES, LINES
from firstmove.portals.pages import reads, within, writes

# Where the changes that an accept found wait for the page that shows them.
_CHANGES = "changes-of-proposal-{}"


@reads("dealer")
def proposal(request: HttpRequest, actor: Actor, *, proposal_id: int) -> HttpResponse:
    found = planning.proposal(proposal_id=proposal_id, dealer_id=actor.dealer_id)
    installation = network.enterprise(now=timezone.now())
    order = None if found.order_id is None else trade.order(order_id=found.order_id, dealer_id=actor.dealer_id).order
    return TemplateResponse(
        request,
        "dealer/proposal.html",
        {
            **order_sheet.whole(found, installation=installation, role=request.user.role),  # type: ignore[union-attr]
            "order": order,
            "causes": planning.reject_causes(),
            "change_columns": CHANGES,
            "changes": request.session.pop(_CHANGES.format(proposal_id), []),
        },
    )


@reads("dealer")
def group(request: HttpRequest, actor: Actor, *, proposal_id: int) -> HttpResponse:
    """The part of the table that holds a category: its sums, and its lines unless it is to be closed."""
    found = planning.proposal(proposal_id=proposal_id, dealer_id=actor.dealer_id)
    category = request.GET.get("category", "")
    lines: list[LineView] = []
    if "closed" not in request.GET:
        lines, _count = planning.group_lines(proposal_id=proposal_id, category=category, limit=1000)
    sheet = order_sheet.line_rows(lines, proposal=found, editable=_editable(request, found))
    return TemplateResponse(
        request,
        "dealer/_group.html",
        {
            "proposal": found,
            "columns": LINES,
            "scale": order_sheet.COVER_SCALE_DAYS,
            "protection_days": order_sheet.protection_days(found),
            "row": order_sheet.group_row(_group(proposal_id, category), proposal=found, lines=sheet),
        },
    )


@reads("dealer")
def line(request: HttpRequest, actor: Actor, *, proposal_id: int, number: int) -> HttpResponse:
    """Why this quantity: the position, the demand until the next chance to order, and what follows from both."""
    found = planning.proposal(proposal_id=proposal_id, dealer_id=actor.dealer_id)
    shown = planning.line(proposal_id=proposal_id, number=number)
    history = planning.product_history(dealer_id=found.dealer_id, product_id=shown.product_id, sku=shown.sku)
    row = order_sheet.line_rows([shown], proposal=found, editable=_editable(request, found))[0]
    protection_days = order_sheet.protection_days(found)
    parts = words.level_parts(shown, lead_days=protection_days - found.review_days, protection_days=protection_days)
    return TemplateResponse(
        request,
        "dealer/line.html",
        {
            "proposal": found,
            "row": row,
            "line": shown,
            "month": words.whole_units(shown.rate_per_day * 28),
            "why": words.why_quantity(shown, protection_days=order_sheet.protection_days(found)),
            "chart": history_chart(history, unit=shown.unit),
            "protection_days": order_sheet.protection_days(found),
            "parts": parts,
            "level_chart": words.level_chart(parts, unit=shown.unit),
            "class_name": words.class_name(shown.stock_class),
            "method": words.method_of_line(found.methods, shown.stock_class),
            "lead_time": words.lead_time_sentence(found.lead_time),
            "assumed": words.assumed_sentence(found.assumed, found.assumptions),
            "columns": LINES,
            "scale": order_sheet.COVER_SCALE_DAYS,
        },
    )


@writes("dealer")
def quantity(request: HttpRequest, actor: Actor, *, proposal_id: int, number: int) -> HttpResponse:
    """Order another quantity of a line; the answer is its row, and everything on the page that changed with it."""
    today = network.enterprise(now=timezone.now()).business_on
    operations.edit_line(
        actor=actor, proposal_id=proposal_id, number=number, quantity=_whole_number(request), today=today
    )
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("dealer:line", proposal_id=proposal_id, number=number)
    return within(actor, _edited, request, proposal_id=proposal_id, number=number)


def _edited(request: HttpRequest, actor: Actor, *, proposal_id: int, number: int) -> HttpResponse:
    found = planning.proposal(proposal_id=proposal_id, dealer_id=actor.dealer_id)
    changed = planning.line(proposal_id=proposal_id, number=number)
    credit = trade.credit(dealer_id=found.dealer_id, on=found.for_on)
    context: dict[str, Any] = {
        **order_sheet.head(found, credit=credit),
        "columns": LINES,
        "scale": order_sheet.COVER_SCALE_DAYS,
        "protection_days": order_sheet.protection_days(found),
        "row": order_sheet.line_rows([changed], proposal=found, editable=True)[0],
        "snapped": _snapped(_whole_number(request), changed),
        "category": None,
    }
    if not changed.attention:
        # A line of a category can only be edited while the category is open.
        context["category"] = order_sheet.group_row(_group(proposal_id, changed.category), proposal=found, is_open=True)
    return TemplateResponse(request, "dealer/_line_edited.html", context)


def _snapped(asked: int, line: LineView) -> str:
    """Says so where another quantity is ordered than the one that was typed."""
    if asked == line.quantity:
        return ""
    return _("%(asked)s became %(ordered)s. Type 0 to leave it out.") % {"asked": asked, "ordered": line.quantity}


@writes("dealer")
def confirmation(request: HttpRequest, actor: Actor, *, proposal_id: int) -> HttpResponse:
    """Make the order; where something changed meanwhile, or credit is short, back to the proposal that says so."""
    try:
        result = operations.accept(actor=actor, proposal_id=proposal_id, now=timezone.now())
    except (OverCredit, Invalid) as problem:
        messages.error(request, str(problem))
        return redirect("dealer:proposal", proposal_id=proposal_id)
    if result.order_id is None:
        request.session[_CHANGES.format(proposal_id)] = [_change(change) for change in result.changes]
        return redirect("dealer:proposal", proposal_id=proposal_id)
    messages.success(request, _("Order %(number)s is placed.") % {"number": result.order_number})
    return redirect("dealer:order", order_id=result.order_id)


def _change(change: Change) -> dict[str, Any]:
    return {
        "product": change.product_name,
        "kind": change.kind,
        "sentence": words.change_sentence(change),
        "before": str(change.before),
        "after": str(change.after),
    }


@writes("dealer")
def rejection(request: HttpRequest, actor: Actor, *, proposal_id: int) -> HttpResponse:
    try:
        operations.reject(actor=actor, proposal_id=proposal_id, cause=request.POST.get("cause", ""), now=timezone.now())
    except Invalid as problem:
        messages.error(request, str(problem))
        return redirect("dealer:proposal", proposal_id=proposal_id)
    messages.success(request, _("Nothing is ordered today. Your answer goes into the next proposal's record."))
    return redirect("dealer:today")


def _editable(request: HttpRequest, found: ProposalView) -> bool:
    return found.is_ready and request.user.role in network.ORDERING_ROLES  # type: ignore[union-attr]


def _group(proposal_id: int, category: str) -> planning.Group:
    for group in planning.groups(proposal_id=proposal_id):
        if group.category == category:
            return group
    raise NotFound()


def _whole_number(request: HttpRequest) -> int:
    """The quantity that was typed. Raises Invalid for anything but a whole number."""
    try:
        return int(request.POST.get("quantity", ""))
    except ValueError:
        raise Invalid(_("A quantity is a whole number."), field="quantity") from None
