"""Programmes, the ledger of what they give, its settlement, and tiers; a module for each noun."""

from firstmove.domains.incentives.models.ledger import EntryKind, ProposalUse, RebateEntry
from firstmove.domains.incentives.models.programmes import (
    Basis,
    Cadence,
    Effect,
    Mode,
    NamedDealer,
    Participation,
    Period,
    Programme,
    Version,
)
from firstmove.domains.incentives.models.settlements import (
    Adjustment,
    AdjustmentState,
    ClaimState,
    DisputeMessage,
    DisputeState,
    PointsAccount,
    PointsEntry,
    RebateClaim,
    RebateDispute,
    RebateStatement,
    StatementRow,
)
from firstmove.domains.incentives.models.tiers import Tier, TierBasis, TierChange

__all__ = [
    "Adjustment",
    "AdjustmentState",
    "Basis",
    "Cadence",
    "ClaimState",
    "DisputeMessage",
    "DisputeState",
    "Effect",
    "EntryKind",
    "Mode",
    "NamedDealer",
    "Participation",
    "Period",
    "PointsAccount",
    "PointsEntry",
    "Programme",
    "ProposalUse",
    "RebateClaim",
    "RebateDispute",
    "RebateEntry",
    "RebateStatement",
    "StatementRow",
    "Tier",
    "TierBasis",
    "TierChange",
    "Version",
]
