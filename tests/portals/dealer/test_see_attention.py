"""What needs the dealer today, put off and back, for nobody else."""

from django.urls import reverse

from firstmove.domains.planning import queries as planning
from firstmove.kernel import tenancy
from tests.cast import TODAY


def dearest(scene) -> planning.AlertView:
    with tenancy.scope(scene.cast.buyer.actor):
        return planning.alerts(dealer_id=scene.cast.dealer_id, on=TODAY, limit=1)[0][0]


def test_the_dearest_stands_there_with_its_act_and_goes_when_it_is_put_off(scene, signed_in):
    buyer, alert = signed_in(scene.cast.buyer), dearest(scene)
    page = buyer.get(reverse("dealer:attention"))
    assert page.context["rows"][0].alert == alert
    assert len(page.context["rows"]) <= 10
    assert page.context["count"] == len(page.context["rows"]) + page.context["folded"]
    done = buyer.post(reverse("dealer:alert-answer", args=[alert.id]), {"days": "7"})
    assert done.status_code == 302
    after = buyer.get(reverse("dealer:attention")).context
    assert alert.id not in {row.alert.id for row in after["rows"]}
    assert after["count"] == page.context["count"] - 1
    later = buyer.get(reverse("dealer:attention"), {"show": "later"}).context["rows"]
    assert [row.alert.id for row in later] == [alert.id]


def test_the_rival_cannot_put_it_off(scene, signed_in):
    alert = dearest(scene)
    assert signed_in(scene.cast.rival).post(reverse("dealer:alert-answer", args=[alert.id])).status_code == 404
    assert dearest(scene).seen_at is None


def test_a_page_of_folded_and_sorted_alerts_opens(scene, signed_in):
    buyer = signed_in(scene.cast.buyer)
    for shown in ("all", "short", "excess", "later", "nonsense"):
        assert buyer.get(reverse("dealer:attention"), {"show": shown}).status_code == 200


def test_the_enterprise_sees_dealers_by_what_is_at_stake(scene, signed_in):
    page = signed_in(scene.cast.admin).get(reverse("enterprise:attention"), {"topic": "short"})
    groups = [group for group, _rows, _more in page.context["dealers"]]
    assert scene.cast.dealer_id in {group.dealer_id for group in groups}
    assert [group.money for group in groups] == sorted((group.money for group in groups), reverse=True)
    assert all(len(rows) <= 3 for _group, rows, _more in page.context["dealers"])
