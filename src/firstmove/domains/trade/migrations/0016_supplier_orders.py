from django.db import migrations

from firstmove.kernel.policies import ACTOR

# Between a dealer and a supplier the enterprise is no party: it reads such an order where the dealer shares it, and
# changes none. The system, the dealer and the supplier stay under the policies that there are.
TABLES = ("trade_order", "trade_orderline", "trade_orderstep")
WRITES = {"insert": "with check", "update": "using", "delete": "using"}
SHARED = "exists (select 1 from network_consent c where c.dealer_id = {dealer} and c.shares_supplier_orders)"
NOT_ENTERPRISE = f"{ACTOR} is distinct from 'enterprise'"


def read(dealer: str, supplier: str, *, among: str = "true") -> str:
    shared = SHARED.format(dealer=dealer)
    return f"{NOT_ENTERPRISE} or {dealer} is null or {supplier} is null or not ({among}) or {shared}"


def policies() -> tuple[list[str], list[str]]:
    """Statements that make them, and that take them back."""
    forward, backward = [], []
    for table in TABLES:
        dealer, supplier = f"{table}.buyer_dealer_id", f"{table}.seller_supplier_id"
        rules = {"select": f"using ({read(dealer, supplier)})"}
        party = f"{NOT_ENTERPRISE} or {dealer} is null or {supplier} is null"
        rules |= {verb: f"{how} ({party})" for verb, how in WRITES.items()}
        for verb, rule in rules.items():
            forward.append(f"create policy no_party_{verb} on {table} as restrictive for {verb} {rule}")
            backward.append(f"drop policy no_party_{verb} on {table}")
    # What the audit and the news tell of them is theirs too.
    for table, among in (
        ("kernel_auditevent", "kernel_auditevent.table_name in ('trade_order', 'trade_orderline')"),
        ("kernel_outboxevent", "kernel_outboxevent.topic = 'trade.supplier_order_moved'"),
    ):
        rule = read(f"{table}.dealer_id", f"{table}.supplier_id", among=among)
        forward.append(f"create policy no_party_select on {table} as restrictive for select using ({rule})")
        backward.append(f"drop policy no_party_select on {table}")
    return forward, backward


FORWARD, BACKWARD = policies()


class Migration(migrations.Migration):
    dependencies = [
        ("trade", "0015_shipments"),
        ("network", "0008_direct_supply"),
        ("kernel", "0002_policies"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
