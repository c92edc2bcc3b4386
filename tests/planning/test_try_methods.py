"""Champion and challenger: tried on days past by the enterprise alone, in force from a day on, pinned by the run."""

import numpy as np
import pytest

from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import Champion, GrownTrees, Outlook, Run, Trial, TrialRound
from firstmove.engine.demand import boosted
from firstmove.engine.twin import trials
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, NotAllowed
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, plan, sale, tell_lake, todays
from tests.scene import LUMPY, YESTERDAY

# Half a year before the first window no product of the scene had sold evenly for a year: X is tried by nobody.
TRIED = {"Y", "Z"}


def won_by(method: str) -> dict[str, str]:
    return {segment: method if segment in TRIED else "pooled" for segment in "XYZ"}


@pytest.fixture
def two_dealers_suffice(monkeypatch):
    """The scene has two dealers; a network needs eight."""
    monkeypatch.setattr(trials, "LEAST_DEALERS", 2)


@pytest.fixture
def few_samples_suffice(monkeypatch):
    """The scene has sixty pairs, so trees are small and quickly grown."""
    monkeypatch.setattr(boosted, "LEAST_SAMPLES", 50)
    monkeypatch.setattr(boosted, "ROUNDS", 3)


def ask(person) -> int:
    return operations.request_trials(actor=person.actor, now=NOW)


def carry_out(round_id: int) -> queries.RoundView:
    operations.carry_out_trials(round_id=round_id, now=NOW)
    return look(round_id)


def look(round_id: int) -> queries.RoundView:
    with tenancy.scope(SYSTEM):
        return queries.trial_round(round_id=round_id)


def trials_of(round_id: int) -> list[queries.TrialView]:
    with tenancy.scope(SYSTEM):
        return queries.trials_of(round_id=round_id)


def methods() -> dict[str, str]:
    with tenancy.scope(SYSTEM):
        return {one.segment: one.method for one in queries.method_standings()}


def plant(monkeypatch, better: str, share: float = 0.8) -> None:
    """Replays in which one method costs a share of what the others do, at every pair."""
    real = trials.try_methods

    def planted(history, *, methods, **asked):
        tried = real(history, methods=["pooled"], **asked)["pooled"]
        worse = trials.Tried(tried.costs * share, tried.demanded_units, tried.sold_units)
        return {method: worse if method == better else tried for method in methods}

    monkeypatch.setattr(trials, "try_methods", planted)


def test_the_methods_are_tried_segment_by_segment_and_few_dealers_promote_nobody(scene):
    view = carry_out(ask(scene.cast.admin))
    assert (view.state, view.progress, view.left_out) == ("complete", 1, ("boosted",))
    assert [(one.from_on, one.until_on) for one in view.windows] == [
        (TODAY - 182 * DAY, TODAY - 92 * DAY),
        (TODAY - 91 * DAY, YESTERDAY),
    ]
    assert view.versions["sales"] >= 1
    assert view.cpu_seconds > 0 < view.peak_megabytes
    found = trials_of(view.id)
    assert {one.segment for one in found} == TRIED
    for one in found:
        assert (one.champion, one.challenger, one.verdict, one.dealers) == ("pooled", "textbook", "too_few", 2)
        assert one.saving == pytest.approx(1 - one.challenger_cost / one.champion_cost)
        assert one.confidence == pytest.approx(1 - 0.05 / 3)
    assert methods() == {"X": "pooled", "Y": "pooled", "Z": "pooled"}


@pytest.mark.usefixtures("two_dealers_suffice")
def test_a_better_method_takes_over_from_the_next_morning_and_is_taken_back_by_the_same_rule(scene, monkeypatch):
    plant(monkeypatch, "textbook")
    carry_out(ask(scene.cast.admin))
    assert methods() == won_by("textbook")
    with tenancy.scope(SYSTEM):
        before = dict(Outlook.objects.values_list("product_id", "level"))
        assert set(Champion.objects.values_list("in_force_from", flat=True)) == {TODAY}
    plan()
    with tenancy.scope(SYSTEM):
        after = dict(Outlook.objects.values_list("product_id", "level"))
        assert Run.objects.latest("id").methods["segments"] == won_by("textbook")
    assert after != before
    assert todays(scene.cast.dealer_id).methods["Z"] == "textbook"

    plant(monkeypatch, "pooled")
    carry_out(ask(scene.cast.admin))
    assert methods() == {"X": "pooled", "Y": "pooled", "Z": "pooled"}
    plan()
    with tenancy.scope(SYSTEM):
        assert dict(Outlook.objects.values_list("product_id", "level")) == before
        assert len(queries.promotions()) == 4  # what was in force stays on the record


@pytest.mark.usefixtures("two_dealers_suffice")
def test_a_promotion_is_not_used_for_an_earlier_morning(scene, monkeypatch):
    plant(monkeypatch, "textbook")
    carry_out(ask(scene.cast.admin))
    operations.plan(now=NOW, as_of=YESTERDAY - 7 * DAY)
    with tenancy.scope(SYSTEM):
        assert Run.objects.latest("id").methods["segments"] == {"X": "pooled", "Y": "pooled", "Z": "pooled"}


@pytest.mark.usefixtures("two_dealers_suffice", "few_samples_suffice")
def test_trees_are_grown_kept_and_planned_with_and_their_loss_is_said(scene, monkeypatch):
    plant(monkeypatch, "boosted")
    view = carry_out(ask(scene.cast.admin))
    assert methods() == won_by("boosted")
    with tenancy.scope(SYSTEM):
        plain = dict(Outlook.objects.values_list("product_id", "level"))
    plan()
    with tenancy.scope(SYSTEM):
        run, kept = Run.objects.latest("id"), GrownTrees.objects.get()
        assert (run.methods["round"], run.methods["trees"], run.methods["fallen_back"]) == (view.id, kept.digest, [])
        assert dict(Outlook.objects.values_list("product_id", "level")) != plain
        GrownTrees.objects.update(content=b"damaged")
    plan()
    with tenancy.scope(SYSTEM):
        run = Run.objects.latest("id")
        assert run.methods["fallen_back"] == ["Y", "Z"]
        assert run.methods["segments"] == {"X": "pooled", "Y": "pooled", "Z": "pooled"}
        assert dict(Outlook.objects.values_list("product_id", "level")) == plain
        assert [(one.method, one.used, one.fell_back) for one in queries.method_standings()] == [
            ("pooled", "pooled", False), ("boosted", "pooled", True), ("boosted", "pooled", True),
        ]  # fmt: skip


def test_what_comes_after_the_day_changes_no_trial(scene):
    before = trials_of(carry_out(ask(scene.cast.admin)).id)
    draw = np.random.default_rng(3)
    tell_lake("sales", *(sale(TODAY + n * DAY, LUMPY, float(draw.integers(100, 900))) for n in range(5)))
    assert trials_of(carry_out(ask(scene.cast.admin)).id) == before
    tell_lake("sales", sale(YESTERDAY - 30 * DAY, LUMPY, 900.0))
    assert trials_of(carry_out(ask(scene.cast.admin)).id) != before


@pytest.mark.usefixtures("two_dealers_suffice")
def test_a_trial_that_is_killed_leaves_the_champion_and_begins_anew(scene, monkeypatch):
    plant(monkeypatch, "textbook")
    round_id = ask(scene.cast.admin)
    with monkeypatch.context() as broken:
        # killed while the first segment's verdict is stored
        broken.setattr(Champion.objects, "create", _stop)
        with pytest.raises(KeyboardInterrupt):
            operations.carry_out_trials(round_id=round_id, now=NOW)
    assert (look(round_id).state, look(round_id).error) == ("failed", "stopped")
    with tenancy.scope(SYSTEM):
        assert not Trial.objects.exists()
    assert methods() == {"X": "pooled", "Y": "pooled", "Z": "pooled"}
    assert carry_out(round_id).state == "complete"
    assert methods()["Z"] == "textbook"


def _stop(*_given: object, **_named: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("who", ["owner", "buyer", "rival", "supplier"])
def test_only_the_enterprise_tries_methods(scene, who):
    with pytest.raises(NotAllowed):
        ask(getattr(scene.cast, who))
    carry_out(ask(scene.cast.admin))
    with tenancy.scope(getattr(scene.cast, who).actor):
        assert not TrialRound.objects.exists()
        assert not Trial.objects.exists()


def test_what_was_in_force_cannot_be_rewritten(scene, monkeypatch):
    from django.db import ProgrammingError, transaction

    monkeypatch.setattr(trials, "LEAST_DEALERS", 2)
    plant(monkeypatch, "textbook")
    carry_out(ask(scene.cast.admin))
    with pytest.raises(ProgrammingError, match="permission"), tenancy.scope(SYSTEM), transaction.atomic():
        Champion.objects.update(method="pooled")


def test_asking_twice_is_asking_once_and_the_week_asks_by_itself(scene):
    assert ask(scene.cast.admin) == ask(scene.cast.admin) == carry_out(ask(scene.cast.admin)).id
    assert operations.request_trials_if_due(now=NOW) is None
    plan(TODAY + 7 * DAY)
    assert operations.request_trials_if_due(now=NOW + 7 * DAY) is not None
    assert operations.request_trials_if_due(now=NOW + 7 * DAY) is None


def test_before_the_first_plan_there_is_nothing_to_try(cast):
    with pytest.raises(Conflict) as refused:
        ask(cast.admin)
    assert refused.value.code == "no-plan"
    assert operations.request_trials_if_due(now=NOW) is None


def test_too_little_history_is_said_and_changes_nothing(scene, monkeypatch):
    monkeypatch.setattr(trials, "LEAST_PAST_DAYS", 5000)
    view = carry_out(ask(scene.cast.admin))
    assert (view.state, view.error) == ("failed", "too_little")
    assert methods() == {"X": "pooled", "Y": "pooled", "Z": "pooled"}
