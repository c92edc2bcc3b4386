"""A disaster is survived: everything goes into one file and comes back whole in another place."""

import contextlib
import json
import os
import signal
import tarfile

import pytest
from psycopg import sql

from tests.cli.installation import Done, Installation

# As a dealer decides in the morning: an order, whose news is not yet in the lake.
MORNING = """
from firstmove.cli.database import ready
with ready():
    from django.utils import timezone
    from firstmove.domains.network import operations as people
    from firstmove.domains.network import queries as network
    from firstmove.domains.planning import operations, queries
    from firstmove.kernel import tenancy
    now = timezone.now()
    with tenancy.scope(tenancy.SYSTEM):
        today = network.enterprise(now=now).business_on
        offered = [(dealer, queries.todays_proposal(dealer_id=dealer.id, on=today)) for dealer in network.dealers()]
    dealer, proposal = next((dealer, proposal) for dealer, proposal in offered if proposal)
    buyer = people.add_user(
        email="morning@example.com", name="Morning", role="buyer", password="a long password", dealer_code=dealer.code
    )
    actor = tenancy.Actor("dealer", user_id=buyer, dealer_id=dealer.id)
    print(operations.accept(actor=actor, proposal_id=proposal.id, now=now))
"""
# Killed where it hurts: the first argument says where, the second is the file.
KILLED_RESTORE = """
import os, signal, sys
from firstmove.cli import main, restore
where, file = sys.argv[1:]
def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
if where == "before the transaction ends":
    os.sync = die
else:
    restore._settle = die
main(["restore", file])
"""
LEFT_OUT = ("django_", "procrastinate_", "auth_permission")


@pytest.fixture(scope="module")
def origin(demo_home, tmp_path_factory):
    here = Installation.copied(demo_home, tmp_path_factory.mktemp("origin") / "home")
    with here.database() as db:
        done = here.run(python=MORNING)
        assert done.code == 0, done.err
        yield here, db


@pytest.fixture(scope="module")
def file(origin, tmp_path_factory):
    here, _db = origin
    path = tmp_path_factory.mktemp("backup") / "firstmove.tar.gz"
    done = here.run("backup", str(path))
    assert done.code == 0, done.err
    return path


def contents(db):
    """Every row of every table that is saved, as text."""
    names = [
        name
        for (name,) in db.execute(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"
        )
        if not name.startswith(LEFT_OUT)
    ]
    rows = sql.SQL("select t::text from {} t")
    return {name: sorted(row for (row,) in db.execute(rows.format(sql.Identifier(name)))) for name in names}


def lake(home):
    return {
        path.relative_to(home): path.read_bytes()
        for folder in ("lake", "series")
        for path in (home / folder).rglob("*")
        if path.is_file() and ".locks" not in path.parts
    }


def failed(done: Done) -> str:
    assert done.code == 1, done
    assert "Traceback" not in done.err
    return done.err.strip()


def test_everything_comes_back_in_another_place_and_work_goes_on(origin, file, tmp_path):
    here, db = origin
    there = Installation(tmp_path / "home")
    with there.database() as restored:
        done = there.run("restore", str(file))
        assert done.code == 0, done.err
        before, after = contents(db), contents(restored)
        assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
        assert after == before
        assert len(before["trade_order"]) >= 1
        assert len(before["planning_proposalline"]) > 1
        assert lake(there.home) == lake(here.home)
        _check_guards(restored)
        # New rows get numbers of their own, and the ledger still keeps its balances.
        ids = "select max(id) from planning_run", "select count(*) from trade_order"
        (last_run,), (_orders,) = (restored.execute(statement).fetchone() for statement in ids)
        planned = there.run("plan")
        assert planned.code == 0, planned.err
        assert restored.execute(ids[0]).fetchone()[0] > last_run
        # All that was told before the plan is delivered; what the plan tells is the worker's to deliver.
        waiting = "select count(*) from kernel_outboxevent where delivered_at is null and topic not like 'planning.%'"
        assert restored.execute(waiting).fetchone() == (0,)
        assert there.run("doctor").code == 0
        assert "is not empty" in failed(there.run("restore", str(file)))


def _check_guards(db):
    """The ledger agrees with itself, policies bind the serving role and the owner, triggers are on again."""
    drift = db.execute(
        "select count(*) from stock_balance b full join (select warehouse_id, product_id, sum(quantity) as q "
        "from stock_movement group by 1, 2) m on m.warehouse_id = b.warehouse_id "
        "and m.product_id = b.product_id where m.q is distinct from b.on_hand"
    ).fetchone()
    assert drift == (0,)
    loose = db.execute(
        "select count(*) from pg_class where relrowsecurity and not relforcerowsecurity and relkind = 'r'"
    ).fetchone()
    assert loose == (0,)
    off = db.execute("select count(*) from pg_trigger where tgenabled = 'D' and not tgisinternal").fetchone()
    assert off == (0,)
    db.execute("select set_config('app.actor', '', false)")
    assert db.execute("select count(*) from trade_order").fetchone() == (0,)
    db.execute("select set_config('app.actor', 'system', false)")


@pytest.mark.parametrize("where", ["before the transaction ends", "before the lake is moved in"])
def test_a_restore_killed_in_the_middle_leaves_the_folder_empty_or_whole(origin, file, migrated, tmp_path, where):
    here, db = origin
    there = Installation.copied(migrated, tmp_path / "home")
    with there.database() as restored:
        done = there.run(where, str(file), python=KILLED_RESTORE)
        assert done.code == -signal.SIGKILL, done
        again = there.run("restore", str(file))
        if where == "before the transaction ends":
            assert again.code == 0, again.err
        else:
            assert "is not empty" in failed(again)
        assert contents(restored) == contents(db)
        assert lake(there.home) == lake(here.home)
        assert not list(there.home.glob("*restoring*"))


def test_the_file_is_its_owners_alone_and_holds_no_secret(origin, file):
    here, _db = origin
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(file.parent.glob("*.partial"))
    secrets = json.loads((here.home / "secrets.json").read_text()).values()
    with tarfile.open(file) as tar:
        assert tar.next().name == "manifest.json"
        for member in tar:
            content = tar.extractfile(member).read() if member.isfile() else b""
            assert not any(secret.encode() in content for secret in secrets)
            assert "session" not in member.name
            assert "procrastinate" not in member.name


def test_a_backup_overwrites_nothing(origin, file):
    here, _db = origin
    assert f"{file} exists already" in failed(here.run("backup", str(file)))
    assert "There is no folder" in failed(here.run("backup", str(file.parent / "nowhere" / "b.tar.gz")))
    assert "within what is saved" in failed(here.run("backup", str(here.home / "lake" / "b.tar.gz")))


def test_a_lake_on_an_object_store_is_refused(origin, tmp_path):
    here, _db = origin
    remote = Installation(here.home, (("FIRSTMOVE_LAKE", "s3://bucket/lake"),))
    assert "object store" in failed(remote.run("backup", str(tmp_path / "b.tar.gz")))


@pytest.fixture(scope="module")
def empty(migrated, tmp_path_factory):
    """An empty installation whose server keeps running between the tests that fail to restore into it."""
    there = Installation.copied(migrated, tmp_path_factory.mktemp("empty") / "home")
    with there.database():
        yield there


def test_a_damaged_file_is_refused_and_changes_nothing(empty, file, tmp_path):
    whole = file.read_bytes()
    for name, content in (
        ("cut.tar.gz", whole[: len(whole) // 2]),
        ("text.tar.gz", b"order,quantity\n1,2\n"),
        ("nothing.tar.gz", b""),
    ):
        (tmp_path / name).write_bytes(content)
        assert "damaged or was not written by firstmove backup" in failed(empty.run("restore", str(tmp_path / name)))
    assert "There is no file" in failed(empty.run("restore", str(tmp_path / "absent.tar.gz")))
    assert not any((empty.home / folder).exists() for folder in ("lake", "series", "lake.restoring", "restoring"))


def test_a_file_of_another_version_is_refused_with_both_named(empty, file, tmp_path):
    other = tmp_path / "other.tar.gz"
    with _edited(file, other) as manifest:
        manifest["firstmove"] = "9.8.7"
        manifest["migrations"].append("trade.0099_haggling")
    said = failed(empty.run("restore", str(other)))
    assert "firstmove 9.8.7 and this is firstmove 0." in said
    assert "only the file has trade.0099_haggling" in said
    later = tmp_path / "later.tar.gz"
    with _edited(file, later) as manifest:
        manifest["format"] = 2
    assert "format 2; this version of firstmove reads format 1" in failed(empty.run("restore", str(later)))


def test_a_file_that_lost_rows_is_refused(empty, file, tmp_path):
    other = tmp_path / "other.tar.gz"
    with _edited(file, other) as manifest:
        manifest["tables"]["trade_order"] += 1
    assert "less or more than its manifest says" in failed(empty.run("restore", str(other)))


@contextlib.contextmanager
def _edited(file, target):
    """A copy of the file whose manifest the caller changes."""
    with tarfile.open(file) as source, tarfile.open(target, "w:gz", compresslevel=1) as out:
        about = source.next()
        manifest = json.loads(source.extractfile(about).read())
        yield manifest
        text = json.dumps(manifest).encode()
        about.size = len(text)
        with (target.parent / "manifest").open("w+b") as content:
            content.write(text)
            content.seek(0, os.SEEK_SET)
            out.addfile(about, content)
        while (member := source.next()) is not None:
            out.addfile(member, source.extractfile(member))
