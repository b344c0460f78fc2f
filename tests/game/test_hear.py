"""Hearing moves: no move is heard that was not said, and every move that was said is.

What counts as said is defined here, apart from the games: an answer that is nothing but a spelling of a move
once case, spacing and the punctuation around it are taken away.
"""

from __future__ import annotations

import functools
import itertools
import json
import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gtbench
from gtbench.game.base import SEATS
from gtbench.game.table import Table
from gtbench.labels import FaultKind
from gtbench.records import Fault
from gtbench.reply import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.records import Finish

GAMES = gtbench.list_games()

FUZZ = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

FEW_OR_MANY = pytest.mark.parametrize("examples", [80, pytest.param(2500, marks=pytest.mark.slow)])

FORMS = (
    "{}", " {} ", "{}.", "{}!", "{};", '"{}"', "'{}'", "`{}`", "\u201c{}\u201d", "\u00ab{}\u00bb", "*{}*",
    "**{}**", "***{}***", "_{}_", "[{}]", "({})", "**[ {} ]**.", "{{ {} }}", "<{}>", "<<{}>>", "**<<{}>>**.",
    "${}$", "\\boxed{{{}}}", "$\\boxed{{\\text{{{}}}}}$.", "\u200b{}\u2060", "\ufeff{}", "\t{}\r\n",
    ": `{}`,",
)  # fmt: skip
"""Twenty-eight ways to write a move that change nothing."""

CASES: tuple[Callable[[str], str], ...] = (str.lower, str.upper, str.title, str.swapcase)

SENTENCES = (
    "not {}", "I will not {}", "(I will not {})", "never {}", "don't {}", "anything but {}", "no {}", "dis{}",
    "I {}", "{} is bad", "{}?", "{} - no", "un{}", "{}ing", "{}s", "non-{}", "rather than {}", "{} # wrong",
    "I would have said {} but", "Action: {}", "{} -> ?", "This blocks {}", "1. {} 2.", "-{}", "x {}", "{} x",
    "not\u00a0{}", "\u00ac{}", "not:{}", "{}\u200bx", "N\u200bot {}", "{{{}: false}}", "<not>{}</not>",
)  # fmt: skip
"""What says something of a move without being it; some of these are other moves, or even the move itself."""

JOINTS = (
    " or ",
    ", ",
    "/",
    " and ",
    "\n",
    "; ",
    " then ",
    " ",
    "",
    " vs. ",
    "|",
    "\u2028",
    "-",
    " not ",
    ".",
)
"""What stands between two moves."""

INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202e\u202c\u2066\u2069\u200e\u200f\u061c\u180e\x00\x7f"
)

SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
DIGITS = ("\uff10", "\u0660", "\u0966", "\U0001d7ce")  # full-width, Arabic, Devanagari, bold
WORDS_FOR_NUMBERS = ("zero", "one", "two", "third", "four", "V", "VI", "vii")


def _in_digits(zero: str) -> Callable[[int], str]:
    return lambda n: "".join(chr(ord(zero) + int(digit)) for digit in str(n))


NUMERALS: tuple[Callable[[int], str], ...] = (
    *(
        lambda n, form=form: form.format(n)
        for form in (
            "{}", "-{}", "\u2212{}", "+{}", "{}.0", "{}.5", "{}e3", "{}/2", "{:#x}", "0{}", "{:,}", "{}_0",
            "{}%", "{}\u00bd", "{}\u00b2", "{}th",
        )
    ),
    *map(_in_digits, DIGITS),
    lambda n: "".join(SUPERSCRIPTS[int(digit)] for digit in str(n)),
    lambda n: WORDS_FOR_NUMBERS[n % 8],
)  # fmt: skip
"""Ways to write a number; only the first is how moves are written."""

NUMBERED = (
    "{}", "bid {}", "column {}", "take {} from pile c", "take 1 from pile {}", "{} from a", "{} fives",
    "{} {}s", "b{}", "a{}a{}", "keep {} book, {} hats, {} balls", "{} books, 0 hats, 0 balls",
)  # fmt: skip
"""Moves with a place for a number."""


@dataclass(frozen=True)
class AskedSeat:
    """A seat that is to move, and what it may say."""

    table: Table
    seat: int

    @property
    def legal(self) -> list[int]:
        return self.table.legal(self.seat)

    def hear(self, answer: str) -> int | Fault:
        return self.table.game.hear(self.table.state, self.seat, answer)

    def spellings(self, action: int) -> tuple[str, ...]:
        return self.table.game.spellings(self.table.state, self.seat, action)


@cache
def questions(name: str, matches: int = 3, each: int = 12) -> tuple[AskedSeat, ...]:
    """Questions that come up in random matches: the first ones of each match, and its last."""
    game, rng = gtbench.load_game(name), random.Random(name)
    found: list[AskedSeat] = []
    for seed in range(matches):
        table, asked = Table(game, game.deal(seed)), []
        while table.to_move:
            asked += [AskedSeat(table.copy(), seat) for seat in table.to_move]
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
        found += asked[:each] + asked[each:][-1:]
    return tuple(found)


@cache
def vocabulary(name: str) -> frozenset[str]:
    """Every way to call a move of a game, legal or not."""
    game = gtbench.load_game(name)
    state = questions(name)[0].table.state
    used = [action for action, word in enumerate(game.moves) if word]
    spelled = (word for action in used for seat in SEATS for word in game.spellings(state, seat, action))
    return frozenset({*game.vocabulary, *game.synonyms, *spelled})


NUMBERS_IN_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"


def shape(said: str) -> str:
    """The form of an answer: with # for each number, @ for each letter that stands alone."""
    said = re.sub(rf"\b(?:{NUMBERS_IN_WORDS})(es|s)?\b", lambda word: "#" + "s" * bool(word[1]), said)
    said = re.sub(r"(?<=say )[a-z]+$", "@@@", re.sub(r"(?<![0-9.])(?:0|[1-9][0-9]*)(?![0-9])", "#", said))
    return re.sub(r"#(?:st|nd|rd|th)\b", "#th", re.sub(r"(?<![a-z])[a-z](?![a-z])", "@", said))


@cache
def shapes(name: str) -> frozenset[str]:
    """The form of every way to call a move of a game; a message may have any number of letters."""
    return frozenset(map(_any_length, map(shape, vocabulary(name))))


def _any_length(form: str) -> str:
    return re.sub(r"say @(?:(, | |-|)@)*", "say @", form)


WORDS = tuple(sorted({word for name in GAMES for word in sorted(vocabulary(name))[::7]}))
"""Moves of all the games."""


def _wraps(character: str) -> bool:
    """Whether a character is a space, punctuation, a symbol, or not to be seen."""
    return unicodedata.category(character)[0] in "ZCPS"


ARROWS = {"\u2192": "->", "\u21d2": "=>", "\u2212": "-"}


def bare(answer: str) -> str:
    """An answer without case, spacing, and whatever punctuation and markup stands around it."""
    spoken = "".join("-" if unicodedata.category(c) == "Pd" else ARROWS.get(c, c) for c in answer.casefold())
    for macro in ("\\boxed{", "\\text{"):
        spoken = spoken.replace(macro, "")
    inside = [number for number, character in enumerate(spoken) if not _wraps(character)]
    return " ".join(spoken[inside[0] : inside[-1] + 1].split()) if inside else ""


def examine(asked: AskedSeat, answer: str, heard: int | Fault) -> None:
    """Hold what was heard against what was said."""
    said = {word: action for action in asked.legal for word in asked.spellings(action)}
    if isinstance(heard, Fault):
        hold_fault(heard)
        if heard.kind is FaultKind.ILLEGAL:
            assert bare(answer) not in said
            assert _any_length(shape(bare(answer))) in shapes(asked.table.game.name)
        assert heard.kind in {FaultKind.ILLEGAL, FaultKind.AMBIGUOUS, FaultKind.UNPARSABLE}
    else:
        assert type(heard) is int
        assert heard in asked.legal
        assert said.get(bare(answer)) == heard


def hold_fault(fault: Fault) -> None:
    """A fault's detail is printable ASCII on one line."""
    assert fault.detail
    assert all(" " <= character <= "~" for character in fault.detail)


# Noise of every sort.

Change = Callable[[str], str]

MOVES = st.sampled_from(WORDS)
NOISE = st.text(st.characters(), max_size=20)
NUMBERS = st.builds(
    lambda write, form, n: form.replace("{}", write(n)),
    st.sampled_from(NUMERALS),
    st.sampled_from(NUMBERED),
    st.one_of(st.integers(0, 12), st.integers(0, 10**25)),
)
PLACES = st.integers(0, 30)
LOOKALIKES = (
    {code: code + 0xFEE0 for code in range(33, 127)},  # full-width
    str.maketrans("aeopcxikb", "\u0430\u0435\u043e\u0440\u0441\u0445\u0456\u043a\u044c"),  # Cyrillic
    str.maketrans({"s": "\u017f", "k": "\u212a", "i": "\u0131"}),  # the first two are folded back to ASCII
)


def _changing(change: Callable[..., str], *how: st.SearchStrategy[Any]) -> st.SearchStrategy[Change]:
    """A strategy for ways to change a text: `change` of the text and of what `how` draws."""
    return st.builds(lambda *drawn: lambda word: change(word, *drawn), *how)


CHANGES = (
    _changing(lambda word, at, other: word[:at] + other + word[at:], PLACES, st.sampled_from(INVISIBLE)),
    _changing(lambda word, at, other: word[:at] + other + word[at:], PLACES, st.characters()),
    _changing(lambda word, start, end: word[start : start + end], PLACES, PLACES),
    _changing(lambda word, start, end: word[:start] + word[start + end :], PLACES, PLACES),
    _changing(lambda word, sentence: sentence.replace("{}", word), st.sampled_from(SENTENCES)),
    _changing(
        lambda word, form, case: form.format(case(word)), st.sampled_from(FORMS), st.sampled_from(CASES)
    ),
    _changing(lambda word, table: word.translate(table), st.sampled_from(LOOKALIKES)),
    _changing(lambda word, before, after: before + word + after, NOISE, NOISE),
)


@cache
def answers(name: str) -> st.SearchStrategy[str]:
    """A move, one of another game, a number or noise, then changed in up to three ways."""
    words = st.one_of(st.sampled_from(sorted(vocabulary(name))), MOVES)
    twice = _changing(lambda word, joint, other: word + joint + other, st.sampled_from(JOINTS), words)

    def changed(word: str, changes: list[Change]) -> str:
        return functools.reduce(lambda text, change: change(text), changes, word)

    return st.builds(
        changed, st.one_of(words, words, NUMBERS, NOISE), st.lists(st.one_of(twice, *CHANGES), max_size=3)
    )


@FEW_OR_MANY
@pytest.mark.parametrize("name", GAMES)
def test_no_move_is_heard_that_was_not_said(name: str, examples: int) -> None:
    @settings(FUZZ, max_examples=examples)
    @given(st.sampled_from(questions(name)), answers(name))
    def fuzz(asked: AskedSeat, answer: str) -> None:
        examine(asked, answer, asked.hear(answer))

    fuzz()


@pytest.mark.parametrize("name", GAMES)
def test_no_sentence_with_a_move_in_it_is_heard_as_that_move(name: str) -> None:
    for asked in questions(name, matches=2, each=2):
        words = asked.table.view(asked.seat).legal
        for word, sentence in itertools.product(words[:4], SENTENCES):
            answer = sentence.replace("{}", word)
            heard = asked.hear(answer)
            examine(asked, answer, heard)
            if any(negation in answer for negation in ("not", "never", "don't", "but", "no ", "false")):
                assert isinstance(heard, Fault)
        for one, two, joint in itertools.product(words[:3], words[:3], JOINTS):
            examine(asked, f"{one}{joint}{two}", asked.hear(f"{one}{joint}{two}"))


@pytest.mark.parametrize("name", GAMES)
def test_what_is_not_to_be_seen_within_a_move_makes_it_none(name: str) -> None:
    for asked in questions(name, matches=1, each=2):
        for word, character in itertools.product(asked.table.view(asked.seat).legal[:2], INVISIBLE):
            for place in range(1, len(word)):
                answer = word[:place] + character + word[place:]
                heard = asked.hear(answer)
                examine(asked, answer, heard)
                assert isinstance(heard, Fault), ascii(answer)


@pytest.mark.parametrize("name", GAMES)
def test_the_moves_of_other_games_and_other_players_are_not_taken_for_legal_ones(name: str) -> None:
    for asked in questions(name, each=2):
        for word in itertools.chain(WORDS, asked.table.game.vocabulary):
            examine(asked, word, asked.hear(word))


@pytest.mark.parametrize("name", GAMES)
def test_no_number_is_bent_into_a_move(name: str) -> None:
    for asked in questions(name, matches=1, each=1):
        for write, form, number in itertools.product(NUMERALS, NUMBERED, (0, 1, 3, 12, 10**20 - 1)):
            answer = form.replace("{}", write(number))
            examine(asked, answer, asked.hear(answer))


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize(
    "wrap",
    [
        lambda word: f"{word} " * 5_000,
        lambda word: "(" * 10_000 + word,
        lambda word: f"{word}\n" * 1_000 + "no",
        lambda word: "not " * 10_000 + word,
        lambda word: "*" * 10_000 + f"x{word}" + "*" * 10_000,
        lambda word: "\u202e" * 10_000 + word,
        lambda word: word + " " * 10_000 + "is what I will not do",
    ],
)
def test_a_very_long_answer_is_no_harder(name: str, wrap: Callable[[str], str]) -> None:
    asked = questions(name)[0]
    answer = wrap(asked.table.view(asked.seat).legal[0])
    examine(asked, answer, asked.hear(answer))


@pytest.mark.parametrize("name", GAMES)
def test_who_is_not_asked_says_nothing(name: str) -> None:
    for asked in questions(name):
        for seat in set(SEATS) - set(asked.table.to_move):
            for action in asked.legal[:5]:
                heard = asked.table.game.hear(asked.table.state, seat, asked.table.game.say(action))
                assert isinstance(heard, Fault)
                assert heard.kind is FaultKind.ILLEGAL


# What must be understood.


@pytest.mark.parametrize("name", GAMES)
def test_every_legal_move_is_understood_in_twenty_eight_forms(name: str) -> None:
    assert len(set(FORMS)) == 28
    for asked in questions(name):
        for action, form in itertools.product(asked.legal, FORMS):
            for case in CASES[: 1 if len(asked.legal) > 20 else None]:
                answer = form.format(case(asked.table.game.say(action)))
                assert asked.hear(answer) == action, answer


@pytest.mark.parametrize("name", GAMES)
def test_every_spelling_of_a_move_is_that_move_alone(name: str) -> None:
    rng = random.Random(name)
    for asked in questions(name, each=5):
        spelled = [
            (word, action) for action in asked.legal for word in dict.fromkeys(asked.spellings(action))
        ]
        assert len({word for word, _ in spelled}) == len(spelled)
        for word, action in rng.sample(spelled, min(60, len(spelled))):
            for form, case in itertools.product(FORMS[::3], CASES):
                answer = form.format(case(word)).replace(" ", rng.choice([" ", "  ", "\t", "\u00a0"]))
                assert asked.hear(answer) == action, answer


# Every accepted form of a reply, with every spelling, in every game and in every skin.

SKINS = tuple((name, skin) for name in GAMES for skin in ("", *gtbench.load_game(name).skins()))

WHOLE = (
    "Action: {}", "**Action:** {}", "Action:\n{}", "**Action:**  \n\n{}",
    "**Action:**\n\n```\nAction: {}\n```",
    "Action: MOVE\nAction: {}", "Action:\n```text\n{}\n```", "Final action: {}", "**Final Action:** {}",
    "Action\uff1a{}", "\ufeffAction\u200b: {}", "Action: {}</s>", "Action: {}<|im_end|>",
    "Action: {}\n<|eot_id|>",
    "Action: {}<end_of_turn>", "<answer>\nAction: {}\n</answer>", "Action: {}\nClaim x: 1\nConfidence: 50%",
    "Shall I?</think>Action: {}", "<thinking>\nNo.\n</thinking>\nAction: {}", "[THINK]No.[/THINK]Action: {}",
    "<|channel|>analysis<|message|>No.<|end|><|channel|>final<|message|>Action: {}<|return|>",
)  # fmt: skip
"""Whole replies that are accepted."""

OBJECTS = (
    '{{"action": {}}}', '{{"Action": {}}}', '```json\n{{"reasoning": "No.", "action": {}}}\n```',
    '\ufeff{{"action": {}}}</s>',
)  # fmt: skip
"""The same in JSON."""


@cache
def asked_in(name: str, skin: str) -> tuple[AskedSeat, ...]:
    """Questions of two random matches of a game in a skin."""
    game, rng = gtbench.load_game(name, skin=skin), random.Random(name + skin)
    found: list[AskedSeat] = []
    for seed in range(2):
        table = Table(game, game.deal(seed))
        while table.to_move and len(found) < 6 * (seed + 1):
            found += [AskedSeat(table.copy(), seat) for seat in table.to_move]
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
    return tuple(found)


@pytest.mark.parametrize(("name", "skin"), SKINS)
def test_every_accepted_form_of_a_reply_is_its_move_in_every_game_and_skin(name: str, skin: str) -> None:
    for asked in asked_in(name, skin):
        rng = random.Random(len(asked.table.plies))
        for action in rng.sample(asked.legal, min(2, len(asked.legal))):
            for whole, word in itertools.product(WHOLE, asked.spellings(action)):
                reply = whole.format(rng.choice(FORMS[:-2]).format(rng.choice(CASES)(word)))
                assert read(reply, "stop", asked.hear) == action, reply
                assert read(f"I think {word} is bad.\n\n{reply}", "stop", asked.hear) == action, reply
            for whole, word in itertools.product(OBJECTS, asked.spellings(action)):
                reply = whole.format(json.dumps(rng.choice(FORMS).format(word)))
                assert read(reply, "stop", asked.hear, "json") == action, reply


PIECES = (
    "\n", " ", "\u200b", "*", "`", "```", "```text\n", '"', "$", "$$", "<", ">", "<<", "{", "}", "(", "[",
    ":", "\uff1a",
    ".", ",", "-", "\u2013", "->", "/", "\\boxed{", "Action:", "\nAction: ", "\nAction:\n", "Final ", "MOVE",
    "\nConfidence: 50%\n", "\nClaim x: 1\n", "</s>", "<s>", "<answer>", "</answer>", "<|im_end|>", "<think>",
    "</think>", "\n<think>\n", "[/THINK]", "<|channel|>final<|message|>", "not ", " not", "I play ",
    " is bad", "~~",
    "{}", "\x00", "\u2028", "\u202e", '"action": ', '\\"', "\\n",
)  # fmt: skip
"""What is put into a reply somewhere: none of it is a move, or a part of one."""


@FEW_OR_MANY
@pytest.mark.parametrize(("name", "skin"), SKINS)
def test_no_accepted_form_becomes_another_move_whatever_is_put_into_it(
    name: str, skin: str, examples: int
) -> None:
    places = st.lists(st.tuples(st.integers(0, 150), st.sampled_from(PIECES)), min_size=1, max_size=3)

    @settings(FUZZ, max_examples=examples)
    @given(st.sampled_from(asked_in(name, skin)), st.randoms(use_true_random=False), places)
    def fuzz(asked: AskedSeat, rng: random.Random, places: list[tuple[int, str]]) -> None:
        action = rng.choice(asked.legal)
        word, form = rng.choice(asked.spellings(action)), rng.choice(FORMS)
        object_ = rng.random() < 0.2
        said = form.format(rng.choice(CASES)(word))
        reply = rng.choice(OBJECTS).format(json.dumps(said)) if object_ else rng.choice(WHOLE).format(said)
        first, *others = places
        reply = _put(reply, *first)
        for place, piece in others:  # not within the move, where two pieces may well make another answer
            start = reply.casefold().find(word)
            if start < 0 or not start < place % (len(reply) + 1) < start + len(word):
                reply = _put(reply, place, piece)
        heard = read(reply, "stop", asked.hear, "json" if object_ else "tag")
        assert isinstance(heard, Fault) or heard == action, reply

    fuzz()


def _put(text: str, place: int, piece: str) -> str:
    """A text with a piece put into it."""
    place %= len(text) + 1
    return text[:place] + piece + text[place:]


# What others got wrong, one by one.


def position(name: str, *words: str, seed: int = 0) -> AskedSeat:
    """The question after these words."""
    game = gtbench.load_game(name)
    table = Table(game, game.deal(seed))
    for word in words:
        (seat,) = table.to_move
        heard = game.hear(table.state, seat, word)
        assert isinstance(heard, int), heard
        table.play({seat: heard})
    return AskedSeat(table, table.to_move[0])


PROPOSED = ("keep 0 books, 0 hats, 0 balls", "say a a a")
ROLLED = ("roll",)
FULL = ("3",) * 6  # the discs of a column by turns


def result(name: str, words: Iterable[str], answer: str) -> str:
    """The move heard, or the fault's name."""
    asked = position(name, *words)
    heard = asked.hear(answer)
    examine(asked, answer, heard)
    return heard.kind.value if isinstance(heard, Fault) else asked.table.game.say(heard)


@pytest.mark.parametrize(
    ("name", "words", "answer", "expected"),
    [
        ("negotiation", PROPOSED, "agree", "agree"),
        ("negotiation", PROPOSED, "I agree.", "agree"),
        ("negotiation", PROPOSED, "I disagree", "unparsable"),
        ("negotiation", PROPOSED, "disagree", "unparsable"),
        ("negotiation", PROPOSED, "I do not agree", "unparsable"),
        ("negotiation", PROPOSED, "agreed", "unparsable"),
        ("negotiation", PROPOSED, "keep", "unparsable"),
        ("negotiation", PROPOSED, "say a a a", "illegal"),
        ("negotiation", PROPOSED, "keep 9 books, 9 hats, 9 balls", "illegal"),
        ("negotiation", PROPOSED, "keep -1 books, 0 hats, 0 balls", "unparsable"),
        ("negotiation", (), "agree", "illegal"),
        ("pig", ROLLED, "stop", "stop"),
        ("pig", ROLLED, "(I will not stop)", "unparsable"),
        ("pig", ROLLED, "I will not stop", "unparsable"),
        ("pig", ROLLED, "don't stop", "unparsable"),
        ("pig", ROLLED, "non-stop", "unparsable"),
        ("pig", ROLLED, "roll again", "roll"),
        ("pig", ROLLED, "I will not roll again", "unparsable"),
        ("pig", ROLLED, "stop rolling", "unparsable"),
        ("pig", ROLLED, "roll or stop", "ambiguous"),
        ("connect_four", (), "This blocks column 5", "unparsable"),
        ("connect_four", (), "column 5", "5"),
        ("connect_four", (), "col 4", "4"),
        ("connect_four", (), "4th column", "4"),
        ("connect_four", (), "3rd Column.", "3"),
        ("connect_four", (), "3th column", "unparsable"),
        ("connect_four", (), "the 4th column from the left", "unparsable"),
        ("connect_four", (), "8th column", "illegal"),
        ("connect_four", (), "$4$", "4"),
        ("connect_four", (), "$4", "unparsable"),
        ("connect_four", (), "12", "illegal"),
        ("connect_four", (), "column 12", "illegal"),
        ("connect_four", (), "column 0", "illegal"),
        ("connect_four", (), "0", "illegal"),
        ("connect_four", (), "-1", "unparsable"),
        ("connect_four", (), "8", "illegal"),
        ("connect_four", (), "1e3", "unparsable"),
        ("connect_four", (), "0x2", "unparsable"),
        ("connect_four", (), "02", "unparsable"),
        ("connect_four", (), "2.0", "unparsable"),
        ("connect_four", (), "1 (score 3)", "ambiguous"),
        ("connect_four", (), "\uff12", "unparsable"),
        ("connect_four", (), "\u0662", "unparsable"),
        ("connect_four", (), "\u00b2", "unparsable"),
        ("connect_four", (), "\u00bd", "unparsable"),
        ("connect_four", (), "two", "unparsable"),
        ("connect_four", (), "2nd", "unparsable"),
        ("connect_four", (), "1\u200b2", "ambiguous"),
        ("connect_four", (), "1, 2", "ambiguous"),
        ("connect_four", (), "column 1, that is 1", "unparsable"),  # one move twice is not two moves
        ("breakthrough", (), "a7a6, that is a7-a6", "unparsable"),
        ("kuhn_poker", (), "pass, or check", "unparsable"),
        ("kuhn_poker", (), "bet, or check", "ambiguous"),
        ("connect_four", FULL, "3", "illegal"),
        ("tic_tac_toe", (), "not b1", "unparsable"),
        ("tic_tac_toe", (), "anything but b1", "unparsable"),
        ("tic_tac_toe", (), "b1 b2", "ambiguous"),
        ("tic_tac_toe", (), "b1b2", "unparsable"),
        ("tic_tac_toe", (), "b\u200b1", "unparsable"),
        ("tic_tac_toe", (), "\u044c1", "unparsable"),
        ("tic_tac_toe", (), "1b", "unparsable"),
        ("tic_tac_toe", (), "d1", "illegal"),
        ("tic_tac_toe", (), "b12", "illegal"),
        ("tic_tac_toe", ("b1",), "b1", "illegal"),
        ("nim", (), "take 12 from pile d", "illegal"),
        ("nim", (), "take 2 from pile a", "illegal"),
        ("nim", (), "take 0 from pile a", "illegal"),
        ("nim", (), "take 1 from pile", "unparsable"),
        ("nim", (), "take 1 from pile dd", "unparsable"),
        ("nim", (), "take 3 objects from pile b", "take 3 from pile b"),
        ("nim", (), "take 1 object from pile a", "take 1 from pile a"),
        ("nim", (), "take 4 objects from pile b", "illegal"),
        ("nim", (), "take 3 objects from pile b or c", "unparsable"),
        ("breakthrough", (), "a2a3", "illegal"),
        *(("breakthrough", (), f"a7{between}a6", "a7a6")
          for between in ("-", " - ", "\u2011", "\u2013", "\u2014", "\u2212", "->", " \u2192 ", " to ")),
        ("breakthrough", (), "a7\u2013a5", "illegal"),
        ("breakthrough", (), "a2\u2192a3", "illegal"),
        ("breakthrough", (), "a7a5", "illegal"),
        ("breakthrough", (), "a7", "unparsable"),
        ("breakthrough", (), "a7a6 not b7b6", "ambiguous"),
        ("kuhn_poker", (), "fold", "illegal"),
        ("kuhn_poker", (), "check", "pass"),
        ("kuhn_poker", ("bet",), "check", "illegal"),
        ("kuhn_poker", ("bet",), "call", "bet"),
        ("kuhn_poker", ("bet",), "I would never call", "unparsable"),
        ("kuhn_poker", ("bet",), "to bet is to pass", "ambiguous"),
        ("liars_dice", (), "liar", "illegal"),
        ("liars_dice", ("1 five",), "2 fives", "2 fives"),
        ("liars_dice", ("1 five",), "12 fives", "illegal"),
        ("liars_dice", ("1 five",), "two fives", "2 fives"),
        ("liars_dice", ("1 five",), "Bid Two Sixes", "2 sixes"),
        ("liars_dice", ("1 five",), "one five", "illegal"),
        ("liars_dice", ("1 five",), "two", "unparsable"),
        ("liars_dice", ("1 five",), "1 five", "illegal"),
        ("liars_dice", ("1 five",), "you are no liar", "unparsable"),
        ("liars_dice", ("1 five",), "5 2s", "illegal"),
    ],
)  # fmt: skip
def test_what_others_misheard(name: str, words: tuple[str, ...], answer: str, expected: str) -> None:
    assert result(name, words, answer) == expected


@pytest.mark.parametrize("answer", ["$0", "bid: 0", "bid $0", "Bid: 0.", "0"])
def test_a_bid_may_be_written_as_money(answer: str) -> None:
    assert result("blind_auction", (), answer) == "bid 0"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("bid 99999999999999999999", FaultKind.ILLEGAL),
        ("99999999999999999999", FaultKind.ILLEGAL),
        ("bid -1", FaultKind.UNPARSABLE),
        ("bid 1e0", FaultKind.UNPARSABLE),
        ("bid 0x1", FaultKind.UNPARSABLE),
        ("bid 1.5", FaultKind.UNPARSABLE),
        ("bid .1", FaultKind.UNPARSABLE),
        ("bid \uff11", FaultKind.UNPARSABLE),
        ("bid 1\u00bd", FaultKind.UNPARSABLE),
        ("bid", FaultKind.UNPARSABLE),
        ("bid 1 or 2", FaultKind.UNPARSABLE),
        ("bid 0, bid 1", FaultKind.AMBIGUOUS),
        ("bid 9", FaultKind.ILLEGAL),  # its value is at most 9 on this deal
    ],
)
def test_a_bid_is_a_whole_number_that_was_written_as_one(answer: str, kind: FaultKind) -> None:
    game = gtbench.load_game("blind_auction")
    table = next(
        t for seed in range(99) if max((t := Table(game, game.deal(seed))).state.history()) in range(5, 10)
    )
    for seat in SEATS:
        heard = AskedSeat(table, seat).hear(answer)
        assert isinstance(heard, Fault)
        if not (answer == "bid 0, bid 1" and len(table.legal(seat)) == 1):
            assert heard.kind is kind


# Replies: the one tagged answer.


TAGGED = (
    "Action: {}", "action : {}", "**Action:** {}", "**Action: {}**", "> Action: {}", "- Action: {}",
    "My action: {}", "Action {}", "Action\uff1a {}", "~~Action: {}~~", "Not this: Action: {}",
    "Action\u200b: {}", "Action: Action: {}", "<think>Action: {}</think>", "Action: {} or not",
    "<think>\nAction: {}\n</think>", "Action:\n{}", "**Action:**\n\n**{}**", "Final action: {}",
    "Action: {}</s>", "<answer>Action: {}</answer>", "Action: {}\nConfidence: 50%",
    "Action: MOVE\nAction: {}", "[THINK]Action: {}[/THINK]", "<|channel|>analysis<|message|>Action: {}",
    "Action:\n```text\n{}\n```",
)  # fmt: skip
"""Answers under the tag, and under what looks like it."""

LINES = (
    "<think>", "</think>", "```", "---", "", "Let me think.", "Action:", "Action: MOVE", "| a | b |",
    "Confidence: 50%", "</s>", "[/THINK]", "```json",
)  # fmt: skip

ENDS = ("\n", "\r\n", "\n\n", "\u2028", "\x0b", "\x85", "\x00")


@cache
def replies(name: str) -> st.SearchStrategy[str]:
    """Lines of prose and of answers, with line ends of every kind."""
    tagged = st.builds(lambda form, word: form.replace("{}", word), st.sampled_from(TAGGED), answers(name))
    line = st.one_of(tagged, tagged, st.sampled_from(LINES), NOISE)
    lines = st.lists(st.builds("".join, st.tuples(line, st.sampled_from(ENDS))), max_size=4)
    return st.one_of(st.builds("".join, lines), st.text(st.characters(), max_size=80))


def tagged_lines(reply: str) -> tuple[list[str], str | None]:
    """What stands after a plain tag, line by line, and what stands after some tag at the end of the reply."""
    reply = re.split(r"</think>|\[/think\]", reply, flags=re.IGNORECASE)[-1]
    for end in ("</s>", "<answer>", "</answer>"):
        reply = re.sub(end, "\n", reply, flags=re.IGNORECASE)
    lines = [line for line in reply.splitlines() if any(map(str.isalnum, line))]
    lines = [
        line for line in lines if not re.match(r"```\w+$|\W*confidence\W*[:\uff1a]", line, re.IGNORECASE)
    ]
    plain = [line.partition(":")[2] for line in lines if line.casefold().startswith("action:")]
    plain = [answer for answer in plain if bare(answer) not in {"", "move"}]
    (head, tail), *above = [_parted(line) for line in reversed(lines)] or [("", "")]
    if head != "action" and above and above[0][0] == "action" and not bare(above[0][1]):
        return plain, lines[-1]
    return plain, tail if head == "action" else None


def _parted(line: str) -> tuple[str, str]:
    """The letters before a line's first colon, as those of a tag, and what stands after it."""
    head, _, tail = line.replace("\uff1a", ":").partition(":")
    letters = "".join(filter(str.isalnum, head)).casefold().replace("\u0131", "i")
    return letters.removeprefix("final"), tail


@FEW_OR_MANY
@pytest.mark.parametrize("name", GAMES)
def test_no_reply_is_read_as_a_move_that_its_last_line_does_not_say(name: str, examples: int) -> None:
    @settings(FUZZ, max_examples=examples)
    @given(
        st.sampled_from(questions(name)), replies(name), st.sampled_from(["stop"] * 4 + ["length", "refused"])
    )
    def fuzz(asked: AskedSeat, reply: str, finish: Finish) -> None:
        heard = read(reply, finish, asked.hear)
        if isinstance(heard, Fault):
            hold_fault(heard)
            return
        assert finish == "stop"
        plain, last = tagged_lines(reply)
        assert last is not None
        examine(asked, last, heard)
        for answer in plain:
            examine(asked, answer, heard)

    fuzz()


@pytest.mark.parametrize("name", GAMES)
def test_every_legal_move_is_read_from_its_tagged_line(name: str) -> None:
    prose = "I thought of {0}, but not {0}.\n\n"
    for asked in questions(name, each=3):
        for word, form in itertools.product(asked.table.view(asked.seat).legal[:10], FORMS[:-2]):
            for tag in ("Action: {}", "ACTION: {}", "**Action:** {}", "> Action: {}"):
                reply = prose.format(word) + tag.format(form.format(word))
                heard = read(reply, "stop", asked.hear)
                assert isinstance(heard, int), reply
                assert asked.table.game.say(heard) == word


@pytest.mark.parametrize(
    "reply",
    [
        "Action: stop\u2028is what I will not do",
        "Action: not\u2028stop",
        "Action: roll\x85Action: stop",
        "I will not stop\u2029",
        "~~Action: stop~~",
        "<think>Action: stop</think>",
        "Action: stop\n</think>",
        "stop\nAction:",
        "Action: roll\nAction: stop",
        "Action: stop\nAction: roll\nAction: stop",
        "| Action: | stop |",
        "Action:\nstop\nroll",
        "Action:\nroll\nAction: stop",
        "Action:\nI will stop",
        "Action: stop\nAction:",
        "Action: MOVE\nstop",
        "Action: stop\nAction: MOVE",
        "Action: stop\nConfidence: 60%\nNo, roll.",
        "Action: stop</s>No.",
        "Action: <s>stop</s>",
        "Action: st</s>op",
        "Action: $stop",
        "Final answer: stop",
        "Move: stop",
        "\\boxed{stop}",
        "I play <answer>stop</answer>",
        "<|channel|>analysis<|message|>Action: stop",
        "Let me see.\n<think>\nAction: stop",
        '{"action": "stop"}',
        "Action: \u202epots\u202c",
        "Action: s\u0336t\u0336o\u0336p\u0336",
    ],
)
def test_a_reply_that_does_not_end_with_one_plain_answer_is_no_move(reply: str) -> None:
    assert isinstance(read(reply, "stop", position("pig", "roll").hear), Fault)


# Signs around a move that turn it into something else, and how faults are worded.


@pytest.mark.parametrize(
    ("name", "words", "answer"),
    [
        ("connect_four", (), ".5"),  # a fraction
        ("connect_four", (), ",5"),
        ("connect_four", (), "<5"),  # any column but that one
        ("pig", ROLLED, "~~stop~~"),  # struck out, in markdown
        ("pig", ROLLED, "!stop"),  # not, in code
    ],
)
def test_a_sign_that_turns_a_move_into_something_else_is_no_wrapping(
    name: str, words: tuple[str, ...], answer: str
) -> None:
    assert isinstance(position(name, *words).hear(answer), Fault)


@pytest.mark.parametrize("character", ["x", '"', "\x00", "\u4e2d", "\U0001f600"])
def test_a_faults_detail_is_short_whatever_it_quotes(character: str) -> None:
    for name in GAMES:
        heard = questions(name)[0].hear(character * 1000)
        assert isinstance(heard, Fault)
        hold_fault(heard)
        assert len(heard.detail) < 200


@pytest.mark.parametrize("name", GAMES)
def test_an_illegal_move_is_illegal_in_every_spelling(name: str) -> None:
    for asked in questions(name, each=4):
        game, legal = asked.table.game, asked.legal
        others = [action for action, word in enumerate(game.moves) if word and action not in legal]
        spelled = {word for action in legal for word in asked.spellings(action)}
        for action in others[:40]:
            for word in set(asked.spellings(action)) - spelled:
                heard = asked.hear(word)
                assert isinstance(heard, Fault)
                assert heard.kind is FaultKind.ILLEGAL, heard.detail
