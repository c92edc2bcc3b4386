"""The schema, the role that serves, and row-level security."""

from collections.abc import Iterator
from typing import Any

from firstmove.cli.checks import Finding, good, wrong


def schema() -> Iterator[Finding]:
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["owner"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    unknown = sorted(set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations))
    if unknown:
        names = ", ".join(f"{app}.{name}" for app, name in unknown)
        yield wrong("schema", f"The database is of a later version: it has {names}.", "Install that version.")
    elif plan:
        yield wrong(
            "schema", f"{len(plan)} migrations are not applied.", "Any other command applies them: firstmove up"
        )
    else:
        yield good("schema", f"Current, with {len(executor.loader.applied_migrations)} migrations.")


def role() -> Iterator[Finding]:
    """The serving role is bound by row-level security: neither superuser nor owner of anything."""
    ((name, is_superuser, bypasses, owned),) = _rows(
        "select r.rolname, r.rolsuper, r.rolbypassrls, (select count(*) from pg_class where relowner = r.oid) "
        "+ (select count(*) from pg_proc where proowner = r.oid) from pg_roles r where r.rolname = current_user"
    )
    faults = [
        fault
        for fault, there in (
            ("is a superuser", is_superuser),
            ("bypasses row-level security", bypasses),
            (f"owns {owned} tables or functions", owned),
        )
        if there
    ]
    if faults:
        yield wrong(
            "serving role",
            f"{name} {' and '.join(faults)}: every dealer could be shown every other's rows.",
            f"As a superuser: alter role {name} nosuperuser nobypassrls; give what it owns to the owner role.",
        )
    else:
        yield good("serving role", f"{name} is no superuser, bypasses nothing and owns nothing.")


def policies() -> Iterator[Finding]:
    """Every table has forced row-level security or stands among the open ones, and no view goes around it."""
    from firstmove.kernel.policies import OPEN_TABLES

    rows = _rows(
        "select relname, relkind, relrowsecurity and relforcerowsecurity, "
        "coalesce('security_invoker=true' = any(reloptions), false) "
        "from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') order by 1"
    )
    bare = [name for name, kind, forced, _invoker in rows if kind in "rp" and not forced and name not in OPEN_TABLES]
    bare += [name for name, kind, _forced, invoker in rows if kind == "m" or (kind == "v" and not invoker)]
    if bare:
        yield wrong(
            "row-level security",
            f"Not bound by it: {', '.join(bare)}.",
            "For a table: alter table NAME enable row level security; alter table NAME force row level security. "
            "Drop a view that somebody added.",
        )
    else:
        yield good("row-level security", f"Forced on every table but {len(OPEN_TABLES)} that hold nobody's rows.")


def _rows(statement: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
