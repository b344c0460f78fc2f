"""Negotiation against its engine: deals, turns, messages, what an agreement pays, and what stays hidden."""

from __future__ import annotations

import itertools
import random
import re
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyspiel
import pytest

import gtbench
from gtbench.errors import BadOption
from gtbench.game.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS: list[dict[str, Any]] = [
    {},
    {"enable_utterances": False},
    {"num_items": 2, "num_symbols": 3, "utterance_dim": 2},
    {"num_items": 4, "num_symbols": 10, "utterance_dim": 1, "values": "mirrored"},
    {"num_items": 1, "num_symbols": 1, "utterance_dim": 6},
]
WORDS = {"one": 1, "two": 2, "three": 3, "four": 4}
NUMBER = re.compile(rf"-?\d+|\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
ITEMS = ("book", "hat", "ball", "cup")


class Dealt(NamedTuple):
    """What the engine has drawn, as it prints it."""

    turns: int
    pool: tuple[int, ...]
    values: tuple[tuple[int, ...], tuple[int, ...]]


@pytest.fixture(params=SETTINGS, ids=str)
def game(request: pytest.FixtureRequest) -> gtbench.Game:
    return gtbench.load_game("negotiation", **request.param)


def numbers(text: str) -> list[int]:
    """Every number in a text, in digits or spelled out."""
    return [WORDS[n.lower()] if n.lower() in WORDS else int(n) for n in NUMBER.findall(text)]


def dealt(state: Any) -> Dealt:
    """What the engine has drawn for this match."""
    turns, pool, first, second = (
        tuple(int(n) for n in line.split(": ")[1].split()) for line in str(state).split("\n")[:4]
    )
    return Dealt(turns[0], pool, (first, second))


def engine(game: gtbench.Game, seed: int = 0) -> Any:
    """The engine's game, loaded past gtbench, whose draws begin from a seed."""
    wanted = {name: value for name, value in game.parameters.items() if name != "values"}
    return pyspiel.load_game("negotiation", {**wanted, "rng_seed": seed})


def drawn(game: gtbench.Game, seed: int) -> Any:
    """A state as the engine draws it by itself."""
    state = engine(game, seed).new_initial_state()
    state.apply_action(0)
    return state


def starts(game: gtbench.Game, number: int) -> Iterator[Any]:
    """The engine's states in which the first deals begin."""
    return (Table(game, game.deal(seed)).state for seed in range(number))


def counts(proposal: str) -> tuple[int, ...]:
    """How many of each kind a proposal in words keeps."""
    assert proposal.startswith("keep ")
    named = [part.split(" ") for part in proposal.removeprefix("keep ").split(", ")]
    for (number, item), kind in zip(named, ITEMS, strict=False):
        assert item == kind + "s" * (number != "1")
    return tuple(int(number) for number, _ in named)


def asked_for_a_message(game: gtbench.Game, state: Any) -> bool:
    """Whether the engine takes messages now and nothing else."""
    return "Turn Type: Utterance" in str(state) and bool(game.parameters["enable_utterances"])


def random_matches(game: gtbench.Game, number: int, *, agreeable: float) -> Iterator[list[Table]]:
    """The tables of random matches, each before its next move."""
    for seed in range(number):
        rng, table = random.Random(seed), Table(game, game.deal(seed))
        tables = [table.copy()]
        while not table.over:
            (seat,) = table.to_move
            legal = table.legal(seat)
            agree = [action for action in legal if game.say(action) == "agree"]
            others = [action for action in legal if action not in agree]
            table.play({seat: agree[0] if agree and rng.random() < agreeable else rng.choice(others)})
            tables.append(table.copy())
        yield tables


def test_every_number_in_the_rules_is_the_engines(game: gtbench.Game) -> None:
    assert game.engine.get_parameters() == {**engine(game).get_parameters(), "rng_seed": -1}
    dealings = [dealt(drawn(game, seed)) for seed in range(500)]
    (kinds,) = {len(d.pool) for d in dealings}
    pools = {count for d in dealings for count in d.pool}
    no_agreement = {pay for tables in random_matches(game, 3, agreeable=0) for pay in tables[-1].earned}
    sound = [
        d for d in dealings if {len(values) for values in d.values} == {kinds}
    ]  # see the engine's bug below
    worth = [value for d in sound for values in d.values for value in values]
    lengths, symbols = set(), set()
    if game.parameters["enable_utterances"]:
        state = drawn(game, 0)
        state.apply_action(0)
        for action in state.legal_actions():
            sent = re.findall(r"\d+", state.action_to_string(0, action))
            lengths.add(len(sent))
            symbols |= set(sent)
            assert game.say(action) == f"say {' '.join('abcdefghij'[int(n)] for n in sent)}"
        assert f"from a to {'abcdefghij'[len(symbols) - 1]}. The other" in game.rules(0)
    for seat in (0, 1):
        text = game.rules(seat)
        assert numbers(text) == [
            engine(game).num_players(), kinds, min(pools), max(pools), min(worth), max(worth),
            *lengths, *no_agreement, *[1] * kinds,
        ]  # fmt: skip
        assert f": {', '.join(f'{item}s' for item in ITEMS[:kinds])}.\n" in text
        assert f"You move {('first', 'second')[seat]}." in text
        for example in re.findall(r'"(keep [^"]+|say [^"]+|agree)"', text):
            assert example in game.vocabulary


@pytest.mark.parametrize("kinds", [1, 2, 3, 4])
def test_a_value_can_be_each_number_that_the_rules_say_it_can(kinds: int) -> None:
    game = gtbench.load_game("negotiation", num_items=kinds)
    told = re.search(r"worth a whole number from (\d+) to (\d+), all equally", game.rules(0))
    assert told
    values = {v for state in starts(game, 1000) for own in dealt(state).values for v in own}
    assert values == set(range(int(told[1]), int(told[2]) + 1))


@pytest.mark.parametrize("kinds", [1, 2, 3, 4])
def test_the_pool_can_hold_each_number_of_items_that_the_rules_say_it_can(kinds: int) -> None:
    game = gtbench.load_game("negotiation", num_items=kinds)
    told = re.search(r"The pool holds (\d+) to (\d+) items of each kind", game.rules(0))
    assert told
    held = {count for state in starts(game, 1000) for count in dealt(state).pool}
    assert held == set(range(int(told[1]), int(told[2]) + 1))


def test_forty_deals_are_forty_different_ones() -> None:
    for settings in ({}, {"enable_utterances": False}, {"num_items": 2}, {"values": "mirrored"}):
        game = gtbench.load_game("negotiation", **settings)
        assert len({dealt(state)[1:] for state in starts(game, 40)}) == 40


def test_a_deal_is_the_same_in_both_matches_and_whatever_is_played(game: gtbench.Game) -> None:
    for seed in range(20):
        once, again = (Table(game, game.deal(seed)) for _ in (0, 1))
        assert dealt(once.state) == dealt(again.state)
        once.play({0: once.legal(0)[-1]})
        assert dealt(once.state) == dealt(again.state)


def test_the_values_of_the_two_are_drawn_independently_and_alike() -> None:
    game = gtbench.load_game("negotiation")
    values = np.array([dealt(state).values for state in starts(game, 2000)], float)
    together = np.corrcoef(values.reshape(len(values), -1), rowvar=False)
    assert np.abs(together - np.eye(6)).max() < 0.08  # 3.6 standard errors
    assert np.abs(values.mean(axis=0) - 5).max() < 0.3


def test_mirrored_values_are_the_same_deals_with_the_values_exchanged() -> None:
    for settings in SETTINGS:
        plain = gtbench.load_game("negotiation", **settings | {"values": "dealt"})
        mirrored = gtbench.load_game("negotiation", **settings | {"values": "mirrored"})
        for seed in range(40):
            one, other = Table(plain, plain.deal(seed)), Table(mirrored, mirrored.deal(seed))
            (turns, pool, values), image = dealt(one.state), dealt(other.state)
            assert image == (turns, pool, values[::-1])
            assert one.state.legal_actions() == other.state.legal_actions()
            assert one.state.history() == other.state.history()
            assert other.view(0).state == one.view(1).state.replace("the opponent's turn", "your turn")
            assert mirrored.rules(0) == plain.rules(0)


def test_each_player_has_one_value_a_kind_and_is_paid_by_those_it_sees() -> None:
    """Where the engine draws nothing but zeros for a player it draws again, but pays by the zeros."""
    game = gtbench.load_game("negotiation", enable_utterances=False)
    for seed in range(1500):
        state = game.start(game.deal(seed))
        _, pool, values = dealt(state)
        assert all(len(own) == 3 and any(own) for own in values)
        for taker in (0, 1):  # the taker gets the whole pool
            everything = {action: counts(game.say(action)) for action in state.legal_actions()}
            wanted = pool if taker == 0 else (0, 0, 0)
            end = state.child(next(action for action, kept in everything.items() if kept == wanted))
            end.apply_action(next(a for a in end.legal_actions() if game.say(a) == "agree"))
            assert end.returns()[taker] == sum(n * v for n, v in zip(pool, values[taker], strict=True))
            assert end.returns()[1 - taker] == 0


def test_a_proposal_is_what_the_proposer_keeps_and_agreeing_pays_both_their_shares(
    game: gtbench.Game,
) -> None:
    """Every proposal of the first turn and of the second, on some deals."""
    for state in starts(game, 3):
        _, pool, values = dealt(state)
        later = state.child(state.legal_actions()[0])
        while later.current_player() == 0:
            later.apply_action(later.legal_actions()[0])
        for turn, proposer in ((state, 0), (later, 1)):
            possible = set(itertools.product(*(range(count + 1) for count in pool)))
            offers = [action for action in turn.legal_actions() if game.say(action) != "agree"]
            assert {counts(game.say(action)) for action in offers} == possible
            assert len(offers) == len(possible)
            for action in offers:
                answer = turn.child(action)
                while answer.current_player() == proposer:
                    answer.apply_action(answer.legal_actions()[-1])
                agree = next(a for a in answer.legal_actions() if game.say(a) == "agree")
                end = answer.child(agree)
                assert end.is_terminal()
                kept = counts(game.say(action))
                rest = [whole - part for whole, part in zip(pool, kept, strict=True)]
                assert end.returns()[proposer] == sum(
                    n * v for n, v in zip(kept, values[proposer], strict=True)
                )
                assert end.returns()[1 - proposer] == sum(
                    n * v for n, v in zip(rest, values[1 - proposer], strict=True)
                )


def test_turns_messages_and_agreement_go_as_the_rules_say(game: gtbench.Game) -> None:
    messages = bool(game.parameters["enable_utterances"])
    every_message = int(game.parameters["num_symbols"]) ** int(game.parameters["utterance_dim"])
    for tables in random_matches(game, 25, agreeable=0.1):
        turns, proposed = dealt(tables[0].state).turns, 0
        for table, following in itertools.pairwise(tables):
            state = table.state
            (seat,) = table.to_move
            words = [game.say(action) for action in state.legal_actions()]
            assert seat == (proposed - asked_for_a_message(game, state)) % 2
            for reader in (0, 1):
                shown = re.search(
                    r"Turn (\d+) of (\d+)\. It is (your|the opponent's) turn\.", game.observe(state, reader)
                )
                assert shown
                assert shown[3] == ("your" if reader == seat else "the opponent's")
                at = proposed + (not asked_for_a_message(game, state))
                assert (int(shown[1]), int(shown[2])) == (at, turns)
            if asked_for_a_message(game, state):
                assert len(words) == len(set(words)) == every_message
                assert all(word.startswith("say ") for word in words)
                assert game.observe(state, seat).endswith(" Your proposal is made; now write your message.")
                told = " The opponent's proposal is made; its message comes next."
                assert game.observe(state, 1 - seat).endswith(told)
                assert game.say(state.history()[-1]).startswith("keep ")
            else:
                assert ("agree" in words) == (proposed > 0)
                assert {word.split(" ")[0] for word in words} <= {"agree", "keep"}
                if game.say(following.state.history()[-1]) == "agree":
                    assert following.over
                else:
                    proposed += 1
                    assert asked_for_a_message(game, following.state) == messages
        assert proposed <= turns
        agreed = game.say(tables[-1].state.history()[-1]) == "agree"
        if not agreed:
            assert proposed == turns
            assert tables[-1].earned == (0, 0)


def test_the_last_proposal_cannot_be_agreed_to(game: gtbench.Game) -> None:
    lengths = set()
    for tables in random_matches(game, 25, agreeable=0):
        turns = dealt(tables[0].state).turns
        chances = sum("agree" in map(game.say, table.state.legal_actions()) for table in tables)
        offers = sum(game.say(action).startswith("keep") for action in tables[-1].state.history()[1:])
        assert (offers, chances) == (turns, turns - 1)
        assert tables[-1].earned == (0, 0)
        lengths.add(turns)
    assert len(lengths) > 3


def test_a_seat_sees_the_pool_and_its_own_values_and_what_they_make(game: gtbench.Game) -> None:
    for state in starts(game, 20):
        _, pool, values = dealt(state)
        for seat in (0, 1):
            worth = sum(n * v for n, v in zip(pool, values[seat], strict=True))
            held = ", ".join(f"{n} {item}{'s' * (n != 1)}" for n, item in zip(pool, ITEMS, strict=False))
            priced = ", ".join(f"{item} {v}" for v, item in zip(values[seat], ITEMS, strict=False))
            first, second, _ = game.observe(state, seat).split("\n")
            assert first == f"The pool: {held}."
            assert second == (
                f"What one item is worth to you: {priced}. The whole pool is worth {worth} to you."
            )


def test_no_byte_of_a_view_depends_on_the_others_values(game: gtbench.Game) -> None:
    changed = 0
    for tables in random_matches(game, 8, agreeable=0.2):
        whole = tables[-1].state.history()[1:]
        for seat in (0, 1):
            lines = tables[0].state.serialize().rstrip("\n").split("\n")
            lines[3 - seat] = " ".join(str((int(value) + 3) % 11 or 1) for value in lines[3 - seat].split())
            twin = Table(game, tables[0].deal, start=game.engine.deserialize_state("\n".join(lines)))
            assert dealt(twin.state).values[1 - seat] != dealt(tables[0].state).values[1 - seat]
            assert dealt(twin.state).values[seat] == dealt(tables[0].state).values[seat]
            for table, action in zip(tables, whole, strict=False):
                assert twin.view(seat) == table.view(seat)
                twin.play({twin.to_move[0]: action})
                changed += 1
    assert changed > 50


def test_a_twin_of_a_start_differs_in_the_others_values_alone(game: gtbench.Game) -> None:
    differ = 0
    for seed, (seat, number) in itertools.product(range(5), itertools.product((0, 1), range(100, 103))):
        start = game.start(game.deal(seed))
        twin = game.twin(start, seat, number)
        (turns, pool, values), other = dealt(start), dealt(twin)
        assert (other.turns, other.pool, other.values[seat]) == (turns, pool, values[seat])
        assert game.information(twin, seat) == game.information(start, seat)
        if other.values != values:
            assert game.information(twin, 1 - seat) != game.information(start, 1 - seat)
            differ += 1
    assert differ >= 20


def test_what_is_legal_is_described_by_its_form_with_an_example_of_every_sort(game: gtbench.Game) -> None:
    examples = set()
    for tables in random_matches(game, 10, agreeable=0):
        for table in tables[:-1]:
            (seat,) = table.to_move
            listed, legal = table.view(seat).listed, [game.say(a) for a in table.legal(seat)]
            _, pool, _ = dealt(table.state)
            (example,) = re.findall("(keep .+|say .+)$", listed)
            assert example in legal
            if asked_for_a_message(game, table.state):
                assert listed == f"a message, as in {example}"
            else:
                assert (
                    listed.removeprefix("agree; or ")
                    == f"a proposal of any part of the pool, as in {example}"
                )
                assert listed.startswith("agree; or ") == ("agree" in legal)
                kept = numbers(example)
                assert len(legal) < 4 or (any(kept) and kept != [*pool])
            examples.add(example)
    assert len(examples) > 8 or game.num_actions < 20


def test_what_an_offer_leaves_is_what_to_agree_to_it_would_pay(game: gtbench.Game) -> None:
    offers = 0
    for tables in random_matches(game, 10, agreeable=0):
        for table in tables[:-1]:
            (seat,) = table.to_move
            shown = re.findall(r"proposal leaves you (.+), worth (\d+) to you\.$", table.view(seat).state)
            assert bool(shown) == ("agree" in table.view(seat).legal)
            assert "leaves you" not in table.view(1 - seat).state
            if shown:
                agreed = table.copy()
                agreed.play({seat: game.vocabulary.index("agree")})
                assert agreed.earned[seat] == int(shown[0][1])
                offers += 1
    assert offers > 20


def test_pools_and_values_are_all_equally_likely_as_the_rules_say() -> None:
    game = gtbench.load_game("negotiation")
    drawn_starts = [dealt(state) for state in starts(game, 1500)]
    for numbers_drawn, most in (
        ([count for start in drawn_starts for count in start.pool], 5),
        ([value for start in drawn_starts for own in start.values for value in own], 10),
    ):
        shares = [numbers_drawn.count(number) / len(numbers_drawn) for number in range(most + 1)]
        assert shares == pytest.approx([1 / (most + 1)] * (most + 1), abs=0.02)


def test_the_history_tells_both_seats_every_move(game: gtbench.Game) -> None:
    for tables in random_matches(game, 10, agreeable=0.3):
        last = tables[-1]
        movers = [table.to_move[0] for table in tables[:-1]]
        words = [game.say(action) for action in last.state.history()[1:]]
        for seat in (0, 1):
            assert last.view(seat).history == tuple(
                f"{n}. {'You' if mover == seat else 'Opponent'}: {word}"
                for n, (mover, word) in enumerate(zip(movers, words, strict=True), 1)
            )


def test_the_spectator_sees_both_values_and_the_course(game: gtbench.Game) -> None:
    for tables in random_matches(game, 10, agreeable=0.3):
        for table in tables:
            turns, pool, values = dealt(table.state)
            words = [game.say(action) for action in table.state.history()[1:]]
            lines = game.picture(table.state).split("\n")
            assert lines[0].startswith("Pool: ")
            assert numbers(lines[0]) == list(pool)
            assert numbers(lines[1])[1] == turns
            assert [numbers(line) for line in lines[2:4]] == [[seat, *values[seat]] for seat in (0, 1)]
            assert "; ".join(line.split(": ")[1] for line in lines[4:]) == "; ".join(words)
            assert [int(line[7]) for line in lines[4:]] == [n % 2 for n in range(len(lines) - 4)]


def best_for(game: gtbench.Game, state: Any, seat: int) -> float:
    """The most that a seat could get from here if both wanted it to; proposals of all or nothing will do."""
    if state.is_terminal():
        return float(state.returns()[seat])
    legal = state.legal_actions()
    if asked_for_a_message(game, state):
        return best_for(game, state.child(legal[0]), seat)
    offers = [action for action in legal if game.say(action) != "agree"]
    agree = [action for action in legal if game.say(action) == "agree"]
    return max(best_for(game, state.child(action), seat) for action in [*agree, offers[0], offers[-1]])


def forfeits(game: gtbench.Game, *, at_a_message: bool) -> Iterator[tuple[Table, int]]:
    """Tables of short random matches, and the seat that gives up there."""
    for tables in random_matches(game, 60, agreeable=0):
        if dealt(tables[0].state).turns <= 6:
            for table in tables[:-1]:
                if asked_for_a_message(game, table.state) == at_a_message:
                    yield table, table.to_move[0]


def test_it_never_pays_to_forfeit_instead_of_a_proposal(game: gtbench.Game) -> None:
    """The offender gets the least there is, and the other the most that it could have got."""
    tried = 0
    for table, offender in forfeits(game, at_a_message=False):
        rewards = table.copy().forfeit([offender])
        assert rewards[offender] == 0
        assert rewards[1 - offender] == best_for(game, table.state, 1 - offender)
        tried += 1
    assert tried > 20


def test_it_never_pays_to_forfeit_instead_of_a_message() -> None:
    """Not even after a proposal that leaves the other nothing, since the match may have more turns."""
    tried = 0
    for settings in SETTINGS:
        game = gtbench.load_game("negotiation", **settings)
        for table, offender in forfeits(game, at_a_message=True):
            rewards = table.copy().forfeit([offender])
            assert rewards[offender] == 0
            assert rewards[1 - offender] == best_for(game, table.state, 1 - offender)
            tried += 1
    assert tried > 20


def test_no_end_pays_less_than_a_forfeit(game: gtbench.Game) -> None:
    for tables in random_matches(game, 20, agreeable=0.3):
        assert min(tables[-1].earned) >= 0 == game.forfeit_reward


def test_an_agreement_and_a_message_may_be_said_otherwise() -> None:
    game = gtbench.load_game("negotiation")
    table = Table(game, game.deal(3))
    _, pool, _ = dealt(table.state)
    offer = next(a for a in table.legal(0) if counts(game.say(a)) == pool)
    named = ", ".join(f"{n} {item}s" for n, item in zip(pool, ITEMS, strict=False))
    assert [game.hear(table.state, 0, word) for word in (f"keep {named}", game.say(offer)[5:])] == [offer] * 2
    table.play({0: offer})
    message = next(a for a in table.legal(0) if game.say(a) == "say a c b")
    for word in ("say a c b", "say a, c, b", "say a-c-b", "say acb"):
        assert game.hear(table.state, 0, word) == message
    table.play({0: message})
    agree = next(a for a in table.legal(1) if game.say(a) == "agree")
    for word in ("agree", "accept", "I agree", "I accept"):
        assert game.hear(table.state, 1, word) == agree


def test_the_card_tells_the_engines_kind_and_payoffs() -> None:
    game = gtbench.load_game("negotiation")
    kind, card = game.engine.get_type(), sys.modules[type(game).__module__].__doc__ or ""
    assert "`negotiation`: sequential, sampled stochastic, imperfect information, general-sum" in card
    assert (kind.short_name, kind.dynamics, kind.chance_mode, kind.information, kind.utility) == (
        "negotiation",
        pyspiel.GameType.Dynamics.SEQUENTIAL,
        pyspiel.GameType.ChanceMode.SAMPLED_STOCHASTIC,
        pyspiel.GameType.Information.IMPERFECT_INFORMATION,
        pyspiel.GameType.Utility.GENERAL_SUM,
    )
    assert "0 for both without agreement\n" in card


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"num_items": 0}, "negotiation: num_items is a whole number from 1 to 4, not 0"),
        ({"num_items": 5}, "negotiation: num_items is a whole number from 1 to 4, not 5"),
        ({"num_items": "3"}, "negotiation: num_items is a whole number from 1 to 4, not '3'"),
        ({"num_symbols": 11}, "negotiation: num_symbols is a whole number from 1 to 10, not 11"),
        ({"utterance_dim": 7}, "negotiation: utterance_dim is a whole number from 1 to 6, not 7"),
        ({"utterance_dim": 3.0}, "negotiation: utterance_dim is a whole number from 1 to 6, not 3.0"),
        (
            {"num_symbols": 4, "utterance_dim": 5},
            "negotiation: num_symbols to the power of utterance_dim is at most 1000",
        ),
        ({"enable_utterances": 1}, "negotiation: enable_utterances is true or false, not 1"),
        ({"values": "same"}, "negotiation: values is dealt or mirrored, not 'same'"),
        ({"num_item": 3}, "negotiation has no parameter 'num_item'; did you mean 'num_items'?"),
        (
            {"enable_utterance": False},
            "negotiation has no parameter 'enable_utterance'; did you mean 'enable_utterances'?",
        ),
    ],
)
def test_a_wrong_parameter_gets_one_line(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(BadOption, match=f"^{re.escape(line)}( .there is .*)?$"):
        gtbench.load_game("negotiation", **settings)


def test_as_many_messages_as_the_limit_allows_can_be_said() -> None:
    game = gtbench.load_game("negotiation", num_symbols=10, utterance_dim=3)
    table = Table(game, game.deal(0))
    table.play({0: table.legal(0)[0]})
    assert len(table.legal(0)) == 1000
