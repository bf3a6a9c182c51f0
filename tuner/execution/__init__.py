"""Inputs read in units of work, by processes or a cluster, from where the last run ended."""
