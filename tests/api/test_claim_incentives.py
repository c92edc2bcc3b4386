"""Programs of a dealer claim and dispute, programs of the enterprise answer; a repeated request claims once."""

import pytest

from tests.incentives.programmes import goods, settled


@pytest.fixture
def told(cast, settings, tmp_path):
    """What both dealers were given for last month: Dealer One has 70 points and a dispute."""
    goods(settings, tmp_path)
    return settled(cast)


@pytest.fixture
def asking(cast, keyed):
    """``asking(cast.owner)("post", "claims", {…}, key="k1")`` of a key that may read and write incentives."""
    keys = iter(range(1000))

    def of(person, *scopes):
        client = keyed(person, *(scopes or ("incentives:read", "incentives:write")))

        def ask(method, path, body=None, *, key=None):
            headers = {"Idempotency-Key": key or f"auto-{next(keys)}"} if method == "post" else {}
            return getattr(client, method)(
                f"/api/v1/incentives/{path}", body or {}, content_type="application/json", headers=headers
            )

        return ask

    return of


def test_a_claim_is_made_once_however_often_it_is_sent_and_declined_with_words(cast, told, asking, refused):
    till, desk = asking(cast.owner), asking(cast.admin)
    wanted = {"amount": "12", "words": "The fair is missing", "evidence": "INV-7"}
    path = f"participations/{told.part_id}/claims"
    made = [till("post", path, wanted, key="fair") for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    claim = made[0].json()
    assert made[1].json() == claim
    assert (claim["state"], float(claim["amount"]), claim["evidence"]) == ("open", 12, "INV-7")
    assert [one["words"] for one in till("get", "claims").json()["items"]].count("The fair is missing") == 1
    refused(till("post", path, {**wanted, "amount": "0"}), 422)
    refused(till("post", f"claims/{claim['id']}/decline", {"answer": "I say yes"}), 403)

    answered = desk("post", f"claims/{claim['id']}/decline", {"answer": "The fair was another month"}).json()
    assert (answered["state"], answered["answer"]) == ("declined", "The fair was another month")
    refused(desk("post", f"claims/{claim['id']}/grant", {"amount": "12", "cause": "After all"}), 409)


def test_a_claim_that_is_granted_still_waits_for_a_second_person(cast, told, asking, refused):
    till, desk = asking(cast.owner), asking(cast.admin)
    wanted = {"amount": "12", "words": "The fair is missing", "evidence": "INV-7"}
    claim_id = till("post", f"participations/{told.part_id}/claims", wanted).json()["id"]
    earned = {"amount": "8", "cause": "Half of the days"}
    assert desk("post", f"claims/{claim_id}/grant", earned).json()["state"] == "open"
    refused(desk("post", f"claims/{claim_id}/grant", earned), 409)
    waits = {one["id"]: one["state"] for one in till("get", "claims?open_only=true").json()["items"]}
    assert waits[claim_id] == "open"


def test_both_sides_write_in_a_dispute_until_the_dealer_agrees(cast, told, asking, refused):
    till, desk = asking(cast.owner), asking(cast.admin)
    refused(till("post", f"statements/{told.statement_id}/dispute", {"words": "Again"}), 409)
    path = f"disputes/{told.dispute_id}"
    answered = desk("post", f"{path}/messages", {"words": "All of it is there"})
    assert (answered.status_code, answered.json()["state"]) == (201, "answered")
    assert till("post", f"{path}/messages", {"words": "One is not"}).json()["state"] == "open"
    refused(desk("post", f"{path}/agreement"), 403)
    agreed = till("post", f"{path}/agreement").json()
    assert (agreed["state"], [one["by_dealer"] for one in agreed["messages"]]) == ("settled", [True, False, True])
    refused(till("post", f"{path}/messages", {"words": "But still"}), 409)
    opened = till("post", f"statements/{told.statement_id}/dispute", {"words": "But still"})
    assert (opened.status_code, opened.json()["id"], opened.json()["state"]) == (201, told.dispute_id, "open")


def test_points_go_once_for_a_request_and_no_more_than_there_are(cast, told, asking, refused):
    desk = asking(cast.admin)
    gone = {"dealer_id": cast.dealer_id, "points": 30, "words": "A coffee machine"}
    for _ in range(2):
        left = desk("post", "redemptions", gone, key="coffee")
        assert (left.status_code, left.json()["dealer_id"], float(left.json()["points"])) == (201, cast.dealer_id, 40)
    refused(desk("post", "redemptions", {**gone, "points": 41}), 409)
    refused(asking(cast.owner)("post", "redemptions", gone), 403)


def test_a_rival_and_a_key_that_only_reads_change_nothing(cast, told, asking, refused):
    wanted = {"amount": "12", "words": "Mine", "evidence": "INV-7"}
    rival, reader = asking(cast.rival), asking(cast.owner, "incentives:read")
    refused(rival("post", f"participations/{told.part_id}/claims", wanted), 404)
    refused(rival("get", f"disputes/{told.dispute_id}"), 404)
    refused(rival("post", f"disputes/{told.dispute_id}/messages", {"words": "Mine"}), 404)
    refused(rival("post", f"statements/{told.statement_id}/dispute", {"words": "Mine"}), 404)
    refused(reader("post", f"participations/{told.part_id}/claims", wanted), 403)
    assert reader("get", f"disputes/{told.dispute_id}").status_code == 200
