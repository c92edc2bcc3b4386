"""Migration operations: row-level security and audit for a table.

Every table either carries a `TenantPolicy` or is named in `OPEN_TABLES` with its reason; a test compares both with the
database, so a new table cannot be forgotten.
"""

from typing import Any

from django.db.migrations.operations import RunSQL

OPEN_TABLES = {
    "django_migrations": "which migrations ran",
    "django_content_type": "names of models",
    "django_session": "reached only by a secret key, holds a user's id alone",
    "network_enterprise": "the one enterprise's name, currency and time zone, shown before sign-in too",
    "procrastinate_jobs": "queue; arguments are ids, read by workers alone",
    "procrastinate_events": "queue",
    "procrastinate_periodic_defers": "queue",
    "procrastinate_workers": "queue",
    "auth_permission": "made by django.contrib.auth, not used: roles decide",
    "auth_group": "made by django.contrib.auth, not used",
    "auth_group_permissions": "made by django.contrib.auth, not used",
}

# Wrapped in a sub-select, a setting is read once a statement and not once a row.
ACTOR = "(select current_setting('app.actor', true))"


def _setting(name: str) -> str:
    return f"(select nullif(current_setting('app.{name}', true), '')::bigint)"


MY_USER, MY_DEALER, MY_SUPPLIER = _setting("user"), _setting("dealer"), _setting("supplier")


def _condition(rules: dict[str, str | None]) -> str:
    """SQL that is true where one of the actors may: ``{"dealer": "dealer_id = ..."}``."""
    parts = [f"{ACTOR} = 'system'"]
    parts += [f"({ACTOR} = '{actor}' and ({rule}))" for actor, rule in rules.items() if rule is not None]
    return " or ".join(parts)


class TenantPolicy(RunSQL):
    """Row-level security with FORCE. Each argument is the SQL condition under which that actor may; None is never.

    `write` names who may change rows, by the same conditions, default: those who may read. The system always may.

    Example: ``TenantPolicy("trade_order", enterprise="true", dealer=f"buyer_dealer_id = {MY_DEALER}")``.
    """

    def __init__(
        self,
        table: str,
        *,
        enterprise: str | None = None,
        dealer: str | None = None,
        supplier: str | None = None,
        write: tuple[str, ...] = ("enterprise", "dealer", "supplier"),
    ) -> None:
        rules = {"enterprise": enterprise, "dealer": dealer, "supplier": supplier}
        read = _condition(rules)
        change = _condition({actor: rule for actor, rule in rules.items() if actor in write})
        forward: list[Any] = [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy tenant_read on {table} for select using ({read})",
            f"create policy tenant_insert on {table} for insert with check ({change})",
            f"create policy tenant_update on {table} for update using ({change}) with check ({change})",
            f"create policy tenant_delete on {table} for delete using ({change})",
        ]
        names = ("read", "insert", "update", "delete")
        backward: list[Any] = [f"drop policy tenant_{name} on {table}" for name in names]
        backward += [f"alter table {table} {what} row level security" for what in ("no force", "disable")]
        super().__init__(sql=forward, reverse_sql=backward)
        self.arguments = (table, {**rules, "write": write})

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        table, options = self.arguments
        return self.__class__.__name__, [table], options

    def describe(self) -> str:
        return f"Row-level security of {self.arguments[0]}"


class WeighedPolicy(RunSQL):
    """Who may read rows, as an earlier `TenantPolicy` says it, so that the database does not take them for few.

    Of conditions on settings, which it does not know while it plans, joined by "or", PostgreSQL expects one row of a
    hundred to pass, and then sorts a million rows where it meant to sort ten thousand. Of a `case` it expects half. For
    tables of which pages show the newest rows of very many.
    """

    def __init__(
        self, table: str, *, enterprise: str | None = None, dealer: str | None = None, supplier: str | None = None
    ) -> None:
        rules = {"enterprise": enterprise, "dealer": dealer, "supplier": supplier}
        cases = " ".join(f"when '{actor}' then {rule}" for actor, rule in rules.items() if rule is not None)
        alter = f"alter policy tenant_read on {table} using"
        super().__init__(
            sql=f"{alter} (case {ACTOR} when 'system' then true {cases} else false end)",
            reverse_sql=f"{alter} ({_condition(rules)})",
        )
        self.arguments = (table, rules)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        table, options = self.arguments
        return self.__class__.__name__, [table], options

    def describe(self) -> str:
        return f"How many rows row-level security of {self.arguments[0]} lets through"


def _audit_function(table: str, *, dealer: str, supplier: str) -> str:
    columns = "at, actor, user_id, dealer_id, supplier_id, table_name, row_id, action, before, after"
    head = (
        "statement_timestamp(), coalesce(current_setting('app.actor', true), ''), "
        "nullif(current_setting('app.user', true), '')::bigint"
    )
    # Names of columns: secrets, and what changes with every other column.
    secret = "- 'password' - 'last_login' - 'changed_at'"  # noqa: S105
    # The names come from migrations.
    return f"""
create or replace function audit_{table}() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into kernel_auditevent ({columns})
    select {head}, {dealer}, {supplier}, '{table}', r.id, 'insert', null, to_jsonb(r) {secret} from new_rows r;
  elsif tg_op = 'DELETE' then
    insert into kernel_auditevent ({columns})
    select {head}, {dealer}, {supplier}, '{table}', r.id, 'delete', to_jsonb(r) {secret}, null from old_rows r;
  else
    insert into kernel_auditevent ({columns})
    select {head}, {dealer}, {supplier}, '{table}', r.id, 'update', c.before, c.after
    from new_rows r join old_rows o on o.id = r.id
    cross join lateral (
      select jsonb_object_agg(n.key, p.value) as before, jsonb_object_agg(n.key, n.value) as after
      from jsonb_each(to_jsonb(r) {secret}) n join jsonb_each(to_jsonb(o) {secret}) p using (key)
      where n.value is distinct from p.value
    ) c where c.after is not null;
  end if;
  return null;
end $$"""  # noqa: S608


class Audited(RunSQL):
    """Record every insert, update and delete of a table in `kernel_auditevent`.

    `dealer` and `supplier` are SQL expressions over the changed row ``r`` that name the tenant who may read the entry.
    """

    def __init__(self, table: str, *, dealer: str = "null", supplier: str = "null") -> None:
        trigger = "create trigger audit_{0} after {0} on {1} {2} for each statement execute function audit_{1}()"
        super().__init__(
            sql=[
                _audit_function(table, dealer=dealer, supplier=supplier),
                trigger.format("insert", table, "referencing new table as new_rows"),
                trigger.format("delete", table, "referencing old table as old_rows"),
                trigger.format("update", table, "referencing old table as old_rows new table as new_rows"),
            ],
            reverse_sql=[f"drop function audit_{table}() cascade"],
        )
        self.arguments = (table, {"dealer": dealer, "supplier": supplier})

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        table, options = self.arguments
        return self.__class__.__name__, [table], options

    def describe(self) -> str:
        return f"Audit of {self.arguments[0]}"


class AuditedAnew(RunSQL):
    """Write the function behind an earlier `Audited` again, as it is now."""

    def __init__(self, table: str, *, dealer: str = "null", supplier: str = "null") -> None:
        super().__init__(sql=_audit_function(table, dealer=dealer, supplier=supplier), reverse_sql=RunSQL.noop)
        self.arguments = (table, {"dealer": dealer, "supplier": supplier})

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        table, options = self.arguments
        return self.__class__.__name__, [table], options

    def describe(self) -> str:
        return f"Audit of {self.arguments[0]} anew"


# Under which number, with the second in which a transaction began, open writes of tracked tables are held.
OPEN_WRITES = 7215010


def track_function(table: str) -> str:
    """What notes the moment of a change, and, before that, that a write is open which nobody else sees yet.

    The lock is shared, so writers never wait for each other, and ends with the transaction, after its rows can be seen.
    Everybody may see it, whatever role writes: `kernel.paging` asks for the earliest.
    """
    return f"""
create or replace function track_{table}() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or new is distinct from old then
    perform pg_advisory_xact_lock_shared({OPEN_WRITES}, floor(extract(epoch from now()))::int);
    new.changed_at := clock_timestamp();
  end if;
  return new;
end $$"""


class Tracked(RunSQL):
    """Let the database note in `changed_at` when a row last changed: what programs ask for as "changes since".

    The moment is that of the write and not of its transaction's begin. An update that changes nothing changes it not.
    """

    def __init__(self, table: str) -> None:
        super().__init__(
            sql=[
                track_function(table),
                f"create trigger track before insert or update on {table} "
                f"for each row execute function track_{table}()",
            ],
            reverse_sql=[f"drop function track_{table}() cascade"],
        )
        self.arguments = table

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.arguments], {}

    def describe(self) -> str:
        return f"Moments of change of {self.arguments}"
