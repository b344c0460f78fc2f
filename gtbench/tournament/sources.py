"""Where a run's luck, and answers of its models, come from other logs and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gtbench.errors import BadOption
from gtbench.game.luck import new_keys
from gtbench.log.read import open_log
from gtbench.models.memory import Recording, ReplyCache
from gtbench.names import parse
from gtbench.records import Keys
from gtbench.scoring import PROMPT

if TYPE_CHECKING:
    from gtbench.log.read import RunLog
    from gtbench.schedule import Tournament


def keys_of(tournament: Tournament, deals_of: str | Path | None, replay: str | Path | None) -> Keys:
    """What a new run's deals and its players' randomness are drawn under.

    Raises:
        UserError: It cannot have the deals of the log that is named.
    """
    if deals_of is not None:
        if replay is not None:
            raise BadOption("a replay has the deals of its own log, so it takes no others: drop one of them")
        return Keys(luck=_luck_of(open_log(deals_of), tournament), players=new_keys().players)
    if replay is not None:
        recorded = open_log(replay)
        if tournament.seed in (None, recorded.tournament.seed):
            return recorded.run.keys
    return new_keys(tournament.seed)


def _luck_of(log: RunLog, tournament: Tournament) -> str:
    """The luck key of a log, for a tournament that is to play its deals."""
    if tournament.seed is not None:
        raise BadOption(
            f"the deals of {log.path} have their own luck, so they take no seed: drop one of them"
        )
    games = {parse(game)[0] for game in log.tournament.games}
    for game in tournament.games:
        if parse(game)[0] not in games:
            raise BadOption(f"{log.path} has no deals of {game}: it plays {', '.join(sorted(games))}")
    if tournament.deals > log.tournament.deals:
        raise BadOption(
            f"{log.path} has {log.tournament.deals} deals of each game, not {tournament.deals}: ask for fewer"
        )
    return log.run.keys.luck


def reworded(log: RunLog) -> bool:
    """Whether models were asked in other words when a log was made."""
    return log.tournament.policy is None or log.tournament.policy.prompt != PROMPT


def memory_of(cache: str | Path | None, replay: str | Path | None) -> ReplyCache | Recording | None:
    """Where answers are found that need not be asked for.

    Raises:
        UserError: The file or the log cannot be used so.
    """
    if cache is not None and replay is not None:
        raise BadOption("a replay asks no model, so it takes no cache: drop one of them")
    if replay is not None:
        log = open_log(replay)
        recording = Recording(log.calls(), str(replay), reworded=reworded(log))
        if not recording.calls:
            raise BadOption(f"{replay} holds no calls that could be replayed")
        return recording
    return None if cache is None else ReplyCache(Path(cache))
