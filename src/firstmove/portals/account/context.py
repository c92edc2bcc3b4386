"""What stands around every page: whose rooms these are, where one can go, which day it is, what is not real."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries as planning
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotFound
from firstmove.kernel.tenancy import NOBODY, Actor
from firstmove.portals.design.shell import NavItem, Shell, mark_active
from firstmove.portals.words import assumed_sentence


def frame(request: HttpRequest) -> dict[str, object]:
    """`shell` for the base template, and `installation` (None before it is initialised) for currency and day."""
    try:
        installation = getattr(request, "installation", None) or network.enterprise(now=timezone.now())
    except NotFound:
        return {"installation": None, "shell": Shell()}
    actor: Actor = getattr(request, "actor", NOBODY)
    if actor.kind == "nobody":
        return {"installation": installation, "shell": Shell(demo=installation.is_demo)}
    user = request.user
    party = getattr(user, "dealer", None) or getattr(user, "supplier", None)
    return {
        "installation": installation,
        "shell": Shell(
            navigation=mark_active(_navigation(actor), path=request.path),
            home_url=reverse("account:home"),
            place=party.name if party else installation.name,
            user_name=user.name,  # type: ignore[union-attr]
            business_date=installation.business_on,
            demo=installation.is_demo,
            assumed=_assumed(actor),
            account_url=reverse("account:profile"),
            sign_out_url=reverse("account:sign-out"),
        ),
    }


def _assumed(actor: Actor) -> str:
    # An error page is rendered outside any scope, where nothing can be read and nothing needs to be said.
    if tenancy.current() is None or actor.kind == "supplier":
        return ""
    resting = planning.assumptions(dealer_id=actor.dealer_id)
    return assumed_sentence(resting.names, resting.scenario)


def _navigation(actor: Actor) -> list[NavItem]:
    if actor.kind == "dealer":
        return [
            NavItem(label=_("Today"), url=reverse("dealer:today"), icon="today"),
            NavItem(label=_("Catalogue"), url=reverse("dealer:catalogue"), icon="catalog"),
            NavItem(label=_("Orders"), url=reverse("dealer:orders"), icon="orders"),
            NavItem(label=_("Stock"), url=reverse("dealer:stock"), icon="stock"),
            NavItem(label=_("Plan"), url=reverse("dealer:plan"), icon="calendar"),
            NavItem(label=_("Advice"), url=reverse("dealer:advice"), icon="history"),
            NavItem(label=_("Replay"), url=reverse("dealer:replays"), icon="plan"),
            NavItem(label=_("Settings"), url=reverse("dealer:settings"), icon="settings"),
        ]
    if actor.kind == "enterprise":
        return [
            NavItem(label=_("Overview"), url=reverse("enterprise:overview"), icon="today"),
            NavItem(label=_("Dealers"), url=reverse("enterprise:dealers"), icon="dealers"),
            NavItem(label=_("Orders"), url=reverse("enterprise:orders"), icon="orders"),
            NavItem(label=_("Order plan"), url=reverse("enterprise:order-plans"), icon="calendar"),
            NavItem(label=_("Products"), url=reverse("enterprise:products"), icon="catalog"),
            NavItem(label=_("Supply"), url=reverse("enterprise:supply"), icon="supply"),
            NavItem(label=_("Planning"), url=reverse("enterprise:runs"), icon="plan"),
            NavItem(label=_("Replay"), url=reverse("enterprise:replays"), icon="history"),
            NavItem(label=_("Worth"), url=reverse("enterprise:worth"), icon="history"),
            NavItem(label=_("Data"), url=reverse("enterprise:batches"), icon="data"),
            NavItem(label=_("People"), url=reverse("enterprise:users"), icon="user"),
        ]
    return []
