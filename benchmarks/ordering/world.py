"""The installation that orders come to, and the questions that its database is asked afterwards."""

import datetime as dt
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

DEALERS, BUYERS, PRODUCTS, ON_HAND = 500, 50, 2_000, 10_000_000
LAST = "LAST-UNITS"
PASSWORD = "benchmark-only-password"
BIG_DEALER, ADMIN, OWNER = "D0", "admin@bench.example", "owner0@bench.example"


def sku(n: int) -> str:
    return f"P{n:05d}"


def step_of(n: int) -> int:
    """The multiple in which a product is ordered."""
    return (1, 6, 12)[n % 3]


def furnish() -> dict[str, Any]:
    """Everything that an order asks about: prices of four kinds of lists, credit, stock; a key for each buyer."""
    from django.utils import timezone

    from benchmarks.ordering import LAST_UNITS
    from firstmove.domains.catalog import operations as catalog
    from firstmove.domains.catalog import queries as products
    from firstmove.domains.network import keys
    from firstmove.domains.network import operations as network
    from firstmove.domains.network import queries as parties
    from firstmove.domains.stock import operations as stock
    from firstmove.domains.trade import operations as trade
    from firstmove.kernel.tenancy import SYSTEM, Actor, scope

    now = timezone.now()
    network.initialise(name="ordering", currency="CNY", time_zone="Asia/Shanghai")
    network.upsert_dealers(
        rows=[
            {
                "code": f"D{n}", "name": f"Dealer {n} of {'North' if n % 4 else 'South'}", "tier": "AB"[n % 2],
                "region": "North" if n % 4 else "South", "credit_limit": 10**12, "terms_days": 30,
                "lead_time_min_days": 2, "lead_time_max_days": 5,
            }
            for n in range(DEALERS)
        ]
    )  # fmt: skip
    skus = [sku(n) for n in range(PRODUCTS)]
    catalog.upsert_products(
        rows=[
            {
                "sku": code, "name": f"Article {n}", "category": f"C{n % 20}", "multiple": step_of(n),
                "tax_rate": Decimal("0.13"), "unit_price": 12,
            }
            for n, code in enumerate(skus)
        ]
        + [{"sku": LAST, "name": "Nearly gone", "multiple": 1, "category": "C0", "tax_rate": Decimal("0.13")}]
    )  # fmt: skip
    lists: list[dict[str, Any]] = [{}, {"from_quantity": 24}]
    lists += [{"tier": tier, "from_quantity": units} for tier in "AB" for units in (1, 48)]
    prices = [{"sku": code, "price": 10 + n % 7 / 10, **party} for party in lists for n, code in enumerate(skus)]
    prices += [{"sku": code, "price": 9, "region": "North"} for code in skus[::2]]
    prices += [{"sku": code, "price": 8, "dealer": f"D{n}"} for n in range(BUYERS) for code in skus[n::20]]
    catalog.upsert_prices(rows=[*prices, {"sku": LAST, "price": 5}])
    admin = network.add_user(email=ADMIN, name="Admin", role="admin", password=PASSWORD)
    with scope(SYSTEM):
        ids, dealers = products.product_ids_by_sku(), parties.dealer_ids_by_code()
        today = parties.enterprise(now=now).business_on
    units = {code: Decimal(ON_HAND) for code in skus} | {LAST: Decimal(LAST_UNITS)}
    stock.bring_to(
        positions=[stock.Position(None, ids[code], quantity) for code, quantity in units.items()],
        occurred_on=today,
        cause="benchmark",
    )
    enterprise = Actor("enterprise", user_id=admin)
    stock.set_back_orders(actor=enterprise, allowed=False)
    tokens = []
    for n in range(BUYERS):
        code = f"D{n}"
        # A password for one of them: making it costs a tenth of a second.
        password = PASSWORD if n == 0 else None
        owner = network.add_user(
            email=f"owner{n}@bench.example", name=code, role="owner", password=password, dealer_code=code
        )
        trade.open_account(
            actor=enterprise, dealer_id=dealers[code], opened_on=today - dt.timedelta(days=1), opening=None, now=now
        )
        actor = Actor("dealer", user_id=owner, dealer_id=dealers[code])
        issued = keys.issue(actor=actor, name="till", scopes=["orders:read", "orders:write"], days=30, now=now)
        tokens.append(issued.token)
    with superuser() as db:
        db.execute("analyze")
    return {"tokens": tokens, "products": PRODUCTS, "owner": OWNER, "admin": ADMIN, "password": PASSWORD}


@contextmanager
def superuser() -> Iterator[Any]:
    """A connection that no policy binds: what is there, not what somebody may see."""
    from firstmove.kernel import home, postgres

    where = home.path()
    login = postgres.logins(where).owner
    secret = home.read_secrets(where).superuser_password
    with postgres.Login(login.host, login.port, login.database, "postgres", secret).connect() as db:
        yield db


# Each counts what must not be there.
_WRONG = {
    "answered orders that are not there exactly once": """
        select count(*) from unnest(%(all)s::text[]) a (number)
        where (select count(*) from trade_order o where o.number = a.number) <> 1""",
    "orders that nobody was told of": """
        select count(*) from trade_order o where not exists (
          select 1 from unnest(%(all)s::text[]) a (number) where a.number = o.number)""",
    "orders without their five lines": """
        select count(*) from trade_order o join unnest(%(load)s::text[]) a (number) using (number)
        where (select count(*) from trade_orderline l where l.order_id = o.id) <> 5""",
    "orders whose amount is not that of their lines": """
        select count(*) from trade_order o
        where o.amount <> (
          select round(sum(quantity * unit_price), 2) from trade_orderline l where l.order_id = o.id)""",
    "orders that no charge, event, audit or shipment tells of": """
        select count(*) from trade_order o
        where not exists (select 1 from trade_accountentry e where e.order_id = o.id and e.amount = o.amount)
        or not exists (select 1 from kernel_outboxevent e where e.payload->>'order' = o.number)
        or not exists (select 1 from kernel_auditevent e where e.table_name = 'trade_order' and e.row_id = o.id)
        or not exists (select 1 from stock_movement m where m.cause = 'order:' || o.id || '/shipped/1')""",
    "accounts that differ from their entries": """
        select count(*) from trade_creditaccount a where balance <> coalesce((
          select sum(amount) from trade_accountentry e where e.dealer_id = a.dealer_id), 0)""",
    "balances that differ from their ledger": """
        select count(*) from stock_balance b
        left join (select warehouse_id, product_id, sum(quantity) as moved from stock_movement group by 1, 2) m
          using (warehouse_id, product_id)
        left join (
          select warehouse_id, product_id, sum(reserved) as reserved, sum(waiting) as waiting
          from stock_reservation group by 1, 2
        ) r using (warehouse_id, product_id)
        where (b.on_hand, b.reserved, b.waiting)
          <> (coalesce(moved, 0), coalesce(r.reserved, 0), coalesce(r.waiting, 0)) or b.on_hand < 0""",
    "settings that do not wait for the disk": """
        select count(*) from pg_settings
        where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting <> 'on'""",
}  # fmt: skip


def verify() -> dict[str, int]:
    """Counts of what is wrong, by what it is; all have to be 0. `answered-….json` hold the numbers that were told."""
    from firstmove.kernel import home

    answered = {
        file.stem.removeprefix("answered-"): json.loads(file.read_text())
        for file in home.path().glob("answered-*.json")
    }
    told = {"all": [number for numbers in answered.values() for number in numbers], "load": answered["load"]}
    with superuser() as db:
        return {what: db.execute(question, told).fetchone()[0] for what, question in _WRONG.items()}


def main() -> None:
    from firstmove.cli.database import ready

    with ready():
        print(json.dumps({"furnish": furnish, "verify": verify}[sys.argv[1]]()))


if __name__ == "__main__":
    main()
