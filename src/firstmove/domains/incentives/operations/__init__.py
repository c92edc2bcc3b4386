"""Writes of incentives; a module for each noun, and here what other rooms call."""

from firstmove.domains.incentives.operations.accruing import RECENT_DAYS, follow_all, follow_orders, record_uses
from firstmove.domains.incentives.operations.claims import (
    CLAIMED,
    ask_adjustment,
    claim,
    decide_adjustment,
    decline_claim,
    grant_claim,
)
from firstmove.domains.incentives.operations.disputes import DISPUTED, agree, answer, dispute
from firstmove.domains.incentives.operations.periods import open_due
from firstmove.domains.incentives.operations.points import redeem
from firstmove.domains.incentives.operations.programmes import change, check, end, next_start, promise
from firstmove.domains.incentives.operations.rights import KEEPERS
from firstmove.domains.incentives.operations.settling import SETTLED, credit_statement, settle
from firstmove.domains.incentives.operations.tiers import (
    apply_tier_rules,
    forget_tier_rule,
    place_dealer,
    set_tier_rule,
)

__all__ = [
    "CLAIMED",
    "DISPUTED",
    "KEEPERS",
    "RECENT_DAYS",
    "SETTLED",
    "agree",
    "answer",
    "apply_tier_rules",
    "ask_adjustment",
    "change",
    "check",
    "claim",
    "credit_statement",
    "decide_adjustment",
    "decline_claim",
    "dispute",
    "end",
    "follow_all",
    "follow_orders",
    "forget_tier_rule",
    "grant_claim",
    "next_start",
    "open_due",
    "place_dealer",
    "promise",
    "record_uses",
    "redeem",
    "set_tier_rule",
    "settle",
]
