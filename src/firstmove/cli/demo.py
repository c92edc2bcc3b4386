"""`firstmove demo`: the synthetic network, loaded and planned like any other."""

import argparse
import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firstmove.kernel.tenancy import Actor

PASSWORD = "demo-firstmove"  # noqa: S105 (printed for everybody: the demo holds nothing worth hiding)
# Who can sign in to the demo: e-mail, name, role, dealer code, supplier code.
PEOPLE = (
    ("enterprise@demo.example", "陈晓（渠道经理）", "admin", None, None),
    ("dealer@demo.example", "王敏（经销商老板）", "owner", "D001", None),
    ("buyer@demo.example", "李强（采购）", "buyer", "D001", None),
    ("rival@demo.example", "赵磊（另一家经销商）", "owner", "D002", None),
    ("supplier@demo.example", "孙洁（供应商）", "supplier", None, ""),
)

DEALERS_WITH_PEOPLE = {dealer for *_person, dealer, _supplier in PEOPLE if dealer}
# Whose last year is played again; the first has automatic ordering on.
REPLAYED_DEALERS = ("D002", "D001")
# Days before the last on which advice was given too, so that there is something to look back at. Nobody answered it
# here: what these dealers ordered stands in the history, as orders that another system took.
PAST_MORNINGS = (35, 21)
# Opened four weeks before the last day; its people come later.
NEWEST_DEALER = "D004"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--until", type=dt.date.fromisoformat, metavar="DAY", help="its last day (default: yesterday)")
    parser.add_argument("--scale", type=float, default=1.0, help="a share of the network, from 0.02 to 1")


def run(options: argparse.Namespace) -> int:
    from firstmove.cli import language
    from firstmove.cli.console import console
    from firstmove.cli.database import ready

    with ready():
        from django.utils.translation import gettext as _

        from firstmove.kernel.errors import Conflict

        language.speak()
        if not is_wanted():
            raise Conflict(
                _("This data folder is not empty."),
                _("Set FIRSTMOVE_HOME to an empty folder for the demo."),
                code="not-empty",
            )
        load(until=options.until, scale=options.scale)
        console.print(_("The demo network is ready. Start it with: firstmove up"))
        print_logins()
    return 0


def is_wanted() -> bool:
    """Whether the folder is empty, or holds a demo whose loading was interrupted."""
    from django.utils import timezone

    from firstmove.domains.network import queries as network
    from firstmove.domains.planning import queries as planning
    from firstmove.kernel import tenancy

    if not network.is_initialised():
        return True
    with tenancy.scope(tenancy.SYSTEM):
        return network.enterprise(now=timezone.now()).is_demo and planning.latest_run() is None


def load(*, until: dt.date | None = None, scale: float = 1.0) -> None:
    """Generate, take in, make people, plan. Repeating it after a kill completes it."""
    from pathlib import Path

    from django.conf import settings
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from firstmove.cli.console import progress_bar
    from firstmove.cli.demo_network import generate, sharing
    from firstmove.cli.demo_network.fulfilled import send_in_parts
    from firstmove.cli.demo_network.next_step import promise_next_step
    from firstmove.cli.demo_network.papers import keep_papers
    from firstmove.cli.demo_network.promised import promise_programmes, settle_and_object
    from firstmove.cli.demo_network.told import tell_people
    from firstmove.domains.intake import operations as intake
    from firstmove.domains.network import operations as network
    from firstmove.domains.planning import operations as planning
    from firstmove.kernel.dates import local_date

    now = timezone.now()
    until = until or local_date(now=now, time_zone="Asia/Shanghai") - dt.timedelta(days=1)
    folder = Path(settings.HOME) / "demo"
    with progress_bar(_("demo network")) as progress:
        progress(0.0, _("making it up"))
        generate(folder, until=until, scale=scale, progress=lambda step: progress(0.1, step))
        progress(0.3, _("taking it in"))
        intake.take_in(path=folder, source="demo", now=now, allow_demo=True)
        progress(0.6, _("people"))
        _make_people()
        _prefer_tiers()
        progress(0.65, _("past mornings, and what came of them"))
        for ago in PAST_MORNINGS:
            planning.plan(now=now, as_of=until - dt.timedelta(days=ago))
        progress(0.72, _("choosing the service of classes"))
        planning.choose_service(now=now, as_of=until)
        network.set_business_date(day=until + dt.timedelta(days=1))
        # The plan looks at the next step of what is promised before it, and what it says holds as long as nothing else
        # counts: goods go back before it, too.
        keep_papers(now=now)
        promise_programmes(now=now, keeper=_planner())
        planning.plan(now=now, as_of=until, progress=lambda share, step: progress(0.75 + 0.15 * share, step))
        promise_next_step(now=now, keeper=_planner())
        _tell_of_scarce_goods(now=now)
        planning.reckon_outcomes(now=now, until=until)
        planning.measure(now=now, until=until)
        progress(0.9, _("last year again"))
        _replay(now)
        progress(0.97, _("order plans"))
        _answer_order_plans(now)
        sharing.share(now=now)
        settle_and_object(now=now, keeper=_planner())
        send_in_parts(now=now)
        tell_people(now=now)


def _planner() -> "Actor":
    """The demo's enterprise, who decides about scarce goods."""
    from firstmove.domains.network import queries
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        user = next(user for user in queries.users() if user.email == PEOPLE[0][0])
    return tenancy.Actor("enterprise", user_id=user.id)


def _prefer_tiers() -> None:
    from firstmove.domains.planning import operations as planning

    planning.set_tier_bonuses(actor=_planner(), bonuses={"A": 0.1, "B": 0.05})


def _tell_of_scarce_goods(*, now: dt.datetime) -> None:
    """What is shared is published, as a planner would in the morning."""
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning import queries
    from firstmove.kernel import tenancy

    actor = _planner()
    with tenancy.scope(actor):
        shared = queries.shared_products()
    for product in shared:
        planning.publish_allocation(actor=actor, product_id=product.product_id, now=now)


def _make_people() -> None:
    from firstmove.domains.network import operations as network
    from firstmove.domains.network import queries
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        known = {user.email for user in queries.users()}
        supplier = queries.suppliers()[0].code
        dealers = queries.dealers()
    for email, name, role, dealer, supplier_code in PEOPLE:
        if email not in known:
            network.add_user(
                email=email,
                name=name,
                role=role,
                password=PASSWORD,
                dealer_code=dealer,
                supplier_code=supplier if supplier_code is not None else None,
            )
    # Every other dealer but the newest has an owner too, who was invited and has not chosen a password.
    for dealer in dealers:
        email = f"{dealer.code.lower()}@demo.example"
        if dealer.code not in (*DEALERS_WITH_PEOPLE, NEWEST_DEALER) and email not in known:
            network.add_user(email=email, name=dealer.name, role="owner", password=None, dealer_code=dealer.code)


def _replay(now: dt.datetime) -> None:
    """The last year of two dealers, played again; the first of them has automatic ordering on where that gains."""
    from decimal import Decimal

    from firstmove.domains.network import queries as network
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning import queries
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        dealers = network.dealer_ids_by_code()
        owners = {user.dealer_id: user.id for user in network.users() if user.role == "owner"}
        on = network.enterprise(now=now).business_on
    asked = [
        planning.request_replay(actor=tenancy.SYSTEM, dealer_id=dealers[code], now=now) for code in REPLAYED_DEALERS
    ]
    for replay_id in asked:
        planning.carry_out(replay_id=replay_id, now=now)
    first = dealers[REPLAYED_DEALERS[0]]
    with tenancy.scope(tenancy.SYSTEM):
        offered = queries.gate(dealer_id=first, on=on).is_open
    if offered:
        planning.switch_on(
            actor=tenancy.Actor("dealer", user_id=owners[first], dealer_id=first),
            most_per_order=Decimal(20_000),
            most_per_month=Decimal(100_000),
            stops_at_unusual=True,
            at_hour=9,
            now=now,
        )


def _answer_order_plans(now: dt.datetime) -> None:
    """Plans of thirteen weeks: D001's waits for its answer, D002 has agreed, D003 wants more of one category."""
    from firstmove.domains.network import queries as network
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning import queries
    from firstmove.kernel import tenancy

    planning.roll(now=now)
    with tenancy.scope(tenancy.SYSTEM):
        owners = {user.dealer_id: user.id for user in network.users() if user.role == "owner"}
        ids = network.dealer_ids_by_code()
        today = network.enterprise(now=now).business_on
        plans = {code: queries.order_plan(dealer_id=ids[code]) for code in ("D002", "D003") if code in ids}
        open_plans = {code: plan for code, plan in plans.items() if plan is not None and plan.version == 1}
        cells = {code: queries.plan_cells(plan=plan, today=today) for code, plan in open_plans.items()}
    for code, plan in open_plans.items():
        actor = tenancy.Actor("dealer", user_id=owners[plan.dealer_id], dealer_id=plan.dealer_id)
        known = {"actor": actor, "dealer_id": plan.dealer_id, "version": plan.version, "now": now}
        if code == "D002":
            planning.agree_plan(**known)
            continue
        largest = max(cells[code], key=lambda cell: cell.amount).category
        more = {c.id: 1.4 * c.amount for c in cells[code] if c.category == largest and not c.closed and c.amount > 1}
        planning.change_plan(**known, figures=more, note="元旦到春节新开两家门店，这个品类要多备货。")


def print_logins() -> None:
    """The demo's logins; nothing on a real installation."""
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from firstmove.cli.console import console
    from firstmove.domains.network import queries as network

    if not network.is_initialised() or not network.enterprise(now=timezone.now()).is_demo:
        return
    console.print(_("Demo data. Everybody's password is %(password)s:") % {"password": PASSWORD})
    for email, name, *_rest in PEOPLE:
        console.print(f"  {email:26} {name}")
