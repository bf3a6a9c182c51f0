"""Files that people write are never read without an end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.phone import profile_rules
from agent.ready import questions
from tuner.bench.callers import scenarios
from tuner.capacity import prices
from tuner.errors import TunerError
from tuner.settings import env_file

READERS: dict[str, Callable[[Path], object]] = {
    "profile": env_file.read_profile,
    "scenario": scenarios.read,
    "prices": prices.read,
    "rules": lambda path: profile_rules.read_rules(str(path)),
    "answers": questions.read,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_what_is_larger_than_a_mebibyte_is_refused(
    read: Callable[[Path], object], tmp_path: Path
) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"#" * ((1 << 20) + 1))
    for path in (large, Path("/dev/zero")):
        with pytest.raises(TunerError, match="it is larger than 1 MiB"):
            read(path)
