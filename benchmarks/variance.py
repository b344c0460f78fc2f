"""How many matches an estimate saves: the true variance of scores of one agent against another.

Every pair of a league of twelve is estimated in four ways, and each estimate is compared with the truth and
with its own spread over leagues, never with the standard error that it claims:

    single      one match a deal, seats by turns: what others play
    paired      both seatings on each deal
    chance      paired, less what chance gave
    moves       paired, less what chance and the draw of both players' moves gave

A figure is how many single matches tell as much as one match played so: the variance of single matches over
the estimate's, at equal numbers of matches. `bias` is the mean error of the last in standard errors of that
mean, the largest of the pairs; `held` how often its 95 % interval holds the truth. What each could save if
agents told the probabilities of their moves stands under `told`: no log has them.

    python benchmarks/variance.py --leagues 50
    python benchmarks/variance.py --games kuhn_poker blind_auction --agents 4
"""
# ruff: noqa: INP001, T201  (a plain script, which prints)

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from leagues import Exact, decided  # first: see there

import numpy as np  # isort: skip

from gtbench_leaderboards.estimate.adjusted import adjusted, factors
from gtbench_leaderboards.estimate.moves import Moves
from gtbench_leaderboards.estimate.ratio import Ratios, estimate, ratios

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leagues import Played
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

GAMES = ("pig", "nim", "tic_tac_toe", "kuhn_poker", "blind_auction", "liars_dice")
TARGETS = {"pig": 40, "nim": 8, "tic_tac_toe": 8, "kuhn_poker": 4.5, "blind_auction": 6, "liars_dice": 2.2}
"""Single matches of near pairs that one match was meant to tell as much as."""
WAYS = ("paired", "chance", "moves", "told")


def moves_of(played: Played, agents: Exact) -> Moves:
    """The decisions of a league as the estimator takes them."""
    game, made = agents.layout, decided(played)
    position = game.owner[made.move]
    count = game.count[position]
    other = np.repeat(np.arange(len(position)), count)
    place = np.arange(len(other)) - np.repeat(np.cumsum(count) - count, count)
    option = game.first[position][other] + place
    seen = np.stack([made.agent, made.seat, made.information_set], axis=1)
    _, policy = np.unique(seen, axis=0, return_inverse=True)
    policy, most = policy.ravel(), int(game.count.max()) + 1
    wide = np.concatenate([policy * most + made.move - game.first[position], policy[other] * most + place])
    _, codes = np.unique(wide, return_inverse=True)
    low, high = game.range
    return Moves(
        match=made.match, deal=played.deal[made.match], policy=policy, move=codes[: len(policy)], other=other,
        option=codes[len(policy) :], worth=game.outlook[game.child[option]] / (high - low),
    )  # fmt: skip


def told(played: Played, agents: Exact) -> Floats:
    """What the draw of moves gave, where the probabilities of all are known; shape (matches, 2)."""
    game, made = agents.layout, decided(played)
    low, high = game.range
    worth = game.outlook[game.child] / (high - low)
    mean = np.stack([
        [np.bincount(game.owner, policy * worth[:, seat], len(game.kind)) for seat in (0, 1)]
        for policy in agents.policies
    ])  # fmt: skip
    found = np.zeros((len(played.first), 2))
    position = game.owner[made.move]
    for seat in (0, 1):
        given = worth[made.move, seat] - mean[made.agent, seat, position]
        found[:, seat] = np.bincount(made.match, given, len(found))
    return found


def margins(played: Played, pairs: Codes, deals: int, of: Floats) -> Floats:
    """By pair and deal, the first's score less the second's over both seatings; shape (pairs, deals)."""
    code = np.full((int(played.first.max()) + 1,) * 2, -1)
    code[pairs[:, 0], pairs[:, 1]] = code[pairs[:, 1], pairs[:, 0]] = np.arange(len(pairs))
    pair = code[played.first, played.second]
    sign = np.where(played.first < played.second, 1.0, -1.0)
    kept = pair >= 0
    place = pair[kept] * deals + played.deal[kept]
    margin = (of[:, 0] - of[:, 1]) * sign
    found = np.bincount(place, margin[kept] / 2, len(pairs) * deals).astype(np.float64)
    return found.reshape(len(pairs), deals)


def corrected(
    played: Played, agents: Exact, pairs: Codes, deals: int, moves: Moves
) -> tuple[Floats, list[Ratios]]:
    """Each pair's margin less what chance and moves gave, and its ratios for an interval."""
    plain, one = (margins(played, pairs, deals, played.share), np.ones((len(pairs), deals)))
    luck = margins(played, pairs, deals, played.luck + moves.given(len(played.first)))
    less, factor = adjusted(plain, one, luck), factors(plain, one, luck)
    found = ratios(less, one)
    code = np.full((agents.agents, agents.agents), len(pairs))
    code[pairs[:, 0], pairs[:, 1]] = code[pairs[:, 1], pairs[:, 0]] = np.arange(len(pairs))
    pair = code[played.first, played.second]
    sign = np.where(played.first < played.second, 0.5, -0.5)
    weight = np.append(factor, np.zeros((1, deals)), axis=0)[pair, played.deal] * sign
    pulled = moves.influence(np.column_stack([pair, pair]), np.column_stack([weight, -weight]), deals)
    pull = found.pull + pulled[: len(pairs)] / deals
    return less, [Ratios(found.value, pull, found.deals, found.effective)]


def measured(name: str, agents: int, deals: int, leagues: int) -> None:
    """Print the lines of a game."""
    players = Exact(name, np.linspace(0.1, 0.9, agents))
    pairs = np.array([(i, i + 1) for i in range(agents - 1)] + [(0, agents - 1), (1, agents - 2)])
    near = np.arange(len(pairs)) < agents - 1
    truth = np.array([
        (players.score(a, b) @ (1, -1) - players.score(b, a) @ (1, -1)) / 2 for a, b in pairs.tolist()
    ])  # fmt: skip
    found: dict[str, list[Floats]] = {way: [] for way in ("single", *WAYS)}
    held = np.zeros(len(pairs))
    for league in range(leagues):
        played = players.league(deals, league)
        plain = margins(played, pairs, deals, played.share)
        turns = np.where((played.first < played.second) == (played.deal % 2 == 0), 2.0, 0.0)
        found["single"].append(margins(played, pairs, deals, played.share * turns[:, None]).mean(axis=1))
        found["paired"].append(plain.mean(axis=1))
        one = np.ones_like(plain)
        luck = margins(played, pairs, deals, played.luck)
        found["chance"].append(adjusted(plain, one, luck).mean(axis=1))
        less, told_ratios = corrected(played, players, pairs, deals, moves_of(played, players))
        found["moves"].append(less.mean(axis=1))
        known = margins(played, pairs, deals, played.luck + told(played, players))
        found["told"].append(adjusted(plain, one, known).mean(axis=1))
        for pair in range(len(pairs)):
            bounds = estimate(told_ratios, pair, low=-1.0)
            held[pair] += bounds.low is None or bounds.low <= truth[pair] <= (bounds.high or 0)
    spread = {way: np.var(values, axis=0, ddof=1) for way, values in found.items()}
    error = np.mean(found["moves"], axis=0) - truth
    bias = np.abs(error) / np.sqrt(spread["moves"] / leagues)
    for kind, here in (("near", near), ("far", ~near)):
        saved = [np.exp(np.mean(np.log(spread["single"][here] / spread[way][here] / 2))) for way in WAYS]
        target = f"{TARGETS[name]:8g}" if kind == "near" else f"{'-':>8}"
        figures = "".join(f"{one:8.2f}" for one in saved)
        print(
            f"{name:14}{kind:5}{target}{figures}{bias[here].max():8.1f}{held[here].mean() / leagues:8.3f}",
            flush=True,
        )


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", nargs="+", default=GAMES)
    parser.add_argument("--agents", type=int, default=12)
    parser.add_argument("--deals", type=int, default=30)
    parser.add_argument("--leagues", type=int, default=200)
    args = parser.parse_args(words)
    print(f"{'single matches':19}{'target':>8}", *(f"{way:>7}" for way in (*WAYS, "bias", "held")))
    for game in args.games:
        measured(game, args.agents, args.deals, args.leagues)


if __name__ == "__main__":
    main()
