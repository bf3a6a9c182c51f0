"""The turns of a call in, predictions for other settings out: a replay of the log."""
