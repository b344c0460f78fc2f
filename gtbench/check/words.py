"""What the check asks of a game's words: the rules, the moves, and how answers are heard."""

from __future__ import annotations

import difflib
import itertools
import random
import re
import string
from typing import TYPE_CHECKING, Any

from gtbench.catalogue import load_game
from gtbench.check.sample import THOROUGH, asked, require
from gtbench.errors import BadOption, CheckFailed, NoOracle
from gtbench.game.base import SEATS
from gtbench.game.table import Table
from gtbench.game.words import normalise
from gtbench.labels import ABOUT, NAME, About, FaultKind, Label
from gtbench.records import Fault

if TYPE_CHECKING:
    from gtbench.check.sample import PositionSample
    from gtbench.game.base import Game

MOVES = 8
"""How many moves of a position are tried in every form."""

ANSWERS = 20_000
"""After how many answers of one sort the check is content."""

READABLE = frozenset(string.printable) - frozenset("\r\t\x0b\x0c")

FORMS = (
    "{}", " {} ", "{}.", "{}!", "{},", ": {}", '"{}"', "'{}'", "`{}`", "*{}*", "**{}**", "_{}_", "__{}__.",
    "[{}]", "({})", "<{}>", "{{{}}}", "**[{}]**", "{}\n", "\t{}", "<<{}>>", "${}$", "\\boxed{{{}}}",
    "\ufeff{}\u200b",
)  # fmt: skip
"""What may stand around a move."""

CASES = (str.lower, str.upper, str.title)

EXPLAINED = re.compile("[ -~]+ is not a legal move now: [ -~]*[^ .]\\.")
"""What is told of an illegal move, with its reason."""

SENTENCES = ("not {}", "I {}", "{} is bad", "never {}", "dis{}", "{}s", "{} no", "I would never play {} here")
"""What is not a move though it holds one."""


def words(sample: PositionSample) -> str:
    """What a model reads is printable ASCII, and names each legal move by a form of its own."""
    count = 0
    for count, table in enumerate(sample, 1):  # noqa: B007
        for seat in SEATS:
            view = table.view(seat)
            strange = set(view.rules + view.text) - READABLE
            require(not strange, f"seat {seat} reads {sorted(strange)}, which is not printable ASCII", table)
            require(len(set(view.legal)) == len(view.legal), "two legal moves have the same words", table)
            for word in view.legal:
                require(word in view.moves, f"{word!r} is legal but not among the game's moves", table)
                require(word == word.lower() and bool(word), f"{word!r} is not in lower case", table)
    return f"{count} positions, {sample}"


def understood(sample: PositionSample) -> str:
    """Every legal move is understood in 24 forms, three cases and all its spellings."""
    game = sample.game
    rng, tried = random.Random(sample.seed), 0
    for table, seat in asked(sample):
        legal = table.legal(seat)
        for action in rng.sample(legal, min(MOVES, len(legal))):
            spellings = game.spellings(table.state, seat, action)
            for said, form, case in itertools.product(spellings, FORMS, CASES):
                answer = form.format(case(said))
                heard = game.hear(table.state, seat, answer)
                require(heard == action, f"{answer!r} is heard as {heard}, not as action {action}", table)
                tried += 1
        if tried > ANSWERS:
            break
    return f"{tried} answers"


def never_guessed(sample: PositionSample) -> str:
    """No move is heard that was not said."""
    game = sample.game
    rng, tried = random.Random(sample.seed), 0
    for table, seat in asked(sample):
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
                require(right, f"{answer!r} is heard as {heard!r}, not as {kind}", table)
                tried += 1
    return f"{tried} answers"


def explained(sample: PositionSample) -> str:
    """What has a move's form is legal, or illegal with a reason, and every spelling of a move has it."""
    game, tried = sample.game, 0
    if not game.language:
        return "no language of its own"
    form, rng = re.compile(game.language, re.ASCII), random.Random(sample.seed)
    moves = [action for action, word in enumerate(game.moves) if word]
    for table, seat in asked(sample):
        for action in rng.sample(moves, min(MOVES, len(moves))):
            for said in game.spellings(table.state, seat, action):
                fits = form.fullmatch(normalise(said))
                require(fits is not None, f"{said!r} is a move and does not fit the language", table)
        for said in filter(form.fullmatch, sorted(_like_moves(game, rng))):
            heard = game.hear(table.state, seat, said)
            told = isinstance(heard, int) or (
                heard.kind is FaultKind.ILLEGAL and EXPLAINED.fullmatch(heard.detail)
            )
            require(bool(told), f"{said!r} has a move's form, and is heard as {heard!r}", table)
            tried += 1
    return f"{tried} answers"


def _like_moves(game: Game, rng: random.Random) -> set[str]:
    """Some moves, and what is like one, with other numbers and letters."""
    found = set()
    for word in rng.choices(game.vocabulary, k=MOVES):
        numbered = re.sub("[0-9]+", lambda _: str(rng.randrange(21)), word)
        lettered = re.sub("(?<![a-z])[a-z](?![a-z])", lambda _: rng.choice(string.ascii_lowercase), numbered)
        found |= {word, numbered, lettered}
    return found


def questions(sample: PositionSample) -> str:
    """Every question has a name of its own, is readable, and can be answered rightly."""
    game = sample.game
    names = [question.name for question in game.questions]
    if len(set(names)) < len(names) or not all(n.isascii() and n.isalpha() and n.islower() for n in names):
        raise CheckFailed(
            f"{game}: the names of its questions are not lower-case words, each its own: {names}"
        )
    for question in game.questions:
        if set(question.text) - READABLE:
            raise CheckFailed(f"{game}: the question {question.name} is not printable ASCII")
        words = (*question.said, *question.called)
        if any(word != word.lower().strip() or not word for word in words):
            raise CheckFailed(
                f"{game}: the question {question.name} looks for {words}, not all in lower case"
            )
        if unknown := {word for word in question.called.values() if question.read(word) != word}:
            raise CheckFailed(f"{game}: of the question {question.name} {sorted(unknown)} are no answers")
    for table, seat in asked(sample):
        for question in game.questions:
            right = question.answers(table.state, seat)
            unread = [answer for answer in right if question.read(normalise(answer)) != answer]
            require(bool(right) and not unread, f"{question.name}: {set(right)} cannot be answered", table)
    return f"{len(names)} questions"


def labels(sample: PositionSample) -> str:
    """Its own errors of play are words with a meaning, and its oracle names no others."""
    game = sample.game
    for name, about in game.labels.items():
        if not re.fullmatch(NAME, name) or name in ABOUT:
            raise CheckFailed(f"{game}: {name!r} in its labels is no word in small letters that is its own")
        if not isinstance(about, About) or not about.meaning or about.meaning.endswith("."):
            raise CheckFailed(f"{game}: the label {name!r} has no gtbench.labels.About with a phrase")
    try:
        oracle = game.oracle()
        oracle.prepare()
    except NoOracle:
        return f"{len(game.labels)} labels, and no oracle"
    rng, graded = random.Random(sample.seed), 0
    for table, seat in asked(sample):
        verdict = oracle.grade(table.state, seat, rng.choice(table.legal(seat)))
        strange = {*verdict.labels} - {*Label, *game.labels} if verdict else set()
        require(not strange, f"its oracle names {sorted(strange)}, which its labels do not hold", table)
        graded += verdict is not None
    return f"{len(game.labels)} labels, {graded} graded moves"


def rules(sample: PositionSample) -> str:
    """Both seats read the same rules but for one line at most, and the rules name the form of a move."""
    game = sample.game
    first, second = (game.rules(seat).splitlines() for seat in SEATS)
    differing = [line for line in difflib.ndiff(first, second) if line.startswith(("-", "+"))]
    if len(differing) > len(SEATS):
        raise CheckFailed(f"{game}: the rules differ in more than one line:\n" + "\n".join(differing))
    if game.form not in game.rules(0):
        raise CheckFailed(f"{game}: the rules do not say how a move is written: {game.form}")
    return f"{len(first)} lines"


def parameters(sample: PositionSample) -> str:
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


def skin(sample: PositionSample) -> str:
    """A skin has the tree of its game and none of its words."""
    game = sample.game
    plain = load_game(game.name, skin="", **game.parameters)
    theirs = {plain.title.casefold(), *(word for word in plain.vocabulary if not word.isdigit())}
    questions = "\n".join(question.text for question in game.questions)
    plies = 0
    for table in sample.few(10 * THOROUGH):
        twin = Table(plain, plain.deal(table.deal.seed))
        for actions in table.plies:
            require(
                all(actions[seat] in twin.legal(seat) for seat in actions), "its game has no such move", table
            )
            twin.play(actions)
        require(
            twin.to_move == table.to_move and twin.earned == table.earned, "its game has another tree", table
        )
        for seat in SEATS:
            require(twin.legal(seat) == table.legal(seat), "its game has other legal moves", table)
            text = f" {table.view(seat).rules} {table.view(seat).text} {questions} ".casefold()
            told = {word for word in theirs if f" {word} " in text or f'"{word}"' in text}
            require(not told - set(game.vocabulary), f"the words {sorted(told)} are its game's", table)
        plies += 1
    return f"{plies} positions"
