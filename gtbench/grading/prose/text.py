"""The words before a move as clauses, each with what stands above it in its list.

A clause is as much of a sentence as is decided by itself: "x threatens c1, so i play it" are two. A sentence
that asks, quotes, supposes or looks ahead says nothing about now, and neither does one that nobody can read
as one: it is left out, but for conditions that a game's own forms may read ("if x plays c1, x wins").
Everything here takes time in proportion to the text's length: what is longer than `LONGEST` is no sentence.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 500
"""Characters of the longest line part that is read as a sentence."""
DEEPEST = 12
"""How many headings above a line are kept, the nearest ones."""

_PLAIN = str.maketrans({
    "\u2019": "'", "\u2018": "'", "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": " - ",
    "\u2014": " - ", "\u2295": "^", "\u00b7": "\u00d7", "\u2192": " -> ", "\u2026": "...",
    "\u201c": '"', "\u201d": '"', "`": "", "_": " ", "\u00a0": " ", "\t": "    ", "\u00f7": "/",
})  # fmt: skip
_TIMES = re.compile(r"(?<=[\d)])( ?)\*( ?)(?=[\d(])")
"""A sign of multiplication; every other star is a mark of emphasis."""
_POWER = re.compile(r"(?<=[\d)]) ?\*\* ?(?=[\d(])")
_STARS = re.compile(r"\*+")
_TEX = re.compile(r"\\(?:text|mathrm|mathbf)\b|[$\\{}]")
_SHORT_QUOTE = re.compile(r"""(["'])([\w ]{1,12})\1""")
"""A word in quotes, which is that word: 'X'."""
_ELISION = re.compile(r"\b(i|we|you|they|it|he|she)'(ll|m|re|ve|s)\b")
_LONG = {"ll": " will", "m": " am", "re": " are", "ve": " have", "s": " is"}
_BULLET = re.compile(r"(?:[-+\u2022]|\*(?=\s)|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+")
_HEADING = re.compile(r"#{1,6}\s*")
_SHADOW = re.compile(
    r"\b(?:say|says|said|think|thinks|claims?|rules?|wrong|false|suppose|assume|imagine|example|"
    "not so|not true)$"
)
"""How something ends after which, on its line, nothing is stated."""
_MARKS = frozenset("xobw")
"""The letters of boards that are drawn: a line without any other one says nothing."""
_CUT = re.compile(r"(?<=[.!;?]) |(?<=[\w)\]'])(?<!e\.g)(?<!i\.e): | -> | - (?=[a-z])")
"""Where a line is cut into sentences, and a heading from what it is about."""
_DENIED = re.compile(
    r"\?|\"|(?<!\w)'\w+ \w+ \w|\b(?:suppose|supposing|assume|assuming|imagine|hypothetical(?:ly)?|"
    "had i|had we|had it|"
    "let us say|say that|says?|said|claims?|thinks?|thought|believes?|wrong|false|incorrect|"
    "incorrectly|not true|"
    "not so|not the case|pretend|bluff(?:ing)? (?:that|as if)|as if|as though|whether|instead|"
    "rather than|rules?|"
    r"example|e\.g|either|neither|were)\b"
)
"""A word that makes a whole sentence something else than a plain statement about now."""
_SOFT = re.compile(
    r"\b(?:would|could|might|may|perhaps|maybe|possibly|should|wants? to|tries|try to|trying|"
    "hopes?|hoping|expects?|"
    r"potential(?:ly)?|future|later|eventually|subsequent|at the start|at the beginning|initially|originally|"
    "before|earlier|previously|used to|supposed|if|unless|when|whenever|once|until|till|without|"
    "otherwise|in case|"
    r"provided|as soon as|after|as long as|then)\b"
)
"""A word that makes a clause, and what comes after it, one about another time or a case that may come."""
_CONDITION = re.compile(r"\b(?:if|unless|when|whenever|once)\b")
_SUPPOSED = re.compile(
    r"\b(?:could|might|may|perhaps|maybe|possibly|potential(?:ly)?|future|later|eventually|"
    r"subsequent|also if)\b"
)
_AT_ONCE = re.compile(r"\bat once\b")
_AND = re.compile(
    r",?\s+(?=(?:so|(?<!of )which|but|while|because|since|thus|therefore|hence|although|though|"
    r"whereas|meaning)\b"
    r"|as (?:it|this|that|there|i|we|x|o|the|no)\b"
    r"|and (?:so|thus|therefore|it|this|that|there|i|we|he|she|they|my|its?)\b)|,\s+(?=(?:i|we|it|they|this|"
    r"there|the opponent|my opponent|x|o|leaving|making)\b (?!and\b|or\b))|;\s*"
)
"""Where one clause of a sentence ends."""
_ASIDE = re.compile(r" ?\(([^()]*)\)")
"""What stands in brackets."""
_TOLD_ASIDE = re.compile(
    r"\([^()]*\b(?:occupied|taken|empty|free|filled|not|already|currently|full)\b[^()]*\)"
)
"""What stands in brackets and is part of what is stated."""
_FINE = re.compile(
    r",?\s+and\s+(?!\d|[a-i]\d|x\b|o\b)(?=.*\b(?:is|are|has|have|can|cannot|appears?|seems?|will|wins?)\b)"
)
"""Where a clause may end besides, in a sentence that counts nothing out."""
_COUNTED_OUT = re.compile(
    r"\b(?:no|not|none|neither|nor|never|only|either|both|except|all|each|every|any|cannot|"
    "nothing|nobody|without|"
    r"most|some|than|between|from)\b|n't\b"
)
_WHOLE = re.compile(r"(?:in order )?to \w|by \w+ing\b")
"""How a sentence begins whose comma parts no clauses."""
_LEADING = re.compile(
    r"(?:so|thus|therefore|hence|now|here|currently|and|also|first|finally|however|clearly|obviously|indeed|"
    r"right now|at the moment|at this moment|in this position|unfortunately|fortunately|as a result|since|"
    "because|as|that|which means|meaning|i see|i know|i notice|we see|we know|note|notice|but|"
    "while|although|"
    r"though|whereas|in conclusion|in fact|at present|in this case|given that|this means|it is clear|"
    r"similarly|next|well|okay|ok|yes|of course|from this|look|then|i think|i believe|this time)\b[,:]?\s*"
    "|(?:based on|given|considering|according to|looking at|from|after) (?:the|this|these|my|our|"
    r"all|that|board)\b[^,]{1,60},\s+"
)
"""What may begin a clause and says nothing."""
LEADS = 6


class Clause(NamedTuple):
    """Part of a sentence that is stated plainly, or a whole one that states a condition."""

    text: str  # in lower case, without marks of emphasis and words that say nothing at its beginning
    sentence: str  # the whole of it, as evidence
    above: tuple[str, ...]  # what it stands under: headings, items of lists, and what its line began with
    conditional: bool  # whether it is a whole sentence with a condition in it
    line: bool  # whether it is a whole line
    finer: tuple[str, ...] = ()  # what is read where nothing is made of the text: parts, or without brackets


def plain(words: str) -> str:
    """A text in lower case, in ASCII as far as it goes, without markdown and TeX; its lines stay lines."""
    text = _TIMES.sub("\\1\u00d7\\2", _POWER.sub("^", words.translate(_PLAIN)))
    text = _TEX.sub("", _STARS.sub("", text).replace("\u00d7", "*")).lower()
    return _ELISION.sub(lambda found: found[1] + _LONG[found[2]], _SHORT_QUOTE.sub(r"\2", text))


def sentences(words: str) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Each sentence of a text made plain, what it stands under, and whether it is a whole line."""
    stack: list[tuple[int, str]] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for raw in words.split("\n"):
        bare = " ".join(raw.split())
        if "=" not in bare and not set(filter(str.isalpha, bare)) - _MARKS:
            continue
        indent = 2 * (len(raw) - len(raw.lstrip()))
        if heading := _HEADING.match(bare):
            indent, bare = heading.end() - 100, bare[heading.end() :]
        bare = _marked(bare)
        indent += raw.lstrip()[:1] in "-+*\u2022"
        while stack and stack[-1][0] >= indent:
            stack.pop()
        above = tuple(text for _, text in stack[-DEEPEST:])
        stack.append((indent, bare[:LONGEST]))
        if (bare, above) in seen:  # a model that is caught in a loop says one line again and again
            continue
        seen.add((bare, above))
        yield bare, above, True
        before: tuple[str, ...] = ()
        for part in _CUT.split(bare):
            if before and _SHADOW.search(before[-1]):
                break
            yield part.strip(" ,-"), (*above, *before), False
            before = (*before, part[:LONGEST])[-DEEPEST:]


def _marked(line: str) -> str:
    """A line without what marks it as an item."""
    for _ in range(2):
        if bullet := _BULLET.match(line):
            line = line[bullet.end() :]
    return line.strip()


def clauses(words: str) -> Iterator[Clause]:
    """Every clause of a text made plain that states something about now."""
    for sentence, above, whole in sentences(words):
        if not sentence or len(sentence) > LONGEST:
            continue
        if whole:
            yield Clause(sentence.rstrip(" .!"), sentence, above, False, True)
            continue
        if _DENIED.search(sentence):
            continue
        now = _AT_ONCE.sub("now", sentence)
        if _CONDITION.search(now) and not _SUPPOSED.search(now):
            yield Clause(_bare(sentence), sentence, above, True, False)
        for clause, finer in parts(sentence):
            if _SOFT.search(_AT_ONCE.sub("now", clause)):
                break
            yield Clause(clause, sentence, above, False, False, finer)


def parts(sentence: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The clauses of a sentence, and what is in brackets, each with smaller parts that it may be read in."""
    bare = _bare(_ASIDE.sub("", sentence))
    for clause in [sentence] if _WHOLE.match(bare) else _split(_AND, sentence):
        without = _bare(clause if _TOLD_ASIDE.search(clause) else _ASIDE.sub("", clause))
        fine = (
            []
            if _COUNTED_OUT.search(without)
            else [_bare(part).removesuffix(" and").rstrip(",") for part in _split(_FINE, without)]
        )
        yield _bare(clause), (without, *(fine if len(fine) > 1 else ()))
    for aside in _ASIDE.findall(sentence):
        for part in aside.split(", "):
            yield _bare(part), ()


def _split(at: re.Pattern[str], text: str) -> list[str]:
    """A text in parts that nothing is lost between."""
    places = [0, *(found.end() for found in at.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(places)]


def _bare(clause: str) -> str:
    """A clause without what says nothing at its beginning, and signs at its end."""
    text = clause.strip(" ,.:;!()")
    for _ in range(LEADS):
        if lead := _LEADING.match(text):
            text = text[lead.end() :]
    return " ".join(text.split())
