"""What of a log may be shown."""
