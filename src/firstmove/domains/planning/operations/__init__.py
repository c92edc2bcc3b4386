"""Writes of planning: a run with its proposals, and what dealers decide about them."""

from firstmove.domains.planning.operations.decisions import Accepted, Change, accept, edit_line, reject
from firstmove.domains.planning.operations.runs import Summary, alone, expire, plan, plan_again, plan_if_due

__all__ = [
    "Accepted",
    "Change",
    "Summary",
    "accept",
    "alone",
    "edit_line",
    "expire",
    "plan",
    "plan_again",
    "plan_if_due",
    "reject",
]
