"""The OpenAI API, Realtime included, on loopback."""
