"""What a call does when OpenAI fails."""
