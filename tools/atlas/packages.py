"""The packages whose log calls the atlas holds."""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["python", "javascript"]


class Package(NamedTuple):
    """A package of a registry; versions before `first` are not read."""

    name: str
    language: Language = "python"
    first: str = "0"
    folder: str = "livekit"
    """The top folder of its modules, whatever the archive puts around it."""


PYTHON_PLUGINS = (
    *("anam", "anthropic", "assemblyai", "aws", "azure", "baseten", "bey", "bithuman", "cartesia"),
    *("clova", "deepgram", "elevenlabs", "fal", "fishaudio", "gladia", "google", "groq", "hedra"),
    *("hume", "inworld", "langchain", "lmnt", "minimax-ai", "mistralai", "neuphonic", "nltk"),
    *("nvidia", "openai", "playai", "resemble", "rime", "sarvam", "silero", "simli"),
    *("smallestai", "soniox", "speechmatics", "spitch", "tavus", "telnyx", "turn-detector"),
    *("ultravox", "upliftai", "xai"),
)
NODE_PLUGINS = (
    *("anam", "baseten", "bey", "cartesia", "deepgram", "elevenlabs", "google", "hedra", "inworld"),
    *("livekit", "openai", "rime", "sarvam", "silero", "xai"),
)
PACKAGES = (
    Package("livekit-agents", first="0.6.dev0"),
    *(Package(f"livekit-plugins-{name}") for name in PYTHON_PLUGINS),
    Package("livekit"),
    Package("openai", first="0.28.0", folder="openai"),
    *(Package(name, folder=name) for name in ("httpx", "httpx2", "httpcore", "httpcore2")),
    Package("@livekit/agents", "javascript"),
    *(Package(f"@livekit/agents-plugin-{name}", "javascript") for name in NODE_PLUGINS),
)
