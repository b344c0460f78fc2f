"""What the matches under way may still take up, told from those of the same kind that have ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gtbench.models.ledger import Spent

if TYPE_CHECKING:
    from gtbench.records import Match
    from gtbench.schedule import Pairing

Kind = tuple[str, ...]
"""A game and the agents that play it: matches of a kind take up about as much."""


@dataclass(slots=True)
class Forecast:
    """The most that matches have taken up, by their kind, and how many of each kind are under way.

    What it costs to ask depends on the kinds there are, not on the matches.
    """

    _most: dict[Kind, Spent] = field(default_factory=dict)
    _most_of_all: Spent = field(default_factory=Spent)
    _under_way: Counter[Kind] = field(default_factory=Counter)

    @property
    def knows(self) -> bool:
        """Whether any match has ended."""
        return bool(self._most)

    def learn(self, played: Match) -> None:
        """Take up what a match has taken up."""
        kind, spent = _kind(played), Spent.on(played.calls)
        self._most[kind] = Spent.most(self._most.get(kind, spent), spent)
        self._most_of_all = Spent.most(self._most_of_all, spent)

    def begun(self, pairing: Pairing) -> None:
        """Count a match as under way."""
        self._under_way[_kind(pairing)] += 1

    def ended(self, pairing: Pairing) -> None:
        """Count it no longer, whatever became of it."""
        kind = _kind(pairing)
        self._under_way[kind] -= 1
        if not self._under_way[kind]:
            del self._under_way[kind]

    def with_more(self, pairing: Pairing, count: int) -> Spent:
        """What all that are under way and so many more matches like this one may take up together."""
        counts = Counter(self._under_way)
        counts[_kind(pairing)] += count
        return Spent.sum(self._expected(kind).times(number) for kind, number in counts.items())

    def _expected(self, kind: Kind) -> Spent:
        """What a match may take up: the most that one like it has, or else the most that any has."""
        return self._most.get(kind, self._most_of_all)


def _kind(match: Match | Pairing) -> Kind:
    """What matches are alike in what they take up."""
    return (match.game, *sorted(match.agents))
