"""The blind auction against its engine: every pair of values, every pair of bids, both ways of the lot."""

from __future__ import annotations

import itertools
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyspiel
import pytest
import walk

import gtbench
from gtbench.errors import BadOption
from gtbench.game.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS: list[dict[str, Any]] = [{}, {"max_value": 2}, {"max_value": 3}, {"max_value": 7}]
WORDS = {"one": 1, "two": 2, "three": 3, "single": 1, "once": 1}
NUMBER = re.compile(rf"-?\d+|\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
Pair = tuple[int, int]


@pytest.fixture(params=SETTINGS, ids=str)
def game(request: pytest.FixtureRequest) -> gtbench.Game:
    return gtbench.load_game("blind_auction", **request.param)


def numbers(text: str) -> list[int]:
    """Every number in a text, in digits or spelled out."""
    return [WORDS[n.lower()] if n.lower() in WORDS else int(n) for n in NUMBER.findall(text)]


def engine(game: gtbench.Game) -> Any:
    """The engine's game, loaded past gtbench."""
    return pyspiel.load_game("first_sealed_auction", {"players": 2, **game.parameters})


def valued(start: Any, values: Pair) -> Any:
    """The engine's state after both values were drawn."""
    state = start.new_initial_state()
    for value in values:
        assert state.is_chance_node()
        state.apply_action(value)
    assert not state.is_chance_node()
    return state


def every_auction(start: Any) -> Iterator[tuple[Pair, Pair, list[tuple[Any, float]]]]:
    """Values, bids, and the ends that these can have, with their probabilities."""
    drawn = [value for value, _ in start.new_initial_state().chance_outcomes()]
    for first, second in itertools.product(drawn, repeat=2):
        state = valued(start, (first, second))
        for bid in state.legal_actions():
            other = state.child(bid)
            for answer in other.legal_actions():
                end = other.child(answer)
                lots = end.chance_outcomes() if end.is_chance_node() else []
                ends = [(end.child(lot), chance) for lot, chance in lots] or [(end, 1.0)]
                yield (first, second), (bid, answer), ends


def test_every_number_in_the_rules_is_the_engines(game: gtbench.Game) -> None:
    start = engine(game)
    assert game.engine.get_parameters() == start.get_parameters()
    values = [value for value, _ in start.new_initial_state().chance_outcomes()]
    lowest, less, asked, winners, losers = set(), set(), set(), set(), set()
    for worth, bids, ends in every_auction(start):
        for seat in (0, 1):
            state = valued(start, worth) if seat == 0 else valued(start, worth).child(bids[0])
            lowest.add(min(state.legal_actions()))
            less.add(worth[seat] - max(state.legal_actions()))
        for end, _ in ends:
            asked |= set(Counter(e.player for e in end.full_history() if e.player in (0, 1)).values())
            winners.add(sum(pay > 0 for pay in end.returns()))
            losers.add(min(end.returns()))
    for seat in (0, 1):
        assert numbers(game.rules(seat)) == [
            start.num_players(), 1, min(values), max(values), *asked,
            *lowest, *less, *winners, *losers,
        ]  # fmt: skip
        assert game.rules(seat).endswith('A move is "bid", then a whole number.')
        assert all(game.hear(valued(start, (v, v)), seat, f"bid {v - 1}") == v - 1 for v in values)


def test_the_values_are_drawn_one_by_one_all_equally_likely(game: gtbench.Game) -> None:
    state = engine(game).new_initial_state()
    most = int(game.parameters["max_value"])
    equal = [(value, pytest.approx(1 / most)) for value in range(1, most + 1)]
    assert state.chance_outcomes() == equal
    for value, _ in state.chance_outcomes():
        assert state.child(value).chance_outcomes() == equal  # whatever the other value is


def test_a_player_bids_from_nothing_to_one_less_than_its_value(game: gtbench.Game) -> None:
    for worth, bids, _ in every_auction(engine(game)):
        state = valued(engine(game), worth)
        assert state.legal_actions() == list(range(worth[0]))
        assert state.child(bids[0]).legal_actions() == list(range(worth[1]))
        assert game.legal(state, 0) == list(range(worth[0]))
        assert game.legal(state, 1) == list(range(worth[1]))  # asked at once, though the engine waits


def test_the_higher_bid_wins_and_pays_itself_and_the_other_pays_nothing(game: gtbench.Game) -> None:
    for worth, bids, ends in every_auction(engine(game)):
        if bids[0] != bids[1]:
            ((end, _),) = ends
            winner = bids.index(max(bids))
            assert end.is_terminal()
            assert end.returns()[winner] == worth[winner] - bids[winner] > 0
            assert end.returns()[1 - winner] == 0


def test_equal_bids_are_decided_by_a_fair_lot(game: gtbench.Game) -> None:
    ties = 0
    for worth, bids, ends in every_auction(engine(game)):
        if bids[0] == bids[1]:
            gain = [worth[seat] - bids[seat] for seat in (0, 1)]
            paid = {tuple(end.returns()): chance for end, chance in ends}
            assert paid == {(gain[0], 0): 0.5, (0, gain[1]): 0.5}
            assert all(end.is_terminal() for end, _ in ends)
            ties += 1
    assert ties > 0


def test_the_luck_comes_in_the_order_that_the_card_says(game: gtbench.Game) -> None:
    most = int(game.parameters["max_value"])
    equal = [(value, 1 / most) for value in range(1, most + 1)]
    for seed in range(100):
        deal = game.deal(seed)
        table = Table(game, deal)
        assert table.to_move == (0, 1)
        for seat in (0, 1):
            worth = deal.draw(str(seat), equal)
            assert table.view(seat).state == f"The object is worth {worth} to you."
            assert len(table.legal(seat)) == worth
        table.play({0: 0, 1: 0})
        winner = deal.draw("2", [(0, 0.5), (1, 0.5)])
        assert table.earned[winner] > 0 == table.earned[1 - winner]


def test_all_pairs_of_values_and_both_lots_come_up_equally_often() -> None:
    game = gtbench.load_game("blind_auction", max_value=3)
    counts: Counter[tuple[int, ...]] = Counter()
    for seed in range(3600):
        table = Table(game, game.deal(seed))
        table.play({0: 0, 1: 0})
        counts[*table.state.history()[:2], table.earned[1] > 0] += 1
    assert len(counts) == 18
    assert sum((n - 200) ** 2 / 200 for n in counts.values()) < 40.8  # 99.9 % at 17 degrees of freedom


def test_neither_seat_sees_the_others_value_or_bid_before(game: gtbench.Game) -> None:
    start, most = engine(game), int(game.parameters["max_value"])
    for own in range(1, most + 1):
        for seat in (0, 1):
            seen = set()
            for other in range(1, most + 1):
                state = valued(start, (own, other) if seat == 0 else (other, own))
                seen.add(Table(game, game.deal(0), start=state).view(seat).show("list"))
            assert len(seen) == 1
        after = {
            valued(start, (other, own)).child(b).information_state_string(1)
            for other in range(1, most + 1)
            for b in range(other)
        }
        assert len(after) == 1


def test_both_seats_are_told_both_bids_and_who_won(game: gtbench.Game) -> None:
    for seed in range(60):
        table = Table(game, game.deal(seed))
        worth = [len(table.legal(seat)) for seat in (0, 1)]
        bids = [seed % worth[0], (seed // 2) % worth[1]]
        table.play({0: bids[0], 1: bids[1]})
        winner = next(seat for seat in (0, 1) if table.earned[seat] > 0)
        for seat in (0, 1):
            who = "you win" if seat == winner else "the opponent wins"
            line = f"1. You: bid {bids[seat]}. Opponent: bid {bids[1 - seat]}. The object: {who} it."
            assert table.view(seat).history == (line,)
            pay = [f"{worth[s] - bids[s] if s == winner else 0}" for s in (seat, 1 - seat)]
            assert table.view(seat).state.endswith(f"You earned {pay[0]}, the opponent {pay[1]}.")
        assert game.picture(table.state) == (
            f"Player 0: value {worth[0]}, bid {bids[0]}\n"
            f"Player 1: value {worth[1]}, bid {bids[1]}\n"
            f"Player {winner} wins the object."
        )


def test_the_spectator_sees_both_values_before_the_bids(game: gtbench.Game) -> None:
    for worth, _, _ in every_auction(engine(game)):
        state = valued(engine(game), worth)
        assert game.picture(state) == f"Player 0: value {worth[0]}\nPlayer 1: value {worth[1]}"


def test_a_bid_may_be_its_number_alone() -> None:
    game = gtbench.load_game("blind_auction")
    state = valued(game.engine, (5, 9))
    assert [game.hear(state, 0, word) for word in ("4", "bid 4", "**Bid 4**")] == [4, 4, 4]
    for seat, word in ((0, "bid 5"), (1, "bid 9")):
        heard = game.hear(state, seat, word)
        assert not isinstance(heard, int)
        assert heard.kind.value == "illegal"
    assert game.hear(state, 1, "bid 8") == 8


def test_it_never_pays_to_forfeit(game: gtbench.Game) -> None:
    """The offender gets no more than by any bid, and the other, over the lot, no less than by any bid."""
    start, fair = engine(game), [(0, 0.5), (1, 0.5)]
    lots = [next(n for n in itertools.count() if game.deal(n).draw("0", fair) == lot) for lot in (0, 1)]
    given_up = {
        (worth, offender): [
            Table(game, game.deal(seed), start=valued(start, worth)).forfeit([offender]) for seed in lots
        ]
        for worth in {worth for worth, _, _ in every_auction(start)}
        for offender in (0, 1)
    }
    for worth, _, ends in every_auction(start):
        for offender, other in ((0, 1), (1, 0)):
            annulled = given_up[worth, offender]
            assert all(pay[offender] <= end.returns()[offender] for end, _ in ends for pay in annulled)
            expected = sum(end.returns()[other] * chance for end, chance in ends)
            assert sum(pay[other] for pay in annulled) / len(annulled) >= expected


def test_a_forfeit_leaves_the_lot_to_the_deal_where_the_other_seat_can_only_bid_nothing() -> None:
    game = gtbench.load_game("blind_auction", max_value=2)
    for seed in range(40):
        given_up = walk.replayed(game, game.deal(seed), ()).forfeit([0])
        played = Table(game, game.deal(seed))
        worth = len(played.legal(1))
        played.play({0: 0, 1: min(1, worth - 1)})
        assert given_up == (0, played.earned[1])


def test_where_both_forfeit_both_get_nothing(game: gtbench.Game) -> None:
    assert Table(game, game.deal(0)).forfeit([0, 1]) == (0, 0)


def test_the_card_tells_the_engines_kind_and_payoffs(game: gtbench.Game) -> None:
    kind, card = game.engine.get_type(), sys.modules[type(game).__module__].__doc__ or ""
    assert "`first_sealed_auction` with 2 players: stochastic, imperfect information, general-sum" in card
    assert game.engine.num_players() == 2
    assert (kind.short_name, kind.dynamics, kind.chance_mode, kind.information, kind.utility) == (
        "first_sealed_auction",
        pyspiel.GameType.Dynamics.SEQUENTIAL,
        pyspiel.GameType.ChanceMode.EXPLICIT_STOCHASTIC,
        pyspiel.GameType.Information.IMPERFECT_INFORMATION,
        pyspiel.GameType.Utility.GENERAL_SUM,
    )
    assert game.simultaneous
    assert "rewards   the winner gets its value less its bid, the other 0\n" in card


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"max_value": 1}, "blind_auction: max_value is a whole number from 2 to 100, not 1"),
        ({"max_value": 101}, "blind_auction: max_value is a whole number from 2 to 100, not 101"),
        ({"max_value": 10.5}, "blind_auction: max_value is a whole number from 2 to 100, not 10.5"),
        ({"max_value": "10"}, "blind_auction: max_value is a whole number from 2 to 100, not '10'"),
        ({"max_values": 10}, "blind_auction has no parameter 'max_values'; did you mean 'max_value'?"),
        ({"players": 3}, "blind_auction has no parameter 'players'; there is max_value"),
    ],
)
def test_a_wrong_parameter_gets_one_line(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(BadOption, match=f"^{re.escape(line)}( .there is .*)?$"):
        gtbench.load_game("blind_auction", **settings)
