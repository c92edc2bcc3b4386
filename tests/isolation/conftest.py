"""A network in which every tenant's table holds rows of the dealer, so that hiding them means something."""

import dataclasses
import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from tests.cast import NOW, TODAY
from tests.incentives.programmes import Settled, part, promise, settled
from tests.portals.conftest import compiled_catalogue  # noqa: F401 (a fixture)
from tests.scene import YESTERDAY, Scene

CUSTOMER, CUSTOMER_CODE = "Kettle and Leaf Ames", "CUST-D1-0042"
PROMOTION = "PROMO-OF-D1"
SECRET_PRICE = Decimal("4321.98")


@dataclasses.dataclass(frozen=True)
class Busy:
    """The scene after a day of business. `order_id` is Dealer One's, `batch_id` a file that somebody took in."""

    scene: Scene
    order_id: int
    order_number: str
    batch_id: int
    run_id: int
    second_supplier_id: int
    purchase_id: int
    replay_id: int
    return_id: int
    note_id: int
    invoice_id: int
    address_id: int
    round_id: int
    alert_id: int
    list_id: int
    key_id: int
    price_list_id: int
    price_id: int
    webhook_id: int
    warehouse_id: int
    count_id: int
    message_id: int
    channel_id: int
    incentives: Settled
    shipment_id: int
    claim_id: int

    @property
    def cast(self):
        return self.scene.cast


def make_busy(scene: Scene, folder) -> Busy:
    """Both dealers have customers, offers and orders; Dealer One's goods came; the enterprise bought of a supplier."""
    from firstmove.domains.catalog import operations as catalog
    from firstmove.domains.catalog import queries as catalog_queries
    from firstmove.domains.customers import operations as customers
    from firstmove.domains.intake import operations as intake
    from firstmove.domains.network import operations as network
    from firstmove.domains.network import queries as network_queries
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning import queries as planning_queries
    from firstmove.domains.planning.models import Allocation, WaitingOrder
    from firstmove.domains.stock import operations as stock
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade.models import Order, OrderLine, OrderStep, ShipmentLine, State
    from firstmove.kernel import outbox, tenancy

    cast = scene.cast
    customers.upsert_customers(
        rows=[
            {"code": CUSTOMER_CODE, "dealer": "D-1", "name": CUSTOMER, "kind": "store"},
            {"code": "CUST-D2-0001", "dealer": "D-2", "name": "Boone Grocer", "kind": "store"},
        ]
    )
    network.set_consent(actor=cast.owner.actor, shares_customers=False, now=NOW)
    network.set_consent(actor=cast.rival.actor, shares_customers=False, now=NOW)
    days = {"starts_on": TODAY, "ends_on": TODAY + dt.timedelta(days=7)}
    catalog.upsert_promotions(
        rows=[
            {"code": PROMOTION, "name": PROMOTION, "sku": "000003", "dealer": "D-1", **days},
            {"code": "PROMO-OF-D2", "name": "PROMO-OF-D2", "sku": "000003", "dealer": "D-2", **days},
        ]
    )
    network.upsert_suppliers(rows=[{"code": "S-2", "name": "Rival Bottle Maker"}])
    catalog.upsert_products(
        rows=[{"sku": "000031", "name": "Something of S-2", "category": "Glass", "supplier": "S-2"}]
    )
    for person in (cast.owner, cast.rival):
        planning.read_news(actor=person.actor, now=NOW)
    planning.roll(now=NOW)
    warehouse_id, count_id = _keep_stock(scene)
    for dealer_id in (cast.dealer_id, cast.rival_id):
        trade.set_cycle_target(actor=cast.admin.actor, dealer_id=dealer_id, working_days=3, now=NOW)
    orders = []
    buyers = (cast.buyer.actor, cast.rival.actor)
    for actor, proposal_id in zip(buyers, (scene.proposal_id, scene.rival_proposal_id), strict=True):
        done = planning.accept(actor=actor, proposal_id=proposal_id, now=NOW)
        assert done.order_id is not None, done.changes
        orders.append(done)
        # One unit came short, and is claimed.
        with tenancy.scope(tenancy.SYSTEM):
            short = ShipmentLine.objects.filter(shipment__order_id=done.order_id, line__number=1).get()
        came = {1: short.quantity - 1}
        trade.receive(actor=actor, order_id=done.order_id, received_on=TODAY, now=NOW, quantities=came)
    stock.record(
        actor=cast.rival.actor,
        kind=stock.MovementKind.CORRECTION,
        cause="count",
        moves=[stock.Move(product_id=scene.products["000003"], quantity=Decimal(5), dealer_id=cast.rival_id)],
        occurred_on=TODAY,
    )
    catalog.upsert_prices(
        rows=[
            {"sku": "000009", "price": SECRET_PRICE, "dealer": "D-1"},
            {"sku": "000009", "price": 18.25, "dealer": "D-2"},
        ]
    )
    with tenancy.scope(tenancy.SYSTEM):
        lists = catalog_queries.price_lists(on=TODAY, search="D-1")
        price_list_id = lists[0].party.id
        own = catalog_queries.prices_of_list(price_list_id=price_list_id, on=TODAY, search="000009")[0][0]
        run = planning_queries.latest_run()
        numbers = {"wanted": 48, "need": 48, "granted": 30, "covered": 0.7, "bonus": 0, "available": 70, "needed": 100}
        Allocation.objects.bulk_create(
            Allocation(
                run_id=run.id,
                dealer_id=dealer_id,
                product_id=scene.products["000009"],
                published_at=NOW,
                **numbers,
            )
            for dealer_id in (cast.dealer_id, cast.rival_id)
        )
        WaitingOrder.objects.bulk_create(
            WaitingOrder(run_id=run.id, dealer_id=dealer_id, until_on=TODAY, terms={"budget": 4321.98})
            for dealer_id in (cast.dealer_id, cast.rival_id)
        )
        suppliers = network_queries.supplier_ids_by_code()
        purchase = Order.objects.create(
            number="PO-S1-777", seller_supplier_id=suppliers["S-1"], origin_kind="supply", state=State.ORDER_REVIEW,
            currency="USD", amount=Decimal("12.00"), line_count=1, ordered_on=TODAY,
        )  # fmt: skip
        parties = {"order": purchase, "seller_supplier_id": suppliers["S-1"]}
        OrderLine.objects.create(
            number=1, product_id=scene.products["000003"], quantity=1, unit_price=Decimal(12), **parties
        )
        OrderStep.objects.create(state=State.ORDER_REVIEW, at=NOW, **parties)
        outbox.publish(topic="supply.ordered", payload={"order": purchase.number}, supplier_id=suppliers["S-1"])
    _let_order_directly(scene, suppliers["S-2"])
    _keep_accounts(scene)
    return_id, note_id = _send_back(scene, [done.order_id for done in orders])
    invoice_id, address_id = _keep_papers(scene, [done.order_id for done in orders])
    placed = {actor.dealer_id: done.order_id for actor, done in zip(buyers, orders, strict=True)}
    shipment_id, claim_id = _promise(scene, placed)
    list_id = _gather(scene)
    keep_comparison(scene, run_id=run.id)
    key_id, webhook_id = _programs(scene)
    message_id, channel_id = _remind(scene)
    file = folder / "sales.csv"
    file.write_text(
        "date,line,dealer,customer,sku,quantity,amount\n"
        f"{YESTERDAY},X-1,D-1,{CUSTOMER_CODE},000003,1,10\n"
        f"{YESTERDAY},X-2,D-1,{CUSTOMER_CODE},000003,many,10\n"
    )
    report = intake.take_in(path=file, source="till", now=NOW)
    replays = {}
    for actor in (cast.owner.actor, cast.rival.actor):
        replays[actor.dealer_id] = planning.request_replay(actor=actor, dealer_id=actor.dealer_id, now=NOW)
    _automatic(scene, replays, placed)
    look_at_rebates(cast)
    round_id = planning.request_trials(actor=cast.admin.actor, now=NOW)
    planning.carry_out_trials(round_id=round_id, now=NOW)
    return Busy(
        scene=scene,
        incentives=settled(cast),
        alert_id=_answer_alerts(scene),
        list_id=list_id,
        key_id=key_id,
        price_list_id=price_list_id,
        price_id=own.id,
        webhook_id=webhook_id,
        warehouse_id=warehouse_id,
        count_id=count_id,
        message_id=message_id,
        channel_id=channel_id,
        shipment_id=shipment_id,
        claim_id=claim_id,
        order_id=orders[0].order_id,
        order_number=orders[0].order_number,
        batch_id=report.files[0].batch_id,
        run_id=run.id,
        second_supplier_id=suppliers["S-2"],
        purchase_id=purchase.pk,
        replay_id=replays[cast.dealer_id],
        return_id=return_id,
        note_id=note_id,
        invoice_id=invoice_id,
        address_id=address_id,
        round_id=round_id,
    )


def _keep_stock(scene: Scene) -> tuple[int, int]:
    """The enterprise has some of what both dealers will order, both keep a batch and have begun to count.

    Returns Dealer One's warehouse and count sheet.
    """
    from firstmove.domains.catalog.queries import product_ids_by_sku
    from firstmove.domains.stock import counting, operations, queries
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        product_id = product_ids_by_sku()["000031"]
    cast, correction = scene.cast, operations.MovementKind.CORRECTION
    operations.record(
        actor=tenancy.SYSTEM,
        kind=correction,
        cause="made",
        moves=[operations.Move(product_id, Decimal(70)) for product_id in scene.products.values()],
        occurred_on=YESTERDAY,
    )
    made = []
    for person in (cast.owner, cast.rival):
        dealer_id = person.actor.dealer_id
        move = operations.Move(product_id, Decimal(3), dealer_id, batch=f"LOT-{dealer_id}")
        operations.record(
            actor=person.actor, kind=correction, cause="first lot", moves=[move], occurred_on=YESTERDAY
        )  # fmt: skip
        with tenancy.scope(person.actor):
            (warehouse,) = queries.warehouses(dealer_id=dealer_id)
        count_id = counting.open_count(actor=person.actor, warehouse_id=warehouse.id, today=TODAY, now=NOW)
        found = [counting.Found(product_id, Decimal(2), Decimal(3), "damaged")]
        counting.fill_in(actor=person.actor, count_id=count_id, found=found)
        made.append((warehouse.id, count_id))
    return made[0]


def _promise(scene: Scene, orders: dict[int, int]) -> tuple[int, int]:
    """Both dealers wait for a back-order with a promise and a share. Returns Dealer One's shipment and claim."""
    from firstmove.domains.stock import reserving
    from firstmove.domains.trade.models import Claim, OrderLine, OrderPromise, Shipment
    from firstmove.kernel import tenancy

    weights = {scene.cast.dealer_id: 2.0, scene.cast.rival_id: 1.0}
    reserving.set_shares(actor=scene.cast.admin.actor, product_id=scene.products["000009"], weights=weights, now=NOW)
    with tenancy.scope(tenancy.SYSTEM):
        for dealer_id, order_id in orders.items():
            OrderPromise.objects.create(
                line=OrderLine.objects.filter(order_id=order_id).last(), order_id=order_id, buyer_dealer_id=dealer_id,
                promised_on=TODAY, quantity=5, cause="first", told_at=NOW,
            )  # fmt: skip
        own = {"order_id": orders[scene.cast.dealer_id]}
        return Shipment.objects.get(**own, number=1).pk, Claim.objects.filter(**own).first().pk


def _programs(scene: Scene) -> tuple[int, int]:
    """Both dealers have a key that was used, a request that was answered and a webhook. Returns Dealer One's."""
    from firstmove.domains.network import keys
    from firstmove.kernel import idempotency, tenancy
    from firstmove.kernel.models import WebhookDelivery, WebhookSubscription

    found = []
    for person in (scene.cast.owner, scene.cast.rival):
        made = keys.issue(actor=person.actor, name="Till", scopes=["orders:read"], days=30, now=NOW)
        assert keys.admit(token=made.token, now=NOW, per_minute=10)
        answer = idempotency.Answer(200, "application/json", "{}")
        idempotency.once(actor=person.actor, key="1", request_hash="", now=NOW, work=lambda told=answer: told)
        with tenancy.scope(person.actor):
            whose = {"dealer_id": person.actor.dealer_id, "created_at": NOW}
            told = WebhookSubscription.objects.create(
                name="ERP", url="https://example.com", topics=[], nonce="", **whose
            )
            WebhookDelivery.objects.create(
                subscription=told, event_id=1, topic="trade.order_placed", body="{}", next_at=NOW, **whose
            )
        found.append((made.id, told.pk))
    return found[0]


def _gather(scene: Scene) -> int:
    """Both dealers have something in the cart, a list of their own, and asked for a code that nobody has.

    Returns the id of Dealer One's list.
    """
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade.entry import read_text

    kept = []
    for actor in (scene.cast.buyer.actor, scene.cast.rival.actor):
        trade.add(actor=actor, wishes=read_text("000009 5\nNO-SUCH-CODE 7"), on=TODAY, now=NOW)
        kept.append(trade.keep_list(actor=actor, name="Every week", quantities={scene.products["000009"]: 5}, now=NOW))
    return kept[0]


def _let_order_directly(scene: Scene, supplier_id: int) -> None:
    """Both dealers may order from the other supplier, who agreed a price with each."""
    from firstmove.domains.catalog import direct_prices
    from firstmove.domains.catalog.queries import product_ids_by_sku
    from firstmove.domains.network import direct_supply
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        product_id = product_ids_by_sku()["000031"]
    for dealer_id in (scene.cast.dealer_id, scene.cast.rival_id):
        direct_supply.allow(actor=scene.cast.admin.actor, dealer_id=dealer_id, supplier_id=supplier_id, now=NOW)
        direct_prices.set_supplier_price(
            actor=tenancy.Actor("supplier", supplier_id=supplier_id),
            product_id=product_id,
            price=SECRET_PRICE if dealer_id == scene.cast.dealer_id else Decimal(9),
            valid_from=TODAY,
            dealer_id=dealer_id,
        )


def _keep_accounts(scene: Scene) -> None:
    """Both dealers owe something and paid a part of it."""
    from firstmove.domains.trade import operations as trade

    admin = scene.cast.admin.actor
    for dealer_id in (scene.cast.dealer_id, scene.cast.rival_id):
        trade.open_account(actor=admin, dealer_id=dealer_id, opened_on=YESTERDAY, opening=Decimal(9), now=NOW)
        trade.record_payment(
            actor=admin, dealer_id=dealer_id, amount=Decimal(4), paid_on=YESTERDAY, reference="BANK-1", now=NOW
        )


def _send_back(scene: Scene, order_ids: list[int]) -> tuple[int, int]:
    """Both dealers sent a unit back and were credited, and ask for another. Returns Dealer One's: the one that it
    asks for, and its credit note."""
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade import queries
    from firstmove.kernel import tenancy

    made = []
    admin = scene.cast.admin.actor
    for actor, order_id in zip((scene.cast.buyer.actor, scene.cast.rival.actor), order_ids, strict=True):
        asked = {"actor": actor, "order_id": order_id, "cause": "damaged", "now": NOW}
        back = trade.ask_return(**asked, lines=[trade.Back(1, Decimal(1))])
        trade.approve_return(actor=admin, return_id=back, now=NOW)
        trade.send_return(actor=actor, return_id=back, now=NOW)
        trade.receive_return(actor=admin, return_id=back, now=NOW)
        with tenancy.scope(actor):
            note_id = queries.goods_return(return_id=back).view.credit_note_id
        made.append((trade.ask_return(**asked, lines=[trade.Back(1, Decimal(1))]), note_id))
    return made[0]


def _keep_papers(scene: Scene, order_ids: list[int]) -> tuple[int, int]:
    """Both dealers have an address, asked for an invoice and dispute a statement. Returns Dealer One's invoice and
    address."""
    from firstmove.domains.catalog import operations as catalog
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade import queries

    catalog.upsert_products(rows=[{"sku": sku, "tax_rate": Decimal("0.13")} for sku in scene.products])
    made = []
    for actor, order_id in zip((scene.cast.buyer.actor, scene.cast.rival.actor), order_ids, strict=True):
        address_id = trade.keep_address(
            actor=actor,
            dealer_id=actor.dealer_id,
            destination=queries.Destination("Shop", "Wang Min", "13800000000", "1 Main Street"),
        )
        trade.keep_invoice_profile(actor=actor, buyer=queries.Buyer("ordinary", "A Shop Ltd"))
        trade.write_about_statement(
            actor=actor, dealer_id=actor.dealer_id, month_on=TODAY, text="One carton too much", now=NOW
        )
        made.append((trade.request_invoice(actor=actor, order_ids=[order_id], now=NOW), address_id))
    return made[0]


def _answer_alerts(scene: Scene) -> int:
    """Both dealers have an alert and put it off. Returns Dealer One's."""
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning.models import Alert
    from firstmove.kernel import tenancy

    found = []
    for person in (scene.cast.owner, scene.cast.rival):
        with tenancy.scope(tenancy.SYSTEM):
            alert, _made = Alert.objects.get_or_create(
                dealer_id=person.actor.dealer_id,
                product_id=scene.products["000003"],
                topic="excess",
                defaults={"kind": "overstock", "raised_on": TODAY, "last_seen_on": TODAY, "money": 12.0},
            )
        planning.answer_alert(actor=person.actor, alert_id=alert.pk, now=NOW, snooze_days=7)
        found.append(alert.pk)
    return found[0]


def _remind(scene: Scene) -> tuple[int, int]:
    """The buyer's message and the owner's channel: people of both dealers were told, chose how, and have a robot."""
    from firstmove.domains.reminders import operations as reminders
    from firstmove.domains.reminders import queries
    from firstmove.domains.reminders.timing import Hours
    from firstmove.domains.trade import operations as trade
    from firstmove.kernel import tenancy
    from firstmove.kernel.outbox import Event

    cast, url = scene.cast, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0"
    channels, names = [], ("Dealer One", "another")
    for person, name in zip((cast.owner, cast.rival), names, strict=True):
        reminders.choose(actor=person.actor, timings={"email": {"orders": "now"}}, hours=Hours(), now=NOW)
        known = {"actor": person.actor, "kind": "wecom", "url": url, "language": "en", "now": NOW}
        made = reminders.add_channel(**known, name=f"Group of {name}", shared=True, subjects=["orders"])
        channels.append(made[0])
    events = [
        Event(900 + dealer_id, trade.MOVED, {"order": f"SO of {name}", "order_id": 1, "to": "in_transit"}, dealer_id)
        for dealer_id, name in zip((cast.dealer_id, cast.rival_id), names, strict=True)
    ]
    reminders.queue(events=events, now=NOW)
    with tenancy.scope(cast.buyer.actor):
        return queries.inbox(actor=cast.buyer.actor, currency="USD").items[0].id, channels[0]


def keep_comparison(scene: Scene, *, run_id: int) -> None:
    """Both dealers take part in the comparison, had advice held out, and outcomes of it."""
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning.models import HeldAdvice, HoldOut, LiveMeasure, Outcome, Reckoning
    from firstmove.kernel import tenancy

    cast = scene.cast
    for person in (cast.owner, cast.rival):
        planning.take_part(actor=person.actor, takes_part=False, now=NOW)
        planning.take_part(actor=person.actor, takes_part=True, now=NOW)
    with tenancy.scope(tenancy.SYSTEM):
        reckoning = Reckoning.objects.create(at=NOW, until=TODAY, versions={}, looked_at=2, written=2, seconds=0.1)
        for dealer_id in (cast.dealer_id, cast.rival_id):
            shared = {
                "dealer_id": dealer_id, "product_id": scene.products["000009"], "for_on": YESTERDAY,
                "unit_price": SECRET_PRICE if dealer_id == cast.dealer_id else Decimal(12),
                "week_low": 1.0, "week_mean": 2.0, "week_high": 3.0,
            }  # fmt: skip
            LiveMeasure.objects.create(
                dealer_id=dealer_id, comparison="last_year", metric="margin", from_on=TODAY, until_on=TODAY,
                base_from_on=TODAY, base_until_on=TODAY, base=1, difference=1, verdict="too_few", clusters=1,
                measured_at=NOW,
            )  # fmt: skip
            held = HeldAdvice.objects.create(
                **shared, hold_out=HoldOut.objects.latest("version"), run_id=run_id, lead_days=1, review_days=1,
                quantity=5, sale_price=20, holding_rate_per_year=0.2, on_hand=1, in_transit=0, rate_per_day=1, level=4,
                profit=6, profit_low=1, profit_high=9,
            )  # fmt: skip
            Outcome.objects.create(
                **shared, held=held, reckoning=reckoning, due_on=TODAY, answer="held", counts=True, advised=5,
                ordered=0, received=0, sold_lead=1, sold_review=1, sold_week=2, stock_known=True, out_days=0,
                lost_units=0, week_place=0, level_held=True, said_profit=6, said_low=1, said_high=9, advised_profit=5,
                ordered_profit=0, verdict="as_said",
            )  # fmt: skip


def _automatic(scene: Scene, replays: dict[int, int], orders: dict[int, int]) -> None:
    """Both dealers had automatic ordering on once, and it took up a proposal; the enterprise has paused it."""
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning.models import AutomaticAttempt, AutomaticOrdering
    from firstmove.kernel import tenancy

    cast = scene.cast
    proposals = {cast.dealer_id: scene.proposal_id, cast.rival_id: scene.rival_proposal_id}
    with tenancy.scope(tenancy.SYSTEM):
        for dealer_id, replay_id in replays.items():
            AutomaticOrdering.objects.create(
                dealer_id=dealer_id, is_on=False, replay_id=replay_id, most_per_order=100, most_per_month=100,
                changed_at=NOW, closed_because="owner",
            )  # fmt: skip
            AutomaticAttempt.objects.create(
                dealer_id=dealer_id, proposal_id=proposals[dealer_id], outcome="ordered", order_id=orders[dealer_id],
                at=NOW,
            )  # fmt: skip
    planning.set_pause(actor=cast.admin.actor, paused=True, now=NOW)


@pytest.fixture
def busy(scene, building) -> Busy:
    return building.made("busy")


def look_at_rebates(cast) -> None:
    """A rebate runs, and a plan has said something about each dealer's next step."""
    from firstmove.domains.planning.models import RebateAdvice, Run
    from firstmove.kernel import tenancy

    promise(cast, (10_000_000, 1), name="Running rebate")
    with tenancy.scope(tenancy.SYSTEM):
        run = Run.objects.latest("id")
        for dealer_id in (cast.dealer_id, cast.rival_id):
            RebateAdvice.objects.create(
                participation_id=part(cast, dealer_id=dealer_id).id,
                dealer_id=dealer_id,
                run=run,
                for_on=TODAY,
                step=1,
                threshold=10_000_000,
                basis=0,
                days_left=29,
                silent="not_supported",
                overstock_share=0.3,
            )


@pytest.fixture
def next_morning(busy) -> Busy:
    """A day later: both dealers have a proposal to decide about again, beside all that `busy` left behind."""
    from firstmove.domains.network import operations as network
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning import queries
    from firstmove.kernel import tenancy

    tomorrow = TODAY + dt.timedelta(days=1)
    planning.plan(now=NOW + dt.timedelta(days=1), as_of=TODAY)
    network.set_business_date(day=tomorrow)
    with tenancy.scope(tenancy.SYSTEM):
        own, rival = (
            queries.todays_proposal(dealer_id=dealer, on=tomorrow)
            for dealer in (busy.cast.dealer_id, busy.cast.rival_id)
        )
    assert own.is_ready
    assert rival.is_ready
    scene = dataclasses.replace(busy.scene, proposal_id=own.id, rival_proposal_id=rival.id)
    return dataclasses.replace(busy, scene=scene)


@pytest.fixture
def busy_lake(busy, settings):
    """The lake behind `busy`, with its news delivered and a row of production for each supplier."""
    from firstmove.kernel import outbox
    from firstmove.lake.store import Lake

    outbox.deliver()
    lake = Lake(settings.LAKE_ROOT)
    made = [
        {"date": YESTERDAY, "supplier": supplier, "sku": sku, "quantity": 100.0}
        for supplier, sku in (("S-1", "000003"), ("S-2", "000031"))
    ]
    lake.write(table="production", rows=pl.DataFrame(made), source="files", batch_id="made")
    counted = [{"date": YESTERDAY, "sku": "000003", "on_hand": 100.0}]
    lake.write(table="warehouse_daily", rows=pl.DataFrame(counted), source="files", batch_id="counted")
    return lake
