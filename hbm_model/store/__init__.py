"""Runs: made, kept, opened, compared, verified."""
