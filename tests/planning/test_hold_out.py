"""A share of pairs stays without advice, drawn by lot; the enterprise sets it, and no dealer has to take part."""

import pytest

from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import HeldAdvice, HoldOut, HoldOutSalt
from firstmove.domains.planning.operations.hold_out import drawn
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, lines, outlooks, plan, todays
from tests.trade.at_once import together

SHARE = 0.2


def hold_out(scene, share: float = SHARE, **options) -> int:
    # This salt holds out products that both dealers would be advised to order.
    return operations.set_hold_out(
        actor=scene.cast.admin.actor, share=share, from_on=TODAY, now=NOW, salt="some", **options
    )


def held(dealer_id: int, on=TODAY) -> list[queries.HeldProduct]:
    with tenancy.scope(SYSTEM):
        return queries.held_products(dealer_id=dealer_id, on=on)


def test_a_held_out_product_is_not_proposed_and_its_advice_is_kept(scene):
    before = {line.sku: line.proposed_quantity for line in lines(scene.rival_proposal_id)}
    hold_out(scene)
    plan()
    with tenancy.scope(SYSTEM):
        kept = dict(HeldAdvice.objects.filter(dealer_id=scene.cast.rival_id).values_list("product__sku", "quantity"))
    after = {line.sku: line.proposed_quantity for line in lines(todays(scene.cast.rival_id).id)}
    assert kept
    assert {**after, **kept} == before
    assert not set(after) & set(kept)
    assert {outlooks(scene, scene.cast.rival_id)[sku].proposed_quantity for sku in kept} == {0}
    assert set(kept) <= {one.sku for one in held(scene.cast.rival_id)}


def test_planning_a_morning_again_keeps_one_advice_of_a_pair(scene):
    hold_out(scene)
    plan()
    with tenancy.scope(SYSTEM):
        first = HeldAdvice.objects.count()
    plan()
    with tenancy.scope(SYSTEM):
        assert HeldAdvice.objects.count() == first > 0


def test_a_dealer_that_opts_out_gets_all_advice_from_the_next_run(scene):
    hold_out(scene)
    operations.take_part(actor=scene.cast.owner.actor, takes_part=False, now=NOW)
    plan()
    with tenancy.scope(SYSTEM):
        assert not HeldAdvice.objects.filter(dealer_id=scene.cast.dealer_id).exists()
        assert HeldAdvice.objects.filter(dealer_id=scene.cast.rival_id).exists()
        assert queries.participation(dealer_id=scene.cast.dealer_id) == queries.ParticipationView(False, TODAY)
    assert held(scene.cast.dealer_id) == []
    assert {line.sku for line in lines(todays(scene.cast.dealer_id).id)} == {
        line.sku for line in lines(scene.proposal_id)
    }


def test_the_same_pairs_are_held_out_day_after_day_and_a_larger_share_keeps_them(scene):
    hold_out(scene)
    plan()
    first = {one.sku for one in held(scene.cast.dealer_id)}
    plan(TODAY + DAY)
    assert {one.sku for one in held(scene.cast.dealer_id, TODAY + DAY)} == first
    smaller = operations.set_hold_out(actor=scene.cast.admin.actor, share=0.1, from_on=TODAY + DAY, now=NOW)
    assert smaller == 3
    assert {one.sku for one in held(scene.cast.dealer_id, TODAY + DAY)} <= first
    # What was in force before stays known.
    assert {one.sku for one in held(scene.cast.dealer_id, TODAY)} == first


def test_drawing_anew_holds_out_other_pairs(scene):
    hold_out(scene)
    operations.set_hold_out(actor=scene.cast.admin.actor, share=SHARE, from_on=TODAY, now=NOW, redraw=True)
    with tenancy.scope(SYSTEM):
        salts = list(HoldOutSalt.objects.order_by("hold_out__version").values_list("salt", flat=True))
    assert salts[-1] != salts[-2] == "some"


def test_a_share_of_nothing_holds_out_nothing(scene):
    hold_out(scene, 0.0)
    plan()
    with tenancy.scope(SYSTEM):
        assert not HeldAdvice.objects.exists()
    assert held(scene.cast.dealer_id) == []


def test_an_installation_begins_with_one_pair_in_twenty(scene):
    with tenancy.scope(SYSTEM):
        HoldOut.objects.all().delete()
        import polars as pl

        found = drawn(
            dealers=pl.Series(["D-1"] * 4000), dealer_ids=pl.Series([scene.cast.dealer_id] * 4000),
            skus=pl.Series([f"{n:06d}" for n in range(4000)]), on=TODAY, now=NOW,
        )  # fmt: skip
        assert HoldOut.objects.get().share == 0.05
    assert found.held.mean() == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("who", ["owner", "rival", "supplier"])
def test_nobody_but_the_enterprise_sets_the_share(scene, who):
    with pytest.raises(NotAllowed):
        operations.set_hold_out(actor=getattr(scene.cast, who).actor, share=0.1, from_on=TODAY, now=NOW)


@pytest.mark.parametrize("share", [-0.01, 0.21, float("nan")])
def test_a_share_that_would_withhold_too_much_is_refused(scene, share):
    with pytest.raises(Invalid, match="20"):
        operations.set_hold_out(actor=scene.cast.admin.actor, share=share, from_on=TODAY, now=NOW)


@pytest.mark.parametrize("who", ["buyer", "admin"])
def test_only_the_owner_decides_whether_a_dealer_takes_part(scene, who):
    with pytest.raises(NotAllowed):
        operations.take_part(actor=getattr(scene.cast, who).actor, takes_part=False, now=NOW)


@pytest.mark.parametrize("who", ["owner", "rival", "supplier"])
def test_nobody_but_the_enterprise_can_work_out_the_lots(scene, who):
    hold_out(scene)
    with tenancy.scope(getattr(scene.cast, who).actor):
        assert not HoldOutSalt.objects.exists()
    with tenancy.scope(scene.cast.admin.actor):
        assert HoldOutSalt.objects.filter(salt="some").exists()


def test_a_dealer_still_sees_which_of_its_products_get_no_advice(scene):
    hold_out(scene)
    plan()
    with tenancy.scope(scene.cast.owner.actor):
        own = queries.held_products(dealer_id=scene.cast.dealer_id, on=TODAY)
        assert queries.held_products(dealer_id=scene.cast.rival_id, on=TODAY) == []
    assert own == held(scene.cast.dealer_id)
    assert own


def test_two_who_set_the_share_at_once_make_two_versions(committed_cast):
    shares = (0.05, 0.1)
    acts = [
        lambda share=share: operations.set_hold_out(
            actor=committed_cast.admin.actor, share=share, from_on=TODAY, now=NOW
        )
        for share in shares
    ]
    assert sorted(together(*acts)) == [1, 2]
    with tenancy.scope(SYSTEM):
        assert sorted(HoldOut.objects.values_list("share", flat=True)) == sorted(shares)
        assert HoldOutSalt.objects.values("salt").distinct().count() == 1
