"""People: who can sign in, inviting, links, leaving and coming back."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import operations
from firstmove.domains.network import queries as network
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed, Problem
from firstmove.kernel.tenancy import Actor
from firstmove.portals.account import letters
from firstmove.portals.enterprise.forms import InvitationForm
from firstmove.portals.enterprise.tables import USERS
from firstmove.portals.pages import reads, within, writes
from firstmove.portals.paging import listed, page_of

# Where a link waits in the session between being made and being shown, once.
_LINK = "password_link"


@reads("enterprise")
def users(request: HttpRequest, actor: Actor) -> HttpResponse:
    found = network.users(search=request.GET.get("q", "").strip())
    return TemplateResponse(
        request,
        "enterprise/users.html",
        {
            "columns": USERS,
            "page": page_of(listed(found), query=request.GET),
            "may_manage": network.role_of(actor=actor) == "admin",
            "own_id": actor.user_id,
        },
    )


@reads("enterprise")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    if network.role_of(actor=actor) != "admin":
        raise NotAllowed(_("Only an administrator, or the owner of the dealer, manages people."))
    asked = request.GET.get("dealer", "")
    initial = {"dealer_id": asked, "role": "owner", "language": settings.LANGUAGE_CODE} if asked else {}
    return _form_page(request, InvitationForm(initial=initial))


@writes("enterprise")
def invitation(request: HttpRequest, actor: Actor) -> HttpResponse:
    with tenancy.scope(actor):
        form = InvitationForm(request.POST)
        complete = form.is_valid()
    if complete:
        try:
            user_id = operations.invite(actor=actor, **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            return _hand_out(request, actor, user_id=user_id, kind="invitation")
    return within(actor, lambda request, _actor: _form_page(request, form, status=422), request)


def _form_page(request: HttpRequest, form: InvitationForm, *, status: int = 200) -> HttpResponse:
    return TemplateResponse(request, "enterprise/new_user.html", {"form": form}, status=status)


@writes("enterprise")
def new_link(request: HttpRequest, actor: Actor, *, user_id: int) -> HttpResponse:
    """A link by which a person sets a password, for whoever lost it or never used the first one."""
    return _hand_out(request, actor, user_id=user_id, kind="")


def _hand_out(request: HttpRequest, actor: Actor, *, user_id: int, kind: str) -> HttpResponse:
    uid, token = operations.password_link(actor=actor, user_id=user_id)
    with tenancy.scope(actor):
        person = network.user(user_id=user_id)
        place = network.enterprise(now=timezone.now()).name
    address = letters.link_address(request, uid=uid, token=token)
    sent = letters.send_password_link(
        kind=kind or ("invitation" if person.invited else "reset"),
        email=person.email,
        name=person.name,
        place=place,
        address=address,
        language=person.language,
    )
    request.session[_LINK] = {
        "address": address,
        "name": person.name,
        "email": person.email,
        "sent": sent and letters.leave_the_machine(),
    }
    return redirect("enterprise:link")


@reads("enterprise")
def link(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Show a link that was just made, once: whoever has it can sign in as that person."""
    made = request.session.pop(_LINK, None)
    if made is None:
        return redirect("enterprise:users")
    response = TemplateResponse(request, "enterprise/link.html", made)
    response["Cache-Control"] = "no-store"
    return response


@writes("enterprise")
def departure(request: HttpRequest, actor: Actor, *, user_id: int) -> HttpResponse:
    return _change(
        request,
        lambda: operations.leave(actor=actor, user_id=user_id, now=timezone.now()),
        _("The person can no longer sign in. What they did stays on record."),
    )


@writes("enterprise")
def come_back(request: HttpRequest, actor: Actor, *, user_id: int) -> HttpResponse:
    return _change(
        request, lambda: operations.come_back(actor=actor, user_id=user_id), _("The person can sign in again.")
    )


def _change(request: HttpRequest, change: Callable[[], None], done: str) -> HttpResponse:
    try:
        change()
    except Problem as problem:
        if problem.status != 409:
            raise
        messages.error(request, str(problem))
    else:
        messages.success(request, done)
    return redirect("enterprise:users")
