"""Logs of one scripted conversation, written by each version's own logging set-up.

`python -m tools.version_logs` makes the texts and the truth of `tests/version_logs`.
"""
