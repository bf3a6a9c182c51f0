"""`python -m tools.fuzz.rotations [ROUNDS] [SEED]`: logs are rotated in 35 ways between runs with
`--state`, some of which are killed. What is known at the end, evidence included, must be what one
run over everything that was ever written finds.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests import samples, shipping
from tuner.execution import engine, units
from tuner.facts import build as facts
from tuner.limits import Limits
from tuner.model import Current

TALK = samples.data("false-interruptions.jsonl").splitlines(keepends=True)[:900]
CRI = shipping.LINE_WRAPPERS["cri_split"](b"".join(TALK[:300])).splitlines(keepends=True)
_GENERATIONS = 3


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


class LogFile:
    """A log, the files that it was rotated to, and what each of them should hold in the end."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "app.log"
        folder.mkdir(parents=True)
        self.log.touch()
        self.generations = [b""]

    def append(self, data: bytes) -> None:
        """The program writes."""
        with self.log.open("ab") as file:
            file.write(data)
        self.generations[-1] += data

    def shifted(self) -> Path:
        """The name of the newest rotated file, with room made for it."""
        for number in range(8, 0, -1):
            for end in ("", ".gz"):
                old = self.folder / f"app.log.{number}{end}"
                if old.exists():
                    old.rename(self.folder / f"app.log.{number + 1}{end}")
        return self.folder / "app.log.1"


def rename(log: LogFile) -> Path:
    """Move it away, begin a new one."""
    to = log.shifted()
    log.log.rename(to)
    log.log.touch()
    log.generations.append(b"")
    return to


def copy_truncate(log: LogFile) -> Path:
    """Copy it, then cut it to nothing."""
    to = log.shifted()
    shutil.copy(log.log, to)
    with log.log.open("r+b") as file:
        file.truncate(0)
    log.generations.append(b"")
    return to


def _packed(plain: Path) -> None:
    plain.with_name(plain.name + ".gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()


def rename_and_pack(log: LogFile) -> None:
    """... and compress it at once."""
    _packed(rename(log))


def copy_and_pack(log: LogFile) -> None:
    """... and compress the copy."""
    _packed(copy_truncate(log))


def pack_the_last(log: LogFile) -> None:
    """logrotate's delaycompress: the one before is compressed."""
    before = log.folder / "app.log.1"
    if before.exists():
        _packed(before)
    rename(log)


def rename_and_zip(log: LogFile) -> None:
    """... and put it into an archive with a name of its own."""
    plain = rename(log)
    number = len(list(log.folder.glob("*.zip")))
    with zipfile.ZipFile(log.folder / f"old-{number}.zip", "w") as archive:
        archive.write(plain, "app.log")
    plain.unlink()


def twice(log: LogFile) -> None:
    """Two rotations before anybody reads again."""
    rename(log)
    log.append(TALK[len(log.generations)])
    _packed(rename(log))


Rotation = Callable[[LogFile], object]
ROTATIONS: tuple[Rotation, ...] = (
    *(rename, copy_truncate, rename_and_pack, copy_and_pack, pack_the_last, rename_and_zip, twice),
)
WRITERS: dict[str, tuple[int, Sequence[bytes], bool]] = {
    "one log": (1, TALK, False),
    "three logs": (3, TALK, False),
    "a line half written": (1, TALK, True),
    "split lines": (1, CRI, False),
    "three logs, lines half written": (3, TALK, True),
}
"""How many logs there are, their lines, and whether writing stops in the middle of one."""
SCENARIOS = [(rotation, name) for rotation in ROTATIONS for name in WRITERS]


def scenario(folder: Path, rotation: Rotation, name: str, seed: int) -> str:
    """One world from its first line to its last; what differs at the end, "" if nothing."""
    random, (number, lines, half) = Random(seed), WRITERS[name]
    logs = [LogFile(folder / "logs" / str(n)) for n in range(number)]
    paths, state = [folder / "logs"], folder / "state"
    for generation in range(_GENERATIONS):
        for n, log in enumerate(logs):
            _write(log, _share(lines, generation * number + n, _GENERATIONS * number), half)
        for _ in range(random.randint(0, 2)):
            _killed(paths, state, random)
        read(paths, state)
        for log in logs:
            if half:
                log.append(b'"}\n')
            read(paths, state)
            rotation(log)
    found, again = read(paths, state), read(paths, state)
    expected = _once(folder / "all", logs)
    if found != again:
        return "another run over the same files finds something else"
    return ", ".join(key for key in expected if found[key] != expected[key])


def _share(lines: Sequence[bytes], number: int, of: int) -> Sequence[bytes]:
    return lines[len(lines) * number // of : len(lines) * (number + 1) // of]


def _write(log: LogFile, lines: Sequence[bytes], half: bool) -> None:
    log.append(b"".join(lines))
    if half:
        log.append(lines[0][:40])


def _once(folder: Path, logs: Sequence[LogFile]) -> dict[str, Any]:
    """What one run over everything that was ever written finds."""
    folder.mkdir()
    for n, log in enumerate(logs):
        for number, data in enumerate(log.generations):
            (folder / f"{n}.{number:03d}").write_bytes(data)
    return read([path for path in sorted(folder.iterdir()) if path.stat().st_size])


def read(paths: Sequence[Path], state: Path | None = None) -> dict[str, Any]:
    """What a run finds: counts, facts and evidence."""
    inputs, _ = engine.read(list(paths), units.Job(), engine.ReadOptions(state=state))
    summaries = [each.summary for each in inputs if each.summary.lines]
    evidence = sorted(
        (kind, raw)
        for summary in summaries
        for kind, kept in summary.evidence.items()
        for _, raw in kept
    )
    return {
        "lines": sum(summary.lines for summary in summaries),
        "understood": sum(summary.understood for summary in summaries),
        "facts": facts.build(summaries, Limits(), Current(None, "unknown"), {}),
        "evidence": evidence,
    }


def _killed(paths: Sequence[Path], state: Path, random: Random) -> None:
    """A run that dies before, while or after the state is replaced."""
    where = random.choice(["before", "writing", "after"])
    replace, fsync = Path.replace, os.fsync

    def die(*args: Any) -> Any:
        if where == "after":
            replace(*args)
        raise Killed

    try:
        Path.replace = die  # type: ignore[method-assign, assignment]
        if where == "writing":
            os.fsync = die  # type: ignore[assignment]
        read(paths, state)
    except Killed:
        pass
    finally:
        Path.replace, os.fsync = replace, fsync  # type: ignore[method-assign]


def main(rounds: int, seed: int) -> int:
    """Every scenario so often; return how many differ."""
    failed = 0
    for number in range(rounds):
        for rotation, name in SCENARIOS:
            with tempfile.TemporaryDirectory() as folder:
                why = scenario(Path(folder), rotation, name, seed + number)
            if why:
                failed += 1
                sys.stdout.write(f"{seed + number}: {rotation.__name__}, {name}: {why}\n")
    sys.stdout.write(f"{rounds * len(SCENARIOS)} worlds, {failed} differ\n")
    return failed


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(bool(main(numbers[0] if numbers else 10, numbers[1] if numbers[1:] else 0)))
