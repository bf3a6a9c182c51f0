"""A real Chromium, driven over the pipes of its DevTools protocol. Nothing to install but itself.

`found()` is its path; without one the tests that need it are skipped, and say so.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import tempfile
from collections import deque
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-pipe",
)
WHY_NOT = "no Chromium on the PATH: install it (apt-get install chromium) to run this"
WHY_NO_AXE = "no axe-core: npm install --no-save axe-core, or name axe.min.js in AXE_CORE"


def found() -> str | None:
    """The path of a Chromium, None where there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def axe() -> Path | None:
    """The script of axe-core, None where it is not installed."""
    named = os.environ.get("AXE_CORE") or ROOT / "node_modules" / "axe-core" / "axe.min.js"
    return Path(named) if Path(named).is_file() else None


class Browser:
    """One Chromium with its own empty profile; `close` ends it."""

    def __init__(self) -> None:
        program = found()
        assert program is not None, WHY_NOT
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        calls, answers = os.pipe(), os.pipe()
        options = [*_OPTIONS, f"--user-data-dir={self._folder.name}", "about:blank"]
        self._process = _spawned([program, *options], calls[0], answers[1])
        self._out = os.fdopen(calls[1], "wb", buffering=0)
        self._in = os.fdopen(answers[0], "rb", buffering=0)
        self._buffer, self._number = b"", 0
        self.events: deque[dict[str, Any]] = deque()

    def send(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._number += 1
        call = {"id": self._number, "method": method, "params": params}
        call |= {"sessionId": session} if session else {}
        self._out.write(json.dumps(call).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)

    def wait_for(self, method: str, session: str) -> None:
        """Read until this event has come."""
        while not any(e["method"] == method and e.get("sessionId") == session for e in self.events):
            self.events.append(self._read())

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            data = self._in.read(1 << 20)
            assert data, "Chromium ended"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))

    def close(self) -> None:
        """End the browser and forget its profile."""
        self.send("Browser.close")
        os.waitpid(self._process, 0)
        self._out.close()
        self._in.close()
        self._folder.cleanup()


def _spawned(command: list[str], calls: int, answers: int) -> int:
    """Start it with the two pipes as its descriptors 3 and 4, and close them here."""
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (calls, answers)]
    actions = [
        *((os.POSIX_SPAWN_DUP2, fd, number) for fd, number in zip(high, (3, 4), strict=True)),
        *((os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)),
    ]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    for fd in (calls, answers, *high):
        os.close(fd)
    return process


class Tab:
    """One page of the browser, with everything that it logged and asked for."""

    def __init__(self, browser: Browser, *, scripts: bool = True, dark: bool = False) -> None:
        self._browser = browser
        target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Log", "Runtime", "Network"):
            self.send(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol for this page."""
        return self._browser.send(method, self._session, **params)

    def open(self, path: Path, width: int = 1200, height: int = 900) -> None:
        """Show a file and wait until it is loaded."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **size)
        self.send("Page.navigate", url=path.as_uri())
        self._browser.wait_for("Page.loadEventFired", self._session)

    def ask(self, expression: str) -> Any:
        """The value of a script's expression in the page, past its content security policy."""
        options = {"returnByValue": True, "awaitPromise": True}
        answer = self.send("Runtime.evaluate", expression=expression, **options)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press a key."""
        for kind in ("rawKeyDown", "keyUp"):
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code
            )

    def complaints(self) -> list[str]:
        """Everything that the page wrote to the console, and its errors."""
        kinds = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
        return [json.dumps(event["params"]) for event in self._mine(*kinds)]

    def requests(self) -> list[str]:
        """Every address that the page asked for."""
        mine = self._mine("Network.requestWillBeSent")
        return [event["params"]["request"]["url"] for event in mine]

    def _mine(self, *methods: str) -> list[dict[str, Any]]:
        events = self._browser.events
        return [e for e in events if e["method"] in methods and e.get("sessionId") == self._session]

    def picture(self, path: Path, whole: bool = True) -> None:
        """Save a screenshot."""
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))
