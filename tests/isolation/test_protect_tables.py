"""Every table is protected by the database itself, and the suite runs as the role that is bound by it."""

import re
from pathlib import Path

import pytest
from django.db import connection

import firstmove
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import NOBODY, SYSTEM, ScopeError
from tests.isolation.tables import dealer_tables, run, without_protection

pytestmark = pytest.mark.django_db


def test_every_table_is_protected_or_stands_open_with_a_reason():
    assert without_protection(run) == {}


@pytest.mark.parametrize(
    ("statements", "wrong"),
    [
        (["create table forgotten (id int, dealer_id bigint)"], "row-level security is not forced"),
        (
            ["create table forgotten (id int)", "alter table forgotten enable row level security"],
            "row-level security is not forced",
        ),
        (
            [
                "create table forgotten (id int)",
                "alter table forgotten enable row level security",
                "alter table forgotten force row level security",
                "create policy p on forgotten for select using (current_setting('app.actor', true) = 'system')",
                # Everybody may: not a tenant's policy, whatever its name.
                "create policy q on forgotten for insert with check (true)",
            ],
            "no policy for insert, update, delete",
        ),
        (["create view forgotten as select * from network_dealer"], "a view that does not read as its reader"),
        (
            ["create materialized view forgotten as select * from network_dealer"],
            "a view that does not read as its reader",
        ),
    ],
)
def test_a_new_table_without_protection_is_found(server, statements, wrong):
    with server.owner.connect() as db, db.transaction(force_rollback=True):
        for statement in statements:
            db.execute(statement)
        assert without_protection(lambda sql: db.execute(sql).fetchall()) == {"forgotten": wrong}


def test_an_open_table_that_is_gone_is_found(monkeypatch):
    from firstmove.kernel import policies

    monkeypatch.setitem(policies.OPEN_TABLES, "long_gone", "nobody remembers")
    assert without_protection(run) == {"long_gone": "stands in OPEN_TABLES and does not exist"}


def test_the_suite_runs_as_the_app_role(server):
    user, superuser, bypasses, makes_roles = run(
        "select current_user, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user"
    )[0]
    assert user == server.app.user != server.owner.user
    assert (superuser, bypasses, makes_roles) == (False, False, False)
    assert run("select relname from pg_class join pg_roles r on r.oid = relowner where rolname = current_user") == []
    # Nor may it put on the owner's clothes.
    assert run("select 1 from pg_auth_members m join pg_roles r on r.oid = m.member where rolname = current_user") == []


def test_every_dealers_table_is_known():
    assert len(dealer_tables()) >= 15


def test_only_the_ledgers_functions_run_with_the_owners_rights():
    definers = run(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef "
        "and left(proname, 13) <> 'procrastinate'"
    )
    ledger = {"keep_balance", "reserve", "release", "release_part", "ship", "cover", "lock_own", "offered", "coming"}
    assert {name for (name,) in definers} == {f"stock_{name}" for name in ledger}


@pytest.mark.django_db(transaction=True)
def test_a_scope_leaves_nothing_behind_on_its_connection():
    with tenancy.scope(SYSTEM):
        assert run("select current_setting('app.actor', true)") == [("system",)]
    assert connection.connection is not None
    assert run("select coalesce(current_setting('app.actor', true), '')") == [("",)]


def test_two_actors_in_one_transaction_are_an_error():
    with tenancy.scope(SYSTEM), pytest.raises(ScopeError), tenancy.scope(NOBODY):
        pass
    assert tenancy.current() is None


def test_no_code_sets_a_tenant_for_the_whole_session():
    source = Path(firstmove.__file__).parent
    calls = [
        (file.name, call)
        for file in source.rglob("*.py")
        for call in re.findall(r"set_config\(\s*'[^)]*\)", file.read_text())
    ]
    assert calls
    assert [call for call in calls if not call[1].endswith("true)")] == []
    assert not [file for file in source.rglob("*.py") if re.search(r"(?i)\bset (session )?app\.", file.read_text())]
