"""Servers' addresses in a log, and texts without them: where somebody's models run is nobody's business.

Each server is called `server-1`, `server-2`, ... in all texts alike, so that agents that differ only by where
their model stands stay apart: `cot@openai/my-model@server-1`.
"""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.log.read import RunLog

_ADDRESS = re.compile(r"https?://[^\s,\]@'\"<>]+")
_PLACE = re.compile(
    rf"{_ADDRESS.pattern}|(?<![\w.-])[.-]*+\w[\w.-]*+:\d{{2,5}}\b|\b\d{{1,3}}(?:\.\d{{1,3}}){{3}}\b"
    r"|\[(?=[0-9a-fA-F]*:)[0-9a-fA-F:.]{2,}\]"
)
"""Any address, by name or number."""
SOMEWHERE = "(address)"


def without_addresses(log: RunLog) -> Callable[[str], str]:
    """From a text to the same text without the addresses of the servers that a log names."""
    said = [address for agent in log.tournament.agents for address in _ADDRESS.findall(agent)]
    listed = map(json.loads, log.results("endpoints")["endpoints"].cat.categories)
    void = (call.endpoint for one in log.voids() for call in one.calls)
    found = dict.fromkeys(str(address).rstrip("/") for address in (*said, *chain(*listed), *void))
    servers = {address: f"server-{number}" for number, address in enumerate(filter(None, found), 1)}
    names = {form: name for address, name in reversed(servers.items()) for form in _parts(address)} | servers
    if not names:
        return lambda text: text
    longest_first = sorted(names, key=len, reverse=True)
    either_case = {
        form.lower(): names[form] for form in reversed(names)
    } | names  # as written, if it is there
    pattern = re.compile(
        rf"(?<![\w.-])({'|'.join(map(re.escape, longest_first))})(?![\w-])(?:/(?!\w))?", re.IGNORECASE
    )
    return lambda text: pattern.sub(
        lambda found: either_case.get(found[1]) or either_case[found[1].lower()], text
    )


def without_places(reason: str) -> str:
    """Why a request failed, without any address: it can quote one that stands nowhere else in the log."""
    return _PLACE.sub(SOMEWHERE, reason)


def _parts(address: str) -> list[str]:
    """How texts name a server in short: by host and port, and by a host that is no mere word."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:  # a stranger's log can name anything
        return []
    named = (f"{parts.scheme}://{parts.netloc}", parts.netloc * (":" in parts.netloc), host * ("." in host))
    return [part for part in named if part]
