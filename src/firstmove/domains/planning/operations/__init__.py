"""Writes of planning: a run with its proposals, and what dealers decide about them."""

from firstmove.domains.planning.operations.alerting import SNOOZE_DAYS, answer_alert
from firstmove.domains.planning.operations.automatic import (
    CANCEL_HOURS,
    attempt,
    order_due,
    release_due,
    review,
    set_pause,
    switch_off,
    switch_on,
)
from firstmove.domains.planning.operations.automatic import HOURS as AUTOMATIC_HOURS
from firstmove.domains.planning.operations.decisions import Accepted, Change, accept, edit_line, reject
from firstmove.domains.planning.operations.hold_out import set_hold_out, take_part
from firstmove.domains.planning.operations.live import measure
from firstmove.domains.planning.operations.news import read_news
from firstmove.domains.planning.operations.outcomes import CORRECTED_DAYS, Reckoned, reckon_outcomes
from firstmove.domains.planning.operations.own_orders import order_by_code, order_cart
from firstmove.domains.planning.operations.purchasing import propose_purchases
from firstmove.domains.planning.operations.rationing import publish_allocation, set_tier_bonuses
from firstmove.domains.planning.operations.rebate_orders import Topped, order_for_step
from firstmove.domains.planning.operations.rebates import weigh_new
from firstmove.domains.planning.operations.replays import WEEKS as REPLAY_WEEKS
from firstmove.domains.planning.operations.replays import carry_out, request_replay
from firstmove.domains.planning.operations.rolling import Rolled, agree_plan, change_plan, roll, roll_if_due
from firstmove.domains.planning.operations.runs import Summary, alone, expire, plan, plan_again, plan_if_due
from firstmove.domains.planning.operations.service import choose as choose_service
from firstmove.domains.planning.operations.service import choose_if_due as choose_service_if_due
from firstmove.domains.planning.operations.telling import (
    ALERTS_RAISED,
    FEEDS_SILENT,
    PROPOSAL_READY,
    RUN_COMPLETED,
    RUN_FAILED,
)
from firstmove.domains.planning.operations.trials import carry_out as carry_out_trials
from firstmove.domains.planning.operations.trials import request_if_due as request_trials_if_due
from firstmove.domains.planning.operations.trials import request_trials
from firstmove.domains.planning.operations.using import tell_uses

__all__ = [
    "ALERTS_RAISED",
    "AUTOMATIC_HOURS",
    "CANCEL_HOURS",
    "CORRECTED_DAYS",
    "FEEDS_SILENT",
    "PROPOSAL_READY",
    "REPLAY_WEEKS",
    "RUN_COMPLETED",
    "RUN_FAILED",
    "SNOOZE_DAYS",
    "Accepted",
    "Change",
    "Reckoned",
    "Rolled",
    "Summary",
    "Topped",
    "accept",
    "agree_plan",
    "alone",
    "answer_alert",
    "attempt",
    "carry_out",
    "carry_out_trials",
    "change_plan",
    "choose_service",
    "choose_service_if_due",
    "edit_line",
    "expire",
    "measure",
    "order_by_code",
    "order_cart",
    "order_due",
    "order_for_step",
    "plan",
    "plan_again",
    "plan_if_due",
    "propose_purchases",
    "publish_allocation",
    "read_news",
    "reckon_outcomes",
    "reject",
    "release_due",
    "request_replay",
    "request_trials",
    "request_trials_if_due",
    "review",
    "roll",
    "roll_if_due",
    "set_hold_out",
    "set_pause",
    "set_tier_bonuses",
    "switch_off",
    "switch_on",
    "take_part",
    "tell_uses",
    "weigh_new",
]
