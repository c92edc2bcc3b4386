"""Signing in and out, invitations, resets, language: what every audience shares."""
