"""A move that is the only legal one is played without asking, recorded as such, and counted apart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as command
from scripted import Scripted

import gtbench
from gtbench.agent.spec import Player
from gtbench.elicit.elicit import elicit
from gtbench.game.table import Table
from gtbench.log.read import open_log
from gtbench.match import take_turn
from gtbench.models.request import Journal
from gtbench.schedule import Tournament
from gtbench.scoring import RunPolicy
from gtbench.testing import LocalProvider, play_legally
from gtbench.tournament.replay import compare
from gtbench_leaderboards.site.build import write_site

if TYPE_CHECKING:
    from gtbench.game.view import View
    from gtbench.records import Match

LLM = "prompt@openai/x"
HERE = str(Path(__file__))
GAMES = ("nim[pile_sizes=1;2]", "liars_dice", "blind_auction", "tic_tac_toe", "pig[winscore=6]")
"""Games in which forced moves come up."""


def forced_of(match: Match) -> list[int]:
    """The places of the moves that were not asked for."""
    return [place for place, turn in enumerate(match.turns) if turn.forced]


def only_moves(match: Match) -> list[int]:
    """The places where a seat had one legal move, found out by playing the match once more."""
    game = gtbench.load_game(match.game)
    table, found, place = Table(game, game.deal(match.seed)), [], 0
    while not table.over:
        seats = table.to_move
        found += [place + i for i, seat in enumerate(seats) if len(table.legal(seat)) == 1]
        table.play({seat: match.turns[place + i].action for i, seat in enumerate(seats)})  # type: ignore[misc]
        place += len(seats)
    return found


@pytest.mark.parametrize("game", GAMES)
def test_every_only_move_and_no_other_is_played_without_a_call(game: str) -> None:
    with LocalProvider(play_legally) as server:
        matches = [gtbench.play(game, [LLM, "random"], seed=seed) for seed in range(10)]
    for match in matches:
        assert forced_of(match) == only_moves(match)
        assert all(turn.forced != bool(turn.attempts) for turn in match.turns)
        assert all(turn.move and turn.view for turn in match.turns)
    turns = [turn for match in matches for turn in match.turns if turn.seat == 0]
    assert any(turn.forced for turn in turns)
    assert len(server.requests) == sum(not turn.forced for turn in turns)


@pytest.mark.parametrize("game", GAMES)
def test_a_run_that_asks_for_forced_moves_has_none_and_the_same_moves(game: str) -> None:
    with LocalProvider(play_legally) as server:
        spared, asked = (gtbench.play(game, [LLM, "greedy"], seed=3, ask_forced=ask) for ask in (False, True))
    # what each seat saw too: that a move was forced is told to nobody
    assert [(turn.view, turn.move) for turn in spared.turns] == [(t.view, t.move) for t in asked.turns]
    assert spared.rewards == asked.rewards
    assert forced_of(asked) == []
    saved = sum(turn.forced and turn.seat == 0 for turn in spared.turns)
    assert len(asked.calls) - len(spared.calls) == saved
    assert len(server.requests) == len(asked.calls) + len(spared.calls)


def has_a_choice(view: View) -> str:
    assert len(view.legal) > 1, "nobody is asked for a forced move"
    return f"Action: {view.legal[len(view.legal) // 2]}"


def has_a_choice_too(view: View) -> str:
    """Against the other it fills the board of tic-tac-toe, whose last move is forced."""
    assert len(view.legal) > 1, "nobody is asked for a forced move"
    return f"Action: {view.legal[-2]}"


@pytest.mark.parametrize("game", GAMES)
def test_agents_without_a_model_are_not_asked_either(game: str) -> None:
    agents = [gtbench.load_agent(f"{HERE}:{name}") for name in ("has_a_choice", "has_a_choice_too")]
    matches = [gtbench.play(game, agents, seed=seed) for seed in range(8)]
    assert not any(match.faults for match in matches)
    assert any(forced_of(match) for match in matches)


def forced_table() -> Table:
    """A table of Nim at which the seat to move has one object to take."""
    game = gtbench.load_game("nim[pile_sizes=1;1]")
    table = Table(game, game.deal(0))
    table.play({0: table.legal(0)[0]})
    assert len(table.legal(1)) == 1
    return table


def test_a_person_is_asked_who_would_else_see_moves_that_nobody_made() -> None:
    asked: list[str] = []

    def act(view: View) -> str:
        asked.append(view.listed)
        return f"Action: {view.legal[0]}"

    for interactive in (False, True):
        player = Player(act, interactive=interactive)
        turn = asyncio.run(take_turn(forced_table(), player, 1, Journal(), None))
        assert turn.forced is not interactive
        assert len(asked) == len(turn.attempts) == int(interactive)
        assert turn.move == "take 1 from pile b"


def test_a_conversation_that_goes_on_tells_of_the_move_that_was_not_asked_for() -> None:
    game = gtbench.load_game("tic_tac_toe")
    model = Scripted("Action: a1", "Action: c1")
    agent = gtbench.load_agent("prompt[memory=match]@openai/x")
    table = Table(game, game.deal(0))
    player = agent.seat(model, 1, game=game)
    asyncio.run(take_turn(table, player, 0, Journal(), None))
    for move in ("a1", "b2", "a2", "b3"):  # a2 is the agent's own, for which it was not asked
        (seat,) = table.to_move
        table.play({seat: game.moves.index(move)})
    asyncio.run(take_turn(table, player, 0, Journal(), None))
    question = model.asked[-1].messages[-1].content
    assert "Moves so far (yours first):\na1 b2\na2 b3\n" in question


# Runs.

CUP: dict[str, Any] = {
    "agents": (LLM, "random"),
    "games": ("nim[pile_sizes=1;2]", "tic_tac_toe"),
    "deals": 3,
    "seed": 5,
}


def run(log: Path, **settings: Any) -> gtbench.RunLog:
    with LocalProvider(play_legally):
        return gtbench.run(Tournament(**CUP | settings), log=log)


@pytest.fixture(scope="module")
def spared(tmp_path_factory: pytest.TempPathFactory) -> gtbench.RunLog:
    return run(tmp_path_factory.mktemp("spared") / "run.gtbench")


def test_one_worker_and_twenty_force_alike_and_a_replay_is_equal(
    spared: gtbench.RunLog, tmp_path: Path
) -> None:
    assert any(forced_of(match) for match in spared.matches())
    alone = run(tmp_path / "alone.gtbench", concurrency=1)
    assert [m.content() for m in alone.matches()] == [m.content() for m in spared.matches()]
    again = gtbench.run(spared.tournament, log=tmp_path / "again.gtbench", replay=spared.path)
    assert compare(spared, again) == (12, (), 0, False)


def test_whether_forced_moves_are_asked_for_stands_in_the_settings_and_resume_keeps_it(
    spared: gtbench.RunLog, tmp_path: Path
) -> None:
    cup = Tournament(**CUP, policy=RunPolicy(ask_forced=True))
    with LocalProvider(play_legally):
        gtbench.run(cup, log=tmp_path / "log", only=[1, 2])
        asked = gtbench.resume(tmp_path / "log")
    assert asked.run.tournament["policy"]["ask_forced"]  # type: ignore[index, call-overload]
    assert not spared.run.tournament["policy"]["ask_forced"]  # type: ignore[index, call-overload]
    assert len(asked.numbers()) == 12
    assert not any(forced_of(match) for match in asked.matches())
    assert {m.pair for m in asked.matches()}.isdisjoint(m.pair for m in spared.matches())


def test_the_command_line_and_a_file_can_ask_for_forced_moves(tmp_path: Path) -> None:
    flags = ("--agents", "random", "greedy", "--games", "nim", "--deals", "2", "--log")
    (tmp_path / "cup.toml").write_text(
        'agents = ["random", "greedy"]\ngames = ["nim"]\npolicy.ask_forced = true'
    )
    for words in ((*flags, "flag", "--ask-forced"), ("cup.toml", "--log", "file")):
        assert command("run", *words, cwd=tmp_path).returncode == 0
    for name in ("flag", "file"):
        assert open_log(tmp_path / name).tournament.ask_forced
        assert open_log(tmp_path / name).results("forced")["forced"].sum() == 0
    assert command("run", *flags, "spared", cwd=tmp_path).returncode == 0
    assert open_log(tmp_path / "spared").results("forced")["forced"].sum() > 0


def test_a_run_that_does_not_say_has_asked_for_every_move() -> None:
    old = Path(__file__).parent / "data" / "format-6.gtbench"
    assert open_log(old).tournament.ask_forced
    assert not Tournament(**CUP).ask_forced


def test_an_agent_that_is_asked_without_a_match_is_not_asked_what_is_forced(tmp_path: Path) -> None:
    with LocalProvider(play_legally) as server:
        log = elicit(LLM, "blind_auction", log=tmp_path / "log", samples=1).log
    turns = [answer.turn for answer in log.answers() if answer.turn]
    forced = [turn for turn in turns if turn.forced]
    assert [turn.move for turn in forced] == ["bid 0"]
    assert len(turns) == len(server.requests) + len(forced) == len(log.elicitation.information_sets)  # type: ignore[union-attr]


# What is shown.


def test_a_forced_move_is_told_at_the_terminal_and_on_its_page(
    spared: gtbench.RunLog, tmp_path: Path
) -> None:
    match = next(match for match in spared.matches() if forced_of(match))
    (place, *_) = forced_of(match)
    said = command("replay", str(spared.path), str(match.number), cwd=tmp_path).stdout
    turn = said.partition(f"Turn {place + 1}: ")[2].partition("Turn ")[0]
    assert "forced: the only legal move, nobody was asked" in turn
    write_site(spared, tmp_path / "site")
    page = (tmp_path / "site" / f"match-{match.number}.html").read_text("utf-8")
    assert page.count("Forced: the only legal move, nobody was asked.") == len(forced_of(match))


def test_every_figure_counts_decisions_and_a_forced_move_is_none(spared: gtbench.RunLog) -> None:
    turns = [(m, m.agents[t.seat], t) for m in spared.matches() for t in m.turns]
    asked = {agent: sum(a == agent and not t.forced for _, a, t in turns) for agent in CUP["agents"]}
    forced = {agent: sum(a == agent and t.forced for _, a, t in turns) for agent in CUP["agents"]}
    whole = spared.profile()
    whole = whole[whole["game"] == "all games"].set_index("agent")
    assert whole["decisions"].to_dict() == asked
    assert whole["forced"].to_dict() == forced
    assert min(forced.values()) > 0
    results = spared.results()
    assert results.groupby("agent", observed=True)["decisions"].sum().to_dict() == asked
    assert results.groupby("agent", observed=True)["forced"].sum().to_dict() == forced
    played = spared.report("matches")
    assert played["turns"].tolist() == [len(match.turns) for match in spared.matches()]
    rates = spared.report("errors")
    rates = rates[(rates["game"] == "all games") & (rates["layer"] == "play")]
    for row in rates.itertuples():
        assert row.rate == pytest.approx(row.count / asked[row.agent])
