"""Writes of messages: what is queued for whom, what is sent, and what people choose."""

from firstmove.domains.reminders.operations.choosing import (
    LEAST_HOUR,
    MOST_CHANNELS,
    add_channel,
    choose,
    mark_all_read,
    mark_read,
    remove_channel,
    replay,
)
from firstmove.domains.reminders.operations.queueing import queue, queue_password_letter, remind_of_dunning, take_up
from firstmove.domains.reminders.operations.sending import KEPT, LEASE, forget, send_all, send_due

__all__ = [
    "KEPT",
    "LEASE",
    "LEAST_HOUR",
    "MOST_CHANNELS",
    "add_channel",
    "choose",
    "forget",
    "mark_all_read",
    "mark_read",
    "queue",
    "queue_password_letter",
    "remind_of_dunning",
    "remove_channel",
    "replay",
    "send_all",
    "send_due",
    "take_up",
]
