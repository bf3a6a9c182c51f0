"""The catalogue of log lines: everything that is known of each, as rows."""
