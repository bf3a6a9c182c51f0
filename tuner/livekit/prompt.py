"""The system prompt: the text of a setting, or of a file."""

from __future__ import annotations

from pathlib import Path

from tuner import small_files
from tuner.errors import SettingsError
from tuner.settings.knob_table import Settings


def instructions(settings: Settings) -> str:
    """The system prompt: INSTRUCTIONS_FILE if it is named, else INSTRUCTIONS.

    Raises:
        SettingsError: the file cannot be read, or is empty.
    """
    if not settings.instructions_file:
        return settings.instructions
    path = Path(settings.instructions_file).expanduser()
    try:
        text = small_files.text(path).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"INSTRUCTIONS_FILE: cannot read {path} as UTF-8 text ({type(error).__name__})",
            "Name a readable text file, or leave INSTRUCTIONS_FILE empty to use INSTRUCTIONS.",
        ) from error
    if not text:
        raise SettingsError(
            f"INSTRUCTIONS_FILE: {path} is empty", "Write the system prompt into it."
        )
    return text
