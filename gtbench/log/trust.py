"""Trust in a log: code that it names runs unasked only if this user began the run on this machine.

A log names agents, and some of them are commands, files or modules, or say where requests with a key are to
be sent, or which file of weights is loaded. A tournament that is played from its log starts them, wherever
the log has come from. So the record of a run carries a mark: a keyed hash of its settings and of where its
agents' code stands, under a key that this user's own folder holds and nobody else has. Without the right mark
nothing of that is begun unless the user says so. Agents that an installed package has registered need no
mark, and games and their skins are never anything else.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gtbench.agent import command, loading
from gtbench.agent.options import BASE_URL, OWN
from gtbench.agent.spec import split_agent
from gtbench.errors import BadOption, Untrusted
from gtbench.folders import state_folder
from gtbench.text import shown_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.records import Run

KEY_BYTES = 32


def mark(run: Run) -> str:
    """The mark of a run that is begun here; empty where no key can be kept."""
    key = _key()
    return "" if key is None else _hash(key, run)


def require_trust(run: Run, agents: Iterable[str], source: object, *, asks: bool = True) -> None:
    """Refuse to begin what a log names, unless this user has begun that run on this machine.

    Args:
        run: The log's record.
        agents: The agents that would play.
        source: What the log is called, for the error.
        asks: Whether models are asked, so that their addresses matter too.

    Raises:
        Untrusted: Its further lines list the agents.
    """
    named = [
        agent
        for agent in agents
        if _place(agent) is not None or (asks and (_sends(agent) or _weights(agent) is not None))
    ]
    own = mark(run) if named else ""
    if not named or (own and hmac.compare_digest(run.mark.encode(), own.encode())):
        return
    lines = (
        f"  {agent} ({run.agents.get(agent) or 'it is not known which code that was'})" for agent in named
    )
    raise Untrusted(
        f"{source} was not begun here by you, and names code or servers that would be used now: look at "
        "them, and add --trust if you trust them",
        "\n".join(map(shown_line, lines)),
    )


def _place(agent: str) -> str | None:
    """Where an agent's code stands, none of which is loaded; None where a package has registered it."""
    try:
        if agent.strip().startswith(command.PREFIX):
            return command.place(agent.strip())
        return loading.place(loading.canonical(split_agent(agent)[0]))
    except BadOption:  # it will be refused
        return None


def _sends(agent: str) -> bool:
    """Whether an agent says where its requests go, or puts fields of its own into them."""
    try:
        _, options, model = split_agent(agent)
    except BadOption:  # a command, or it will be refused
        return False
    # an SDK may take an address in any model's name, as LiteLLM does for huggingface
    return BASE_URL in options or "://" in (model or "") or any(o.startswith(OWN) for o in options)


def _weights(agent: str) -> str | None:
    """Where the file of weights stands that an agent names, which a library would run; None without one."""
    from gtbench.models.local import own_file

    try:
        provider, _, name = (split_agent(agent)[2] or "").partition("/")
    except BadOption:  # as above
        return None
    file = own_file(name) if provider == "local" else None
    return None if file is None else str(file.absolute())


def _hash(key: bytes, run: Run) -> str:
    """What stands for a run, and where its agents' code and weights stand, under a key."""
    about = [run.tournament, run.elicitation, run.created.isoformat(), run.agents]
    places = [_place(agent) for agent in run.agents]
    places += filter(None, map(_weights, run.agents))
    return hmac.digest(key, json.dumps([about, places], sort_keys=True).encode(), "sha256").hex()


def _key() -> bytes | None:
    """This user's key, made when it is first needed; None where it cannot be kept."""
    folder = state_folder()
    if folder is None:
        return None
    path = folder / "key"
    with suppress(OSError):
        if not path.exists():
            _make(path)
        key = path.read_bytes()
        return key if len(key) == KEY_BYTES else None
    return None


def _make(path: Path) -> None:
    """Make a key that only this user can read, unless another process has just done so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        with suppress(FileExistsError):
            path.hardlink_to(name)
    finally:
        Path(name).unlink()
