"""Agents that cannot play one of a tournament's games: refused before the first call, or left out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as command

import gtbench
from gtbench.errors import BadTournament, CannotPlay
from gtbench.schedule import round_robin
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from pathlib import Path

AGENTS = ["prompt@openai/x", "optimal", "tit_for_tat", "random"]
GAMES = ["kuhn_poker", "prisoners_dilemma", "nim"]
WORDS = ["run", "--agents", *AGENTS, "--games", *GAMES, "--deals", "2", "--log", "run.gtbench"]
OWN = """
class Picky:
    def __init__(self, *, game):
        if game.name != "nim":
            raise LookupError("no book for it")

    def act(self, view):
        return f"Action: {view.legal[0]}"


class Broken:
    def __init__(self):
        raise LookupError("no table")

    def act(self, view):
        return f"Action: {view.legal[0]}"
"""


def test_an_agent_that_cannot_play_a_game_is_refused_before_the_first_call(tmp_path: Path) -> None:
    with LocalProvider() as server:
        done = command(*WORDS, cwd=tmp_path, **server.environment)
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert line == (
        "error: optimal cannot play prisoners_dilemma: no way to play it is known to be best; "
        "tit_for_tat plays prisoners_dilemma only, not kuhn_poker; "
        "tit_for_tat plays prisoners_dilemma only, not nim; "
        "to leave out what cannot be played: --skip-unplayable"
    )
    assert "run.gtbench" not in done.stderr  # there is no log to go on with
    assert not (tmp_path / "run.gtbench").exists()
    assert server.requests == []


@pytest.mark.parametrize("as_file", [False, True])
def test_what_cannot_be_played_is_left_out_and_listed(as_file: bool, tmp_path: Path) -> None:
    words = [*WORDS, "--skip-unplayable"]
    if as_file:
        listed = ", ".join(f'"{agent}"' for agent in AGENTS)
        games = ", ".join(f'"{game}"' for game in GAMES)
        text = f"agents = [{listed}]\ngames = [{games}]\ndeals = 2\nskip_unplayable = true\n"
        (tmp_path / "cup.toml").write_text(text)
        words = ["run", "cup.toml", "--log", "run.gtbench"]
    with LocalProvider() as server:
        done = command(*words, cwd=tmp_path, **server.environment)
    assert done.returncode == 0, done.stderr
    assert "left out: optimal cannot play prisoners_dilemma: no way to play" in done.stderr
    log = gtbench.open_log(tmp_path / "run.gtbench")
    played = Counter((match.game, frozenset(match.agents)) for match in log.matches())
    assert set(played.values()) == {4}  # two deals, both seatings
    assert Counter(game for game, _ in played) == {"kuhn_poker": 3, "nim": 3, "prisoners_dilemma": 3}
    in_game = {(agent, match.game) for match in log.matches() for agent in match.agents}
    cells = {("optimal", "prisoners_dilemma"), ("tit_for_tat", "kuhn_poker"), ("tit_for_tat", "nim")}
    assert {(agent, game) for agent in AGENTS for game in GAMES} - in_game == cells
    assert sorted(log.numbers()) == list(range(1, 37))
    assert log.coverage() == (
        "36 of 36 matches played. Left out: optimal in prisoners_dilemma, tit_for_tat in kuhn_poker, "
        "tit_for_tat in nim."
    )
    standings = command("standings", "run.gtbench", cwd=tmp_path)
    assert "Left out: optimal in prisoners_dilemma" in " ".join(standings.stdout.split())
    profile = log.profile().set_index(["agent", "game"])
    assert ("optimal", "nim") in profile.index
    assert ("optimal", "prisoners_dilemma") not in profile.index


def test_a_run_with_cells_left_out_goes_on_with_the_same_matches(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=tuple(AGENTS), games=tuple(GAMES), deals=2, seed=5, skip_unplayable=True)
    with LocalProvider() as server:
        whole = gtbench.run(cup, log=tmp_path / "whole.gtbench")
        part = gtbench.run(cup, log=tmp_path / "part.gtbench", only=range(1, 20))
        assert part.coverage().startswith("19 of 36 matches played. Left out: optimal in prisoners_dilemma, ")
        assert "gtbench resume" in part.coverage()
        done = command("resume", str(part.path), cwd=tmp_path, **server.environment)
        assert done.returncode == 0, done.stderr
        again = gtbench.run(cup, log=tmp_path / "again.gtbench", replay=whole.path)
    contents = [[match.content() for match in log.matches()] for log in (whole, part, again)]
    assert contents[0] == contents[1] == contents[2]
    assert len(round_robin(whole.tournament)) == 36


def test_a_plug_in_that_cannot_be_made_for_a_game_is_no_different(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN)
    picky, broken = (f"{tmp_path / 'own.py'}:{name}" for name in ("Picky", "Broken"))
    cup: dict[str, Any] = {"agents": (picky, "random"), "games": ("nim", "kuhn_poker"), "deals": 1}
    with pytest.raises(CannotPlay, match=r"kuhn_poker: .*Picky cannot be made: LookupError: no book for it"):
        gtbench.run(gtbench.Tournament(**cup), log=tmp_path / "no.gtbench")
    log = gtbench.run(gtbench.Tournament(**cup, skip_unplayable=True), log=tmp_path / "yes.gtbench")
    assert [match.game for match in log.matches()] == ["nim", "nim"]
    cup["agents"] = (broken, "random")  # which has nothing to do with a game
    with pytest.raises(gtbench.UserError, match=r"Broken cannot be made: LookupError: no table$"):
        gtbench.run(gtbench.Tournament(**cup, skip_unplayable=True), log=tmp_path / "no.gtbench")
    assert not (tmp_path / "no.gtbench").exists()


def test_a_tournament_of_which_nothing_is_left_is_refused(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("optimal", "random"), games=("negotiation",), skip_unplayable=True)
    with pytest.raises(BadTournament, match="no match can be played: optimal cannot play negot"):
        gtbench.run(cup, log=tmp_path / "no.gtbench")
    assert not (tmp_path / "no.gtbench").exists()


@pytest.mark.parametrize("game", [name for name in gtbench.list_games() if name != "pig"])
def test_an_oracle_that_says_it_is_complete_is_never_at_a_loss(game: str) -> None:
    """And `optimal` plays its game to the end; of the two that are not, it says so at once."""
    if gtbench.load_game(game).oracle().complete:
        assert not gtbench.play(game, ["optimal", "random"], seed=1).faults
    else:
        assert game in ("negotiation", "prisoners_dilemma")
        with pytest.raises(gtbench.UserError, match=f"optimal cannot play {game}: "):
            gtbench.play(game, ["optimal", "random"], seed=1)
