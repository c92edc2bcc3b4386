"""A run on a Ray cluster: the same morning as on one machine, by workers that need no database."""

import shutil
import subprocess
import sys
import tempfile

import pytest
from django.conf import settings as django_settings

from firstmove.domains.planning import partitions
from firstmove.domains.planning.executors import ClusterError, Executor, Local, Ray
from firstmove.domains.planning.models import Run
from firstmove.domains.planning.operations import pipeline
from firstmove.domains.planning.operations.inputs import gather
from firstmove.domains.planning.operations.scenarios import named
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake.store import Lake
from tests.planning.mornings import lines, plan, proposal, todays
from tests.scene import YESTERDAY


@pytest.fixture(scope="module")
def cluster():
    """One machine with two workers, kept for the tests of this module."""
    import ray

    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=80 * 2**20)
    yield ray
    ray.shutdown()


@pytest.fixture
def read(scene):
    """What a run of the scene's morning reads, in any number of partitions."""
    folder = tempfile.mkdtemp()

    def inputs(count):
        with tenancy.scope(SYSTEM):
            return gather(
                lake=Lake(django_settings.LAKE_ROOT), as_of=YESTERDAY, versions=Run.objects.get().versions,
                scenario=named("reactive-opening"), folder=folder, partitions=count,
            )  # fmt: skip

    yield inputs
    shutil.rmtree(folder)


def results(inputs, executor: Executor):
    with executor:
        return pipeline.decide(inputs, pipeline.learn(inputs, executor), executor)


def test_a_cluster_and_any_number_of_partitions_propose_the_same(cluster, read):
    expected = results(read(None), Local())
    for count in (1, 4, 16):
        inputs = read(count)
        assert results(inputs, Ray()).equals(expected)
        assert results(inputs, Local()).equals(expected)

    @cluster.remote
    def foreign():
        return [name for name in ("firstmove.engine", "django", "psycopg") if name in sys.modules]

    # Those workers computed it, and none of them knows Django or a database.
    assert {tuple(found) for found in cluster.get([foreign.remote() for _ in range(8)])} == {("firstmove.engine",)}


def test_a_morning_planned_on_a_cluster_is_the_one_planned_here(cluster, scene, settings):
    before = lines(scene.proposal_id)
    settings.PLAN_EXECUTOR = "ray"
    plan()
    assert proposal(scene.proposal_id).state == "superseded"
    with tenancy.scope(SYSTEM):
        assert Run.objects.filter(state="complete").count() == 2
    told = [(line.sku, line.quantity, line.profit) for line in lines(todays(scene.cast.dealer_id).id)]
    assert told == [(line.sku, line.quantity, line.profit) for line in before]


def test_histories_that_a_worker_cannot_read_stop_the_run_with_what_to_do(cluster, scene, settings):
    settings.PLAN_EXECUTOR = "ray"

    def elsewhere(*, folder, **given):
        # As on a cluster whose machines do not share the folder: what was written is not there for the worker.
        inputs = gather(folder=folder, **given)
        shutil.rmtree(folder)
        return inputs

    with pytest.raises(Conflict, match="FIRSTMOVE_SERIES") as refused:
        plan(reading=elsewhere)
    assert refused.value.code == "no-series"
    assert proposal(scene.proposal_id).is_ready


def test_a_worker_of_another_version_is_refused(cluster, read, monkeypatch):
    monkeypatch.setattr("firstmove.__version__", "0.0.1")
    with pytest.raises(ClusterError, match=r"firstmove 0\.0\.1"):
        results(read(1), Ray())


def test_without_ray_the_error_says_what_to_install(scene, settings, monkeypatch):
    settings.PLAN_EXECUTOR = "ray"
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(Invalid, match=r"pip install 'firstmove\[cluster\]'"):
        plan()
    settings.PLAN_EXECUTOR = "abacus"
    with pytest.raises(Invalid, match="abacus"):
        plan()
    assert proposal(scene.proposal_id).is_ready


def test_what_a_worker_imports_starts_no_database():
    program = f"import sys, {partitions.__name__}; print([m for m in ('django', 'psycopg', 'ray') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
