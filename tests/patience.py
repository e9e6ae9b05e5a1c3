"""How long a test waits for what must come: against hanging only, never to say that something is slow."""

PATIENCE = 120.0
"""Seconds any single wait of a test may take before it fails.

Measured on two cores whose host took three quarters of them: 12 s for what takes 0.08 s, 29 s for a dialogue
of two programs at terminals that takes 3 s.
"""
