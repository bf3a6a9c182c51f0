"""Intervals, special functions and the exact histogram: arithmetic that knows nothing of logs."""
