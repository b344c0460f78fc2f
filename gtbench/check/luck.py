"""What the judge asks of a game's luck: a deal repeats it, and deals differ."""

from __future__ import annotations

import pickle
import random
from typing import TYPE_CHECKING

from gtbench.errors import CheckFailed
from gtbench.game import SEATS
from gtbench.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.check.sample import Sample
    from gtbench.game import Deal, Game

LONG_MATCH = 200
"""Plies of a match that are looked at where each is compared with all before it."""


def luck(sample: Sample) -> str:
    """A deal repeats its luck to the byte, and deals differ where there is luck."""
    game = sample.game
    texts = [_transcript(game, seed) for seed in range(20)]
    again = pickle.loads(pickle.dumps(game))  # noqa: S301
    for seed, text in enumerate(texts):
        if _transcript(again, seed) != text:
            raise CheckFailed(f"{game}: the deal of seed {seed} is not the same again")
    start = game.engine.new_initial_state()
    lucky_start = start.is_chance_node() and len(start.chance_outcomes()) > 1
    must_differ = game.sampled or game.opening_plies or lucky_start
    if (must_differ and len(set(texts)) == 1) or (len(set(texts)) > 1 and not has_luck(game)):
        raise CheckFailed(f"{game}: {len(set(texts))} different matches on {len(texts)} deals")
    for seed in range(len(texts)):
        _play_through(Table(game, _Witness(game.deal(seed))), random.Random(seed))  # type: ignore[arg-type]
    return f"{len(texts)} deals"


class _Witness:
    """A deal that sees to it that no two events of a match have one name, and so one luck."""

    def __init__(self, deal: Deal) -> None:
        self.game, self.seed, self._deal = deal.game, deal.seed, deal
        self._named: set[str] = set()

    def part(self, name: str) -> Deal:
        """As of the deal."""
        return self._deal.part(name)

    def draw(self, event: str, outcomes: Sequence[tuple[int, float]]) -> int:
        """As the deal draws it."""
        if event in self._named:
            raise CheckFailed(f"{self.game}: two chance events of a match are named {event!r}")
        self._named.add(event)
        return self._deal.draw(event, outcomes)


def _play_through(table: Table, rng: random.Random) -> None:
    """Play a match at random, to its end or for a good while."""
    while not table.over and len(table.plies) < LONG_MATCH:
        table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})


def has_luck(game: Game) -> bool:
    """Whether a match met anything that could have gone otherwise by chance."""
    if game.sampled or game.opening_plies:
        return True
    state, rng = game.start(game.deal(0)), random.Random(0)
    while not state.is_terminal():
        if state.is_chance_node():
            outcomes = [outcome for outcome, probability in state.chance_outcomes() if probability > 0]
            if len(outcomes) > 1:
                return True
            state.apply_action(outcomes[0])
        elif state.is_simultaneous_node():
            state.apply_actions([rng.choice(state.legal_actions(seat)) for seat in SEATS])
        else:
            state.apply_action(rng.choice(state.legal_actions()))
    return False


def _transcript(game: Game, seed: int) -> str:
    """All that both seats read in one match on a deal, played by a fixed rule."""
    table, rng = Table(game, game.deal(seed)), random.Random(0)
    parts = [table.view(seat).text for seat in SEATS]
    while not table.over and len(table.plies) < LONG_MATCH:
        table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
        parts += [table.view(seat).text for seat in SEATS]
    return "\n".join(parts)
