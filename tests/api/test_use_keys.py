"""A program comes in by a key: it may what its account may and its scopes name, and nothing of anybody else."""

import datetime as dt

import pytest
from django.db import Error, transaction
from django.test import Client
from django.utils import timezone

from firstmove.domains.network import keys
from firstmove.domains.network import operations as network
from firstmove.domains.network.models import ApiKey
from firstmove.domains.planning import operations as planning
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed, NotFound
from tests.cast import NOW
from tests.isolation.tables import run

ORDERS = "/api/v1/orders"


def bearer(token):
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})


def issued(person, *scopes, now=None, **options):
    return keys.issue(actor=person.actor, name="Till", scopes=scopes, days=30, now=now or timezone.now(), **options)


def test_a_key_acts_as_its_person_without_a_session(cast, keyed):
    answer = keyed(cast.buyer, "network:read").get("/api/v1/dealers").json()
    assert [dealer["code"] for dealer in answer["items"]] == ["D-1"]


def test_the_secret_is_kept_nowhere(cast):
    made = issued(cast.buyer, "orders:read")
    secret = made.token.rpartition("_")[2]
    with tenancy.scope(tenancy.SYSTEM):
        stored = run("select k::text from network_apikey k") + run("select after::text from kernel_auditevent")
    assert stored
    assert not [row for (row,) in stored if row and secret in row]


@pytest.mark.parametrize("spoil", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda _: "", lambda _: "fm_x_y"])
def test_a_wrong_key_opens_nothing(cast, refused, spoil):
    token = spoil(issued(cast.buyer, "orders:read").token)
    assert refused(bearer(token).get(ORDERS), 401)["type"].endswith("wrong-key")


def test_a_wrong_key_is_not_helped_by_a_session(cast, program, refused):
    refused(program(cast.buyer).get(ORDERS, headers={"Authorization": "Bearer fm_x_y"}), 401)


def test_an_expired_or_revoked_key_and_one_of_a_person_who_left_open_nothing(cast, refused):
    now = timezone.now()
    old = issued(cast.buyer, "orders:read", now=now - dt.timedelta(days=30, seconds=1))
    ended, left = issued(cast.buyer, "orders:read"), issued(cast.buyer, "orders:read")
    keys.revoke(actor=cast.buyer.actor, key_id=ended.id, now=now)
    # While the person is still there: that somebody left would hide a key that was let in all the same.
    for made in (old, ended):
        refused(bearer(made.token).get(ORDERS), 401)
    assert bearer(left.token).get(ORDERS).status_code == 200
    network.leave(actor=cast.owner.actor, user_id=cast.buyer.user_id, now=NOW)
    refused(bearer(left.token).get(ORDERS), 401)


def test_a_scope_that_is_missing_is_named(cast, keyed, refused):
    problem = refused(keyed(cast.buyer, "network:read").get(ORDERS), 403)
    assert (problem["type"].rpartition(":")[2], problem["scope"]) == ("missing-scope", "orders:read")


def test_a_key_is_told_what_is_left_and_when_to_come_again(cast, keyed, refused, settings, monkeypatch):
    settings.API_PER_MINUTE = 2
    monkeypatch.setattr(timezone, "now", lambda: NOW + dt.timedelta(seconds=10))
    client, other = keyed(cast.buyer, "orders:read"), keyed(cast.buyer, "orders:read")
    first, second, third = (client.get(ORDERS) for _ in range(3))
    assert [answer["RateLimit-Remaining"] for answer in (first, second, third)] == ["1", "0", "0"]
    refused(third, 429)
    assert third["Retry-After"] == "50"
    assert other.get(ORDERS).status_code == 200
    monkeypatch.setattr(timezone, "now", lambda: NOW + dt.timedelta(seconds=60))
    assert client.get(ORDERS)["RateLimit-Remaining"] == "1"


def test_the_rivals_key_shows_nothing_of_the_dealer(scene, keyed, refused):
    order = planning.accept(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW)
    rival = keyed(scene.cast.rival, "orders:read", "stock:read", "prices:read", "proposals:read", "plan:read")
    refused(rival.get(f"{ORDERS}/{order.order_id}"), 404)
    refused(rival.get(f"/api/v1/proposals/{scene.proposal_id}"), 404)
    for listing in ("stock", "prices", "order-plan"):
        refused(rival.get(f"/api/v1/{listing}", {"dealer_id": scene.cast.dealer_id}), 404)
    own = keyed(scene.cast.buyer, "orders:read", "stock:read")
    assert own.get("/api/v1/stock").json()["items"]
    assert own.get(f"{ORDERS}/{order.order_id}").json()["order"]["number"] == order.order_number
    assert rival.get(ORDERS).json()["items"] == rival.get("/api/v1/stock").json()["items"] == []


def test_a_program_of_the_dealer_is_made_by_its_owner_alone_and_outlives_people(cast, keyed):
    with pytest.raises(NotAllowed):
        issued(cast.buyer, "orders:read", service=True)
    client = keyed(cast.owner, "orders:read", service=True)
    network.leave(actor=cast.admin.actor, user_id=cast.owner.user_id, now=NOW)
    assert client.get(ORDERS).status_code == 200


def test_nobody_signs_in_as_a_program(cast):
    issued(cast.owner, "orders:read", service=True)
    with tenancy.scope(tenancy.SYSTEM):
        account = ApiKey.objects.get().user
    with pytest.raises(NotFound):
        network.password_link(actor=cast.owner.actor, user_id=account.pk)
    assert network.user_id_for_reset(email=account.email) is None
    with pytest.raises(Error), transaction.atomic(), tenancy.scope(tenancy.SYSTEM):
        run("update network_user set password = 'md5$salt$digest' where id = %s", [account.pk])


def test_a_key_can_do_no_more_than_its_party(cast):
    for person, scope in ((cast.admin, "proposals:write"), (cast.supplier, "orders:read"), (cast.buyer, "all")):
        with pytest.raises(Invalid):
            issued(person, scope)


def test_the_rival_can_neither_end_nor_renew_the_dealers_key(cast):
    made = issued(cast.buyer, "orders:read")
    for act in (keys.revoke, keys.replace):
        with pytest.raises(NotFound):
            act(actor=cast.rival.actor, key_id=made.id, now=NOW)
    with pytest.raises(NotAllowed):
        keys.replace(actor=cast.owner.actor, key_id=made.id, now=NOW)
    keys.revoke(actor=cast.owner.actor, key_id=made.id, now=NOW)


@pytest.mark.parametrize("who", ["buyer", "rival", "admin"])
def test_the_database_lets_nobody_make_a_key_of_somebody_else(cast, who):
    made = issued(cast.owner, "orders:read")
    copy = (
        "insert into network_apikey (user_id, dealer_id, name, prefix, digest, scopes, created_at, expires_at) "
        "select user_id, dealer_id, name, 'forged', digest, scopes, created_at, expires_at from network_apikey "
        "where id = %s"
    )
    if who == "rival":
        copy = copy.replace("select user_id, dealer_id, name", f"select {cast.owner.user_id}, {cast.dealer_id}, name")
        made = issued(cast.rival, "orders:read")
    with pytest.raises(Error), transaction.atomic(), tenancy.scope(getattr(cast, who).actor):
        run(copy, [made.id])


def test_a_revoked_key_does_not_come_back_to_life(cast):
    made = issued(cast.buyer, "orders:read")
    keys.revoke(actor=cast.buyer.actor, key_id=made.id, now=timezone.now())
    for change in ("revoked_at = null", "scopes = '[\"orders:write\"]'", "expires_at = expires_at + interval '1 day'"):
        with pytest.raises(Error), transaction.atomic(), tenancy.scope(cast.owner.actor):
            run(f"update network_apikey set {change} where id = %s", [made.id])  # noqa: S608
