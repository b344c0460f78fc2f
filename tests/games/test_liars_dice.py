"""Liar's Dice against its engine: every throw, bid and call where there are few dice."""

from __future__ import annotations

import itertools
import random
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

SETTINGS: list[dict[str, Any]] = [
    {},
    {"dice_sides": 12},
    {"bidding_rule": "reset-quantity"},
    {"numdice": 2, "dice_sides": 3},
    {"numdice": 2, "dice_sides": 4, "bidding_rule": "reset-quantity"},
    {"numdice": 6, "dice_sides": 2},
]
SMALL = [settings for settings in SETTINGS if settings.get("numdice", 1) <= 2]
FACES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
WORDS = {form: n for n, face in enumerate(FACES, 1) for form in (face, f"{face}s", f"{face}es")}
NUMBER = re.compile(
    rf"-?\d+|(?<!last )\b(?:{'|'.join(sorted(WORDS, key=len, reverse=True))})\b"
)  # "the last one"
Bid = tuple[int, int]  # how many dice, of which face


@pytest.fixture(params=SETTINGS, ids=str)
def game(request: pytest.FixtureRequest) -> gtbench.Game:
    return gtbench.load_game("liars_dice", **request.param)


@pytest.fixture(params=SMALL, ids=str)
def small(request: pytest.FixtureRequest) -> gtbench.Game:
    return gtbench.load_game("liars_dice", **request.param)


def numbers(text: str) -> list[int]:
    """Every number in a text, in digits or spelled out."""
    return [WORDS[n] if n in WORDS else int(n) for n in NUMBER.findall(text)]


def bid(word: str) -> Bid:
    """What a bid in words claims."""
    number, face = word.split(" ")
    return int(number), WORDS[face]


def engine(game: gtbench.Game) -> Any:
    """The engine's game, loaded past gtbench."""
    return pyspiel.load_game("liars_dice", dict(game.parameters))


def thrown(start: Any, faces: tuple[int, ...]) -> Any:
    """The engine's state after a throw of all dice, seat 0's first."""
    state = start.new_initial_state()
    for face in faces:
        assert state.is_chance_node()
        state.apply_action(face - 1)
    assert not state.is_chance_node()
    return state


def throws(game: gtbench.Game) -> Iterator[tuple[int, ...]]:
    """Every way in which all dice can fall, as faces."""
    dice, sides = 2 * int(game.parameters["numdice"]), int(game.parameters["dice_sides"])
    return itertools.product(range(1, sides + 1), repeat=dice)


def some_throws(game: gtbench.Game, number: int) -> list[tuple[int, ...]]:
    """All throws, or that many of them where there are more."""
    dice, sides = 2 * int(game.parameters["numdice"]), int(game.parameters["dice_sides"])
    if sides**dice <= number:
        return list(throws(game))
    rng = random.Random(0)
    return [tuple(rng.randint(1, sides) for _ in range(dice)) for _ in range(number)]


def test_every_number_in_the_rules_is_the_engines(game: gtbench.Game) -> None:
    start = engine(game)
    assert str(game.engine) == str(start)
    state, dice = start.new_initial_state(), 0
    faces = [outcome + 1 for outcome, _ in state.chance_outcomes()]
    while state.is_chance_node():
        assert [(outcome + 1, chance) for outcome, chance in state.chance_outcomes()] == [
            (face, pytest.approx(1 / len(faces))) for face in faces
        ]
        state.apply_action(0)
        dice += 1
    each = dice // start.num_players()
    bids = [bid(game.say(action)) for action in state.legal_actions()]
    most, lowest, highest = max(number for number, _ in bids), bids[0], bids[-1]
    assert {number for number, _ in bids} == set(range(1, most + 1))
    assert {face for _, face in bids} == set(faces)
    assert len(bids) == len(set(bids)) == most * len(faces)
    wild = next(face for face in reversed(faces) if true_by_engine(start, (face,) * dice, (dice, 1)))
    ends = {pay for called in ends_of(start) for pay in called.returns()}
    for seat in (0, 1):
        assert numbers(game.rules(seat)) == [
            start.num_players(), each, min(faces), max(faces), *lowest,
            min(number for number, _ in bids), most, min(faces), max(faces), *lowest, *lowest,
            wild, wild, *highest, max(ends), min(ends),
        ]  # fmt: skip
        assert f"You move {('first', 'second')[seat]}." in game.rules(seat)


def ends_of(start: Any) -> Iterator[Any]:
    """The ends after a first bid and a call, on a throw of ones."""
    state = thrown(start, (1,) * (start.max_chance_nodes_in_history()))
    for action in state.legal_actions():
        yield called(state.child(action))


def called(state: Any) -> Any:
    """The state after the player to move has called the last bid."""
    end = state.child(state.legal_actions()[-1])
    assert end.is_terminal()
    return end


def true_by_engine(start: Any, faces: tuple[int, ...], claim: Bid) -> bool:
    """Whether seat 0 wins when its bid, made first, is called at once."""
    state = thrown(start, faces)
    names = {state.action_to_string(0, action): action for action in state.legal_actions()}
    end = called(state.child(names[f"{claim[0]}-{claim[1]}"]))
    return bool(end.returns()[0] > 0)


def test_the_word_for_each_bid_is_the_engines(game: gtbench.Game) -> None:
    state = thrown(engine(game), next(throws(game)))
    for action in state.legal_actions():
        number, face = bid(game.say(action))
        assert state.action_to_string(0, action) == f"{number}-{face}"
        assert game.hear(state, 0, f"bid {number} {face}s") == action
    after = state.child(state.legal_actions()[0])
    liar = after.legal_actions()[-1]
    assert after.action_to_string(1, liar) == "Liar"
    assert [game.hear(after, 1, word) for word in ("liar", "call liar", "challenge")] == [liar] * 3


def test_a_bid_counts_its_face_and_the_wild_highest_face_among_all_dice(game: gtbench.Game) -> None:
    start, wild = engine(game), int(game.parameters["dice_sides"])
    for faces in some_throws(game, 300):
        state = thrown(start, faces)
        for action in state.legal_actions():
            number, face = bid(game.say(action))
            told = sum(die in (face, wild) for die in faces) >= number
            assert called(state.child(action)).returns() == ([1, -1] if told else [-1, 1])


def test_whoever_made_the_last_bid_wins_if_it_is_true_else_the_one_who_said_liar(small: gtbench.Game) -> None:
    start, wild, rng = engine(small), int(small.parameters["dice_sides"]), random.Random(1)
    bidders = Counter[int]()
    for faces in some_throws(small, 150):
        state = thrown(start, faces)
        while len(state.legal_actions()) > 1:
            state.apply_action(rng.choice(state.legal_actions()[:-1]))
            bidder, last = 1 - state.current_player(), state.history()[-1]
            number, face = bid(small.say(last))
            told = sum(die in (face, wild) for die in faces) >= number
            assert called(state).returns()[bidder] == (1 if told else -1)
            assert sum(called(state).returns()) == 0
            bidders[bidder] += 1
    assert set(bidders) == {0, 1}


def higher(rule: str, new: Bid, old: Bid) -> bool:
    """Whether a bid is higher than another, from the words of the rules."""
    if "more dice than the last bid, of any face, or as many dice of a higher face" in rule:
        return new[0] > old[0] or (new[0] == old[0] and new[1] > old[1])
    assert "a higher face than the last bid, in any number, or more dice of the same face" in rule
    return new[1] > old[1] or (new[1] == old[1] and new[0] > old[0])


def test_exactly_the_higher_bids_are_legal_after_a_bid(game: gtbench.Game) -> None:
    first = thrown(engine(game), next(throws(game)))
    words = [game.say(action) for action in first.legal_actions()]
    assert "liar" not in words  # the first move is a bid
    for action in first.legal_actions():
        old, after = bid(game.say(action)), first.child(action)
        legal = [game.say(a) for a in after.legal_actions()]
        assert set(legal) == {w for w in words if higher(game.rules(0), bid(w), old)} | {"liar"}
        assert not after.is_terminal()
        assert after.current_player() == 1


def test_after_the_highest_bid_only_liar_is_left(game: gtbench.Game) -> None:
    told = re.search(r'After the highest bid, "(.+)", only "liar" is left\.', game.rules(0))
    assert told
    first = thrown(engine(game), next(throws(game)))
    for action in first.legal_actions():
        alone = [game.say(a) for a in first.child(action).legal_actions()] == ["liar"]
        assert alone == (game.say(action) == told[1])


def test_each_die_is_thrown_by_its_own_event_seat_0s_first(game: gtbench.Game) -> None:
    each, sides = int(game.parameters["numdice"]), int(game.parameters["dice_sides"])
    equal = [(face, 1 / sides) for face in range(1, sides + 1)]
    for seed in range(30):
        deal = game.deal(seed)
        table, faces = Table(game, deal), [deal.draw(str(n), equal) for n in range(2 * each)]
        for seat, own in enumerate((faces[:each], faces[each:])):
            shown = f"Your throw: {', '.join(map(str, sorted(own)))}\n"
            assert table.view(seat).state.startswith(shown)
        assert table.to_move == (0,)


def test_all_throws_come_up_equally_often() -> None:
    game = gtbench.load_game("liars_dice")
    counts = Counter(tuple(Table(game, game.deal(seed)).state.history()) for seed in range(3600))
    assert len(counts) == 36
    assert sum((n - 100) ** 2 / 100 for n in counts.values()) < 66.6  # 99.9 % at 35 degrees of freedom


def test_a_seat_sees_its_own_throw_and_nothing_of_the_others(small: gtbench.Game) -> None:
    start = engine(small)
    each = int(small.parameters["numdice"])
    views: dict[tuple[int, str], str] = {}
    sets: dict[tuple[int, str], str] = {}
    for faces in throws(small):
        table = Table(small, small.deal(0), start=thrown(start, faces))
        for action in (0, table.legal(0)[1] + 1):
            table.play({table.to_move[0]: action})
            for seat in (0, 1):
                view, known = table.view(seat).text, table.state.information_state_string(seat)
                own = sorted(faces[seat * each : (seat + 1) * each])
                assert f"Your throw: {', '.join(map(str, own))}\n" in view
                assert views.setdefault((seat, known), view) == view
                assert sets.setdefault((seat, view), known) == known
    own_throws = len({tuple(sorted(faces[:each])) for faces in throws(small)})
    assert len(views) == len(sets) == 2 * 2 * own_throws


def test_the_last_bid_and_the_course_are_shown(game: gtbench.Game) -> None:
    table = Table(game, game.deal(3))
    assert table.view(0).state.endswith("\nThe last bid: none yet")
    assert game.picture(table.state).endswith("\nBids: none")
    bids = table.legal(0)[:3]
    for ply, action in enumerate(bids):
        table.play({ply % 2: action})
        assert table.view(0).state.endswith(f"\nThe last bid: {game.say(action)}")
    table.play({1: table.legal(1)[-1]})
    assert table.over
    words = [*map(game.say, bids), "liar"]
    assert table.view(0).history == tuple(
        f"{n}. {('You', 'Opponent')[(n - 1) % 2]}: {word}" for n, word in enumerate(words, 1)
    )
    assert table.view(1).history == tuple(
        f"{n}. {('Opponent', 'You')[(n - 1) % 2]}: {word}" for n, word in enumerate(words, 1)
    )
    assert f"\nThe last bid: {words[2]}\nThe match is over." in table.view(0).state
    assert game.picture(table.state).endswith(f"\nBids: {', '.join(words)}")


def test_the_spectator_sees_both_throws(small: gtbench.Game) -> None:
    each = int(small.parameters["numdice"])
    for faces in some_throws(small, 40):
        first, second, _ = small.picture(thrown(engine(small), faces)).split("\n")
        assert first == f"Player 0: {', '.join(map(str, sorted(faces[:each])))}"
        assert second == f"Player 1: {', '.join(map(str, sorted(faces[each:])))}"


def test_a_called_bid_ends_the_match_with_the_engines_payoff() -> None:
    game = gtbench.load_game("liars_dice")
    for seed in range(40):
        table = walk.replayed(game, game.deal(seed), ((8,), (12,)))  # "2 threes", "liar"
        faces = [outcome + 1 for outcome in table.state.history()[:2]]
        assert table.over
        assert table.earned == ((1, -1) if all(face in (3, 6) for face in faces) else (-1, 1))


def test_the_card_tells_the_engines_kind_and_payoffs() -> None:
    game = gtbench.load_game("liars_dice")
    kind, card = game.engine.get_type(), sys.modules[type(game).__module__].__doc__ or ""
    assert "here with one die each" in card
    assert game.engine.get_parameters()["numdice"] == 1
    assert "`liars_dice` with 2 players: sequential, stochastic, imperfect information, zero-sum" in card
    assert game.engine.num_players() == 2
    assert (kind.short_name, kind.dynamics, kind.chance_mode, kind.information, kind.utility) == (
        "liars_dice",
        pyspiel.GameType.Dynamics.SEQUENTIAL,
        pyspiel.GameType.ChanceMode.EXPLICIT_STOCHASTIC,
        pyspiel.GameType.Information.IMPERFECT_INFORMATION,
        pyspiel.GameType.Utility.ZERO_SUM,
    )
    assert "rewards   win 1, loss -1\n" in card


RULES_LINE = "liars_dice: bidding_rule is reset-face or reset-quantity, not "


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"numdice": 0}, "liars_dice: numdice is a whole number from 1 to 6, not 0"),
        ({"numdice": 7}, "liars_dice: numdice is a whole number from 1 to 6, not 7"),
        ({"dice_sides": 1}, "liars_dice: dice_sides is a whole number from 2 to 12, not 1"),
        ({"dice_sides": 6.0}, "liars_dice: dice_sides is a whole number from 2 to 12, not 6.0"),
        ({"dice_sides": "6"}, "liars_dice: dice_sides is a whole number from 2 to 12, not '6'"),
        ({"bidding_rule": "face"}, RULES_LINE + "'face'"),
        ({"bidding_rule": 1}, RULES_LINE + "1"),
        ({"num_dice": 2}, "liars_dice has no parameter 'num_dice'; did you mean 'numdice'?"),
        ({"sides": 2}, "liars_dice has no parameter 'sides'; did you mean 'dice_sides'?"),
    ],
)
def test_a_wrong_parameter_gets_one_line(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(BadOption, match=f"^{re.escape(line)}( .there is .*)?$"):
        gtbench.load_game("liars_dice", **settings)
