"""Runs, the outlook of every pair they leave behind, and proposals; a module for each noun."""

from firstmove.domains.planning.models.alerts import Alert, AlertAnswer, AlertKind, DemandVerdict, Topic
from firstmove.domains.planning.models.automatic import (
    AttemptOutcome,
    AutomaticAttempt,
    AutomaticOrdering,
    AutomaticPause,
    ClosedBecause,
)
from firstmove.domains.planning.models.hold_out import (
    DEFAULT_SHARE,
    LARGEST_SHARE,
    HeldAdvice,
    HoldOut,
    HoldOutSalt,
    Participation,
)
from firstmove.domains.planning.models.live import Comparison, LiveMeasure, Metric
from firstmove.domains.planning.models.news import NewsRead
from firstmove.domains.planning.models.outcomes import Answer, Outcome, Reckoning, Verdict
from firstmove.domains.planning.models.outlook import AT_RISK, DealerLeadTime, DealerOutlook, Outlook, WaitingOrder
from firstmove.domains.planning.models.proposals import (
    Attention,
    Decision,
    Proposal,
    ProposalLine,
    ProposalState,
    RejectCause,
)
from firstmove.domains.planning.models.rebates import RebateAdvice
from firstmove.domains.planning.models.replays import Replay, ReplayError, ReplayState
from firstmove.domains.planning.models.rolling import (
    PlanState,
    PlanStep,
    RollingPlan,
    RollingPlanLine,
    RollingPlanVersion,
)
from firstmove.domains.planning.models.runs import Run, RunState
from firstmove.domains.planning.models.service import ServicePolicy
from firstmove.domains.planning.models.starts import DealerStart, ProductStart, StartPair, StartState
from firstmove.domains.planning.models.supply import Allocation, SupplyLine, SupplyPlan, TierPriority
from firstmove.domains.planning.models.transfers import Transfer
from firstmove.domains.planning.models.trials import (
    Champion,
    GrownTrees,
    Method,
    Segment,
    Trial,
    TrialError,
    TrialRound,
    TrialVerdict,
)

__all__ = [
    "AT_RISK",
    "DEFAULT_SHARE",
    "LARGEST_SHARE",
    "Alert",
    "AlertAnswer",
    "AlertKind",
    "Allocation",
    "Answer",
    "AttemptOutcome",
    "Attention",
    "AutomaticAttempt",
    "AutomaticOrdering",
    "AutomaticPause",
    "Champion",
    "ClosedBecause",
    "Comparison",
    "DealerLeadTime",
    "DealerOutlook",
    "DealerStart",
    "Decision",
    "DemandVerdict",
    "GrownTrees",
    "HeldAdvice",
    "HoldOut",
    "HoldOutSalt",
    "LiveMeasure",
    "Method",
    "Metric",
    "NewsRead",
    "Outcome",
    "Outlook",
    "Participation",
    "PlanState",
    "PlanStep",
    "ProductStart",
    "Proposal",
    "ProposalLine",
    "ProposalState",
    "RebateAdvice",
    "Reckoning",
    "RejectCause",
    "Replay",
    "ReplayError",
    "ReplayState",
    "RollingPlan",
    "RollingPlanLine",
    "RollingPlanVersion",
    "Run",
    "RunState",
    "Segment",
    "ServicePolicy",
    "StartPair",
    "StartState",
    "SupplyLine",
    "SupplyPlan",
    "TierPriority",
    "Topic",
    "Transfer",
    "Trial",
    "TrialError",
    "TrialRound",
    "TrialVerdict",
    "Verdict",
    "WaitingOrder",
]
