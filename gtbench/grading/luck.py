"""What chance gave each seat of a match, beyond the mean of what it could have given.

    luck = outlook after the chance events - mean outlook over all their outcomes

in the game's own units; see `Oracle.outlook`. The mean of luck is 0 whatever the agents do, so that a payoff
less its luck has the mean of the payoff and less variance (the advantage-sum estimate: Zinkevich, Bowling,
Bard, Kan and Billings, 2006, "Optimal unbiased estimators for evaluating agent performance").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gtbench.grading.plies import plies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gtbench.game.oracle import Oracle
    from gtbench.records import Match

Payoffs = tuple[float, float]
NONE: Payoffs = (0.0, 0.0)


def luck(match: Match, oracle: Oracle) -> Payoffs:
    """What chance gave both seats in a match, as far as that is known.

    An event whose luck is not known is left out, which keeps the mean at 0.

    Raises:
        ValueError: The match was played by other rules than the game has now.
    """
    if oracle.game.deterministic:  # a random opening's worth is not known
        return NONE
    total = [0.0, 0.0]
    before: tuple[Any, Mapping[int, int]] | None = None
    for table, turns in plies(match, oracle.game):
        come = _given(oracle, *before, table.state) if before else _dealt(oracle, table.state)
        total = [sum(both) for both in zip(total, come, strict=True)]
        before = table.state.clone(), {turn.seat: turn.action for turn in turns if turn.action is not None}
    if before and not match.forfeited_by:
        total = [sum(both) for both in zip(total, _given(oracle, *before, table.state), strict=True)]
    first, second = total
    return first, second


def _dealt(oracle: Oracle, state: Any) -> Payoffs:
    """What the chance events before the first move gave."""
    game = oracle.game
    if game.opening_plies or game.sampled:
        return NONE
    if not game.engine.new_initial_state().is_chance_node():
        return NONE
    return _beyond(oracle.outlook_at_start, oracle.outlook(state))


def _given(oracle: Oracle, before: Any, actions: Mapping[int, int], after: Any) -> Payoffs:
    """What the chance events after a ply gave: the state before it, what was played, and the state after."""
    state = before.clone()
    oracle.game.apply(state, [actions[seat] for seat in sorted(actions)])
    if not state.is_chance_node():
        return NONE
    return _beyond(oracle.mean_outlook(state), oracle.outlook(after))


def _beyond(mean: Payoffs | None, come: Payoffs | None) -> Payoffs:
    """What came, less what was to be expected; nothing where one of them is not known."""
    return NONE if mean is None or come is None else (come[0] - mean[0], come[1] - mean[1])
