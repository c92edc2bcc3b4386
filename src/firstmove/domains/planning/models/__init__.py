"""Runs, the outlook of every pair they leave behind, and proposals; a module for each noun."""

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
    "Attention",
    "DealerLeadTime",
    "DealerOutlook",
    "Decision",
    "Outlook",
    "Proposal",
    "ProposalLine",
    "ProposalState",
    "RejectCause",
    "Run",
    "RunState",
]
