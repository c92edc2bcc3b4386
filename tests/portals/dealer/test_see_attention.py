"""What needs the dealer today, put off and back, for nobody else."""

from django.urls import reverse

from firstmove.domains.planning import queries as planning
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
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
    groups = [group for group, _reasons, _rows, _more in page.context["dealers"]]
    assert scene.cast.dealer_id in {group.dealer_id for group in groups}
    assert [group.money for group in groups] == sorted((group.money for group in groups), reverse=True)
    for group, reasons, rows, more in page.context["dealers"]:
        assert len(reasons) <= 3
        assert [one.money for one, _tone in reasons] == sorted((one.money for one, _tone in reasons), reverse=True)
        assert sum(one.count for one in group.reasons) == group.count == len(rows) + more
        assert len(rows) == 1
        with tenancy.scope(scene.cast.admin.actor):
            every = planning.alerts(dealer_id=group.dealer_id, on=TODAY, topic="short", limit=1000)[0]
        assert rows[0].alert.money == max(one.money for one in every)


def test_what_is_folded_is_counted_by_category_and_opens_from_there(scene, signed_in):
    buyer = signed_in(scene.cast.buyer)
    page = buyer.get(reverse("dealer:attention")).context
    groups, folded = page["groups"], page["folded"]
    assert folded > 0
    assert sum(group.count for group in groups) == folded
    assert [group.money for group in groups] == sorted((group.money for group in groups), reverse=True)
    assert max(group.money / group.count for group in groups) <= min(row.alert.money for row in page["rows"])
    within = buyer.get(reverse("dealer:attention"), {"show": "all", "category": groups[0].name}).context["rows"]
    assert {row.alert.category for row in within} == {groups[0].name}
    assert len(within) >= groups[0].count


def test_the_week_tells_a_dealer_of_its_own_run_outs_alone(scene, signed_in):
    with tenancy.scope(SYSTEM):
        days = planning.week_of_run_outs(on=TODAY)
        own = planning.week_of_run_outs(on=TODAY, dealer_id=scene.cast.dealer_id)
    assert len(days) == 7
    assert sum(count for _day, count, _money in own) > 0
    with tenancy.scope(scene.cast.rival.actor):
        assert not any(
            count for _day, count, _money in planning.week_of_run_outs(on=TODAY, dealer_id=scene.cast.dealer_id)
        )
        assert planning.folded_alerts(dealer_id=scene.cast.dealer_id, on=TODAY, shown=[]) == []
    page = signed_in(scene.cast.buyer).get(reverse("dealer:attention")).context
    assert list(page["week"].series[0].values) == [money for _day, _count, money in own]


def test_a_change_of_demand_is_answered_and_leaves_the_list_and_the_enterprise_reads_the_answer(scene, signed_in):
    buyer, page = signed_in(scene.cast.buyer), reverse("dealer:attention")
    row, *others = buyer.get(page, {"show": "demand"}).context["rows"]
    assert [verdict for verdict, _words in row.answers] == ["lasts", "one_off"]
    product = reverse("dealer:product", args=[row.alert.product_id])
    assert [one.sentence for one in buyer.get(product).context["noticed"]] == [row.sentence]
    address = reverse("dealer:alert-answer", args=[row.alert.id])
    assert signed_in(scene.cast.rival).post(address, {"verdict": "lasts"}).status_code == 404
    assert buyer.post(address, {"verdict": "one_off"}).status_code == 302
    left = [one.alert.id for one in buyer.get(page, {"show": "demand"}).context["rows"]]
    assert left == [one.alert.id for one in others]
    (kept,) = buyer.get(page, {"show": "later"}).context["rows"]
    assert (kept.alert.id, kept.given) == (row.alert.id, "No, one-off")
    said = signed_in(scene.cast.admin).get(reverse("enterprise:attention")).context["noticed"]
    assert {one.alert.id: told.given for one, told in said}[row.alert.id] == "No, one-off"
