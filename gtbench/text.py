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
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL")
"""How a word in the name of a variable ends, in the singular, whose value is shown to nobody."""
_SECRETS = tuple(f"{word}S" for word in SECRET)
"""As `SECRET`, for a variable that may list several."""
SHORTEST_SECRET = 8
SHORTEST_SPLIT = 16
"""From so many characters on a secret is found even where white space splits it."""
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


class _Secret(NamedTuple):
    """A value that is shown to nobody."""

    letters: str  # the rare ones first: a text that lacks one of them does not hold it
    pattern: re.Pattern[str]
    name: str  # of its variable


def recorded(text: str) -> str:
    """A text as it may stand in a log: sound Unicode, and a variable's name in place of its secret value.

    A lone surrogate, which is no character and fits into no log, becomes a question mark.
    """
    text = str.__str__(text)  # of a subclass only what it holds: its methods are somebody else's code
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    for letters, pattern, name in _secrets():
        for letter in letters:
            if letter not in text:
                break
        else:
            text = pattern.sub(name, text)
    return text


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
        if len(secret) >= SHORTEST_SECRET
        for way in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""))
    }
    return tuple(_secret(value, values[value]) for value in sorted(values, key=len, reverse=True))


def _in(name: str, value: str) -> tuple[str, ...]:
    """What is secret in a variable: all of its value, each of its values, or the password in an address."""
    words = [word.rstrip("0123456789") for word in name.upper().split("_")]
    if any(word.endswith(_SECRETS) for word in words):
        return (value.strip(), *re.split(r"[\s,;]+", value))
    if any(word.endswith(SECRET) for word in words):
        return (value.strip(),)
    try:
        return tuple(filter(None, (urlsplit(value).password,))) if "@" in value else ()
    except ValueError:
        return ()


@cache
def _secret(value: str, name: str) -> _Secret:
    """A secret, to be found also where white space splits it, if it is long."""
    between = r"\s*+" if len(value) >= SHORTEST_SPLIT else ""
    letters = "".join(sorted(set(value), key=lambda letter: (letter.islower(), letter)))
    return _Secret(letters, re.compile(between.join(map(re.escape, value))), name)
