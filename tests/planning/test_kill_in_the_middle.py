"""The power fails while orders are being planned: run it again, and the morning is as if it had not."""

import contextlib
import random
import signal
import subprocess

import pytest

from firstmove.cli.demo import PAST_MORNINGS
from tests.cli.installation import Installation

KILLS = 5


@pytest.fixture(scope="module")
def planned(demo_home, tmp_path_factory):
    """The demo network with its first plan; the server is kept for the commands."""
    here = Installation.copied(demo_home, tmp_path_factory.mktemp("kill") / "home")
    with here.database() as db:
        yield here, db


def figures(db):
    """What a dealer would see of the plan: dealer, product, quantity and value of every ready line."""
    return db.execute(
        "select p.dealer_id, l.product_id, l.quantity, l.unit_price, round(l.profit::numeric, 6) "
        "from planning_proposal p join planning_proposalline l on l.proposal_id = p.id "
        "where p.state = 'ready' order by 1, 2"
    ).fetchall()


def count(db, statement):
    return db.execute(statement).fetchone()[0]


def test_a_plan_killed_at_any_moment_and_run_again_doubles_nothing(planned):
    here, db = planned
    before = figures(db)
    assert len({dealer for dealer, *_line in before}) > 1
    (seconds,) = db.execute("select max(seconds) from planning_run").fetchone()
    chance = random.Random(20260302)  # noqa: S311
    killed = 0
    for attempt in range(KILLS):
        # Imports take about two seconds; the run itself a fraction of that. The moments spread over the run.
        runs = count(db, "select count(*) from planning_run")
        process = here.start("plan")
        while count(db, "select count(*) from planning_run") == runs and process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.01)
        try:
            process.wait(timeout=chance.uniform(0, seconds) * attempt / (KILLS - 1))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
        # Whatever the moment, a dealer's morning is whole: the old proposals or the new ones.
        assert figures(db) == before
    assert killed >= 2
    done = here.run("plan")
    assert done.code == 0, done.err
    assert figures(db) == before
    doubled = "select count(*) from (select 1 from planning_proposal where state = 'ready' group by dealer_id "
    assert count(db, f"{doubled} having count(*) > 1) d") == 0
    _check_records(db, killed)


def _check_records(db, killed):
    states = dict(db.execute("select state, count(*) from planning_run group by state").fetchall())
    # The demo plans some past mornings before the first.
    assert states == {"failed": killed, "complete": len(PAST_MORNINGS) + 2 + KILLS - killed}
    reasons = {reason for (reason,) in db.execute("select error from planning_run where state = 'failed'")}
    assert reasons == {"The process was stopped before it finished."}
    # A run that failed left nothing, one that is complete wrote down what it left.
    orphans = "from planning_proposal p join planning_run r on r.id = p.run_id where r.state <> 'complete'"
    assert count(db, f"select count(*) {orphans}") == 0
    told = "select sum(lines) from planning_run where state = 'complete'"
    assert count(db, told) == count(db, "select count(*) from planning_proposalline")
    pairs = "select pairs from planning_run where state = 'complete' order by id desc limit 1"
    assert count(db, pairs) == count(db, "select count(*) from planning_outlook")
    assert count(db, "select count(distinct run_id) from planning_outlook") == 1


def test_the_lake_and_the_series_serve_the_latest_run_after_it(planned):
    here, db = planned
    (latest,) = db.execute("select max(id) from planning_run where state = 'complete'").fetchone()
    assert (here.home / "series" / str(latest)).is_dir()
    assert here.run("doctor").code == 0
