"""The enterprise sees which method plans what and why, asks for a trial, and nobody else does."""

import pytest
from django.urls import reverse

from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import Champion, Trial, TrialRound
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY


def page(client, name: str, *args: int) -> str:
    response = client.get(reverse(f"enterprise:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def tried(scene) -> int:
    round_id = operations.request_trials(actor=scene.cast.admin.actor, now=NOW)
    operations.carry_out_trials(round_id=round_id, now=NOW)
    return round_id


def test_before_any_trial_the_page_says_what_plans_and_what_to_do(scene, signed_in):
    shown = page(signed_in(scene.cast.admin), "methods")
    assert "Every segment is planned by the pooled history" in shown
    assert "Nothing was tried yet" in shown
    assert "Try the methods now" in shown
    assert "data-chart" not in shown


def test_the_latest_trial_stands_with_its_ranges_and_verdicts(scene, tried, signed_in):
    shown = page(signed_in(scene.cast.admin), "methods")
    with tenancy.scope(SYSTEM):
        found = queries.trials_of(round_id=tried)
    assert 'data-chart="intervals"' in shown
    assert "Too few dealers to tell" in shown
    assert f"{found[0].saving * 100:.1f}%".replace("-", "−") in shown
    assert "too little history to learn: Learned trees" in shown
    assert "Too few dealers to tell" in page(signed_in(scene.cast.admin), "trials", tried)


def test_a_promotion_stands_with_its_day_and_evidence_and_the_line_says_which_method_saw_it(scene, tried, signed_in):
    with tenancy.scope(SYSTEM):
        trial = Trial.objects.filter(segment="Z").get()
        Trial.objects.filter(id=trial.pk).update(
            verdict="promoted", saving=0.08, saving_low=0.03, saving_high=0.12, dealers=14
        )
        for segment in "XYZ":
            of_its_own = Trial.objects.filter(segment=segment).first()
            if of_its_own is not None:
                Champion.objects.create(segment=segment, method="textbook", in_force_from=TODAY, trial=of_its_own)
    shown = page(signed_in(scene.cast.admin), "methods")
    assert "saved 8.0% of the cost (3.0% – 12.0%) at 14 dealers, simulated" in shown
    assert "2 segments are planned by a method that won its place" in shown
    line = signed_in(scene.cast.buyer).get(reverse("dealer:line", args=[scene.proposal_id, 1])).content.decode()
    assert "Demand seen by" in line
    assert "Pooled history" in line  # the proposal was planned before


def test_asking_for_a_trial_shows_how_far_it_is(scene, signed_in):
    client = signed_in(scene.cast.admin)
    answer = client.post(reverse("enterprise:new-trials"))
    with tenancy.scope(SYSTEM):
        row = TrialRound.objects.get()
    assert answer.headers["Location"] == reverse("enterprise:trials", args=[row.pk])
    assert "It starts as soon as the worker is free" in page(client, "trials", row.pk)
    with tenancy.scope(SYSTEM):
        TrialRound.objects.update(state="running", progress=0.4)
    part = client.get(answer.headers["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "40% done" in part
    with tenancy.scope(SYSTEM):
        TrialRound.objects.update(state="failed", error="too_little")
    assert "HX-Refresh" in client.get(answer.headers["Location"], headers={"HX-Request": "true"}).headers
    assert "There is too little history before the windows." in page(client, "trials", row.pk)


@pytest.mark.parametrize("who", ["owner", "rival", "supplier"])
def test_nobody_but_the_enterprise_sees_or_starts_trials(scene, tried, signed_in, who):
    client = signed_in(getattr(scene.cast, who))
    for name, args in (("methods", []), ("trials", [tried])):
        assert client.get(reverse(f"enterprise:{name}", args=args)).status_code in (302, 403, 404)
    client.post(reverse("enterprise:new-trials"))
    with tenancy.scope(SYSTEM):
        assert TrialRound.objects.count() == 1
