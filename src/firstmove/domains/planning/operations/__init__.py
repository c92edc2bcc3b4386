"""Writes of planning: a run with its proposals, and what dealers decide about them."""

from firstmove.domains.planning.operations.decisions import Accepted, Change, accept, edit_line, reject
from firstmove.domains.planning.operations.hold_out import set_hold_out, take_part
from firstmove.domains.planning.operations.outcomes import CORRECTED_DAYS, Reckoned, reckon_outcomes
from firstmove.domains.planning.operations.runs import Summary, alone, expire, plan, plan_again, plan_if_due

__all__ = [
    "CORRECTED_DAYS",
    "Accepted",
    "Change",
    "Reckoned",
    "Summary",
    "accept",
    "alone",
    "edit_line",
    "expire",
    "plan",
    "plan_again",
    "plan_if_due",
    "reckon_outcomes",
    "reject",
    "set_hold_out",
    "take_part",
]
