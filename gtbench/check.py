"""The judge: what must hold of every game, ours or a plug-in's, checked by machine.

    gtbench.check.check_game("kuhn_poker")             raises CheckFailed with the position that is wrong
    gtbench check my_game                              the same from the command line

A small tree is walked whole, on every deal; a large one is sampled by random matches on many deals. Each
finding says how many positions it rests on and which of the two it was.

Not here: whether rules, observations and history say what the engine does. No machine can read them; assert
what yours say against the engine, as the tests of gtbench's own games do.
"""

from __future__ import annotations

import contextlib
import copy
import difflib
import io
import itertools
import pickle
import random
import string
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np

from gtbench.env import ParallelWordsEnv, WordsEnv
from gtbench.errors import BadOption, CheckFailed, FaultKind
from gtbench.game import SEATS, Game, normalise
from gtbench.records import Fault
from gtbench.registry import load_game
from gtbench.table import Table, every_deal

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from gtbench.game import Deal

POSITIONS = 4000
"""How many positions are looked at unless said otherwise."""

THOROUGH = 100
"""At how many of them what takes longer is tried."""

MOVES = 8
"""How many moves of a position are tried in every form."""

ANSWERS = 20_000
"""After how many answers of one sort the judge is content."""

TWINS = 3
"""How often a position is compared with one that differs in what is hidden."""

LONG_MATCH = 200
"""Plies of a match that are looked at where each is compared with all before it."""

ROUNDING = 1e-9

READABLE = frozenset(string.printable) - frozenset("\r\t\x0b\x0c")

FORMS = (
    "{}", " {} ", "{}.", "{}!", "{},", ": {}", '"{}"', "'{}'", "`{}`", "*{}*", "**{}**", "_{}_", "__{}__.",
    "[{}]", "({})", "<{}>", "{{{}}}", "**[{}]**", "{}\n", "\t{}",
)  # fmt: skip
"""What may stand around a move."""

CASES = (str.lower, str.upper, str.title)

SENTENCES = ("not {}", "I {}", "{} is bad", "never {}", "dis{}", "{}s", "{} no", "I would never play {} here")
"""What is not a move though it holds one."""

ADVISORY = (
    "not a NumPy array", "should be gymnasium.spaces.box or gymnasium.spaces.discrete",
    "Observation is a single number", "Observation numpy array is all zeros",
)  # fmt: skip
"""What PettingZoo's judge says of every observation that is a dict, and of an engine with little to tell."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One property that holds, and what that rests on."""

    name: str
    evidence: str


def check_game(game: Game | str, *, positions: int = POSITIONS, seed: int = 0) -> tuple[Finding, ...]:
    """Check all that must hold of a game.

    Args:
        game: The game, or its name with parameters and skin in brackets.
        positions: How many positions to look at; a tree with no more of them is walked whole.
        seed: Of the sampled matches.

    Raises:
        CheckFailed: Something does not hold; the position follows, as both seats see it.
        UserError: A name or an option is wrong.
    """
    game = load_game(game) if isinstance(game, str) else game
    sample = _Sample(game, positions, seed)
    findings = [
        Finding((check.__doc__ or check.__name__).rstrip("."), check(sample))
        for check in (*CHECKS, *([_skin] if game.skin else []))
    ]
    return tuple(findings)


class _Sample:
    """Positions of a game: all of them if there are few enough, else those of random matches."""

    def __init__(self, game: Game, positions: int, seed: int) -> None:
        self.game, self.positions, self.seed = game, positions, seed
        self.whole = self._fits()

    def __iter__(self) -> Iterator[Table]:
        return self._walk() if self.whole else self._matches()

    def __str__(self) -> str:
        return "every position on every deal" if self.whole else "random matches"

    def few(self, number: int = THOROUGH) -> Iterator[Table]:
        """Some positions, from the beginning of matches to their end."""
        return itertools.islice(self._matches(), number)

    def _fits(self) -> bool:
        """Whether the whole tree has no more than the wanted number of positions."""
        try:
            every_deal(self.game)
        except BadOption:
            return False
        drawn_before: dict[int, int] = {}  # by deal: chance events at its start
        for walked, table in enumerate(self._walk(), 1):
            before = drawn_before.setdefault(table.deal.seed, table.events)
            later_luck = not table.over and table.events > before  # of which a deal has one outcome only
            if walked > self.positions or later_luck:
                return False
        return True

    def _walk(self) -> Iterator[Table]:
        """Every position on every deal, each once a path."""
        for deal in every_deal(self.game):
            stack = [Table(self.game, deal)]
            while stack:
                table = stack.pop()
                yield table
                choices = itertools.product(*(table.legal(seat) for seat in table.to_move))
                stack += [_after(table, choice) for choice in choices if choice]

    def _matches(self) -> Iterator[Table]:
        """The positions of random matches, up to the wanted number."""
        rng, looked_at = random.Random(self.seed), 0
        for seed in itertools.count(self.seed):
            table = Table(self.game, self.game.deal(seed))
            while True:
                yield table
                looked_at += 1
                if looked_at == self.positions:
                    return
                if table.over:
                    break
                table = _after(table, tuple(rng.choice(table.legal(seat)) for seat in table.to_move))


def _after(table: Table, actions: tuple[int, ...]) -> Table:
    """The table after one more ply, spoken and heard."""
    heard = {}
    for seat, action in zip(table.to_move, actions, strict=True):
        said = table.game.say(action)
        heard[seat] = table.game.hear(table.state, seat, said)
        _hold(
            heard[seat] == action, f"{said!r} is said for action {action}, but heard as {heard[seat]}", table
        )
    following = table.copy()
    following.play({seat: action for seat, action in heard.items() if isinstance(action, int)})
    return following


def _words(sample: _Sample) -> str:
    """What a model reads is printable ASCII, and names each legal move by a form of its own."""
    count = 0
    for count, table in enumerate(sample, 1):  # noqa: B007
        for seat in SEATS:
            view = table.view(seat)
            strange = set(view.rules + view.text) - READABLE
            _hold(not strange, f"seat {seat} reads {sorted(strange)}, which is not printable ASCII", table)
            _hold(len(set(view.legal)) == len(view.legal), "two legal moves have the same words", table)
            for word in view.legal:
                _hold(word in view.moves, f"{word!r} is legal but not among the game's moves", table)
                _hold(word == word.lower() and bool(word), f"{word!r} is not in lower case", table)
    return f"{count} positions, {sample}"


def _understood(sample: _Sample) -> str:
    """Every legal move is understood in 20 forms, three cases and all its spellings."""
    game = sample.game
    rng, tried = random.Random(sample.seed), 0
    for table, seat in _asked(sample):
        legal = table.legal(seat)
        for action in rng.sample(legal, min(MOVES, len(legal))):
            spellings = game.spellings(table.state, seat, action)
            for said, form, case in itertools.product(spellings, FORMS, CASES):
                answer = form.format(case(said))
                heard = game.hear(table.state, seat, answer)
                _hold(heard == action, f"{answer!r} is heard as {heard}, not as action {action}", table)
                tried += 1
        if tried > ANSWERS:
            break
    return f"{tried} answers"


def _asked(sample: _Sample) -> Iterator[tuple[Table, int]]:
    """Some positions, each with a seat that is to move there."""
    return ((table, seat) for table in sample.few() for seat in table.to_move)


def _never_guessed(sample: _Sample) -> str:
    """No move is heard that was not said."""
    game = sample.game
    rng, tried = random.Random(sample.seed), 0
    for table, seat in _asked(sample):
        legal, words = table.legal(seat), table.view(seat).legal
        spelled = {word for action in legal for word in game.spellings(table.state, seat, action)}
        wrong = {
            sentence.format(word): FaultKind.UNPARSABLE
            for word, sentence in itertools.product(rng.sample(words, min(MOVES, len(words))), SENTENCES)
        }
        for first, second in itertools.pairwise(words[:MOVES]):
            wrong |= dict.fromkeys(
                (f"{first} or {second}", f"{second}, {first}", f"{first}/{second}"), FaultKind.AMBIGUOUS
            )
        others = sorted({*game.vocabulary, *game.synonyms} - spelled)
        wrong |= dict.fromkeys(rng.sample(others, min(MOVES, len(others))), FaultKind.ILLEGAL)
        for answer, kind in wrong.items():
            if normalise(answer) not in spelled:  # as "1 balls" may be
                heard = game.hear(table.state, seat, answer)
                right = isinstance(heard, Fault) and heard.kind is kind
                _hold(right, f"{answer!r} is heard as {heard!r}, not as {kind}", table)
                tried += 1
    return f"{tried} answers"


def _secrecy(sample: _Sample) -> str:
    """No byte of a view depends on what the seat may not know."""
    game = sample.game
    compared = _compare(game, sample, _shown_to)
    _compare(game, sample.few(10 * THOROUGH), _answered_to)
    if game.perfect:
        return "nothing is hidden"
    if game.simultaneous and not _has_luck(game):
        return "nothing is hidden but moves made at once"
    if not compared:
        raise CheckFailed(
            f"{game}: no two positions agree in what a seat may know and differ in what is hidden: look at "
            "more positions, or say in Game.twin how to vary what is hidden"
        )
    return f"{compared} comparisons, {sample}"


def _compare(game: Game, tables: Iterable[Table], read: Callable[[Table, int], str]) -> int:
    """How often positions were compared in which a seat may know the same and something hidden differs."""
    seen: dict[Hashable, tuple[str, str, Table]] = {}
    compared = 0
    for table in tables:
        if table.over:  # the payoff of a showdown says something of what was hidden
            continue
        for seat in SEATS:
            for alike in (table, *_twins(table, seat)):
                here = read(alike, seat), str(alike.state), alike
                before, state, twin = seen.setdefault((seat, game.information(alike.state, seat)), here)
                compared += state != here[1]
                if before != here[0]:
                    change = "\n".join(difflib.ndiff(before.splitlines(), here[0].splitlines()))
                    raise CheckFailed(
                        f"{game}: seat {seat} reads something else though it may know the same:\n{change}\n\n"
                        f"{_shown(alike)}\n\nThe other position:\n{_shown(twin)}"
                    )
    return compared


def _shown_to(table: Table, seat: int) -> str:
    """All that a seat is shown: its view and its numbers."""
    view, numbers = table.view(seat), table.game.tensor(table.state, seat)
    return f"{view.rules}\n\n{view.text}\n\n{view.legal}\n\n{view.seen}\n\n{numbers.tolist()}"


def _answered_to(table: Table, seat: int) -> str:
    """What a seat could learn from how its answers are taken."""
    game, state = table.game, table.state
    spelled = [game.spellings(state, seat, action) for action in table.legal(seat)]
    taken = [game.hear(state, seat, answer) for answer in ("nonsense", game.vocabulary[0])]
    return f"{spelled}\n\n{taken}"


def _twins(table: Table, seat: int) -> Iterator[Table]:
    """Tables on which the same was played, and only what is hidden from the seat differs."""
    for number in range(TWINS):
        start = table.game.twin(table.game.start(table.deal), seat, number)
        if start is not None:
            twin = Table(table.game, table.deal, start=start)
            for actions in table.plies:
                twin.play(actions)
            yield twin


def _recall(sample: _Sample) -> str:
    """Two different pasts never look the same to a seat."""
    game = sample.game
    pasts: dict[str, tuple[Hashable, Table]] = {}
    for table in sample:
        for seat in table.to_move:
            past = game.information(table.state, seat)
            before, other = pasts.setdefault(f"{seat}{table.view(seat).text}", (past, table))
            if before != past:
                raise CheckFailed(
                    f"{game}: seat {seat} reads the same after {before!r} and after {past!r}\n\n"
                    f"{_shown(table)}\n\nThe other position:\n{_shown(other)}"
                )
    return f"{len(pasts)} views, {sample}"


def _tree(sample: _Sample) -> str:
    """Play through words is play in the engine: who moves, what is legal, when it ends, what it pays."""
    game = sample.game
    count = 0
    low, high = game.engine.min_utility(), game.engine.max_utility()
    for count, table in enumerate(sample, 1):  # noqa: B007
        state = table.state
        _hold(table.over == state.is_terminal(), "the table and the engine disagree on the end", table)
        for seat in SEATS:
            legal = _engines_legal(table, seat) if seat in table.to_move else []
            _hold(table.legal(seat) == legal, f"the legal moves of seat {seat} are not the engine's", table)
        if not table.over and not game.asked_at_once:
            asked = SEATS if state.is_simultaneous_node() else (state.current_player(),)
            _hold(table.to_move == asked, "the wrong seats are asked", table)
        if table.over:
            for seat, earned in enumerate(table.earned):
                _hold(np.isfinite(earned) and low <= earned <= high, f"seat {seat} earned {earned}", table)
            _hold(
                not game.zero_sum or abs(sum(table.earned)) < ROUNDING,
                "the payoffs do not sum to zero",
                table,
            )
    return f"{count} positions, {sample}"


def _engines_legal(table: Table, seat: int) -> list[int]:
    """The engine's legal moves of a seat that is to move, asked past the game."""
    state = table.state
    if table.game.asked_at_once and seat == 1:
        state = state.child(state.legal_actions()[-1])
    return list(state.legal_actions(seat))


def _fresh(sample: _Sample) -> str:
    """Both seats are told every ply, the last one too; of the other's moves, where they are public."""
    game, told = sample.game, 0
    for table in sample.few(10 * THOROUGH):
        if table.plies:
            before = Table(game, table.deal)
            for actions in table.plies[:-1]:
                before.play(actions)
            said = {seat: game.say(action) for seat, action in table.plies[-1].items()}
            for seat in SEATS:
                history = table.view(seat).history
                _hold(len(history) == len(before.view(seat).history) + 1, "a ply adds one line", table)
                for mover, word in said.items():
                    public = game.perfect or mover == seat
                    _hold(not public or word in history[-1], f"seat {seat} is not told of {word!r}", table)
                told += 1
    return f"{told} views"


def _luck(sample: _Sample) -> str:
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
    if (must_differ and len(set(texts)) == 1) or (len(set(texts)) > 1 and not _has_luck(game)):
        raise CheckFailed(f"{game}: {len(set(texts))} different matches on {len(texts)} deals")
    for seed in range(len(texts)):
        _play_through(Table(game, _Witness(game.deal(seed))), random.Random(seed))  # type: ignore[arg-type]
    return f"{len(texts)} deals"


class _Witness:
    """A deal that sees to it that no two events of a match have one name, and so one luck."""

    def __init__(self, deal: Deal) -> None:
        self.game, self.seed, self._deal = deal.game, deal.seed, deal
        self._named: set[str] = set()

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


def _has_luck(game: Game) -> bool:
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


def _refused(sample: _Sample) -> str:
    """An illegal move changes nothing."""
    game = sample.game
    tried = 0
    for table in sample.few():
        before = [table.view(seat) for seat in SEATS], str(table.state)
        right = {seat: table.legal(seat)[0] for seat in table.to_move}
        for wrong in (
            {},
            dict.fromkeys(SEATS, -1),
            dict.fromkeys(right, game.num_actions),
            right | {7: 0},
        ):
            try:
                table.play(wrong)
            except ValueError:
                tried += 1
            else:
                _hold(False, f"{wrong} was played", table)
            _hold(
                before == ([table.view(seat) for seat in SEATS], str(table.state)),
                "a refusal left a trace",
                table,
            )
    return f"{tried} moves"


def _forfeits(sample: _Sample) -> str:
    """Who forfeits gets the least that the game can pay, wherever it does so."""
    least, rng, tried = sample.game.forfeit_reward, random.Random(sample.seed), 0
    for table, seat in _asked(sample):
        try:
            paid, played_on = table.copy().forfeit([seat]), table.copy()
        except TypeError as error:
            raise CheckFailed(f"{error}: write its forfeit_action") from None
        while not played_on.over:
            played_on.play({mover: rng.choice(played_on.legal(mover)) for mover in played_on.to_move})
        _hold(paid[seat] == least, f"seat {seat} forfeits and gets {paid[seat]:g}, not {least:g}", table)
        _hold(
            paid[seat] <= played_on.earned[seat], f"to forfeit pays seat {seat} more than to play on", table
        )
        _hold(paid[1 - seat] >= least, f"seat {1 - seat} gets less than the least for a forfeit", table)
        tried += 1
    return f"{tried} forfeits"


def _kept(sample: _Sample) -> str:
    """A game and a match under way can be pickled and copied."""
    count = 0
    for count, table in enumerate(sample.few(), 1):  # noqa: B007
        for twin in (pickle.loads(pickle.dumps(table)), copy.deepcopy(table), table.copy()):  # noqa: S301
            same = all(twin.view(seat) == table.view(seat) for seat in SEATS)
            _hold(same and str(twin.state) == str(table.state), "a copy differs", table)
    return f"{count} positions"


def _seen(sample: _Sample) -> str:
    """A spectator sees the state as text and as a drawing that is well-formed SVG."""
    game = sample.game
    count = 0
    for count, table in enumerate(sample.few(), 1):  # noqa: B007
        picture = game.picture(table.state)
        _hold(bool(picture) and set(picture) <= READABLE, "the picture is not printable ASCII", table)
        try:
            root = ET.fromstring(game.draw(table.state))  # noqa: S314
        except ET.ParseError as error:
            raise CheckFailed(f"{game}: the drawing is not XML: {error}\n\n{_shown(table)}") from None
        _hold(root.tag == "{http://www.w3.org/2000/svg}svg", "the drawing is not SVG", table)
    return f"{count} positions"


def _drawn(sample: _Sample) -> str:
    """A state drawn from all that a seat may be in looks the same to it and leaves it the same moves."""
    game, rng, drawn = sample.game, random.Random(sample.seed), 0
    for table in sample.few(10 * THOROUGH):
        for seat in SEATS:
            seen = game.seen(table.state, seat)
            try:
                state = game.determinise(seen, seat, rng)
            except TypeError as error:
                return f"nothing: {error}"
            except ValueError as error:
                raise CheckFailed(f"{game}: {error}\n\n{_shown(table)}") from None
            _hold(game.seen(state, seat) == seen, f"seat {seat} has seen otherwise in a state drawn", table)
            _hold(
                seat not in table.to_move or game.legal(state, seat) == table.legal(seat),
                f"seat {seat} has other moves in a state drawn",
                table,
            )
            drawn += 1
    return f"{drawn} draws"


def _rules(sample: _Sample) -> str:
    """Both seats read the same rules but for one line at most, and the rules name the form of a move."""
    game = sample.game
    first, second = (game.rules(seat).splitlines() for seat in SEATS)
    differing = [line for line in difflib.ndiff(first, second) if line.startswith(("-", "+"))]
    if len(differing) > len(SEATS):
        raise CheckFailed(f"{game}: the rules differ in more than one line:\n" + "\n".join(differing))
    if game.form not in game.rules(0):
        raise CheckFailed(f"{game}: the rules do not say how a move is written: {game.form}")
    return f"{len(first)} lines"


def _parameters(sample: _Sample) -> str:
    """A parameter that does not exist or has no sense gets one line."""
    game = sample.game
    wrong: list[dict[str, Any]] = [{"no_such_parameter": 1}, *({name: object()} for name in game.defaults)]
    for settings in wrong:
        try:
            type(game)(**settings)
        except BadOption as error:
            if "\n" in str(error):
                raise CheckFailed(f"{game}: more than one line on a wrong parameter: {error}") from None
        else:
            raise CheckFailed(f"{game}: {settings} is taken")
    return f"{len(wrong)} wrong ones"


def _pettingzoo(sample: _Sample) -> str:
    """PettingZoo's own judges have nothing to say."""
    game = sample.game
    with warnings.catch_warnings(action="ignore"):  # its judges import what it has deprecated
        from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

    judges: list[Callable[[], object]] = [
        lambda: api_test(WordsEnv(game), num_cycles=200),
        lambda: seed_test(lambda: WordsEnv(game), num_cycles=50),
    ]
    if game.simultaneous:
        judges += [
            lambda: parallel_api_test(ParallelWordsEnv(game), num_cycles=200),
            lambda: parallel_seed_test(lambda: ParallelWordsEnv(game), num_cycles=50),
        ]
    with warnings.catch_warnings(record=True) as said, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        for judge in judges:
            try:
                judge()
            except AssertionError as error:
                raise CheckFailed(f"{game}: PettingZoo's judge: {error}") from error
    beside = [str(w.message) for w in said if not any(advice in str(w.message) for advice in ADVISORY)]
    if beside:
        raise CheckFailed(f"{game}: PettingZoo's judge warns: {beside[0]}")
    return f"{len(judges)} judges"


def _skin(sample: _Sample) -> str:
    """A skin has the tree of its game and none of its words."""
    game = sample.game
    plain = load_game(game.name, skin="", **game.parameters)
    theirs = {plain.title.casefold(), *(word for word in plain.vocabulary if not word.isdigit())}
    plies = 0
    for table in sample.few(10 * THOROUGH):
        twin = Table(plain, plain.deal(table.deal.seed))
        for actions in table.plies:
            _hold(
                all(actions[seat] in twin.legal(seat) for seat in actions), "its game has no such move", table
            )
            twin.play(actions)
        _hold(
            twin.to_move == table.to_move and twin.earned == table.earned, "its game has another tree", table
        )
        for seat in SEATS:
            _hold(twin.legal(seat) == table.legal(seat), "its game has other legal moves", table)
            text = f" {table.view(seat).rules} {table.view(seat).text} ".casefold()
            told = {word for word in theirs if f" {word} " in text or f'"{word}"' in text}
            _hold(not told - set(game.vocabulary), f"the words {sorted(told)} are its game's", table)
        plies += 1
    return f"{plies} positions"


CHECKS: tuple[Callable[[_Sample], str], ...] = (
    _rules, _words, _understood, _never_guessed, _tree, _fresh, _secrecy, _recall, _drawn, _luck,
    _refused, _forfeits, _kept, _seen, _parameters, _pettingzoo,
)  # fmt: skip


def _hold(holds: bool, what: str, table: Table) -> None:
    """Raise `CheckFailed` with the position as both seats see it, unless something holds."""
    if not holds:
        raise CheckFailed(f"{table.game}: {what}\n\n{_shown(table)}")


def _shown(table: Table) -> str:
    """A position as both seats see it."""
    seats = (
        f"Seat {seat} reads{', and is to move' if seat in table.to_move else ''}:\n{table.view(seat).text}"
        for seat in SEATS
    )
    return "\n\n".join([f"Deal {table.deal.seed} of {table.deal.game}, plies {list(table.plies)}", *seats])
