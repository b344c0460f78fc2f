"""What must hold for every game: its words, its secrets, its memory, its luck."""

from __future__ import annotations

import itertools
import pickle
import string

import pyspiel
import pytest
import walk

import gtbench
from gtbench.errors import FaultKind
from gtbench.records import Fault
from gtbench.table import Table

GAMES = gtbench.list_games()
DEPTH = {"prisoners_dilemma": 3}
"""Plies walked; the dilemma has no end of its own."""

SPELLINGS = [
    "{}", " {} ", "{}.", "{}!", '"{}"', "'{}'", "`{}`", "*{}*", "**{}**", "_{}_", "[{}]", "({})", "<{}>",
    "{{{}}}", "**[{}]**", "{}\n", "\t{}", "- {}".replace("- ", ": "), "{},", "__{}__.",
]  # fmt: skip


@pytest.fixture(params=GAMES)
def game(request: pytest.FixtureRequest) -> gtbench.Game:
    return gtbench.load_game(request.param)


def every_table(game: gtbench.Game, seeds: int = 12) -> list[Table]:
    depth = DEPTH.get(game.name, 4)
    return [table for seed in range(seeds) for table in walk.tables(game, game.deal(seed), depth)]


def transcript(game: gtbench.Game, seed: int) -> str:
    """All that each seat reads in one match on a deal, played by a fixed rule."""
    table = Table(game, game.deal(seed))
    parts = [f"### rules of {game} for seat {seat}\n{game.rules(seat)}" for seat in (0, 1)]
    for ply in itertools.count():
        for seat in (0, 1):
            asked = "asked" if seat in table.to_move else "waiting"
            parts.append(f"### ply {ply}, seat {seat}, {asked}\n{table.view(seat).text}")
        if table.over:
            break
        table.play({seat: table.legal(seat)[(ply + seat) % len(table.legal(seat))] for seat in table.to_move})
    return "\n\n".join([*parts, f"### spectator\n{game.picture(table.state)}"]) + "\n"


@pytest.mark.parametrize("name", GAMES)
def test_golden_transcript(name: str, golden: object) -> None:
    game = gtbench.load_game(name)
    golden(f"{name}.txt", "\n".join(transcript(game, seed) for seed in (1, 2)))  # type: ignore[operator]


def test_all_that_a_model_reads_is_printable_ascii(game: gtbench.Game) -> None:
    allowed = set(string.printable) - set("\r\t\x0b\x0c")
    for table in every_table(game, seeds=3):
        for seat in (0, 1):
            view = table.view(seat)
            assert set(view.rules + view.text) <= allowed


def known(table: Table, seat: int) -> object:
    """What a seat may know, by the engine's own account: the whole history, or its information state."""
    if table.game.engine.get_type().information == pyspiel.GameType.Information.PERFECT_INFORMATION:
        return (seat, *table.state.history())
    return (seat, table.state.information_state_string(seat))


def deals_enough(game: gtbench.Game) -> int:
    """Deals that bring up every way to deal the hidden cards."""
    return 60 if game.engine.get_type().chance_mode != pyspiel.GameType.ChanceMode.DETERMINISTIC else 1


def test_no_byte_of_a_view_depends_on_what_only_the_other_seat_may_know(game: gtbench.Game) -> None:
    """Views on two deals agree whenever the seat's information state does."""
    seen: dict[object, str] = {}
    hidden: dict[object, set[str]] = {}
    for table in every_table(game, deals_enough(game)):
        for seat in (0, 1):
            view = table.view(seat)
            key = known(table, seat)
            hidden.setdefault(key, set()).add(str(table.state))
            if not table.over:  # the payoff of a showdown says who had the higher card
                assert seen.setdefault(key, view.rules + view.text) == view.rules + view.text
    if game.engine.get_type().information != pyspiel.GameType.Information.PERFECT_INFORMATION:
        assert max(map(len, hidden.values())) > 1, "the walk never changed what is hidden"


def test_the_secrecy_test_sees_a_leak() -> None:
    class Leaky(type(gtbench.load_game("kuhn_poker"))):  # type: ignore[misc]
        name = "leaky_poker"

        def observe(self, state: object, seat: int) -> str:
            return str(super().observe(state, seat)) + self._card(state, 1 - seat)

    with pytest.raises(AssertionError):
        test_no_byte_of_a_view_depends_on_what_only_the_other_seat_may_know(Leaky())


def test_the_other_seat_moving_at_once_changes_nothing_before_both_have_moved() -> None:
    env = gtbench.make("prisoners_dilemma")
    texts = set()
    for action in (0, 1):
        env.reset(seed=5)
        env.step(action)
        texts.add(env.observe("player_1")["text"])
    assert len(texts) == 1


def test_recall_is_perfect(game: gtbench.Game) -> None:
    """Two different histories of what a seat saw and did never look the same to it."""
    pasts: dict[str, object] = {}
    for table in every_table(game, deals_enough(game)):
        for seat in table.to_move:
            past = known(table, seat)
            assert pasts.setdefault(f"{seat}{table.view(seat).text}", past) == past


def test_legal_moves_in_words_are_the_engines_and_are_heard_in_twenty_spellings(game: gtbench.Game) -> None:
    assert len(SPELLINGS) == 20
    for table in every_table(game, seeds=1)[:300]:
        for seat in table.to_move:
            legal = table.state.legal_actions(seat)
            assert table.legal(seat) == legal
            words = table.view(seat).legal
            assert len(set(words)) == len(legal)
            for action, word in zip(legal, words, strict=True):
                assert word in game.moves
                for spelling in game.spellings(table.state, seat, action):
                    for form, case in itertools.product(SPELLINGS, (str.lower, str.upper, str.title)):
                        assert game.hear(table.state, seat, form.format(case(spelling))) == action


def test_a_move_inside_a_sentence_is_not_a_move(game: gtbench.Game) -> None:
    table = Table(game, game.deal(0))
    seat = table.to_move[0]
    for word in table.view(seat).legal:
        for sentence in (
            f"not {word}",
            f"I {word}",
            f"{word} is bad",
            f"never {word}",
            f"dis{word}",
            f"{word}s",
        ):
            heard = game.hear(table.state, seat, sentence)
            assert isinstance(heard, Fault)
            assert heard.kind is FaultKind.UNPARSABLE


def test_an_answer_that_names_two_moves_is_ambiguous(game: gtbench.Game) -> None:
    table = Table(game, game.deal(0))
    seat = table.to_move[0]
    first, second = table.view(seat).legal[:2]
    for joined in (f"{first} or {second}", f"{second}, {first}", f"{first}/{second}"):
        heard = game.hear(table.state, seat, joined)
        assert isinstance(heard, Fault)
        assert heard.kind is FaultKind.AMBIGUOUS


def test_a_table_refuses_what_is_illegal_and_stays_as_it_was(game: gtbench.Game) -> None:
    table = Table(game, game.deal(0))
    before = table.view(0), table.view(1), str(table.state)
    everybody = dict.fromkeys(table.to_move, 0)
    for wrong in ({}, dict.fromkeys(everybody, 999), {5: 0}, everybody | {7: 0}):
        with pytest.raises(ValueError, match=r"to move|not legal"):
            table.play(wrong)
        assert (table.view(0), table.view(1), str(table.state)) == before


def test_a_deal_gives_the_same_match_again_and_another_deal_another(game: gtbench.Game) -> None:
    assert transcript(game, 3) == transcript(game, 3)
    if game.name != "tic_tac_toe":  # which has no luck
        assert len({transcript(game, seed) for seed in range(12)}) > 1


def test_a_zero_sum_forfeit_pays_as_the_worst_end(game: gtbench.Game) -> None:
    if game.zero_sum:
        low, high = game.engine.min_utility(), game.engine.max_utility()
        assert Table(game, game.deal(0)).forfeit([0]) == (low, high)
        assert Table(game, game.deal(0)).forfeit([1]) == (high, low)


def test_a_game_can_be_pickled(game: gtbench.Game) -> None:
    again = pickle.loads(pickle.dumps(game))  # noqa: S301
    assert again.rules(1) == game.rules(1)
    assert Table(again, again.deal(1)).view(0) == Table(game, game.deal(1)).view(0)


def test_what_is_said_of_a_game_beside_its_rules_is_true(game: gtbench.Game) -> None:
    kind = game.engine.get_type()
    assert game.engine.num_players() == 2
    assert kind.short_name == game.engine_name
    assert game.engine.get_parameters().items() >= game.parameters.items()
    assert game.zero_sum == (kind.utility == pyspiel.GameType.Utility.ZERO_SUM)
    assert len(game.moves) == game.engine.num_distinct_actions()
    assert str(game) == game.name


def test_two_default_objects_of_a_game_agree(game: gtbench.Game) -> None:
    again = gtbench.load_game(str(game))
    assert again.parameters == game.parameters
    assert again.rules(0) == game.rules(0)
