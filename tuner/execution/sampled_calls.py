"""Keys of calls in, whether a call is in the sample out: so many at most, all as likely as another.

A call is in it by a checksum of its key, so that every line of it is, whatever is read when. The
sample halves when it is full: memory is bounded, and a line that is of no use is not parsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from tuner.lazy_patterns import lazy_pattern

ID = b'"job_id"'
"""Stands in every line that names its job so that `SampledCalls.lines` sees it."""
_LONG = 32
"""Bytes that most jobs are written in, with their key."""
_JOB = lazy_pattern(rb'"job_id": ?"([\w.-]+)"')


class SampledCalls:
    """A sample of at most `most` calls."""

    def __init__(self, most: int) -> None:
        self._most, self._step = most, 1
        self._keys: set[str] = set()

    def lines(self, data: bytes) -> list[bytes]:
        """The lines that may be of a call in the sample, as far as their bytes show; room is made
        for all calls that they name."""
        lines = data.split(b"\n")
        jobs = _jobs(lines)
        met = {*jobs} - {b""}
        for job in met:
            self.takes(f"job:{job.decode()}")
        self.halved()
        gone = {job for job in met if not self._is_in(b"job:" + job)}
        return [line for line, job in zip(lines, jobs, strict=True) if job not in gone]

    def takes(self, key: str) -> bool:
        """Whether the call of this key is in the sample, for now."""
        if not self._is_in(key.encode()):
            return False
        self._keys.add(key)
        return True

    def halved(self) -> bool:
        """Halve the sample until it is small enough; whether that was needed."""
        before = self._step
        while len(self._keys) > self._most:
            self._step *= 2
            self._keys = {key for key in self._keys if self._is_in(key.encode())}
        return self._step != before

    def _is_in(self, key: bytes) -> bool:
        return crc32(key) % self._step == 0


def _jobs(lines: Sequence[bytes]) -> list[bytes]:
    """The job of each line, as `_job` has it. Lines of a call write it alike: where the bytes that
    hold it are known it is not read again, and most are."""
    known: dict[bytes, bytes] = {}
    jobs = []
    for line in lines:
        at = line.rfind(ID)
        start = line[at : at + _LONG] if at >= 0 else b""
        job = known.get(start)
        if job is None:
            job = _job(line)
            if job and len(job) < _LONG - len(ID) - 4:  # else it goes on behind these bytes
                known[start] = job
        jobs.append(job)
    return jobs


def names_its_job(line: bytes) -> bool:
    """Whether the job is written so that `lines` sees it."""
    return bool(_job(line))


def _job(line: bytes) -> bytes:
    """The job of a line; ids stand last, behind settings and text."""
    at = line.rfind(ID)
    found = _JOB.match(line, at) if at >= 0 else None
    return found[1] if found else b""
