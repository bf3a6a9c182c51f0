"""The turn log: what happens in a call, without what was said."""
