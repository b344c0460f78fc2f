"""What matches may take up, told from those that have ended: too little, and a cap is overrun."""

from __future__ import annotations

import pytest
from made import call, match, turn

from gtbench.errors import BudgetSpent
from gtbench.models.ledger import Budget, Ledger, Spent
from gtbench.records import Call, Try
from gtbench.schedule import Pairing
from gtbench.tournament.forecast import Forecast


def pairing(number: int = 1, agents: tuple[str, str] = ("a", "b"), game: str = "g") -> Pairing:
    return Pairing(number, game, 0, "a pair", 0, 0, agents)


def forecast(*matches: tuple[str, tuple[str, str], list[int]]) -> Forecast:
    """What is known after matches of a game and two agents, whose calls took so many tokens."""
    known = Forecast()
    for game, agents, tokens in matches:
        calls = [call(count, cost=count / 1000) for count in tokens]
        known.learn(match(1, 0, [turn(0, calls=calls)], game=game, agents=agents))
    return known


def test_a_match_may_take_up_the_most_that_one_of_its_kind_has() -> None:
    known = forecast(("g", ("a", "b"), [10]), ("g", ("a", "b"), [30, 30]), ("g", ("a", "b"), [5] * 4))
    assert known.with_more(pairing(), 1) == pytest.approx(Spent(0.06, 60, 4))  # of each what was most


def test_seats_make_no_kind_and_games_and_agents_do() -> None:
    known = forecast(("g", ("a", "b"), [10]), ("h", ("a", "b"), [20]), ("g", ("a", "c"), [40]))
    assert known.with_more(pairing(agents=("b", "a")), 1).tokens == 10
    assert known.with_more(pairing(game="h"), 1).tokens == 20
    assert known.with_more(pairing(agents=("c", "a")), 1).tokens == 40


def test_a_kind_of_which_nothing_is_known_may_take_up_the_most_of_all() -> None:
    known = forecast(("g", ("a", "b"), [10]), ("h", ("a", "b"), [20]))
    assert known.with_more(pairing(agents=("c", "d")), 2).tokens == 40


def test_what_is_under_way_counts_until_it_has_ended_one_by_one() -> None:
    known = forecast(("g", ("a", "b"), [10]), ("h", ("a", "b"), [20]))
    for one in (pairing(1), pairing(2), pairing(3, game="h")):
        known.begun(one)
    assert known.with_more(pairing(), 2).tokens == 2 * 10 + 20 + 2 * 10
    known.ended(pairing(1))
    assert known.with_more(pairing(), 2).tokens == 10 + 20 + 2 * 10
    known.ended(pairing(3, game="h"))
    known.ended(pairing(2))
    assert known.with_more(pairing(), 2).tokens == 2 * 10


def test_nothing_is_known_before_a_match_has_ended() -> None:
    known = Forecast()
    known.begun(pairing())
    assert not known.knows
    known.learn(match(1, 0))
    assert known.knows


def test_requests_that_were_given_up_count_against_every_cap() -> None:
    lost = Try(reason="", input_tokens=30, output_tokens=20, cost=0.25)
    answered = call(7, input_tokens=3, cost=0.5).model_copy(update={"retries": (lost,)})
    assert Spent.on([answered]) == (0.5, 60, 2)  # the call's cost includes its tries
    assert Spent.on([answered], [lost, lost]) == (1.0, 160, 4)
    assert Spent.on([answered.model_copy(update={"replayed": True})]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("cap", "unit"),
    [("max_calls", Spent(calls=1)), ("max_tokens", Spent(tokens=1)), ("max_cost", Spent(cost=0.125))],
)
def test_the_room_under_a_cap_is_told_exactly(cap: str, unit: Spent) -> None:
    """Room for three units: two fit beside one that is spent, and no more; the third spent is the cap."""
    room = max(unit.times(3))
    ledger = Ledger(Budget.model_validate({cap: room}))
    ledger.spent = unit
    assert ledger.short_of(unit.times(2)) == ""
    assert ledger.short_of(unit.times(3)) == f"{cap}={room:g}"
    ledger.spent = unit.times(2)
    ledger.check()
    ledger.spent = unit.times(3)
    with pytest.raises(BudgetSpent, match=f"{cap}={room:g} is spent"):
        ledger.check()


def test_a_call_of_no_known_price_is_said() -> None:
    ledger = Ledger(Budget(max_cost=5))
    ledger.add(
        [call(1, model="m/known", cost=0.1), Call(model="m/free", messages=(), settings={}, samples=())]
    )
    assert ledger.unpriced == {"m/free"}
