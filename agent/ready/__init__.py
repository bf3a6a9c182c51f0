"""The checklist before production: what can be checked is checked, the rest is asked."""
