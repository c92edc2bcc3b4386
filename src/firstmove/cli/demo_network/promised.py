"""Incentives of the demo: three programmes, a settled quarter with a dispute, a claim, and tiers with their rules."""

import datetime as dt
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firstmove.kernel.tenancy import Actor

DEALER = "D001"
# Where the dealer stands in its quarter, as a share of the second step.
NEARLY = Decimal("0.95")


def promise_programmes(*, now: dt.datetime, keeper: "Actor") -> None:
    """Promise and reckon; the quarter before this one was promised too."""
    from firstmove.domains.incentives import operations as incentives
    from firstmove.domains.incentives.rules import Rules
    from firstmove.domains.network import queries as network
    from firstmove.engine.incentives.schedule import Step
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        dealer_id = network.dealer_ids_by_code()[DEALER]
        today = network.enterprise(now=now).business_on
        level = _second_step(dealer_id, today)
    quarter = _quarter(today)
    before = _quarter(quarter - dt.timedelta(days=1))

    def step(at: object, rate: str) -> Step:
        return Step(Decimal(str(at)), Decimal(rate))

    rebate = Rules(
        cadence="quarter",
        basis="placed",
        effect="rebate",
        mode="retroactive",
        steps=(step(level / 2, "0.01"), step(level, "0.02"), step(level * 2, "0.03")),
        from_on=before,
    )
    incentives.promise(actor=keeper, name="季度进货返利", rules=rebate, now=now)
    growth = Rules(
        cadence="quarter",
        basis="placed",
        effect="rebate",
        mode="marginal",
        growth=True,
        steps=(step("0", "0.01"), step("0.1", "0.03")),
        from_on=quarter,
    )
    incentives.promise(actor=keeper, name="同比增长返利", rules=growth, now=now)
    launches = Rules(
        cadence="quarter",
        basis="sell_out",
        effect="points",
        mode="retroactive",
        new_within_days=120,
        steps=(step("500", "0.1"), step("2000", "0.15")),
        from_on=quarter,
    )
    incentives.promise(actor=keeper, name="新品动销积分", rules=launches, now=now)
    incentives.follow_all(now=now)
    for name, rank, least, gives in (
        ("A", 3, 400_000, "年会与新品先行体验"),
        ("B", 2, 150_000, "季度市场支持"),
    ):
        incentives.set_tier_rule(
            actor=keeper, name=name, rank=rank, basis="placed", least_amount=Decimal(least), months=12, gives=gives
        )
    incentives.set_tier_rule(
        actor=keeper, name="C", rank=1, basis="hand", least_amount=None, months=12, gives="基本供货"
    )


def settle_and_object(*, now: dt.datetime, keeper: "Actor") -> None:
    """The quarter before is settled; its dealer misses an order in it, and claims a fair in the one that runs."""
    from firstmove.domains.incentives import operations as incentives
    from firstmove.domains.incentives import queries
    from firstmove.domains.network import queries as network
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        dealer_id = network.dealer_ids_by_code()[DEALER]
        today = network.enterprise(now=now).business_on
        before = _quarter(_quarter(today) - dt.timedelta(days=1))
        past = queries.parts_running(on=before, dealer_id=dealer_id)
        running = queries.parts_running(on=today, dealer_id=dealer_id)
        owner = next(user for user in network.users(dealer_id=dealer_id) if user.role == "owner")
    dealer = tenancy.Actor("dealer", user_id=owner.id, dealer_id=dealer_id)
    for part in past:
        incentives.settle(actor=keeper, period_id=part.period.id, now=now)
    with tenancy.scope(dealer):
        made, _count = queries.statements(dealer_id=dealer_id, limit=1)
    for statement in made:
        dispute_id = incentives.dispute(
            actor=dealer, statement_id=statement.id, words="季度末最后一张订单好像没有计入，请核对。", now=now
        )
        incentives.answer(
            actor=keeper, dispute_id=dispute_id, words="那张订单的下单日期已在下个季度，会计入下一张结算单。", now=now
        )
        incentives.answer(
            actor=dealer, dispute_id=dispute_id, words="我们系统里是当天晚上下的单，请再看一下。", now=now
        )
    for part in running[:1]:
        claimed = incentives.claim(
            actor=dealer,
            part_id=part.id,
            amount=Decimal(600),
            words="十月店庆陈列支持的费用还没有计入。",
            evidence="陈列照片 7 张，合同附件二",
            now=now,
        )
        incentives.grant_claim(
            actor=keeper, claim_id=claimed, amount=Decimal(500), cause="陈列支持，按合同上限", now=now
        )


def _second_step(dealer_id: int, today: dt.date) -> Decimal:
    """A level that the dealer has nearly reached in this quarter, rounded up to hundreds."""
    from firstmove.domains.trade.queries import bought_lines

    bought = bought_lines(dealer_ids=[dealer_id], since=_quarter(today), until=today)
    total = sum((line.amount for line in bought), Decimal(0))
    return max((total / NEARLY / 100).to_integral_value(ROUND_CEILING), Decimal(20)) * 100


def _quarter(day: dt.date) -> dt.date:
    """The first day of a day's quarter."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
