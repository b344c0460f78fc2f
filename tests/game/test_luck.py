"""Luck is secret: what agents are handed leads to no deal, keys stand in the log alone, old logs go on."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as command
from tampered import seal_anew

import gtbench
from gtbench.elicit.elicit import elicit
from gtbench.elicit.elicit import resume as ask_on
from gtbench.errors import BadOption, LogError
from gtbench.game.base import SEATS
from gtbench.game.deal import derive
from gtbench.game.table import Table
from gtbench.records import Match
from gtbench.schedule import Tournament, round_robin
from gtbench.testing import LocalProvider
from gtbench_games.negotiation import Negotiation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gtbench.game.view import View

DATA = Path(__file__).parents[1] / "data"
HIDDEN = ("kuhn_poker", "negotiation", "liars_dice")
SEEDS = 400
"""How many seeds of tournaments the attacker tries."""
DEALS = 16


SPY = r"""
while read -r asked; do
    seed=${asked#*'"seed": '} legal=${asked#*'"legal": ["'}
    printf '{"reply": "%s\\nAction: %s"}\n' "${seed%%,*}" "${legal%%'"'*}"
done
"""
"""A program that says what it was handed beside its view; a shell is there at once."""


def exec_spy(folder: Path) -> str:
    """The agent that this program is."""
    (folder / "spy.sh").write_text(SPY)
    return f"exec:sh {folder / 'spy.sh'}"


def python_spy(folder: Path) -> str:
    """A function that says what it can draw from its own generator."""
    script = folder / "spy_in_process.py"
    script.write_text(
        "import random\n\n"
        "class Spy:\n"
        "    def __init__(self, *, rng: random.Random) -> None:\n"
        "        self.drawn = rng.getrandbits(64)\n\n"
        "    async def act(self, view):\n"
        "        return f'{self.drawn}\\nAction: {view.legal[0]}'\n"
    )
    return f"{script}:Spy"


def by_exec(*parts: object) -> int:
    return derive(*parts, "rng")


def by_generator(*parts: object) -> int:
    return random.Random(derive(*parts, "rng")).getrandbits(64)


SPIES: dict[str, tuple[Callable[[Path], str], Callable[..., int]]] = {
    "exec": (exec_spy, by_exec),
    "rng": (python_spy, by_generator),
}


def named(log: gtbench.RunLog, handed: Callable[..., int], spy: str, seeds: int) -> Counter[bool]:
    """Whether an attacker who tries seeds names what the deal holds, for each decision of the spy.

    He knows gtbench's code, who plays whom, and the small numbers that people choose; he compares what he was
    handed with what each of them would have had him handed.
    """
    settings = log.run.tournament
    known: dict[int, int] = {}
    for seed in range(seeds):
        for pairing in round_robin(Tournament.recorded(settings | {"seed": seed})):
            seat = pairing.agents.index(spy)
            own = getattr(pairing, "players_seed", pairing.seed)  # an earlier gtbench had one seed for both
            known[handed(own, pairing.game, *pairing.agents, seat)] = pairing.seed
    right: Counter[bool] = Counter()
    for match in log.matches():
        game, seat = gtbench.load_game(match.game), match.agents.index(spy)
        for turn in match.turns:
            if turn.seat == seat and not turn.forced:
                guess = known.get(int(turn.attempts[0].reply.partition("\n")[0]))
                right[guess is not None and dealt(game, guess) == dealt(game, match.seed)] += 1
    return right


def dealt(game: gtbench.Game, seed: int) -> str:
    """All that is dealt, hidden or not."""
    return str(Table(game, game.deal(seed)).state)


@pytest.mark.parametrize("kind", SPIES)
@pytest.mark.parametrize("game", HIDDEN)
def test_an_agent_that_tries_seeds_finds_no_deal(kind: str, game: str, tmp_path: Path) -> None:
    make, handed = SPIES[kind]
    spy = str(gtbench.load_agent(make(tmp_path)))
    cup = gtbench.Tournament(agents=(spy, "random"), games=(game,), deals=DEALS)
    log = gtbench.run(cup, log=tmp_path / "run.gtbench", graded=False)
    right = named(log, handed, spy, SEEDS)
    assert right[True] == 0
    assert right[False] >= 2 * DEALS * (game != "liars_dice")


@pytest.mark.parametrize("kind", SPIES)
def test_the_same_attack_finds_every_deal_of_a_run_with_a_seed(kind: str, tmp_path: Path) -> None:
    """As one line of the run says; and so the attack is a real one."""
    make, handed = SPIES[kind]
    spy = str(gtbench.load_agent(make(tmp_path)))
    cup = gtbench.Tournament(agents=(spy, "random"), games=("kuhn_poker",), deals=DEALS, seed=SEEDS - 1)
    log = gtbench.run(cup, log=tmp_path / "run.gtbench", graded=False)
    right = named(log, handed, spy, SEEDS)
    assert right[True] > DEALS
    assert right[False] == 0


def test_the_seeds_that_models_are_sent_lead_to_no_deal(tmp_path: Path) -> None:
    agents = ("prompt@openai/a", "cot@openai/b")
    cup = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=8)
    with LocalProvider():
        log = gtbench.run(cup, log=tmp_path / "run.gtbench", graded=False)
    sent = {call.settings["seed"] for call in log.calls()}
    assert len(sent) == len(log.calls())  # none is asked twice with one seed
    for seed in range(20):
        for pairing in round_robin(Tournament.recorded(log.run.tournament | {"seed": seed})):
            for own in {pairing.seed, getattr(pairing, "players_seed", pairing.seed)}:
                for seat in SEATS:
                    first = derive(own, pairing.game, *pairing.agents, seat, "model") % 2**31
                    assert first not in sent


def firsts(log: gtbench.RunLog, game: gtbench.Game, seat: int) -> Iterator[tuple[View, str]]:
    """What a seat sees first of each deal, and all that is dealt."""
    for deal in {match.seed for match in log.matches()}:
        yield Table(game, game.deal(deal)).view(seat), dealt(game, deal)


@pytest.mark.parametrize("seat", SEATS)
def test_what_is_seen_first_of_a_negotiation_leads_to_no_deal(seat: int, tmp_path: Path) -> None:
    """The pool and the own values are rich enough to tell one deal from all others that are tried."""
    game = gtbench.load_game("negotiation")
    cup = gtbench.Tournament(agents=("greedy", "random"), games=("negotiation",), deals=DEALS)
    log = gtbench.run(cup, log=tmp_path / "run.gtbench", graded=False)
    known = {}
    for seed in range(20):
        for pairing in round_robin(Tournament.recorded(log.run.tournament | {"seed": seed})):
            if pairing.number % 2:  # of the two seatings
                table = Table(game, game.deal(pairing.seed))
                known[table.view(seat)] = str(table.state)
    right = sum(known.get(view) == hidden for view, hidden in firsts(log, game, seat))
    assert right == 0


@pytest.mark.parametrize("options", ["", "[num_items=4]", "[values=mirrored]", "[skin=salvage]"])
def test_a_first_view_of_a_negotiation_fits_many_hidden_states(options: str) -> None:
    """Whatever seeds are tried: all that a seat sees stays as it is when the other's values change."""
    game = gtbench.load_game(f"negotiation{options}")
    mirrored = game.parameters["values"] == "mirrored"
    for pairing in round_robin(Tournament(agents=("greedy", "random"), games=("negotiation",), deals=50)):
        if pairing.number % 2:
            continue
        deal = game.deal(pairing.seed)
        for seat in SEATS:
            view, states = Table(game, deal).view(seat), set()
            part = f"values of seat {seat if mirrored else 1 - seat}"
            for number in range(60):
                table = Table(game, Redealt(deal, part, game.deal(2**128 + number)))  # type: ignore[arg-type]
                assert table.view(seat) == view
                states.add(str(table.state))
            assert len(states) > 50


class Redealt:
    """A deal with one part of another."""

    def __init__(self, deal: gtbench.Deal, part: str, other: gtbench.Deal) -> None:
        self.game, self.seed, self._parts = deal.game, deal.seed, (deal, part, other)

    def part(self, name: str) -> gtbench.Deal:
        deal, part, other = self._parts
        return (other if name == part else deal).part(name)


@pytest.mark.parametrize("options", ["", "[num_items=1]", "[num_items=4]"])
def test_deals_under_a_key_are_distributed_as_the_engine_deals(options: str) -> None:
    game = gtbench.load_game(f"negotiation{options}")
    assert isinstance(game, Negotiation)
    kinds, count = int(game.parameters["num_items"]), 3000
    under_key, engines = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    for number in range(count):
        for seed, counts in ((2**128 + number, under_key), (number, engines)):
            turns, *rest = game.history(game.start(game.deal(seed)))
            pool, first, second = rest[:kinds], rest[kinds : 2 * kinds], rest[2 * kinds : 3 * kinds]
            assert any(first)
            assert any(second)
            counts["turns", turns] += 1
            for name, values in (("pool", pool), ("first", first), ("second", second)):
                counts.update((name, value) for value in values)
    assert under_key.keys() == engines.keys()
    for what, expected in engines.items():
        assert abs(under_key[what] - expected) < 6 * (2 * expected) ** 0.5, what  # six standard deviations


# What is handed depends on the players' key alone.


@pytest.mark.parametrize("game", [*HIDDEN, "pig", "prisoners_dilemma"])
def test_another_luck_key_changes_nothing_that_is_handed_but_the_view(game: str, tmp_path: Path) -> None:
    handed: list[dict[tuple[int, int], object]] = []
    agents = (exec_spy(tmp_path), python_spy(tmp_path), "prompt@openai/a")
    settings = gtbench.Tournament(agents=agents, games=(game,), deals=2)
    with LocalProvider():
        logs = [gtbench.run(settings, log=tmp_path / "one.gtbench", graded=False)]
        for luck in ("0" * 64, "f" * 64):
            other = tmp_path / f"{luck}.gtbench"
            rewritten(logs[0].path, other, luck=luck, players=logs[0].run.keys.players)
            logs.append(gtbench.resume(other, graded=False))
    assert len({match.seed for log in logs for match in log.matches()}) == 3 * 2
    for log in logs:
        turns = [(match.number, turn) for match in log.matches() for turn in match.turns if turn.attempts]
        handed.append({(number, turn.seat): said(turn.attempts[0]) for number, turn in reversed(turns)})
    shared = set.intersection(*(set(one) for one in handed))
    assert len(shared) >= 12  # a seat that is never asked, on one of the deals, is handed nothing
    for more in handed[1:]:
        assert {at: more[at] for at in shared} == {at: handed[0][at] for at in shared}


def said(attempt: Any) -> object:
    """What a spy says of what it was handed; what a model was sent."""
    return attempt.calls[0].settings["seed"] if attempt.calls else attempt.reply.partition("\n")[0]


def rewritten(log: Path, copy: Path, **keys: str) -> None:
    """A log without its matches, under other keys."""
    shutil.copy(log, copy)
    database = sqlite3.connect(copy)
    (record,) = database.execute("SELECT record FROM run").fetchone()
    run = json.loads(record) | {"keys": keys}
    database.execute("UPDATE run SET record = ?", (json.dumps(run),))
    database.execute("DELETE FROM matches")
    database.commit()
    database.close()
    seal_anew(copy)


def test_runs_and_matches_without_a_seed_have_luck_of_their_own(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("greedy", "random"), games=("pig",), deals=2)
    logs = [gtbench.run(cup, log=tmp_path / f"{number}.gtbench", graded=False) for number in range(2)]
    seeds = {match.seed for log in logs for match in log.matches()}
    assert len(seeds) == 4
    assert min(seeds) >= 2**128
    assert len({log.run.keys.luck for log in logs} | {log.run.keys.players for log in logs}) == 4
    played = [gtbench.play("pig", ["greedy", "random"]) for _ in range(2)]
    assert len({match.seed for match in played}) == 2
    assert min(match.seed for match in played) >= 2**128
    asked = [elicit("random", "kuhn_poker", log=tmp_path / f"asked-{n}", samples=9).log for n in range(2)]
    assert asked[0].answers() != asked[1].answers()


def test_a_seed_repeats_luck_and_randomness(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("greedy", "random"), games=("kuhn_poker",), deals=5, seed=4)
    logs = [gtbench.run(cup, log=tmp_path / f"{number}.gtbench", graded=False) for number in range(2)]
    assert logs[0].matches() == logs[1].matches()
    assert gtbench.play("pig", ["random"] * 2, seed=3) == gtbench.play("pig", ["random"] * 2, seed=3)
    one, other = (gtbench.play("pig", ["random"] * 2, seed=3, players_seed=number) for number in range(2))
    assert one.seed == other.seed
    assert one.turns != other.turns
    asked = [
        elicit("random", "kuhn_poker", log=tmp_path / f"asked-{n}", samples=9, seed=1).log for n in range(2)
    ]
    assert asked[0].answers() == asked[1].answers()


# The keys stand in the log alone.


def test_the_keys_and_the_seeds_of_deals_are_shown_nowhere_but_in_the_log(tmp_path: Path) -> None:
    shown = ""
    with LocalProvider() as server:
        agents = ("cot[claims=theory]@openai/a", exec_spy(tmp_path), "random")
        words = ("--agents", *agents, "--games", "kuhn_poker", "negotiation", "--deals", "2")
        files = ("--log", "run.gtbench", "--cache", "replies.cache")
        done = command("run", *words, *files, cwd=tmp_path, **server.environment)
        assert done.returncode == 0, done.stderr
        shown += done.stdout + done.stderr + json.dumps(server.requests)
    for verb in ("standings", "profile", "matches"):
        done = command(verb, "run.gtbench", cwd=tmp_path)
        shown += done.stdout + done.stderr
    for number in (1, 5, 20):
        shown += command("replay", "run.gtbench", str(number), cwd=tmp_path).stdout
    assert command("site", "run.gtbench", "-o", "site", cwd=tmp_path).returncode == 0
    log = gtbench.open_log(tmp_path / "run.gtbench")
    shown += repr(log.run) + repr(log.run.keys) + log.frame().to_string()
    for match in log.matches():
        shown += "".join(turn.view + turn.model_dump_json() for turn in match.turns)
    secrets = {log.run.keys.luck, log.run.keys.players}
    for match in log.matches():
        secrets |= {str(match.seed), f"{match.seed:x}"}
    assert len(secrets) == 2 + 2 * 2
    for pairing in round_robin(log.tournament, log.run.keys):
        secrets |= {str(pairing.players_seed), f"{pairing.players_seed:x}"}
    pages = [path for path in tmp_path.rglob("*") if path.is_file() and path != log.path]
    assert len(pages) > 24
    for secret in secrets:
        assert secret not in shown
        for path in pages:
            assert secret.encode() not in path.read_bytes(), path
    assert log.run.keys.luck.encode() in log.path.read_bytes()


@pytest.mark.parametrize("keys", [{"luck": "x" * 99}, {"players": "\u00fc" * 64}, {"luck": ""}, {"luck": 7}])
def test_a_log_whose_keys_are_none_is_damaged(keys: dict[str, Any], tmp_path: Path) -> None:
    elicit("random", "kuhn_poker", log=tmp_path / "run.gtbench", samples=1)
    kept = gtbench.open_log(tmp_path / "run.gtbench").run.keys
    database = sqlite3.connect(tmp_path / "run.gtbench")
    (record,) = database.execute("SELECT record FROM run").fetchone()
    run = json.loads(record) | {"keys": kept.model_dump() | keys}
    database.execute("UPDATE run SET record = ?", (json.dumps(run),))
    database.commit()
    database.close()
    with pytest.raises(LogError, match="the run's settings is damaged") as caught:
        gtbench.open_log(tmp_path / "run.gtbench")
    assert "\n" not in str(caught.value)
    assert kept.luck not in str(caught.value)


# --seed, --deals-of.


def run_of(tmp_path: Path, name: str, *words: str, games: str = "kuhn_poker") -> Any:
    agents = ("--agents", "greedy", "random", "--games", games)
    return command("run", *agents, "--log", name, *words, cwd=tmp_path)


def test_a_run_with_a_seed_says_who_knows_the_luck(tmp_path: Path) -> None:
    line = "All luck follows from seed 7: an agent that knows it knows every deal.\n"
    assert run_of(tmp_path, "a.gtbench", "--deals", "1", "--seed", "7").stdout.startswith(line)
    assert "seed" not in run_of(tmp_path, "b.gtbench", "--deals", "1").stdout
    (tmp_path / "cup.toml").write_text(
        'agents = ["greedy", "random"]\ngames = ["nim"]\ndeals = 1\nseed = 7\n'
    )
    assert command("run", "cup.toml", cwd=tmp_path).stdout.startswith(line)


def test_a_run_that_is_refused_says_nothing_but_why(tmp_path: Path) -> None:
    assert run_of(tmp_path, "one.gtbench", "--deals", "1").returncode == 0
    for words in (["--deals-of", "one.gtbench"], ["--games", "prisoners_dilemma"], ["--max-calls", "0"]):
        agents = ["--agents", "optimal", "random", "--games", "kuhn_poker"]
        done = command("run", *agents, *words, "--seed", "1", "--log", "two.gtbench", cwd=tmp_path)
        assert done.returncode in (1, 2)
        assert done.stdout == ""
    for words in (
        ["demo", "--log", "one.gtbench"],
        ["profile", "one.gtbench", "--by", "nonsense"],
        ["compare", "one.gtbench", "--first", "A", "--second", "C"],
        ["errors", "one.gtbench", "--label", "nonsense"],
        ["site", "one.gtbench", "-o", "one.gtbench"],
        ["judge", "one.gtbench"],
    ):
        refused = command(*words, cwd=tmp_path)
        assert (refused.returncode, refused.stdout) == (1, ""), words
        (line,) = refused.stderr.splitlines()
        assert line.startswith("error: ")
    assert [path.name for path in tmp_path.iterdir()] == ["one.gtbench"]


def test_the_deals_of_another_log_are_played_with_other_randomness(tmp_path: Path) -> None:
    assert run_of(tmp_path, "one.gtbench", "--deals", "3", games="pig").returncode == 0
    done = command(
        *("run", "--agents", "greedy", "random", "--deals-of", "one.gtbench", "--log", "two.gtbench"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    one, two = (gtbench.open_log(tmp_path / f"{name}.gtbench") for name in ("one", "two"))
    assert two.tournament == one.tournament
    assert [match.seed for match in two.matches()] == [match.seed for match in one.matches()]
    assert two.run.keys.luck == one.run.keys.luck
    assert two.run.keys.players != one.run.keys.players
    assert [match.turns for match in two.matches()] != [match.turns for match in one.matches()]
    fewer = Tournament(agents=("greedy", "random"), games=("pig[skin=gold_digging]",), deals=2)
    skinned = gtbench.run(fewer, log=tmp_path / "three.gtbench", deals_of=one.path)
    assert {match.seed for match in skinned.matches()} < {match.seed for match in one.matches()}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--seed", "1"), "error: the deals of one.gtbench have their own luck, so they take no seed"),
        (("--games", "nim"), "error: one.gtbench has no deals of nim: it plays kuhn_poker"),
        (("--deals", "3"), "error: one.gtbench has 2 deals of each game, not 3: ask for fewer"),
        (("--replay", "one.gtbench"), "error: a replay has the deals of its own log, so it takes no others"),
    ],
)
def test_deals_that_cannot_be_matched_are_refused_with_one_line(
    words: tuple[str, ...], line: str, tmp_path: Path
) -> None:
    assert run_of(tmp_path, "one.gtbench", "--deals", "2").returncode == 0
    asked = ("run", "--agents", "greedy", "random", "--deals-of", "one.gtbench", "--log", "two.gtbench")
    done = command(*asked, *words, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(line)
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "two.gtbench").exists()


def test_an_elicitation_has_no_deals(tmp_path: Path) -> None:
    elicit("random", "kuhn_poker", log=tmp_path / "asked.gtbench", samples=1)
    cup = Tournament(agents=("greedy", "random"), games=("kuhn_poker",), deals=1)
    with pytest.raises(LogError, match="holds what an agent was asked, and no matches"):
        gtbench.run(cup, log=tmp_path / "run.gtbench", deals_of=tmp_path / "asked.gtbench")


# Logs of earlier formats.

OLD, ASKED = DATA / "format-5.gtbench", DATA / "format-5-elicited.gtbench"


def with_some_removed(log: Path, copy: Path, what: str) -> Path:
    shutil.copy(log, copy)
    database = sqlite3.connect(copy)
    database.execute(what)
    database.commit()
    database.close()
    return copy


def course(log: gtbench.RunLog) -> list[Any]:
    """What was dealt, played and paid in each match, whatever was read."""
    return [
        (match.seed, match.agents, [turn.move for turn in match.turns], match.rewards, match.final)
        for match in log.matches()
    ]


NOT_YET_SAID: dict[str, object] = {"action_values": {}, "words": None, "checkable": None, "sound": None}
"""What grades of format 5 do not say, as they are read: each move's value, and what the words claim."""


def test_a_log_of_format_5_goes_on_with_its_old_luck_and_its_old_randomness(tmp_path: Path) -> None:
    kept = gtbench.open_log(OLD)
    assert len(kept.matches()) == 8
    assert {match.agents for match in kept.matches()} == {
        ("prompt@openai/a", "random"), ("random", "prompt@openai/a"),
    }  # fmt: skip
    path = with_some_removed(OLD, tmp_path / "old.gtbench", "DELETE FROM matches WHERE number > 1")
    replies = {call.settings["seed"]: call.samples[0].reply for call in kept.calls()}
    with LocalProvider(lambda request: replies[request["seed"]]):
        gtbench.resume(path)
    assert course(gtbench.open_log(path)) == course(kept)
    again, old = (
        [grade for turns in log.grades().values() for grade in turns]
        for log in (gtbench.open_log(path), kept)
    )
    assert [grade.model_copy(update=NOT_YET_SAID) for grade in again] == old


def test_a_log_of_format_5_is_replayed_without_a_network(tmp_path: Path) -> None:
    done = command("run", "--replay", str(OLD), "--log", "again.gtbench", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "equal in replies, moves and rewards; its prompts had other words." in done.stdout
    assert course(gtbench.open_log(tmp_path / "again.gtbench")) == course(gtbench.open_log(OLD))


def test_the_deals_of_a_log_of_format_5_can_be_played_by_others(tmp_path: Path) -> None:
    cup = Tournament(agents=("greedy", "random"), games=("kuhn_poker", "negotiation"), deals=2)
    log = gtbench.run(cup, log=tmp_path / "run.gtbench", deals_of=OLD)
    assert [match.seed for match in log.matches()] == [
        match.seed for match in gtbench.open_log(OLD).matches()
    ]
    again = gtbench.run(cup, log=tmp_path / "again.gtbench", deals_of=OLD)
    assert [match.turns for match in again.matches()] != [match.turns for match in log.matches()]


def test_an_elicitation_of_format_5_goes_on_with_its_old_randomness(tmp_path: Path) -> None:
    kept = gtbench.open_log(ASKED).answers()
    path = with_some_removed(ASKED, tmp_path / "old.gtbench", "DELETE FROM answers WHERE rowid > 3")
    found = ask_on(path).log.answers()
    assert [(one.information_set, one.sample, one.turn and one.turn.move) for one in found] == [
        (one.information_set, one.sample, one.turn and one.turn.move) for one in kept
    ]
    assert len({asked.turn.move for asked in kept if asked.turn}) == 2


def test_the_true_deal_stands_in_the_record() -> None:
    """So that anybody who has the log can play the match again."""
    match = gtbench.play("liars_dice", ["greedy", "random"])
    again = gtbench.play("liars_dice", ["greedy", "random"], seed=match.seed)
    assert again == match
    assert Match.model_validate_json(match.model_dump_json()) == match
    with pytest.raises(BadOption, match="a match takes 2 agents"):
        gtbench.play("liars_dice", ["greedy"])


def test_a_seed_may_be_as_long_as_somebody_likes() -> None:
    one, other = (gtbench.play("negotiation", ["greedy"] * 2, seed=10**80 + number) for number in range(2))
    assert (one.seed, other.seed) == (10**80, 10**80 + 1)
    assert one.turns[0].view != other.turns[0].view
