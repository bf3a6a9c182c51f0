"""`python agent.py phone setup|check|remove|watch`: LiveKit's side of the telephone.

Exit 0 when all is as it should be, 2 when something differs or LiveKit does not answer.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence

import aiohttp
from livekit import api

from agent.phone import livekit_setup
from agent.phone.settings import PhoneSettings, read_settings
from agent.phone.watcher import Watcher
from tuner.errors import TunerError, UsageError

COMMANDS = ("setup", "check", "remove", "watch")
DRY_RUN = "--dry-run"
USAGE = """usage: python agent.py phone COMMAND [--dry-run]

  setup    make trunk and dispatch rule in LiveKit, or change what differs
  check    say what differs
  remove   delete both
  watch    until it is stopped, offer calls that found no agent again

With --dry-run, setup and remove say what they would do, and change nothing. The settings are
variables: see docs/phone.md.
"""
TIMEOUT_S = 15.0


def main(arguments: Sequence[str]) -> int:
    """Run one command.

    Raises:
        TunerError: a command that does not exist, settings that are missing, no answer.
    """
    if {"--help", "-h"} & set(arguments):
        sys.stdout.write(USAGE)
        return 0
    command, *options = arguments or ("",)
    if command not in COMMANDS or set(options) - {DRY_RUN}:
        usage = f"python agent.py phone {'|'.join(COMMANDS)} [{DRY_RUN}]"
        raise UsageError(f"phone: cannot read {' '.join(arguments) or 'nothing'}", usage)
    settings = read_settings()
    _check(settings)
    try:
        return asyncio.run(_run(command, settings, dry=DRY_RUN in options))
    except api.TwirpError as error:
        # its own words: that it has no Redis, or which other trunk has the number
        what = f"LiveKit refuses: {error.message or error.code} ({error.status})"
        raise TunerError(what, _next_step(error)) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        what = f"LiveKit does not answer ({type(error).__name__})"
        raise TunerError(what, "Check LIVEKIT_URL.") from error
    except KeyboardInterrupt:
        return 0


def _next_step(error: api.TwirpError) -> str:
    if error.status in (401, 403):
        return "Check LIVEKIT_API_KEY and LIVEKIT_API_SECRET."
    if "redis" in error.message:
        return "A LiveKit server of your own takes telephone calls only with `redis` in its file."
    return "Change it in LiveKit, or in the settings: docs/phone.md."


def _check(settings: PhoneSettings) -> None:
    needed = {
        "LIVEKIT_URL": settings.livekit_url,
        "LIVEKIT_API_KEY": settings.livekit_api_key,
        "LIVEKIT_API_SECRET": settings.livekit_api_secret.get_secret_value(),
        "LIVEKIT_AGENT_NAME": settings.agent_name,
        "PHONE_SIP_PASSWORD": settings.sip_password.get_secret_value(),
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise TunerError(f"not set: {', '.join(missing)}", "Put them into .env.")


async def _run(command: str, settings: PhoneSettings, *, dry: bool) -> int:
    secret = settings.livekit_api_secret.get_secret_value()
    async with api.LiveKitAPI(settings.livekit_url, settings.livekit_api_key, secret) as server:
        if command == "watch":
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
            await Watcher(server, settings.agent_name).run()
        async with asyncio.timeout(TIMEOUT_S):
            if command == "remove":
                return await _remove(server, dry=dry)
            return await _set_up(server, settings, change=command == "setup" and not dry)


async def _set_up(server: api.LiveKitAPI, settings: PhoneSettings, *, change: bool) -> int:
    now = await livekit_setup.existing(server)
    found = list(livekit_setup.differences(settings, now))
    sys.stdout.write("".join(f"  {line}\n" for line in found))
    if not found:
        sys.stdout.write("trunk and dispatch rule are as they should be\n")
    elif change:
        await livekit_setup.set_up(server, settings, now)
        sys.stdout.write("done\n")
    else:
        sys.stdout.write("nothing was changed; `python agent.py phone setup` does\n")
    return 2 if found and not change else 0


async def _remove(server: api.LiveKitAPI, *, dry: bool) -> int:
    now = await livekit_setup.existing(server)
    there = [what for what in ("rule", "trunk") if getattr(now, what) is not None]
    if not dry:
        await livekit_setup.remove(server, now)
    names = " and ".join(there) or "nothing"
    sys.stdout.write(f"{'would remove' if dry else 'removed'}: {names}\n")
    return 0
