"""How few matches decide who is first: the pairs of matches that would have to be left out for another to be.

Leaving out a thousandth of the games of a league can change who is first (Huang et al., 2025, arXiv
2508.11847; Broderick et al., 2020). The pairs, one deal in both seatings, are left out in the order in which
they speak for the first's lead over another agent, by their influence

    (D_1 - r_1 S_1) / sum S_1 - (D_2 - r_2 S_2) / sum S_2, the mean over the games of both,

and the scores are counted anew after each. It is a greedy search: fewer pairs may do, never more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gtbench_leaderboards.data.results import Results

    Floats = NDArray[np.float64]


class Fragile(NamedTuple):
    """How few pairs of matches decide a lead."""

    left_out: int
    """Pairs that would have to be left out."""
    of: int
    """Pairs of either agent."""


def first_by_score(games: Sequence[Results], group: Sequence[int]) -> str:
    """One sentence on who is first by score over all games, and how few pairs of matches make it so."""
    names = games[0].agents
    scores = {place: float(np.mean(own)) for place in group if (own := _scores(games, place))}
    first = max(scores, key=lambda place: scores[place])
    found = {other: fragile(games, first, other) for other in scores if other != first}
    known = {other: one for other, one in found.items() if one}
    if not known:
        return f"{names[first]} is first by score, whatever is left out."
    other = min(known, key=lambda place: known[place].left_out / known[place].of)
    count, of = known[other]
    return (
        f"First by score is {names[first]}; without {count} of {of} pairs of matches ({count / of:.1%}), "
        f"chosen against it, {names[other]} would be before it."
    )


def _scores(games: Sequence[Results], place: int) -> list[float]:
    """An agent's score in each game that it has played."""
    found = []
    for game in games:
        mine = game.agent == place
        if weight := float(game.weight[mine].sum()):
            found.append(float((game.share * game.weight)[mine].sum()) / weight)
    return found


def fragile(games: Sequence[Results], first: int, second: int) -> Fragile | None:
    """How few pairs of matches, left out, take an agent's lead over another; None if none can.

    Args:
        games: The results.
        first: The place of the agent that leads.
        second: That of the other.
    """
    parts = [part for game in games if (part := _units(game, first, second)) is not None]
    if not parts:
        return None
    influence = np.concatenate([part.influence for part in parts])
    of = np.concatenate([np.full(len(part.influence), place) for place, part in enumerate(parts)])
    order = np.argsort(-influence, kind="stable")
    order = order[influence[order] > 0]
    gaps = np.zeros(len(order))
    offset = 0
    for place, part in enumerate(parts):
        here = of[order] == place
        out = np.cumsum(np.where(here[:, None], part.sums[np.where(here, order - offset, 0)], 0.0), axis=0)
        left = part.sums.sum(axis=0) - out
        with np.errstate(divide="ignore", invalid="ignore"):
            gaps += left[:, 0] / left[:, 1] - left[:, 2] / left[:, 3]
        offset += len(part.influence)
    lost = np.flatnonzero(gaps < 0)
    return Fragile(int(lost[0]) + 1, len(influence)) if len(lost) else None


class _Units(NamedTuple):
    """The pairs of matches of either of two agents in one game."""

    sums: Floats
    """Shape (pairs, 4): what a pair gave and counted, the first's, then the second's."""
    influence: Floats


def _units(game: Results, first: int, second: int) -> _Units | None:
    """None where one of them has not played the game."""
    pair = game.rows["pair"].to_numpy()
    mine = [game.agent == who for who in (first, second)]
    either = mine[0] | mine[1]
    units, place = np.unique(pair[either], return_inverse=True)
    columns = [
        np.bincount(place, np.where(own, values, 0.0)[either], len(units))
        for own in mine
        for values in (game.share * game.weight, game.weight)
    ]
    sums = np.array(columns, dtype=np.float64).T
    whole = sums.sum(axis=0)
    if not (whole[1] and whole[3]):
        return None
    pulls = [(sums[:, i] - whole[i] / whole[i + 1] * sums[:, i + 1]) / whole[i + 1] for i in (0, 2)]
    return _Units(sums, pulls[0] - pulls[1])
