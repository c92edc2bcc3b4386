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
            inbox_url=reverse("account:inbox"),
            inbox_count=getattr(user, "unread", 0),
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


def _place(icon: str, *pages: tuple[str, str]) -> NavItem:
    """A place by its icon and its pages (label, address's name); it is called and begins like the first of them."""
    items = [NavItem(label=label, url=reverse(name)) for label, name in pages]
    return NavItem(label=items[0].label, url=items[0].url, icon=icon, within=items if len(items) > 1 else ())


def _navigation(actor: Actor) -> list[NavItem]:
    if actor.kind == "dealer":
        return [
            _place("today", (_("Today"), "dealer:today"), (_("Alerts"), "dealer:attention")),
            _place("catalog", (_("Catalogue"), "dealer:catalogue"), (_("Product news"), "dealer:news")),
            _place(
                "products",
                (_("Cart"), "dealer:cart"),
                (_("Order guide"), "dealer:guide"),
                (_("Paste or upload a list"), "dealer:cart-rows"),
            ),
            _place(
                "orders",
                (_("Orders"), "dealer:orders"),
                (_("What you wait for"), "dealer:progress"),
                (_("Suppliers"), "dealer:suppliers"),
                (_("Order plan"), "dealer:plan"),
                (_("Returns"), "dealer:returns"),
                (_("Account"), "dealer:account"),
                (_("Invoices"), "dealer:invoices"),
                (_("Delivery addresses"), "dealer:addresses"),
                (_("Rebates"), "dealer:rebates"),
            ),
            _place(
                "stock",
                (_("Stock"), "dealer:stock"),
                (_("Warehouses"), "dealer:warehouses"),
                (_("Scarce goods"), "dealer:scarce"),
            ),
            _place(
                "history",
                (_("Advice"), "dealer:advice"),
                (_("We said, it came"), "dealer:outcomes"),
                (_("Left for comparison"), "dealer:comparison"),
                (_("Replay"), "dealer:replays"),
                (_("Automatic ordering"), "dealer:automatic"),
            ),
            _place("settings", (_("Settings"), "dealer:settings"), (_("What the enterprise sees"), "dealer:sharing")),
        ]
    if actor.kind == "enterprise":
        return [
            _place("today", (_("Overview"), "enterprise:overview"), (_("Alerts"), "enterprise:attention")),
            _place(
                "dealers",
                (_("Dealers"), "enterprise:dealers"),
                (_("New dealers"), "enterprise:dealer-starts"),
                (_("Accounts"), "enterprise:accounts"),
                (_("Invoices"), "enterprise:invoices"),
                (_("Incentives"), "enterprise:incentives"),
            ),
            _place(
                "orders",
                (_("Orders"), "enterprise:orders"),
                (_("Waiting"), "enterprise:waiting"),
                (_("Returns"), "enterprise:returns"),
                (_("Shipments"), "enterprise:shipments"),
                (_("Order plan"), "enterprise:order-plans"),
                (_("Steps"), "enterprise:steps"),
            ),
            _place(
                "catalog",
                (_("Products"), "enterprise:products"),
                (_("Launches"), "enterprise:product-starts"),
                (_("Price lists"), "enterprise:price-lists"),
                (_("Stock classes"), "enterprise:classes"),
                (_("Asked for in vain"), "enterprise:lost-demand"),
            ),
            _place(
                "supply",
                (_("Supply"), "enterprise:supply"),
                (_("Purchase orders"), "enterprise:purchases"),
                (_("Direct supply"), "enterprise:direct-supply"),
                (_("Stock"), "enterprise:stock"),
                (_("Scarce goods"), "enterprise:shares"),
                (_("Transfers"), "enterprise:transfers"),
            ),
            _place(
                "plan",
                (_("Planning"), "enterprise:runs"),
                (_("Methods"), "enterprise:methods"),
                (_("Replay"), "enterprise:replays"),
                (_("Automatic ordering"), "enterprise:automatic"),
            ),
            _place("history", (_("Worth"), "enterprise:worth")),
            _place(
                "data",
                (_("Data"), "enterprise:batches"),
                (_("People"), "enterprise:users"),
                (_("Reminders"), "enterprise:reminder-log"),
            ),
        ]
    if actor.kind == "supplier":
        return [
            _place("orders", (_("Orders"), "supplier:orders")),
            _place("products", (_("Products"), "supplier:products")),
        ]
    return []
