"""Text from outside that goes into a log: sound, bounded, and without any key."""

from __future__ import annotations

import os

SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIALS")
"""How the name of a variable ends whose value is shown to nobody."""
SHORTEST_SECRET = 8
LONGEST_LINE = 300


def clean(text: str) -> str:
    """A reply as text: a lone surrogate is none, and would fit into no log."""
    return text.encode("utf-8", "replace").decode()


def printable(text: str) -> str:
    """A model's text without the control characters that could drive a terminal, or hide what is there."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def line(said: object) -> str:
    """What an error says on one line, not too long, and without any key: servers do quote them."""
    return discreet(" ".join(str(said).split()))[:LONGEST_LINE]


def discreet(text: str) -> str:
    """A text with the name of a variable in the place of each secret value that it quotes."""
    for name, value in os.environ.items():
        if name.upper().endswith(SECRET) and len(value) >= SHORTEST_SECRET:
            text = text.replace(value, f"<{name}>")
    return text
