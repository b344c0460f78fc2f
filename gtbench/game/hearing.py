"""Which move an answer names, or why it names none."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from gtbench.game.words import LONGEST_ANSWER, normalise, quote
from gtbench.labels import FaultKind
from gtbench.records import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable


class Spoken(Protocol):
    """What is asked of a game whose moves are heard, a `gtbench.Game`."""

    moves: tuple[str, ...]
    vocabulary: tuple[str, ...]
    synonyms: frozenset[str]

    @property
    def form(self) -> str:
        """How a move is written."""
        ...

    @property
    def language(self) -> str:
        """What has a move's form."""
        ...

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        """Why what has a move's form is not legal now."""
        ...

    def legal(self, state: Any, seat: int) -> list[int]:
        """The ids of a seat's legal moves."""
        ...

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        """Every form in which a move is understood now."""
        ...


class Lexicon:
    """What the moves of a game are called, whatever the state."""

    def __init__(self, game: Spoken) -> None:
        self.game = game
        self.called: dict[str, list[int]] = {}
        """The ids of each canonical form."""
        for action, word in enumerate(game.moves):
            self.called.setdefault(word, []).append(action)

    @cached_property
    def patterns(self) -> dict[str, re.Pattern[str]]:
        """Every word for a move, legal now or not, and how it is found within an answer."""
        words = dict.fromkeys([*self.game.vocabulary, *sorted(self.game.synonyms)])
        return {word: re.compile(rf"(?<![\w'\u2019]){re.escape(word)}(?![\w'\u2019])") for word in words}

    @cached_property
    def well_formed(self) -> re.Pattern[str]:
        """What has a move's form; nothing where the game does not say."""
        return re.compile(self.game.language or r"(?!)", re.ASCII)


class Hearing:
    """How a seat's answers are understood in one state; the names of moves are found when needed."""

    def __init__(self, lexicon: Lexicon, state: Any, seat: int) -> None:
        self._lexicon, self._state, self._seat = lexicon, state, seat
        self._legal = lexicon.game.legal(state, seat)

    def __call__(self, answer: str) -> int | Fault:
        """The legal action that an answer names, or why it names none."""
        called = self._lexicon.called
        said = answer if answer in called else normalise(answer)
        for action in called.get(said, ()):
            if action in self._legal:
                return action
        if said in self._now:
            return self._now[said]
        return self._fault(answer, said)

    def _fault(self, answer: str, said: str) -> Fault:
        """Why an answer, `said` in its normal form, names no legal action."""
        quoted, patterns = quote(answer.strip()), self._lexicon.patterns
        formed = self._lexicon.well_formed.fullmatch(said) if len(said) <= LONGEST_ANSWER else None
        if formed or said in self._ever or said in patterns:
            reason = self._reason(formed)
            return Fault(kind=FaultKind.ILLEGAL, detail=f"{quoted} is not a legal move now{reason}.")
        words = patterns.items() if len(said) <= LONGEST_ANSWER else ()
        found = {word for word, pattern in words if word in said and pattern.search(said)}
        named = {self._now.get(word, self._ever.get(word, word)) for word in found}
        if len(named) > 1:
            return Fault(kind=FaultKind.AMBIGUOUS, detail=f"{quoted} names more than one move.")
        form = self._lexicon.game.form
        return Fault(kind=FaultKind.UNPARSABLE, detail=f"{quoted} is not a move. A move is {form}.")

    def _reason(self, formed: re.Match[str] | None) -> str:
        """Why an answer is not legal, as it follows that it is not."""
        if not self._legal:
            return ": it is not your turn"
        reason = self._lexicon.game.explain(self._state, self._seat, formed) if formed else ""
        return f": {reason}" if reason else ""

    @cached_property
    def _now(self) -> dict[str, int]:
        """The legal moves by all their names."""
        return self._by_name(self._legal)

    @cached_property
    def _ever(self) -> dict[str, int]:
        """All moves, legal now or not, by all their names."""
        return self._by_name(action for action, word in enumerate(self._lexicon.game.moves) if word)

    def _by_name(self, actions: Iterable[int]) -> dict[str, int]:
        """Moves by all their names."""
        spellings, state, seat = self._lexicon.game.spellings, self._state, self._seat
        return {word: action for action in actions for word in spellings(state, seat, action)}
