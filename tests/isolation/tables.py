"""Which rows of which table are whose: what the tests of isolation know about the database."""

from django.db import connection

from firstmove.kernel import tenancy
from firstmove.kernel.policies import OPEN_TABLES

# Columns that name the dealer a row belongs to. A table without one stands in OWNER_COLUMN or in NO_DEALERS.
DEALER_COLUMNS = ("dealer_id", "buyer_dealer_id")
OWNER_COLUMN = {"network_dealer": "id"}
NO_DEALERS = {
    "network_supplier": "dealers may know who makes what they buy",
    "network_attempt": "failed sign-ins, for the system alone",
    "catalog_product": "every dealer buys from one catalogue",
    "planning_run": "the enterprise's",
    "planning_reckoning": "the enterprise's",
    "planning_holdout": "every dealer may know which share is held out",
    "planning_holdoutsalt": "the enterprise's: who knows it knows every dealer's lots",
    "planning_automaticpause": "the enterprise's, and every dealer may know",
    "planning_servicepolicy": "the enterprise's",
    "planning_trialround": "the enterprise's",
    "planning_trial": "the enterprise's",
    "planning_champion": "the enterprise's",
    "planning_growntrees": "the enterprise's",
    "planning_supplyplan": "the enterprise's",
    "planning_supplyline": "the enterprise's",
    "planning_transfer": "the enterprise's: it tells what dealers have in stock",
    "planning_dealerstart": "the enterprise's: it tells whom a dealer is like",
    "planning_productstart": "the enterprise's",
    "planning_startpair": "the enterprise's: what is expected of whom",
    "planning_tierpriority": "the enterprise's",
    "catalog_supplyterms": "the enterprise's",
    "catalog_linecapacity": "the enterprise's",
    "stock_arrival": "the enterprise's",
    "trade_carrier": "the enterprise's",
    "trade_carriernotice": "the enterprise's: a dealer reads what was told on its shipment",
    "trade_steprule": "an order passes its steps in its buyer's transaction, which reads the rules",
    "stock_policy": "every dealer may know whether back-orders are taken",
    "trade_dunningrule": "the enterprise's, and every dealer may know",
    "incentives_programme": "a dealer reads those that it takes part in",
    "incentives_version": "a dealer reads the rules of the periods that it takes part in",
    "incentives_period": "a dealer reads those that it takes part in",
    "incentives_tier": "every dealer may know by which rules it rises",
    "intake_batch": "the enterprise's",
    "intake_setaside": "the enterprise's",
}

COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete"}


def without_protection(run) -> dict[str, str]:
    """What is wrong with a table's row-level security, by table; `run` executes SQL and returns rows.

    Also an open table that does not exist, a view that does not read as its reader, and a materialised view.
    """
    policies: dict[str, set[str]] = {}
    for table, command, condition in run(
        "select polrelid::regclass::text, polcmd::text, coalesce(pg_get_expr(polqual, polrelid), '') || "
        "coalesce(pg_get_expr(polwithcheck, polrelid), '') from pg_policy"
    ):
        if "app.actor" in condition:
            policies.setdefault(table, set()).add(command)
    wrong, tables = {}, set()
    for table, kind, enabled, forced, options in run(
        "select relname, relkind::text, relrowsecurity, relforcerowsecurity, coalesce(reloptions::text, '') "
        "from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')"
    ):
        if kind in "rp":
            tables.add(table)
            lacking = [name for command, name in COMMANDS.items() if command not in policies.get(table, ())]
            if table in OPEN_TABLES:
                continue
            if not (enabled and forced):
                wrong[table] = "row-level security is not forced"
            elif lacking:
                wrong[table] = f"no policy for {', '.join(lacking)}"
        elif kind != "v" or "security_invoker=true" not in options:
            wrong[table] = "a view that does not read as its reader"
    return wrong | dict.fromkeys(set(OPEN_TABLES) - tables, "stands in OPEN_TABLES and does not exist")


def run(sql: str, parameters=()) -> list[tuple]:
    """Rows of a statement on Django's connection, in whatever scope we are in."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def protected_tables() -> list[str]:
    found = run("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')")
    return sorted(table for (table,) in found if table not in OPEN_TABLES)


def owner_column(table: str) -> str | None:
    """The column by which a dealer owns rows of the table; None where no row is a dealer's."""
    columns = {
        name for (name,) in run("select column_name from information_schema.columns where table_name = %s", [table])
    }
    found = [name for name in DEALER_COLUMNS if name in columns] or [OWNER_COLUMN.get(table)]
    if (found[0] is None) != (table in NO_DEALERS):
        raise AssertionError(f"{table}: say in tests/isolation/tables.py whose its rows are")
    return found[0]


def dealer_tables() -> dict[str, str]:
    """Every table with rows of dealers, and the column that says of which."""
    return {table: column for table in protected_tables() if (column := owner_column(table))}


def rows_of(dealer_id: int, *, table: str, column: str) -> int:
    """How many rows of the dealer the current scope shows."""
    return run(f"select count(*) from {table} where {column} = %s", [dealer_id])[0][0]  # noqa: S608


def fingerprint(dealer_id: int) -> dict[str, str]:
    """The dealer's rows of every table, digested: equal before and after means that nothing was touched."""
    with tenancy.scope(tenancy.SYSTEM):
        return {
            table: run(
                f"select md5(coalesce(string_agg(t::text, '|' order by id), '')) from {table} t where {column} = %s",  # noqa: S608
                [dealer_id],
            )[0][0]
            for table, column in dealer_tables().items()
        }
