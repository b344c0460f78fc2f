"""Kuhn poker against its engine: 6 deals, 12 information sets, 30 ends."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import walk

import gtbench
from gtbench.game.table import Table

if TYPE_CHECKING:
    from gtbench.game.deal import Deal

GAME: Any = gtbench.load_game("kuhn_poker")
LINES = ("pass pass", "pass bet pass", "pass bet bet", "bet pass", "bet bet")


def deals() -> dict[str, Deal]:
    """A deal for each way to deal two cards of three, found among the first seeds."""
    found: dict[str, Deal] = {}
    for seed in range(100):
        cards = "".join(GAME._card(Table(GAME, GAME.deal(seed)).state, seat) for seat in (0, 1))
        found.setdefault(cards, GAME.deal(seed))
    return found


def test_every_deal_comes_up_equally_often() -> None:
    counts = Counter(tuple(Table(GAME, GAME.deal(seed)).state.history()[:2]) for seed in range(6000))
    assert sorted(counts) == sorted(itertools.permutations(range(3), 2))
    chi_squared = sum((n - 1000) ** 2 / 1000 for n in counts.values())
    assert chi_squared < 20.5  # the 99.9 % quantile at 5 degrees of freedom


def test_the_views_are_one_to_one_with_the_engines_information_sets() -> None:
    views: dict[str, str] = {}
    sets: dict[str, str] = {}
    for deal in deals().values():
        for table in walk.tables(GAME, deal, depth=3):
            for seat in table.to_move:
                view, information = table.view(seat).text, table.state.information_state_string(seat)
                assert views.setdefault(f"{seat}{information}", view) == view
                assert sets.setdefault(f"{seat}{view}", information) == information
    assert len(views) == len(sets) == 12


def test_the_payoffs_in_the_rules_are_the_engines_on_every_deal() -> None:
    rules = GAME.rules(0)
    ends = 0
    for cards, deal in deals().items():
        for line in LINES:
            told = re.search(rf"^- {', '.join(line.split())}: (.+)$", rules, re.MULTILINE)
            assert told
            table = walk.replayed(GAME, deal, tuple((GAME.moves.index(move),) for move in line.split()))
            assert table.over
            winner = table.earned.index(max(table.earned))
            assert sum(table.earned) == 0
            assert float(re.findall(r"\d+", told[1])[0]) == max(table.earned)
            if "higher card" in told[1]:
                assert "JQK".index(cards[winner]) > "JQK".index(cards[1 - winner])
            else:
                mover = line.split().index("bet") % 2
                assert "player who bet" in told[1]
                assert winner == mover
            ends += 1
    assert ends == 30


def test_every_number_in_the_rules_is_the_engines() -> None:
    start = Table(GAME, GAME.deal(0))
    cards = len(GAME.engine.new_initial_state().chance_outcomes())
    ante = start.state.observation_tensor(0)[-2]
    bet = walk.replayed(GAME, GAME.deal(0), ((1,),)).state.observation_tensor(0)[-2] - ante
    ends = []
    for line in ("pass pass", "bet pass", "bet bet", "pass bet pass", "pass bet bet"):
        plies = tuple((GAME.moves.index(move),) for move in line.split())
        ends.append(max(walk.replayed(GAME, GAME.deal(0), plies).earned))
    numbers = [float(n) for n in re.findall(r"\d+", GAME.rules(0))]
    assert numbers == [cards, ante, bet, *ends]
    assert GAME.engine.get_parameters()["players"] == 2


def test_words_of_poker_are_understood_where_they_fit() -> None:
    def hear(table: Table, word: str) -> object:
        heard = GAME.hear(table.state, table.to_move[0], word)
        return heard if isinstance(heard, int) else heard.kind.value

    first = Table(GAME, GAME.deal(0))
    assert [hear(first, word) for word in ("pass", "check", "bet", "fold", "call")] == [
        0, 0, 1, "illegal", "illegal",
    ]  # fmt: skip
    facing_a_bet = walk.replayed(GAME, GAME.deal(0), ((1,),))
    assert [hear(facing_a_bet, word) for word in ("pass", "fold", "bet", "call", "check")] == [
        0, 0, 1, 1, "illegal",
    ]  # fmt: skip


def test_only_the_spectator_sees_both_cards() -> None:
    table = Table(GAME, deals()["QK"])
    assert "card Q" in GAME.picture(table.state)
    assert "card K" in GAME.picture(table.state)
    assert "Your card: Q" in table.view(0).text
    assert "K" not in table.view(0).text
