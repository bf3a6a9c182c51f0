"""A profile for the callers of a log: candidates by replay, verified against callers like them."""
