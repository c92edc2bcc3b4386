"""The inbox: what somebody was told, what of it they have not read, and the page that it is about."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from firstmove.domains.reminders import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor
from firstmove.portals.account.signed_in import signed_in
from firstmove.portals.design.tables import Column
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.pages import within
from firstmove.portals.paging import page_of

INBOX = (
    Column(label=gettext_lazy("Message"), lead=True),
    Column(label=gettext_lazy("About")),
    Column(label=gettext_lazy("When"), beside=True, narrow=True),
    Column(label=gettext_lazy("Act"), bare=True, narrow=True),
)


@require_GET
@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    return within(request.actor, _page, request)  # type: ignore[attr-defined]


def _page(request: HttpRequest, actor: Actor) -> HttpResponse:
    unread_only = request.GET.get("show") == "unread"
    read = partial(queries.inbox_page, actor=actor, currency=_currency(request), unread_only=unread_only)
    page = page_of(read, query=request.GET)
    rows = list(page.object_list)
    unread = request.user.unread  # type: ignore[union-attr]
    facts = {
        "columns": INBOX,
        "page": page,
        "rows": rows,
        "unread": unread,
        "latest_id": rows[0].id if rows and page.number == 1 else None,
        "shows": [Chip(value="", label=_("all")), Chip(value="unread", label=_("unread"), count=unread)],
        "unread_only": unread_only,
    }
    return TemplateResponse(request, "account/inbox.html", facts)


@require_POST
@signed_in
def reading(request: HttpRequest, *, message_id: int) -> HttpResponse:
    """Read it, and, where the form says so, go to what it is about."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    operations.mark_read(actor=actor, message_id=message_id, now=timezone.now())
    if "open" in request.POST:
        with tenancy.scope(actor):
            path = queries.message(actor=actor, message_id=message_id, currency=_currency(request)).path
        if path:
            return redirect(path)
    return redirect("account:inbox")


@require_POST
@signed_in
def reading_all(request: HttpRequest) -> HttpResponse:
    """What stood in the list when the button was pressed; what came since stays unread."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    named = request.POST.get("until", "")
    until_id = int(named) if named.isascii() and named.isdigit() and len(named) < 19 else None
    count = operations.mark_all_read(actor=actor, now=timezone.now(), until_id=until_id)
    told = ngettext("%(n)s message is marked as read.", "%(n)s messages are marked as read.", count) % {"n": count}
    messages.success(request, told)
    return redirect("account:inbox")


def _currency(request: HttpRequest) -> str:
    return request.installation.currency  # type: ignore[attr-defined]
