"""Reminders that reach people: who is told what, by which way and when, and what became of it."""
