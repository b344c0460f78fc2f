"""The one door for text from the world: `recorded` on its way in, `shown` on its way out.

From the world comes what a model, a server, an SDK, an agent, a file's name or somebody's log says. What is
recorded is sound Unicode and holds no key of the environment. What is shown to a person, on a terminal or on
a page, holds nothing that a reader cannot see, and nothing that a terminal obeys.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import string
from bisect import bisect_left, bisect_right
from contextlib import suppress
from functools import cache, reduce
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL")
"""How a word in the name of a variable ends, in the singular, whose value is shown to nobody."""
_SECRETS = tuple(f"{word}S" for word in SECRET)
"""As `SECRET`, for a variable that may list several."""
SHORTEST_SECRET = 8
SHORTEST_SPLIT = 16
"""From so many visible characters on a secret is found even where unseen ones split it."""
LONGEST_LINE = 300

_TYPED = frozenset(string.ascii_letters + string.digits + "/._-+ ")
"""What stands for itself between bash's quotes."""

_PLAIN = re.compile(r"[^ -~]")
_DIGITS = (
    r"(?i:exceeds) the limit \(\d+ digits\) for integer string conversion"
    r"(?:: value has \d+ digits; use sys\.set_int_max_str_digits\(\) to increase the limit)?"
)
_DEPTH = r"maximum recursion depth exceeded while decoding a JSON \w+ from a unicode string"
_INSIDE = (
    (re.compile(_DIGITS), "a number has too many digits"),
    (re.compile(_DEPTH), "it is nested too deeply"),
    (re.compile(r"(?<=\S) Traceback \(most recent call last\):.*"), ""),
)
"""What Python says of its own insides where a text cannot be read, and what is said instead."""
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What Python calls printable and nobody can see: fillers and variation selectors."""
_UNSEEN = (
    r"\\\s\x00-\x1a\x1c-\x1f\x7f-\x9a\x9c\x9e\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f" + _INVISIBLE.pattern[1:-1]
)
"""White space, controls, formats and fillers, but no beginning of a sequence; and what marks an escape."""
_ESCAPED = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[abfnrtv]|x[0-9a-fA-F]{2}"
    r"|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})"
)
"""A character as JSON or Python escapes it, also as two surrogates."""
_CONTROLS = re.compile(rf"[{_UNSEEN}\x1b\x9b\x9d]++")
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"  # a colour, say
    r"|\x1b\([0-~]"  # a set of characters
    r"|(?:\x1b\]|\x9d)[^\x00-\x1f\x7f-\x9f]*+(?:\x07|\x1b\\|\x9c)"  # a title, or a link
    rf"|[{_UNSEEN}]++|[\x1b\x9b\x9d]"
)
"""As `_CONTROLS`, with what a terminal obeys as a whole."""


_Way = tuple[re.Pattern[str], ...]
"""What a text is read without, in this order."""


class _Secret(NamedTuple):
    """A value that is shown to nobody."""

    letters: str  # the rare ones first: a text that lacks one of them does not hold it
    name: str  # what stands in its place
    ways: tuple[tuple[str, _Way], ...]  # what it is in each way of reading a text


def recorded(text: str) -> str:
    """A text as it may stand in a log: sound Unicode, and a variable's name in place of its secret value.

    A lone surrogate, which is no character and fits into no log, becomes a question mark.
    """
    text = str.__str__(text)  # of a subclass only what it holds: its methods are somebody else's code
    held = text + _without(_ESCAPED, text) if "\\" in text else text
    for letters, name, ways in _secrets():
        for letter in letters:
            if letter not in held:
                break
        else:
            for value, way in ways:
                text = _struck(text, value, name, way)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def line(said: object) -> str:
    """What an error, or a name, says: recorded on one line that is not too long."""
    try:
        text = str(said)
    except Exception as error:  # noqa: BLE001  (a stranger's own code says it)
        text = f"({type(said).__name__} cannot be put into words: {type(error).__name__})"
    text = " ".join(recorded(text).split())
    for pattern, plainly in _INSIDE:
        text = pattern.sub(plainly, text)
    return text[:LONGEST_LINE]


def shown(text: str) -> str:
    """A text as it may be shown: what cannot be seen, or drives a terminal, is written as Python writes it.

    The ends of lines, and tabs, stay.
    """
    return text if text.isprintable() and text.isascii() else _PLAIN.sub(_visible, text)


def shown_line(text: str) -> str:
    """As `shown`, for a text that must stay on its line."""
    return shown(text).replace("\n", "\\n").replace("\t", "\\t")


def typed(path: Path) -> str:
    """A file's name as a person can type it after a command of ours, whatever stands in it."""
    name = f"./{path}" if str(path).startswith("-") else str(path)
    if name.isprintable() and shown_line(name) == name:
        return shlex.quote(name)
    # as bash and zsh write what cannot be seen, or is no text
    seen = (chr(byte) if chr(byte) in _TYPED else f"\\x{byte:02x}" for byte in os.fsencode(name))
    return f"$'{''.join(seen)}'"


def _visible(found: re.Match[str]) -> str:
    """A character, or how Python writes it where it cannot be seen."""
    character = found[0]
    if character in "\n\t" or (character.isprintable() and not _INVISIBLE.match(character)):
        return character
    return ascii(character)[1:-1]


class _Secrets:
    """The secrets of the environment as it is now, the longest first."""

    def __init__(self) -> None:
        self._environment: dict[bytes, bytes] = {}
        self._found: tuple[_Secret, ...] = ()

    def __call__(self) -> tuple[_Secret, ...]:
        now = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001  (to read it all takes 20 us)
        if now != self._environment:
            self._environment, self._found = now.copy(), _found()
        return self._found


_secrets = _Secrets()


def _found() -> tuple[_Secret, ...]:
    """Each secret value in the environment, also as it stands in JSON and in an address."""
    values = {
        way: f"<{name}>"
        for name, value in os.environ.items()
        for secret in _in(name, value)
        if len(_without(_ESCAPED, secret)) >= SHORTEST_SECRET
        for way in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""))
    }
    return tuple(_secret(value, values[value]) for value in sorted(values, key=len, reverse=True))


def _in(name: str, value: str) -> tuple[str, ...]:
    """What is secret in a variable: all of its value, each of its values, or the password in an address."""
    if _is_secret(name):
        return (value.strip(), *_pieces(name, value))
    try:
        return tuple(filter(None, (urlsplit(value).password,))) if "@" in value else ()
    except ValueError:
        return ()


def _is_secret(name: str, kinds: tuple[str, ...] = (*SECRET, *_SECRETS)) -> bool:
    """Whether a word in a name ends in one of some kinds."""
    return any(word.rstrip("0123456789").endswith(kinds) for word in name.upper().split("_"))


def _pieces(name: str, value: str) -> Iterable[str]:
    """The values that a secret variable lists; in JSON what a name calls secret, or all if none does."""
    if value.lstrip().startswith(("[", "{")):
        with suppress(ValueError, RecursionError):
            found = tuple(_strings(json.loads(value)))
            return [text for text, secret in found if secret] or [text for text, _ in found]
    return re.split(r"[\s,;]+", value) if _is_secret(name, _SECRETS) else ()


def _strings(found: object, *, secret: bool = False) -> Iterator[tuple[str, bool]]:
    """The texts of a JSON value, and whether a name that one stands under calls it secret."""
    if isinstance(found, str):
        yield found, secret
    elif isinstance(found, list):
        for part in found:
            yield from _strings(part, secret=secret)
    elif isinstance(found, dict):
        for name, part in found.items():
            yield from _strings(part, secret=secret or _is_secret(name))


@cache
def _secret(value: str, name: str) -> _Secret:
    """A secret, to be found also where it is escaped and, if it is long, where something unseen splits it."""
    ways: tuple[_Way, ...] = (), (_ESCAPED,)
    if len(_without(_CONTROLS, value)) >= SHORTEST_SPLIT:
        # what is no escape, and a sequence without an end, could take a secret's first letter
        ways = tuple((*way, unseen) for way in ways for unseen in (_CONTROLS, _SEQUENCES))
    values = [reduce(lambda text, pattern: _without(pattern, text), way, value) for way in ways]
    letters = set.intersection(*map(set, values))
    rare_first = "".join(sorted(letters, key=lambda letter: (letter.islower(), letter)))
    return _Secret(rare_first, name, tuple(zip(values, ways, strict=True)))


def _without(pattern: re.Pattern[str], text: str) -> str:
    """A text without what a pattern finds in it; of what is escaped, the characters stay."""
    return pattern.sub(_character if pattern is _ESCAPED else "", text)


def _character(escaped: re.Match[str]) -> str:
    """The one character that is escaped."""
    units = escaped[0].encode().decode("unicode_escape")
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _struck(text: str, value: str, name: str, way: _Way) -> str:
    """A text with a name in place of a value, wherever it stands once the text is read in this way."""
    readings = [text]
    for pattern in way:
        readings.append(_without(pattern, readings[-1]))
    if value not in readings[-1]:  # as a rule, and found out sooner
        return text
    spans = [found.span() for found in re.finditer(re.escape(value), readings.pop())]
    while spans and readings:
        pattern = way[len(readings) - 1]
        spans = _spans_before(spans, pattern, readings.pop())
    kept = [0, *(place for span in spans for place in span), len(text)]
    return name.join(text[start:end] for start, end in zip(kept[::2], kept[1::2], strict=True))


def _spans_before(spans: list[tuple[int, int]], pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Where in a text the spans stand that were found in it without what a pattern finds."""
    left = int(pattern is _ESCAPED)  # characters of each finding
    here, there = [0], [0]  # the same places: in the text, and in what was left of it
    for found in pattern.finditer(text):
        start = there[-1] + found.start() - here[-1]
        here += found.span()
        there += start, start + left
    here.append(len(text))
    there.append(there[-1] + here[-1] - here[-2])
    return [
        (
            here[first := bisect_right(there, start) - 1] + start - there[first],
            here[last := bisect_left(there, end)] + end - there[last],
        )
        for start, end in spans
    ]
