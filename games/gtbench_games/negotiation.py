"""Negotiation: two players divide a pool of items that each of them values otherwise (Cao et al., 2018).

engine    OpenSpiel `negotiation`: sequential, sampled stochastic, imperfect information, general-sum
moves     "keep 1 book, 2 hats, 0 balls" (what the proposer would get), "agree", and, after each proposal,
          a message such as "say a c b"
rewards   what a player's own share is worth to it; 0 for both without agreement
chance    the engine draws pool and number of turns from a seed of the deal, and the values of a deal that
          somebody has chosen; those of a run's deals are drawn under its key

The engine draws from a generator of its own, which is seeded for each deal. Its seeds are short enough for
all to be tried, so a player could find the other's values from the pool and its own if one seed drew them
all. `values=mirrored` deals the same with the players' values exchanged.
"""

from __future__ import annotations

import itertools
from functools import cached_property, lru_cache
from operator import mul
from typing import TYPE_CHECKING, Any, ClassVar

import pyspiel

from gtbench.errors import BadOption
from gtbench.game import svg
from gtbench.game.base import SEATS, Game
from gtbench.game.deal import Deal, derive
from gtbench.game.luck import WIDE
from gtbench.game.questions import NONE, Question, how_many
from gtbench.game.words import WHOLE, number
from gtbench.labels import About, Slip
from gtbench.records import PayoffRange

if TYPE_CHECKING:
    import re
    from collections.abc import Hashable, Mapping, Sequence
    from random import Random

    from gtbench.records import Parameter

ITEMS = ("book", "hat", "ball", "cup")
SYMBOLS = "abcdefghij"
AGREE = "agree"
WHOSE = "the opponent's"
MORE = "(?:0|[2-9]|[1-9][0-9]+)"  # as WHOLE, but for 1
MOST_MESSAGES = 1000

TOOK_TOO_LITTLE, GAVE_TOO_MUCH, REFUSED_LAST = "took_too_little", "gave_too_much", "refused_last"


class Negotiation(Game):
    """Negotiation in words."""

    name = "negotiation"
    title = "Negotiation"
    engine_name = "negotiation"
    oracle_class = "gtbench_games.oracles.negotiation:NegotiationOracle"
    prose_class = "gtbench_games.prose.negotiation:NegotiationProse"
    skin_classes: ClassVar[Mapping[str, str]] = {"salvage": "gtbench_games.skins.salvage:Salvage"}
    defaults: ClassVar[Mapping[str, Parameter]] = {
        "num_items": 3, "enable_utterances": True, "num_symbols": 5, "utterance_dim": 3, "values": "dealt",
    }  # fmt: skip
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "num_items": (1, len(ITEMS)),
        "num_symbols": (1, len(SYMBOLS)),
        "utterance_dim": (1, 6),
        "values": ("dealt", "mirrored"),
    }
    variants = ("values=mirrored", "enable_utterances=false")
    paper_class = "incomplete, probabilistic, dynamic"
    abilities: ClassVar[tuple[str, ...]] = ("collaboration", "bluff", "math")
    labels: ClassVar[Mapping[str, About]] = {
        TOOK_TOO_LITTLE: About(
            "an agreement worth less than could be had for certain", Slip.CALCULATION_ERROR
        ),
        GAVE_TOO_MUCH: About(
            "a proposal worth less to its maker than the offer on the table", Slip.CALCULATION_ERROR
        ),
        REFUSED_LAST: About(
            "the last offer was worth something and was refused for nothing", Slip.ENDGAME_MISDETECTION
        ),
    }
    items = ITEMS
    synonyms = frozenset({"accept", "i agree", "i accept"})
    worth, turns = "what the whole pool is worth to you", "how many turns are left, this one included"
    offer = "what you would get if you agreed now, or none if you cannot agree now"

    def checked(self, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
        said = super().checked(parameters)
        if int(said["num_symbols"]) ** int(said["utterance_dim"]) > MOST_MESSAGES:
            raise BadOption(
                f"{self.name}: num_symbols to the power of utterance_dim is at most {MOST_MESSAGES}"
            )
        return said

    @property
    def sampled(self) -> bool:
        return True

    def start(self, deal: Deal) -> Any:
        shown = deal.part("pool and turns")
        for attempt in itertools.count():
            state = self._drawn(shown, attempt)
            turns, pool, *drawn, course = self._saved(state)
            if self._is_sound(drawn):
                break
        values = drawn.copy()
        if deal.seed >= WIDE:
            values = [self._values(deal.part(f"values of seat {seat}")) for seat in SEATS]
        if self.parameters["values"] == "mirrored":
            values.reverse()
        if values == drawn:
            return state
        return self.engine.deserialize_state("\n".join([turns, pool, *values, course]))

    def _values(self, part: Deal) -> str:
        """A player's values, distributed as the engine's: all equally likely, but never nothing but zeros."""
        return self._every_values[1 + part.seed % (len(self._every_values) - 1)]

    @cached_property
    def _every_values(self) -> list[str]:
        """All values that a player can have as the engine writes them, nothing but zeros first."""
        values = map(str, range(self._dearest + 1))
        return [" ".join(reversed(of)) for of in itertools.product(values, repeat=self._kinds)]

    def _drawn(self, part: Deal, attempt: int) -> Any:
        """A start as the engine draws it."""
        seed = derive(part.game, part.seed, attempt, bits=31)
        engine = pyspiel.load_game(f"{self.engine_name}({self._changed}rng_seed={seed})")
        state = engine.new_initial_state()
        state.apply_action(0)  # has the engine draw
        return state

    @cached_property
    def _changed(self) -> str:
        """The engine's parameters that are not its defaults, as it reads them: each takes its time."""
        usual = self.engine.get_type().parameter_specification
        given = self.engine.get_parameters().items()
        return "".join(f"{name}={value}," for name, value in given if value != usual[name])

    def _is_sound(self, values: Sequence[str]) -> bool:
        """Whether each player has one value a kind.

        Where the engine has drawn nothing but zeros for a player, once in 700 deals, it draws again but keeps
        the zeros, and pays by them.
        """
        return all(len(own.split()) == self._kinds for own in values)

    def twin(self, start: Any, seat: int, number: int) -> Any:
        saved, other = self._saved(start), self._saved(self.start(self.deal(number)))
        saved[3 - seat] = other[3 - seat]  # the other seat's values
        return self.engine.deserialize_state("\n".join(saved))

    @staticmethod
    def _saved(state: Any) -> list[str]:
        """The engine's record of a state: turns, pool, values of seat 0, of seat 1, actions."""
        return str(state.serialize()).rstrip("\n").split("\n")

    @property
    def form(self) -> str:
        proposal = self._proposal([1] * self._kinds)
        answers = f'"{proposal}" (or other numbers), or "{AGREE}"'
        return (
            f'{answers}; where a message is asked for, "say {self._letters}"' if self._messages else answers
        )

    @property
    def _letters(self) -> str:
        """The symbols of a message, as an example."""
        dim, symbols = (int(self.parameters[name]) for name in ("utterance_dim", "num_symbols"))
        return " ".join(SYMBOLS[place % symbols] for place in range(dim))

    def name_moves(self) -> tuple[str, ...]:
        self._kinds = int(self.parameters["num_items"])
        self._messages = bool(self.parameters["enable_utterances"])
        messages = self._all_messages if self._messages else []
        return (
            *(self._proposal(counts) for counts in self.proposals),
            AGREE,
            *(f"say {' '.join(symbols)}" for symbols in messages),
        )

    def write_rules(self, seat: int) -> str:
        names = ", ".join(f"{item}s" for item in self.items[: self._kinds])
        order = "first" if seat == 0 else "second"
        message = ""
        if self._messages:
            dim, symbols = self.parameters["utterance_dim"], SYMBOLS[: int(self.parameters["num_symbols"])]
            message = (
                "After each proposal, and before the other player's answer, the player who made it sends a "
                f"message of {dim} symbol{'s' * (dim != 1)} from {symbols[0]} to {symbols[-1]}. The other "
                "player reads it. A message binds nobody and pays nothing, and its symbols have no meaning "
                "but what the players make of them.\n"
            )
        return (
            f"Negotiation, for two players, about a pool of items of {self._kinds} "
            f"kind{'s' * (self._kinds > 1)}: {names}.\n"
            f"The pool holds 0 to {self._most} items of each kind, all equally likely, and both players see "
            f"it. To a player an item of a kind is worth a whole number from {self._cheapest} to "
            f"{self._dearest}, all equally likely, and not every kind is worthless to it. Each player sees "
            "only its own values; the other's are drawn in the same way, independently.\n"
            "The players take turns. In a turn the player either agrees to the other player's last proposal, "
            "which ends the match, or makes a proposal of its own: how many items of each kind it would "
            "keep. The other player would get the rest of the pool. There is nothing to agree to in the "
            "first turn.\n"
            f"{message}"
            "The match has a limited number of turns, those of both players together, shown with the pool. A "
            "proposal made in the last turn can no longer be agreed to.\n"
            "If a player agrees, each player gets the sum of its own values of the items that it receives. "
            "Without agreement both get 0.\n"
            f"A move is {self.form}.\n"
            f"You move {order}."
        )

    def legal(self, state: Any, seat: int) -> list[int]:
        if self._messages and state.move_number() % 2 == 0 and state.current_player() == seat:
            return self._every_message.copy()  # after a proposal; to list them would take the engine long
        legal: list[int] = state.legal_actions(seat)
        return legal

    def observe(self, state: Any, seat: int) -> str:
        dealt = _deal_in(state.observation_string(seat))
        turns, wares = self._wares(dealt)
        if state.is_terminal():
            return wares
        taken, writing = divmod(state.move_number() - 1, 1 + self._messages)  # the engine's draw is a move
        mine = taken % 2 == seat
        told = f"{wares}\nTurn {taken + 1} of {turns}. It is {'your' if mine else WHOSE} turn."
        if writing:
            return told + (self.own_message if mine else self.other_message)
        if not (mine and taken):
            return told
        kept = self.proposals[state.history()[-1 - self._messages]]
        _, pool, values = dealt_in(dealt)
        left = tuple(count - gone for count, gone in zip(pool, kept, strict=True))
        return told + self.offered % (self._counted(left), _worth(left, values))

    own_message = " Your proposal is made; now write your message."
    other_message = " The opponent's proposal is made; its message comes next."
    offered = "\nThe opponent's proposal leaves you %s, worth %d to you."

    def _wares(self, dealt: str) -> tuple[int, str]:
        """The number of turns; and the pool, and what it is worth to a player, in words."""
        return _wares(self.items, dealt)

    def legal_words(self, state: Any, legal: Sequence[int]) -> tuple[tuple[str, ...], str]:
        last = tuple(legal[-2:])  # with them all are known: a message's, or the whole pool, and to agree
        if last not in self._worded_by_last:
            self._worded_by_last[last] = tuple([self.moves[action] for action in legal])
        words = self._worded_by_last[last]
        return words, self.list_moves(state, words)

    noun, note, whole = "proposal", "message", "the pool"

    def list_moves(self, state: Any, legal: Sequence[str]) -> str:
        turns, pool, _ = self.dealt(state, 0)
        drawn = derive(turns, *pool, *state.history()[1:])  # what both know: another example each time
        if self._writing(state):
            return f"a {self.note}, as in {legal[drawn % len(legal)]}"
        agree = self.moves[len(self.proposals)]
        shares = [move for move in legal if move != agree]
        neutral = shares[1:-1] or shares  # neither nothing nor all there is
        listed = f"a {self.noun} of any part of {self.whole}, as in {neutral[drawn % len(neutral)]}"
        return f"{agree}; or {listed}" if agree in legal else listed

    def picture(self, state: Any) -> str:
        turns, pool, _ = self.dealt(state, 0)
        lines = [f"Pool: {self._counted(pool)}", f"Turns: {self.turn(state)} of {turns}"]
        for seat in SEATS:
            _, _, values = self.dealt(state, seat)
            lines.append(f"Player {seat} values: {', '.join(map(str, values))}")
        return "\n".join([*lines, *self._course(state)])

    def draw(self, state: Any) -> str:
        _, pool, _ = self.dealt(state, 0)
        rows = [("Pool", [svg.tile(self._counted(pool))])]
        for seat in SEATS:
            _, _, values = self.dealt(state, seat)
            rows.append((f"Values {seat}", [svg.card(str(value), seat) for value in values]))
        told = self._course(state)[-2:]
        return svg.panel(rows, caption=" ".join(f"{line}." for line in told))

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return self._spelled[action]

    @cached_property
    def language(self) -> str:
        counted, *forms = self.listings
        answers = [f"(?:keep )?{counted}", *(f"keep {form}" for form in forms), AGREE, *sorted(self.synonyms)]
        return "|".join([*answers, *messages_of("say")] if self._messages else answers)

    @cached_property
    def listings(self) -> tuple[str, str, str]:
        """Items with any numbers, as expressions: counted as in English, all plural, all singular."""
        items = self.items[: self._kinds]
        listed = ([f"(?:1 {i}|{MORE} {i}s)" for i in items], [f"{WHOLE} {i}s" for i in items])
        return ", ".join(listed[0]), ", ".join(listed[1]), ", ".join(f"{WHOLE} {i}" for i in items)

    asked, unasked = "a message is asked for now", "a message comes only after a proposal of yours"
    of_symbols = "a message has %d symbols from %s to %s"
    early, short = "there is no proposal to agree to yet", "the pool holds %s"

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        message = said[0].startswith(self.moves[-1].split()[0]) and self._messages
        if self._writing(state):
            dim, symbols = self.parameters["utterance_dim"], SYMBOLS[: int(self.parameters["num_symbols"])]
            return self.of_symbols % (dim, symbols[0], symbols[-1]) if message else self.asked
        if message:
            return self.unasked
        if not any(map(str.isdigit, said[0])):
            return self.early
        _, pool, _ = self.dealt(state, seat)
        return self.short % self._counted(pool)

    def history(self, state: Any) -> tuple[int, ...]:
        """The number of turns, the pool, the values of both seats, and every move so far."""
        turns, pool, first = self.dealt(state, 0)
        _, _, second = self.dealt(state, 1)
        return (turns, *pool, *first, *second, *state.history()[1:])  # in place of the engine's draw

    def mask(self, history: tuple[int, ...], seat: int) -> tuple[int | None, ...]:
        """The same without the other seat's values."""
        other = 1 + (2 - seat) * self._kinds
        return history[:other] + history[other + self._kinds :]

    def determinise(self, seen: Sequence[int | None], seat: int, rng: Random) -> Any:
        turns, *drawn = seen[: 1 + 2 * self._kinds]
        pool, own = drawn[: self._kinds], drawn[self._kinds :]
        other = [0]
        while not any(other):
            other = rng.choices(range(self._dearest + 1), k=self._kinds)
        values = (other, own) if seat else (own, other)
        lines = [" ".join(map(str, numbers)) for numbers in ([turns], pool, *values)]
        played = ", ".join(map(str, (0, *seen[1 + 2 * self._kinds :])))  # 0 is the engine's draw
        return self.engine.deserialize_state("\n".join([*lines, played]))

    def information(self, state: Any, seat: int) -> Hashable:
        # the engine's observation, own values included, and its history, which holds public moves only
        return (state.observation_string(seat), *state.history())

    @property
    def forfeit_reward(self) -> float:
        return 0.0  # the engine's lowest utility is a bound that no match reaches

    range_text = "nothing and what the whole pool is worth to the seat"

    def payoff_range(self, state: Any, seat: int) -> PayoffRange:
        _, pool, values = self.dealt(state, seat)
        worth = sum(map(mul, pool, values))
        return PayoffRange(low=0, high=worth, weight=float(worth > 0))

    def forfeit_action(self, state: Any, seat: int, *, offender: bool) -> int:
        legal = self.legal(state, seat)
        if self._writing(state):
            return legal[0]
        nothing, agree = 0, len(self.proposals)
        turns, _, _ = self.dealt(state, seat)
        last_turn = self.turn(state) + 1 == turns
        offered_all = agree in legal and state.history()[-1 - self._messages] == nothing
        if agree in legal and (last_turn or (offered_all and not offender)):
            return agree
        return nothing if offender else max(set(legal) - {agree})

    @cached_property
    def _most(self) -> int:
        """The most items of a kind: the engine has one action for each way to keep 0 to that many of all."""
        others = 1 + len(self._all_messages) * self._messages
        whole = (self.num_actions - others) ** (1 / self._kinds)
        return int(whole + 0.5) - 1

    @property
    def _cheapest(self) -> int:
        """The lowest value of an item: the engine never deals a player nothing but zeros."""
        return 0 if self._kinds > 1 else 1

    @cached_property
    def _dearest(self) -> int:
        """The highest value of an item: the engine's highest utility is all items at that value."""
        return int(self.engine.max_utility()) // (self._kinds * self._most)

    @cached_property
    def proposals(self) -> list[tuple[int, ...]]:
        """Every proposal by its action id: how many items of each kind; the next id is to agree."""
        return list(itertools.product(range(self._most + 1), repeat=self._kinds))

    @cached_property
    def _every_message(self) -> list[int]:
        """The ids of all messages."""
        first = len(self.proposals) + 1
        return list(range(first, first + len(self._all_messages)))

    @cached_property
    def _worded_by_last(self) -> dict[tuple[int, ...], tuple[str, ...]]:
        """The legal moves in words by the ids of the last two; there is a pair for each pool at most."""
        return {}

    @cached_property
    def _all_messages(self) -> list[tuple[str, ...]]:
        """Every message in the order of their action ids."""
        symbols = SYMBOLS[: int(self.parameters["num_symbols"])]
        return list(itertools.product(symbols, repeat=int(self.parameters["utterance_dim"])))

    @cached_property
    def _spelled(self) -> list[tuple[str, ...]]:
        """What each move may be called, by its action id."""
        items = self.items[: self._kinds]
        found: list[tuple[str, ...]] = []
        for move, counts in zip(self.moves, self.proposals, strict=False):
            plural = ", ".join(f"{count} {item}s" for count, item in zip(counts, items, strict=True))
            singular = ", ".join(f"{count} {item}" for count, item in zip(counts, items, strict=True))
            found.append((move, move.removeprefix("keep "), f"keep {plural}", f"keep {singular}"))
        found.append((AGREE, *self.synonyms))
        found += [
            tuple(f"say {between.join(symbols)}" for between in (" ", ", ", "-", ""))
            for symbols in self._all_messages
        ]
        return found

    def _proposal(self, counts: Sequence[int]) -> str:
        """A proposal in words."""
        return f"keep {self._counted(counts)}"

    def _counted(self, counts: Sequence[int]) -> str:
        """Items in words."""
        return _counted(self.items, tuple(counts))

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return (
            how_many("pool", self.worth, self._pool_worth, slip=Slip.CALCULATION_ERROR),
            Question("offer", self.offer, self._offered, frozenset({NONE}), numbers=True),
            how_many("turns", self.turns, lambda state, seat: self.dealt(state, seat)[0] - self.turn(state)),
        )

    def _pool_worth(self, state: Any, seat: int) -> int:
        """What the whole pool is worth to a seat."""
        _, pool, values = self.dealt(state, seat)
        return _worth(pool, values)

    def _offered(self, state: Any, seat: int) -> frozenset[str]:
        """What the standing offer pays a seat, as the answer to a question."""
        agree = len(self.proposals)
        if agree not in self.legal(state, seat):
            return frozenset({NONE})
        return frozenset({number(state.child(agree).returns()[seat])})

    @staticmethod
    def dealt(state: Any, seat: int) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """The number of turns, the pool and a seat's values, from the engine's observation of that seat."""
        return dealt_in(_deal_in(state.observation_string(seat)))

    def _course(self, state: Any) -> list[str]:
        """What was said so far, for a spectator."""
        told = [self.moves[action] for action in state.history()[1:]]
        each = 1 + self._messages
        turns = [told[i : i + each] for i in range(0, len(told), each)]
        return [f"Player {number % 2}: {'; '.join(turn)}" for number, turn in enumerate(turns)]

    @staticmethod
    def _said(state: Any) -> int:
        """How many moves are made: all that the engine has counted but its own draw."""
        return int(state.move_number()) - 1

    def turn(self, state: Any) -> int:
        """How many turns are over."""
        return self._said(state) // (1 + self._messages)

    def _writing(self, state: Any) -> bool:
        """Whether a message is asked for."""
        return self._messages and self._said(state) % 2 == 1 and not state.is_terminal()


def messages_of(verb: str) -> tuple[str, ...]:
    """Messages of any length and letters after a verb, as expressions, in all their forms."""
    return tuple(f"{verb} [a-z](?:{between}[a-z])*" for between in (" ", ", ", "-", ""))


def _deal_in(observation: str) -> str:
    """The part of the engine's observation that stays the same: turns, pool and own values."""
    return observation[: observation.index("\nCurrent")]


@lru_cache(maxsize=4096)
def dealt_in(observation: str) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Turns, pool and values from three lines of the engine, such as "Item pool: 2 4 0"."""
    lines = (line.split(": ")[1].split() for line in observation.split("\n"))
    turns, pool, values = (tuple(map(int, numbers)) for numbers in lines)
    return turns[0], pool, values


@lru_cache(maxsize=4096)
def _counted(items: Sequence[str], counts: tuple[int, ...]) -> str:
    """Items in words."""
    named = zip(items, counts, strict=False)
    return ", ".join(f"{count} {item}{'s' * (count != 1)}" for item, count in named)


@lru_cache(maxsize=4096)
def _wares(items: Sequence[str], dealt: str) -> tuple[int, str]:
    """The number of turns; and the pool, and what it is worth to a player, in words."""
    turns, pool, values = dealt_in(dealt)
    listed = ", ".join(f"{item} {value}" for item, value in zip(items, values, strict=False))
    return turns, (
        f"The pool: {_counted(items, pool)}.\n"
        f"What one item is worth to you: {listed}. The whole pool is worth {_worth(pool, values)} to you."
    )


def _worth(pool: Sequence[int], values: Sequence[int]) -> int:
    """What a whole pool is worth."""
    return sum(count * value for count, value in zip(pool, values, strict=True))
