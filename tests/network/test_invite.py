"""Inviting a person, setting a password by the link, leaving."""

import pytest

from firstmove.domains.network import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.cast import NOW

NEW_PASSWORD = "an ordinary long sentence"


def test_an_invited_buyer_sets_a_password_once_and_signs_in(cast):
    user_id = operations.invite(
        actor=cast.owner.actor, email="New@Example.com", name="New", role="buyer", dealer_id=cast.dealer_id
    )
    uid, token = operations.password_link(actor=cast.owner.actor, user_id=user_id)
    assert operations.set_password_by_link(uid=uid, token=token, password=NEW_PASSWORD) == user_id
    with tenancy.scope(tenancy.SYSTEM):
        assert queries.sign_in(email="new@example.com", password=NEW_PASSWORD).pk == user_id
    with pytest.raises(Conflict):
        operations.set_password_by_link(uid=uid, token=token, password=NEW_PASSWORD + "!")


def test_a_weak_password_is_refused_and_the_link_stays_good(cast):
    uid, token = operations.password_link(actor=cast.admin.actor, user_id=cast.buyer.user_id)
    with pytest.raises(Invalid):
        operations.set_password_by_link(uid=uid, token=token, password="password")
    assert operations.set_password_by_link(uid=uid, token=token, password=NEW_PASSWORD) == cast.buyer.user_id


def test_a_dealers_owner_invites_nobody_into_the_rival_or_the_enterprise(cast):
    for role, dealer_id in (("buyer", cast.rival_id), ("admin", None)):
        with pytest.raises(NotAllowed):
            operations.invite(actor=cast.owner.actor, email="x@example.com", name="X", role=role, dealer_id=dealer_id)


def test_a_buyer_manages_nobody(cast):
    with pytest.raises(NotAllowed):
        operations.invite(
            actor=cast.buyer.actor, email="x@example.com", name="X", role="buyer", dealer_id=cast.dealer_id
        )


def test_the_rivals_people_are_not_found_by_the_owner(cast):
    with pytest.raises(NotFound):
        operations.leave(actor=cast.owner.actor, user_id=cast.rival.user_id, now=NOW)


def test_who_left_signs_in_no_more(cast):
    operations.leave(actor=cast.owner.actor, user_id=cast.buyer.user_id, now=NOW)
    with tenancy.scope(tenancy.SYSTEM):
        assert queries.sign_in(email=cast.buyer.email, password=cast.buyer.password) is None
        assert queries.active_user(user_id=cast.buyer.user_id) is None


def test_the_last_administrator_cannot_leave(cast):
    with pytest.raises(Conflict):
        operations.leave(actor=cast.admin.actor, user_id=cast.admin.user_id, now=NOW)


def test_an_address_is_taken_in_any_case(cast):
    with pytest.raises(Conflict):
        operations.invite(actor=cast.admin.actor, email="ADMIN@example.com", name="Second", role="admin")


def test_every_change_of_a_person_is_audited_without_the_password(cast):
    from firstmove.kernel.models import AuditEvent

    operations.leave(actor=cast.owner.actor, user_id=cast.buyer.user_id, now=NOW)
    with tenancy.scope(cast.owner.actor):
        events = list(AuditEvent.objects.filter(table_name="network_user", row_id=cast.buyer.user_id).order_by("id"))
    assert [event.action for event in events] == ["insert", "update"]
    assert list(events[1].after) == ["left_at"]
    assert events[1].user_id == cast.owner.user_id
    assert "password" not in events[0].after
