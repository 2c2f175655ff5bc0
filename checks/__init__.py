"""Checks judge a snapshot: pure functions from what is known to findings."""
