"""Settings in, LiveKit sessions, models and failure handling out, for any agent."""
