"""Logging, alerts and Prometheus figures of an agent."""
