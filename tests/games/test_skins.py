"""Skins against their engines: what each says in its own words is played here by those words alone.

Where a skin states the same numbers as its game, in the same order, it is held against the game's rules, of
which each number is asserted against the engine in that game's own tests.
"""

from __future__ import annotations

import itertools
import random
import re
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench.game.base import SEATS
from gtbench.game.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[int, int]


def skinned(name: str, **settings: Any) -> gtbench.Game:
    """A game in its skin."""
    (skin,) = gtbench.load_game(name).skins()
    return gtbench.load_game(name, skin=skin, **settings)


def matches(game: gtbench.Game, count: int) -> Iterator[Table]:
    """Every position of some random matches."""
    for seed in range(count):
        table, rng = Table(game, game.deal(seed)), random.Random(seed)
        yield table
        while table.to_move:
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
            yield table


def numbers(game: gtbench.Game, seat: int) -> list[str]:
    """Every number in the rules that a seat reads."""
    return re.findall(r"-?\d+(?:\.\d+)?", game.rules(seat))


@pytest.mark.parametrize("seat", SEATS)
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("nim", {}),
        ("nim", {"pile_sizes": "2;4;6", "is_misere": False}),
        ("nim", {"pile_sizes": "5;9"}),
        ("nim", {"pile_sizes": "random", "opening": "random"}),
        ("kuhn_poker", {}),
        ("blind_auction", {}),
        ("blind_auction", {"max_value": 2}),
        ("blind_auction", {"max_value": 7}),
        ("blind_auction", {"max_value": 100}),
        ("negotiation", {}),
        ("negotiation", {"enable_utterances": False}),
        ("negotiation", {"num_items": 2, "num_symbols": 3, "utterance_dim": 2}),
        ("negotiation", {"num_items": 4, "num_symbols": 10, "utterance_dim": 1, "values": "mirrored"}),
        ("prisoners_dilemma", {}),
        ("prisoners_dilemma", {"termination_probability": 0.25}),
        ("prisoners_dilemma", {"termination_probability": 0.5, "max_game_length": 7}),
        ("prisoners_dilemma", {"temptation": 30, "reward": 20, "punishment": 7, "sucker": 3}),
    ],
)
def test_a_skin_states_the_numbers_of_its_game(name: str, settings: dict[str, Any], seat: int) -> None:
    assert numbers(skinned(name, **settings), seat) == numbers(gtbench.load_game(name, **settings), seat)


@pytest.mark.parametrize("misere", [True, False])
def test_whoever_empties_the_last_jar_fares_as_the_rules_say(misere: bool) -> None:
    game = skinned("nim", is_misere=misere)
    loses = "very last stone, so that all jars are empty, loses." in game.rules(0)
    assert loses == misere
    assert loses != ("very last stone, so that all jars are empty, wins." in game.rules(0))
    for table in matches(game, 30):
        empty = not re.search(r": [1-9]", table.view(0).state)
        assert empty == table.over
        if table.over:
            assert (table.earned[(len(table.plies) - 1) % 2] < 0) == loses


def test_three_numbers_sum_to_fifteen_where_three_marks_make_a_line() -> None:
    game = skinned("tic_tac_toe")
    assert numbers(game, 0) == ["1", "9", "3", "15", "1", "0", "-1", "7"]
    won = 0
    for table in matches(game, 300):
        for seat in SEATS:
            text = table.view(seat).state.splitlines()
            own, other = ([int(n) for n in re.findall(r"\d+", line)] for line in text[:2])
            assert sorted([*own, *other, *(int(n) for n in re.findall(r"\d+", text[2]))]) == [*range(1, 10)]
            sums = [sum(three) == 15 for three in itertools.combinations(own, 3)]
            assert any(sums) == (table.over and table.earned[seat] == 1)
            won += any(sums)
    assert won > 200


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"rows": 5, "columns": 4, "x_in_row": 3},
        {"rows": 3, "columns": 12, "x_in_row": 5},
        {"rows": 8, "columns": 9, "x_in_row": 5, "opening": "random"},
    ],
)
def test_crates_slide_and_win_as_the_rules_say(settings: dict[str, Any]) -> None:
    game = skinned("connect_four", **settings)
    full = gtbench.load_game("connect_four", **settings).parameters
    lanes, places, length = (full[name] for name in ("columns", "rows", "x_in_row"))
    stated = [*map(str, (lanes, places, 1, places, length, 1, 1, 1, 0, -1))]
    assert numbers(game, 1)[: len(stated)] == stated
    for table in matches(game, 40):
        pushed: list[list[str]] = [[] for _ in range(int(lanes))]
        for ply, line in enumerate(table.view(0).history):
            lane = re.findall(r": lane (.)", line)[0]
            pushed["abcdefghijkl".index(lane)].append("TS"[ply % 2])  # to the lowest number that is free
        rows = [line.split("|")[1].split() for line in game.picture(table.state).splitlines()[1:]]
        assert rows == [crates + ["."] * (int(places) - len(crates)) for crates in pushed]
        held = {(x, y): crate for x, row in enumerate(rows) for y, crate in enumerate(row) if crate != "."}
        winners = {
            crate
            for (x, y), crate in held.items()
            for dx, dy in ((0, 1), (1, 0), (1, 1), (1, -1))
            if all(held.get((x + i * dx, y + i * dy)) == crate for i in range(int(length)))
        }
        assert table.over == bool(winners or len(held) == len(rows) * len(rows[0]))
        assert len(winners) <= 1
        if table.over:
            assert table.earned == {"T": (1, -1), "S": (-1, 1)}.get("".join(winners), (0, 0))


@pytest.mark.parametrize(
    "settings", [{}, {"rows": 5, "columns": 4}, {"rows": 6, "columns": 6}, {"rows": 4, "columns": 2}]
)
def test_couriers_walk_and_win_as_the_rules_say(settings: dict[str, int]) -> None:
    game = skinned("breakthrough", **settings)
    for table in matches(game, 25):
        lines = game.picture(table.state).splitlines()
        stations = [int(n) for n in lines[0].split()[1:]]
        assert stations == [*range(1, len(stations) + 1)]
        trails = [line.split()[0] for line in lines[1:]]
        teams = [line.split()[1:] for line in lines[1:]]
        here = {(x, s): team for x, row in enumerate(teams) for s, team in enumerate(row, 1) if team != "."}
        if not table.plies:
            starts = {team: sorted({s for (_, s), t in here.items() if t == team}) for team in "UD"}
            for team in "UD":
                where = " and ".join(map(str, starts[team]))
                assert re.search(rf"\({team}\) starts with a courier at stations? {where} of", game.rules(0))
                assert len([t for t in here.values() if t == team]) == len(starts[team]) * len(trails)
        ends = ("U", len(stations)), ("D", 1)
        won = [
            team
            for (team, end), other in zip(ends, "DU", strict=True)
            if any((x, end) in here and here[x, end] == team for x in range(len(trails)))
            or other not in here.values()
        ]
        assert table.over == bool(won)
        if table.over:
            assert table.earned == {"U": (1, -1), "D": (-1, 1)}[won[0]]
            continue
        (seat,) = table.to_move
        team, step = "UD"[seat], (1, -1)[seat]
        legal = {
            f"{trails[x]} {s} to {trails[to]} {s + step}"
            for (x, s), mine in here.items()
            if mine == team
            for to in (x - 1, x, x + 1)
            if 0 <= to < len(trails)
            and (here.get((to, s + step)) is None or (to != x and here[to, s + step] != team))
        }
        assert set(table.view(seat).legal) == legal


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dice_sides": 4, "bidding_rule": "reset-quantity"},
        {"numdice": 2, "dice_sides": 3},
        {"numdice": 3},
    ],
)
def test_claims_go_beyond_each_other_and_are_true_as_the_rules_say(settings: dict[str, Any]) -> None:
    game = skinned("liars_dice", **settings)
    letters = "abcdefghijkl"[: int(game.parameters["dice_sides"])]
    most = 2 * int(game.parameters["numdice"])
    assert f"a number of slips, 1 to {most}, and a letter, a to {letters[-1]}." in game.rules(0)
    assert f"The letter {letters[-1]} stands for every letter" in game.rules(0)
    by_letter = "more slips than the last statement, with any letter" not in game.rules(0)

    def rank(claim: str) -> Place:
        number, *_, letter = claim.split()
        return (letters.index(letter), int(number)) if by_letter else (int(number), letters.index(letter))

    claims = [f"{n} slip{'s' * (n > 1)} with {letter}" for n in range(1, most + 1) for letter in letters]
    for table in matches(game, 40):
        told = [line.split(": ")[1] for line in table.view(0).history]
        said = [move for move in told if move != "doubt"]
        slips = [line.split(": ")[1].split(", ") for line in game.picture(table.state).splitlines()[:2]]
        assert table.over == ("doubt" in told)
        if table.over:
            number, *_, letter = said[-1].split()
            found = sum(slip in (letter, letters[-1]) for slip in [*slips[0], *slips[1]])
            claimer = (len(said) - 1) % 2
            assert table.earned[claimer] == (1 if found >= int(number) else -1)
            continue
        (seat,) = table.to_move
        legal = {claim for claim in claims if not said or rank(claim) > rank(said[-1])}
        assert set(table.view(seat).legal) == legal | ({"doubt"} if said else set())


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"winscore": 100},
        {"winscore": 7, "diceoutcomes": 3, "horizon": 9},
        {"winscore": 40, "diceoutcomes": 12},
    ],
)
def test_stores_and_bags_go_as_the_rules_say(settings: dict[str, Any]) -> None:
    game = skinned("pig", **settings)
    goal, sides, horizon = (str(game.parameters[name]) for name in ("winscore", "diceoutcomes", "horizon"))
    assert numbers(game, 0) == [goal, "1", sides, "1", goal, horizon, "1", "0", "-1"]
    for table in matches(game, 10):
        stores, bag, player = [0, 0], 0, 0
        for line in table.view(0).history:
            move = line.split(": ", 1)[1]
            assert line.split(". ")[1].startswith(("You", "Opponent")[player])
            if found := re.search(r"dig (\d+)", move):
                assert int(found[1]) in range(1, int(sides) + 1)
                lost = int(found[1]) == 1
                assert ("the shaft collapses" in move) == lost
                bag = 0 if lost else bag + int(found[1])
                player = 1 - player if lost else player
            elif move == "leave":
                stores[player] += bag
                bag, player = 0, 1 - player
        assert game.picture(table.state) == (
            f"Player 0: {stores[0]} in store\nPlayer 1: {stores[1]} in store\nBag: {bag}"
        )
        won = [store >= int(goal) for store in stores]
        assert table.over == (any(won) or len(table.plies) == int(horizon))
        if table.over:
            assert table.earned == ((1, -1) if won[0] else (-1, 1) if won[1] else (0, 0))
        else:
            only_leave = stores[player] + bag >= int(goal)
            assert table.view(player).legal == (("leave",) if only_leave else ("dig", "leave"))


def test_splits_and_offers_pay_as_the_rules_say() -> None:
    game, deals = skinned("negotiation"), 0
    for table in matches(game, 60):
        if table.over:
            told = [line.split(": ")[1] for line in table.view(0).history]
            agreed = told[-1] == "deal"
            deals += agreed
            prices, haul = [], re.findall(r"\d+", table.view(0).state.splitlines()[0])
            for seat in SEATS:
                listed = table.view(seat).state.splitlines()[1].split(".")[0]
                prices.append([int(n) for n in re.findall(r"\d+", listed)])
            if not agreed:
                assert table.earned == (0, 0)
                continue
            splits = [move for move in told if move.startswith("take")]
            takes = [int(n) for n in re.findall(r"\d+", splits[-1])]
            rest = [int(whole) - taken for whole, taken in zip(haul, takes, strict=True)]
            taker = (len(splits) - 1) % 2
            for seat, share in ((taker, takes), (1 - taker, rest)):
                worth = sum(n * price for n, price in zip(share, prices[seat], strict=True))
                assert table.earned[seat] == worth
    assert deals > 5
    auction = skinned("blind_auction")
    for table in matches(auction, 60):
        if table.over:
            for seat in SEATS:
                view = table.view(seat)
                own, other = (int(n) for n in re.findall(r"offer (\d+)", view.history[0]))
                income = int(re.findall(r"income of (\d+)", view.state)[0])
                got = "you get it" in view.history[0]
                assert got >= (own > other)
                assert got <= (own >= other)
                assert table.earned[seat] == (income - own if got else 0)
