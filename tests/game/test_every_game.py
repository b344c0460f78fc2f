"""What must hold for every game, skin and variant: the check finds nothing, and sees what is wrong."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any, ClassVar

import pyspiel
import pytest

import gtbench
from gtbench.check import check_game
from gtbench.errors import BadOption, CheckFailed
from gtbench.game import svg
from gtbench.game.base import SEATS
from gtbench.game.table import Table, every_deal
from gtbench_games.blind_auction import BlindAuction
from gtbench_games.kuhn_poker import KuhnPoker
from gtbench_games.liars_dice import LiarsDice
from gtbench_games.negotiation import Negotiation
from gtbench_games.prisoners_dilemma import PrisonersDilemma
from gtbench_games.tic_tac_toe import TicTacToe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gtbench.records import Fault

GAMES = gtbench.list_games()
BOARD = "sequential, deterministic, perfect information, zero-sum"
CARDS = "sequential, stochastic, imperfect information, zero-sum"
ENGINE_TYPES = {
    **dict.fromkeys(("tic_tac_toe", "connect_four", "breakthrough", "nim"), BOARD),
    **dict.fromkeys(("kuhn_poker", "liars_dice"), CARDS),
    "blind_auction": "sequential, stochastic, imperfect information, general-sum",
    "negotiation": "sequential, sampled stochastic, imperfect information, general-sum",
    "pig": "sequential, stochastic, perfect information, zero-sum",
    "prisoners_dilemma": "simultaneous, stochastic, perfect information, general-sum",
}
SKINS = [f"{name}[skin={skin}]" for name in GAMES for skin in gtbench.load_game(name).skins()]
VARIANTS = [f"{name}[{variant}]" for name in GAMES for variant in gtbench.load_game(name).variants]


def transcript(game: gtbench.Game, seed: int) -> str:
    """All that each seat reads in one match on a deal, played at random."""
    table, rng = Table(game, game.deal(seed)), random.Random(seed)
    parts = [f"### rules of {game} for seat {seat}\n{game.rules(seat)}" for seat in SEATS]
    for ply in itertools.count():
        for seat in SEATS:
            asked = "asked" if seat in table.to_move else "waiting"
            parts.append(f"### ply {ply}, seat {seat}, {asked}\n{table.view(seat).text}")
        if table.over:
            break
        table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
    return "\n\n".join([*parts, f"### spectator\n{game.picture(table.state)}"]) + "\n"


def test_there_are_the_ten_games_of_the_paper_and_a_skin_of_each() -> None:
    assert len(GAMES) == 10
    assert all(gtbench.load_game(name).skins() for name in GAMES)


@pytest.mark.parametrize("name", [*GAMES, *SKINS])
def test_golden_transcript(name: str, golden: Callable[[str, str], None]) -> None:
    game = gtbench.load_game(name)
    file = f"{game.name}.{game.skin}.txt" if game.skin else f"{game.name}.txt"
    golden(file, "\n".join(transcript(game, seed) for seed in (1, 2)))


EVERY = (*GAMES, *SKINS, *VARIANTS)
LONG = "pig[winscore=100]"
"""Its matches have hundreds of moves, so that a short check takes as long as all others together."""


@pytest.mark.parametrize(
    ("name", "positions"),
    [
        *((name, 30) for name in EVERY if name != LONG),
        *(pytest.param(name, 4000, marks=pytest.mark.slow) for name in EVERY),
    ],
)
def test_the_check_finds_nothing(name: str, positions: int) -> None:
    findings = check_game(name, positions=positions)
    assert len({finding.name for finding in findings}) >= 15
    assert all(finding.evidence for finding in findings)


def test_the_check_walks_a_small_tree_whole_and_says_so() -> None:
    whole = {finding.evidence for finding in check_game("kuhn_poker")}
    assert "54 positions, every position on every deal" in whole
    assert "12 views, every position on every deal" in whole  # the information sets of Kuhn poker


class Leaky(KuhnPoker):
    def observe(self, state: Any, seat: int) -> str:
        return super().observe(state, seat) + self._card(state, 1 - seat)


class LeakyValues(Negotiation):
    def observe(self, state: Any, seat: int) -> str:
        return super().observe(state, seat) + f"\n{self.dealt(state, 1 - seat)[2]}"


class Forgetful(LiarsDice):
    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        return "The bids rise."


class Silent(TicTacToe):
    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        return super().tell(state, moves, seat) if seat in moves else "The opponent has moved."


class Eager(TicTacToe):
    def hear(self, state: Any, seat: int, answer: str) -> int | Fault:
        named = [a for a in state.legal_actions(seat) if self.moves[a] in answer.casefold()]
        return named[-1] if named else super().hear(state, seat, answer)


class HardOfHearing(TicTacToe):
    def hear(self, state: Any, seat: int, answer: str) -> int | Fault:
        return super().hear(state, seat, answer.strip('"'))

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return (self.moves[action], f"square {self.moves[action]}!")


class Ambiguous(TicTacToe):
    moves = ("a1",) * 9


class Foreign(TicTacToe):
    def observe(self, state: Any, seat: int) -> str:
        return super().observe(state, seat) + "\u00e9"


class Biased(TicTacToe):
    def write_rules(self, seat: int) -> str:
        advice = "\nTake the centre." if seat == 0 else ""
        return f"{'You are lucky.' if seat else 'You are not.'}\n{super().write_rules(seat)}{advice}"


class Formless(TicTacToe):
    def write_rules(self, seat: int) -> str:
        return super().write_rules(seat).replace(self.form, "what you like")


class Restless(TicTacToe):
    def observe(self, state: Any, seat: int) -> str:
        return f"{super().observe(state, seat)}\n{random.random()}"


class Generous(PrisonersDilemma):
    @property
    def forfeit_reward(self) -> float:
        return 3.0


class Undrawn(TicTacToe):
    def draw(self, state: Any) -> str:
        return svg.lines("<&>").replace("&lt;", "<")


class Lax(TicTacToe):
    def _checked(self, name: str, value: Any) -> Any:
        return "empty"


class Short(TicTacToe):
    def legal(self, state: Any, seat: int) -> list[int]:
        return super().legal(state, seat)[:1]


class LeakyNumbers(KuhnPoker):
    def tensor(self, state: Any, seat: int) -> Any:
        return super().tensor(state, 1 - seat)


class LeakyFault(KuhnPoker):
    def hear(self, state: Any, seat: int, answer: str) -> int | Fault:
        heard = super().hear(state, seat, answer)
        if isinstance(heard, int):
            return heard
        return heard.model_copy(update={"detail": heard.detail + self._card(state, 1 - seat)})


class LeakyEars(KuhnPoker):
    language = ""

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return (self.moves[action], f"option {action} {self._card(state, 1 - seat)}".lower())


class OneLuck(KuhnPoker):
    def chance_event(self, state: Any, number: int) -> str:
        return "card"


class Misremembering(KuhnPoker):
    def determinise(self, seen: Any, seat: int, rng: random.Random) -> Any:
        return self.play_out()


class Misplaced(BlindAuction):
    def mask(self, history: tuple[int, ...], seat: int) -> tuple[int | None, ...]:
        return (None, None)


class Unsaid(KuhnPoker):
    def mask(self, history: tuple[int, ...], seat: int) -> tuple[int | None, ...]:
        return (7, *super().mask(history, seat)[1:])


class Confused(TicTacToe):
    def legal(self, state: Any, seat: int) -> list[int]:
        return super().legal(state, seat)[:-1] or super().legal(state, seat)

    def information(self, state: Any, seat: int) -> Any:
        return (seat, len(state.history()))


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        (Leaky, "seat 0 reads something else though it may know the same"),
        (LeakyValues, "reads something else though it may know the same"),
        (Forgetful, "is not told of"),
        (Silent, "seat [01] is not told of"),
        (Eager, "is heard as"),
        (HardOfHearing, "is heard as"),
        (Ambiguous, "is said for action 1, but heard as 0"),
        (Foreign, "which is not printable ASCII"),
        (Biased, "the rules differ in more than one line"),
        (Formless, "the rules do not say how a move is written"),
        (Restless, "is not the same again|a copy differs|reads the same|something else"),
        (Generous, "to forfeit pays seat [01] more than to play on"),
        (Undrawn, "the drawing is not XML"),
        (Lax, "is taken"),
        (Short, "the legal moves of seat 0 are not the engine's"),
        (LeakyNumbers, "something else though it may know the same"),
        (LeakyFault, "something else though it may know the same"),
        (LeakyEars, "something else though it may know the same"),
        (OneLuck, "two chance events of a match are named 'card'"),
        (Misremembering, "seat [01] has seen otherwise in a state drawn"),
        (Misplaced, "seat [01] has other moves in a state drawn"),
        (Unsaid, "no state of kuhn_poker was found in which seat [01] has seen"),
        (Confused, "the legal moves of seat|something else though it may know the same"),
    ],
)
def test_the_check_sees(kind: type[gtbench.Game], complaint: str) -> None:
    with pytest.raises(CheckFailed, match=complaint) as failed:
        check_game(kind(), positions=200)
    assert str(failed.value).startswith(kind.name)


class RockPaperScissors(gtbench.Game):
    """A stranger's game, as the gallery's README says to write one."""

    name = "rock_paper_scissors"
    title = "Rock, Paper, Scissors"
    engine_name = "matrix_rps"
    paper_class = "-"
    abilities = ()
    moves = ("rock", "paper", "scissors")
    form = '"rock", "paper" or "scissors"'

    def write_rules(self, seat: int) -> str:
        return f"Rock beats scissors, scissors beat paper, paper beats rock. A move is {self.form}."

    def observe(self, state: Any, seat: int) -> str:
        return "Both choose at the same time."

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        return f"You: {moves[seat]}. Opponent: {moves[1 - seat]}."

    def picture(self, state: Any) -> str:
        return f"Moves: {state.history()}"


class Leduc(RockPaperScissors):
    name = "leduc"
    engine_name = "leduc_poker"
    moves = ("fold", "call", "raise")
    form = '"fold", "call" or "raise"'

    def observe(self, state: Any, seat: int) -> str:
        return str(state.information_state_string(seat)).replace("\n", " ")

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        return gtbench.Game.tell(self, state, moves, seat)


@pytest.mark.parametrize("kind", [RockPaperScissors, Leduc])
def test_the_check_passes_a_strangers_sound_game(kind: type[gtbench.Game]) -> None:
    assert check_game(kind(), positions=500)


def test_what_the_check_shows_is_the_position_as_both_seats_see_it() -> None:
    with pytest.raises(CheckFailed) as failed:
        check_game(Silent(), positions=200)
    shown = str(failed.value)
    assert "Seat 0 reads" in shown
    assert "Seat 1 reads" in shown
    assert "Legal moves: " in shown
    assert "plies [{0: " in shown


class Mislabelled(TicTacToe):
    """A skin that lets its game's name slip."""

    skin = "mislabelled"
    moves = tuple(f"cell {n}" for n in range(9))
    form = '"cell 0"'
    title = "Cells"

    def write_rules(self, seat: int) -> str:
        return f"This is tic-tac-toe in disguise. A move is {self.form}."


class Reordered(TicTacToe):
    """A skin whose tree is another."""

    skin = "reordered"
    moves = tuple(f"cell {n}" for n in range(9))
    form = '"cell 0"'
    defaults: ClassVar[Mapping[str, Any]] = {"opening": "empty"}

    def write_rules(self, seat: int) -> str:
        return f"A move is {self.form}."

    def observe(self, state: Any, seat: int) -> str:
        return "cells"

    def legal(self, state: Any, seat: int) -> list[int]:
        legal = super().legal(state, seat)
        return legal[1:] or legal


@pytest.mark.parametrize(
    ("kind", "complaint"), [(Mislabelled, "are its game's"), (Reordered, "its game has|are not the engine's")]
)
def test_the_check_sees_a_skin_that(kind: type[gtbench.Game], complaint: str) -> None:
    with pytest.raises(CheckFailed, match=complaint):
        check_game(kind(), positions=200)


@pytest.mark.parametrize("name", [*GAMES, *SKINS])
def test_what_is_said_of_a_game_beside_its_rules_is_true(name: str) -> None:
    game = gtbench.load_game(name)
    kind = game.engine.get_type()
    assert game.engine.num_players() == 2
    assert kind.short_name == game.engine_name
    assert game.engine_type == ENGINE_TYPES[game.name]
    assert game.zero_sum == (kind.utility == pyspiel.GameType.Utility.ZERO_SUM)
    assert len(game.moves) == game.engine.num_distinct_actions()
    assert str(game) == name
    assert gtbench.load_game(str(game)).rules(1) == game.rules(1)
    known = {k: v for k, v in game.parameters.items() if k in game.engine.get_parameters()}
    if not game.sampled:
        assert game.engine.get_parameters().items() >= known.items()


@pytest.mark.parametrize("name", [*GAMES, *VARIANTS])
def test_a_game_with_parameters_is_named_so_that_it_loads_again(name: str) -> None:
    game = gtbench.load_game(name)
    for parameter, value in game.defaults.items():
        if isinstance(value, bool):
            other: dict[str, Any] = {parameter: not value}
            game = gtbench.load_game(name, **other)
            assert gtbench.load_game(str(game)).parameters == game.parameters


@pytest.mark.parametrize(
    ("name", "deals"),
    [
        ("kuhn_poker", 6),
        ("liars_dice", 36),
        ("blind_auction", 100),
        ("tic_tac_toe", 1),
        ("tic_tac_toe[opening=random]", 72),
        ("connect_four[opening=random]", 49),
        ("kuhn_poker[skin=sealed_gems]", 6),
    ],
)
def test_the_ways_in_which_chance_can_begin_a_match_are_listed_once_each(name: str, deals: int) -> None:
    game = gtbench.load_game(name)
    listed = every_deal(game)
    assert len(listed) == deals
    assert len({tuple(Table(game, deal).state.history()) for deal in listed}) == deals


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("negotiation", "they are sampled"),
        ("nim[pile_sizes=random]", "they are sampled"),
        ("pig", "luck comes as the match goes on"),
        ("prisoners_dilemma", "luck comes as the match goes on"),
        ("liars_dice[numdice=6]", "more than 5000"),
        ("nim[opening=random]", "not equally likely"),
    ],
)
def test_deals_that_cannot_be_listed_say_why(name: str, reason: str) -> None:
    with pytest.raises(BadOption, match=reason):
        every_deal(gtbench.load_game(name))


@pytest.mark.parametrize("name", [*GAMES, *SKINS])
def test_an_unknown_skin_gets_one_line_with_the_valid_ones(name: str) -> None:
    plain = name.split("[", maxsplit=1)[0]
    (skin,) = gtbench.load_game(plain).skins()
    with pytest.raises(BadOption, match=f"{plain} has no skin 'nosuch'; there is {skin}$"):
        gtbench.load_game(plain, skin="nosuch")
    with pytest.raises(BadOption, match=rf"did you mean '{skin}'\? \(there is {skin}\)$"):
        gtbench.load_game(plain, skin=f"{skin}x")


@pytest.mark.parametrize("name", [*GAMES, *SKINS])
def test_an_unknown_parameter_gets_one_line_with_the_valid_ones(name: str) -> None:
    known = sorted(gtbench.load_game(name).defaults)
    for wrong in ("nosuch", *(f"{parameter}x" for parameter in known)):
        given: dict[str, Any] = {wrong: 1}
        with pytest.raises(BadOption, match=f"has no parameter '{wrong}'; .*there is {', '.join(known)}"):
            gtbench.load_game(name, **given)


@pytest.mark.parametrize("name", GAMES)
def test_a_skin_has_the_luck_of_its_game(name: str) -> None:
    game = gtbench.load_game(name)
    skinned = gtbench.load_game(name, skin=game.skins()[0])
    for seed in range(20):
        rng = random.Random(seed)
        one, two = Table(game, game.deal(seed)), Table(skinned, skinned.deal(seed))
        while not one.over:
            assert one.state.history() == two.state.history()
            actions = {seat: rng.choice(one.legal(seat)) for seat in one.to_move}
            one.play(actions)
            two.play(actions)
        assert one.earned == two.earned


class Witness:
    """A deal that remembers what it drew for which event."""

    def __init__(self, deal: gtbench.Deal) -> None:
        self.game, self.seed = deal.game, deal.seed
        self.deal, self.drawn = deal, {}  # type: ignore[var-annotated]

    def part(self, name: str) -> gtbench.Deal:
        return self.deal.part(name)

    def draw(self, event: str, outcomes: list[tuple[int, float]]) -> int:
        outcome = self.deal.draw(event, outcomes)
        if len(outcomes) > 1:  # else it is no luck, as who wins an auction with unequal bids
            assert self.drawn.setdefault(event, outcome) == outcome
        return outcome


@pytest.mark.parametrize("name", [*GAMES, *VARIANTS])
def test_luck_is_the_deals_whoever_plays_and_however(name: str) -> None:
    """Each chance event has one outcome on a deal, in matches that are played in many ways."""
    game = gtbench.load_game(name)
    for seed in range(5):
        witness = Witness(game.deal(seed))
        for player in range(20):
            table, rng = Table(game, witness), random.Random(player)  # type: ignore[arg-type]
            while not table.over:
                table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
        assert bool(witness.drawn) == (not luckless(game))


def luckless(game: gtbench.Game) -> bool:
    """Whether nothing is drawn by name once a match has its start."""
    deterministic = game.engine.get_type().chance_mode == pyspiel.GameType.ChanceMode.DETERMINISTIC
    return (
        (deterministic or game.name == "negotiation") and not game.opening_plies and "random" not in str(game)
    )


VALUES = [
    0, 1, -1, 2, 3, 10**9, 10**30, 0.0, 0.5, 1.0, float("nan"), float("inf"), -0.1, True, False, "", "x",
    "random", "empty", "1;2", "\u0663", None, "1;" * 50, 1e-320,
]  # fmt: skip


@pytest.mark.parametrize("name", [*GAMES, *SKINS])
def test_whatever_a_parameter_is_set_to_it_is_refused_on_one_line_or_can_be_played(name: str) -> None:
    refusals: list[str] = []
    for parameter, value in itertools.product(gtbench.load_game(name).defaults, VALUES):
        try:
            game = gtbench.load_game(name, **{parameter: value})  # type: ignore[arg-type]
        except BadOption as error:
            refusals.append(str(error))
            continue
        assert gtbench.load_game(str(game)).parameters == game.parameters
        table, rng = Table(game, game.deal(0)), random.Random(0)
        while not table.over and len(table.plies) < 50:
            for seat in SEATS:
                numbers = game.tensor(table.state, seat)
                assert (numbers >= 0).all()
                assert (numbers <= game.tensor_high()).all()
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
    assert not any("\n" in line for line in refusals)


@pytest.mark.parametrize("name", GAMES)
def test_the_numbers_a_seat_is_given_are_the_engines_history_as_the_seat_may_know_it(name: str) -> None:
    game = gtbench.load_game(name)
    for seed in range(20):
        table = Table(game, game.deal(seed))
        while not table.over and len(table.plies) < 50:
            history = table.state.history()
            for seat in table.to_move:
                seen = table.view(seat).seen
                if game.name == "negotiation":  # its start is drawn outside of the history
                    seen = (history[0], *seen[len(seen) - len(history) + 1 :])
                assert len(seen) == len(history)
                assert all(known in (None, true) for known, true in zip(seen, history, strict=True))
                assert (None in seen) == (game.name in {"kuhn_poker", "liars_dice", "blind_auction"})
            table.play({seat: table.legal(seat)[seed % len(table.legal(seat))] for seat in table.to_move})
