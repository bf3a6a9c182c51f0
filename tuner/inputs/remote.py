"""URLs in, raw byte streams out: objects in s3, gs, https and whatever else fsspec can open.

fsspec is an extra and takes a while to load: only `is_url` does without it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tuner.errors import InputError, install_hint
from tuner.lazy_patterns import lazy_pattern

_URL = lazy_pattern(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_STREAM_BYTES = 8 << 20
"""What one request fetches of a stream: long enough to hide its delay, little enough to hold."""
_RANGE_BYTES = 1 << 16
_SILENT_S = 120
"""A server that sends nothing for so long has gone."""
_TAGS = ("ETag", "etag", "generation", "Content-MD5", "Last-Modified", "LastModified", "mtime")
_REFUSED = (401, 403)
_MISSING = (404, 410)


class Missing(InputError):
    """There is no such object."""


def is_url(path: str) -> bool:
    """Whether the input is an object behind a URL; a drive of Windows is none."""
    return _URL.match(path) is not None


def find(url: str) -> list[str]:
    """The objects that a URL means: itself, those that match a pattern, or those in a folder."""
    with _explained(url):
        files, path = _files(url)
        magic = "*[" if _is_web(url) else "*?["  # "?" begins the query of a web address
        if any(mark in path for mark in magic):
            found = files.glob(path, detail=True)
            return sorted(_url(files, n) for n, info in found.items() if info["type"] == "file")
        if not _is_web(url) and files.info(path)["type"] == "directory":
            return sorted(_url(files, name) for name in files.find(path))
        return [url]


def version(url: str, fresh: bool = False) -> str:
    """Its URL, size and the tag that its store gives it.

    `fresh` asks the store again instead of believing a listing.
    """
    with _explained(url):
        files, path = _files(url)
        if fresh:
            files.invalidate_cache(files._parent(path))
        info = files.info(path)
        tag = next((info[key] for key in _TAGS if info.get(key)), "")
        return f"{url} {info.get('size') or 0} {tag}"


def ranged(url: str) -> bool:
    """Whether the store gives parts of an object: some web servers always send all of it."""
    with _explained(url):
        files, path = _files(url)
        return not _is_web(url) or len(files.cat_file(path, start=0, end=1)) == 1


def opened(url: str, parts: bool) -> Any:
    """Open an object as a raw stream; with `parts` it can seek."""
    with _explained(url):
        files, path = _files(url)
        if _is_web(url) and not parts:
            return files.open(path, "rb", block_size=0)
        size = int(files.info(path)["size"])
        return _Object(files, path, size, _RANGE_BYTES if parts else _STREAM_BYTES)


class _Object(io.RawIOBase):
    """An object as a raw stream that fetches at least `least` bytes at a time."""

    def __init__(self, files: Any, path: str, size: int, least: int) -> None:
        self._files, self._path, self._size, self._least = files, path, size, least
        self._at, self._kept, self._kept_at = 0, b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place from the beginning, from here or from the end."""
        self._at = offset + {0: 0, 1: self._at, 2: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if not self._kept_at <= self._at < self._kept_at + len(self._kept):
            self._fetch(len(buffer))
        start = self._at - self._kept_at
        with memoryview(self._kept) as kept:
            found = kept[start : start + len(buffer)]
            buffer[: len(found)] = found
            self._at += len(found)
            return len(found)

    def _fetch(self, wanted: int) -> None:
        end = min(self._at + max(wanted, self._least), self._size)
        missing = max(end - self._at, 0)
        found = self._files.cat_file(self._path, start=self._at, end=end) if missing else b""
        if len(found) != missing:  # all of it instead of a part would be read as that part
            raise OSError(f"the server gave {len(found):,} bytes where {missing:,} were asked for")
        self._kept_at, self._kept = self._at, found


# --- what fsspec calls things ------------------------------------------------------------------


def _files(url: str) -> tuple[Any, str]:
    """The file system behind a URL, and what the object is called there."""
    from fsspec.core import url_to_fs

    options: dict[str, Any] = {}
    if _is_web(url):
        import aiohttp

        # aiohttp would end every transfer after five minutes
        options["client_kwargs"] = {
            "timeout": aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=_SILENT_S)
        }
    files, path = url_to_fs(url, **options)
    return files, str(path)


def _url(files: Any, name: str) -> str:
    return str(files.unstrip_protocol(name))


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn whatever the store and its library raise into an error with a reason."""
    try:
        yield
    except ImportError as error:
        package = (error.name or "fsspec").partition(".")[0]
        why = f"{url}: reading it needs {package}, which is not installed"
        raise InputError(why, install_hint("remote")) from error
    except Exception as error:
        status = _status(error)
        if status in _MISSING or (isinstance(error, FileNotFoundError) and status is None):
            raise Missing(f"{url}: no such object", "check the URL") from error
        raise InputError(f"{url}: {_reason(error, status)}", "check the URL and access") from error


def _status(error: BaseException | None) -> int | None:
    """The HTTP status in an error: 0 for no answer, None if it holds none."""
    while error is not None:
        if (status := getattr(error, "status", None)) is not None:
            return int(status)
        if isinstance(error, ConnectionError | TimeoutError) or "Connector" in type(error).__name__:
            return 0
        error = error.__cause__
    return None


def _reason(error: Exception, status: int | None) -> str:
    if isinstance(error, PermissionError) or status in _REFUSED:
        return "permission refused" + (f" ({status})" if status else "")
    if status == 0:
        return "the server does not answer"
    if status:
        return f"the server answers {status}"
    return " ".join(str(error).split())[:200] or type(error).__name__
