"""What the check asks of a game's luck: a deal repeats it, deals differ, what is hidden is drawn apart."""

from __future__ import annotations

import pickle
import random
from typing import TYPE_CHECKING

from gtbench.check.sample import require
from gtbench.errors import CheckFailed
from gtbench.game.base import SEATS
from gtbench.game.luck import drawn, new_keys
from gtbench.game.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gtbench.check.sample import PositionSample
    from gtbench.game.base import Game
    from gtbench.game.deal import Deal

DEALS = 20
"""How many deals are looked at, and how often each thing in them is drawn otherwise."""

SHARE = 0.5
"""How much is drawn otherwise where several things are at once."""

LONG_MATCH = 200
"""Plies of a match that are looked at where each is compared with all before it."""


def luck(sample: PositionSample) -> str:
    """A deal repeats its luck to the byte, and deals differ where there is luck."""
    game = sample.game
    texts = [_transcript(game, seed) for seed in range(DEALS)]
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


def apart(sample: PositionSample) -> str:
    """What is hidden from a seat is drawn apart from what it sees, so that no trying of seeds finds it."""
    game, rng, compared = sample.game, random.Random(sample.seed), 0
    if not game.sampled:
        return "nothing is drawn but event by event"
    for number in range(DEALS):
        table = Table(game, game.deal(drawn(new_keys(sample.seed).luck, number)))
        others = list(_redrawn(table, rng))
        for seat in SEATS:
            try:
                hidden = _hides(table, seat, rng)
            except TypeError as error:
                return f"nothing: {error}"
            alike = {str(other.state) for other in others if other.view(seat) == table.view(seat)}
            require(
                not hidden or bool(alike - {str(table.state)}),
                f"what seat {seat} sees and what is hidden from it are drawn as one, and so can be found by "
                "trying seeds: see Deal.draw and Deal.part",
                table,
            )
            compared += hidden
    return f"{compared} first views" if compared else "nothing is hidden at first"


def _redrawn(table: Table, rng: random.Random) -> Iterator[Table]:
    """Tables of the same beginning with some of it drawn otherwise: each thing alone, and several at once."""
    game, deal = table.game, table.deal
    first = _Redrawn(deal, deal, [])
    Table(game, first)  # type: ignore[arg-type]
    names = list(first.named)
    for number in range(DEALS):
        other = game.deal(drawn(deal.seed, "otherwise", number))
        several = [[name for name in names if rng.random() < SHARE] for _ in names]
        for redrawn in (*([name] for name in names), *several):
            yield Table(game, _Redrawn(deal, other, redrawn))  # type: ignore[arg-type]


class _Redrawn:
    """A deal of which some things are drawn otherwise; it notes what was drawn, by name."""

    def __init__(self, deal: Deal, other: Deal, redrawn: Sequence[str]) -> None:
        self.game, self.seed = deal.game, deal.seed
        self._deal, self._other, self._redrawn = deal, other, redrawn
        self.named: dict[str, None] = {}

    def _of(self, name: str) -> Deal:
        """The deal by which this is drawn."""
        self.named[name] = None
        return self._other if name in self._redrawn else self._deal

    def part(self, name: str) -> Deal:
        """As of a deal."""
        return self._of(name).part(name)

    def draw(self, event: str, outcomes: Sequence[tuple[int, float]]) -> int:
        """As a deal draws it."""
        return self._of(event).draw(event, outcomes)


def _hides(table: Table, seat: int, rng: random.Random) -> bool:
    """Whether the seat may be in another state."""
    game, state = table.game, table.state
    seen = game.seen(state, seat)
    return any(str(game.determinise(seen, seat, rng)) != str(state) for _ in range(DEALS))


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
