"""Runs, the outlook of every pair they leave behind, and proposals; a module for each noun."""

from firstmove.domains.planning.models.hold_out import (
    DEFAULT_SHARE,
    LARGEST_SHARE,
    HeldAdvice,
    HoldOut,
    Participation,
)
from firstmove.domains.planning.models.outcomes import Answer, Outcome, Reckoning, Verdict
from firstmove.domains.planning.models.outlook import AT_RISK, DealerLeadTime, DealerOutlook, Outlook
from firstmove.domains.planning.models.proposals import (
    Attention,
    Decision,
    Proposal,
    ProposalLine,
    ProposalState,
    RejectCause,
)
from firstmove.domains.planning.models.runs import Run, RunState

__all__ = [
    "AT_RISK",
    "DEFAULT_SHARE",
    "LARGEST_SHARE",
    "Answer",
    "Attention",
    "DealerLeadTime",
    "DealerOutlook",
    "Decision",
    "HeldAdvice",
    "HoldOut",
    "Outcome",
    "Outlook",
    "Participation",
    "Proposal",
    "ProposalLine",
    "ProposalState",
    "Reckoning",
    "RejectCause",
    "Run",
    "RunState",
    "Verdict",
]
