"""The keys of a run, and what is drawn under a key.

A run has two keys (`gtbench.records.Keys`): one for the luck of its deals, one for its players' own
randomness. What is drawn under a key tells nothing of the key, nor of anything else that is drawn under it,
and neither key tells anything of the other: what an agent is handed leads to no deal.

Unless a run is given a seed. Both keys then follow from a number that can be known, or tried.
"""

from __future__ import annotations

import secrets
from hashlib import blake2b

from gtbench.records import Keys

KEY_BYTES = 32
DRAWN_BYTES = 16

WIDE = 1 << 8 * DRAWN_BYTES
"""All that is drawn under a key is at least that, and so told from a number that somebody has chosen."""

LUCK, PLAYERS = b"gtbench luck", b"gtbench players"
"""What separates the two keys that follow from one seed."""


def new_keys(seed: int | None = None) -> Keys:
    """The keys of a new run: random ones, or those that follow from a seed."""
    if seed is None:
        return Keys(luck=secrets.token_hex(KEY_BYTES), players=secrets.token_hex(KEY_BYTES))
    luck, players = (
        blake2b(str(seed).encode(), digest_size=KEY_BYTES, person=person).hexdigest()
        for person in (LUCK, PLAYERS)
    )
    return Keys(luck=luck, players=players)


def drawn(key: object, *parts: object) -> int:
    """A number of 128 random bits, from `WIDE` on, that depends on a key and each of the parts.

    Args:
        key: The key, or a number that was itself drawn under one.
        parts: What it is drawn for.
    """
    secret, text = str(key).encode(), "\x1f".join(map(str, parts)).encode()
    if len(secret) > blake2b.MAX_KEY_SIZE:  # as HMAC does: a number may be as long as somebody likes
        secret = blake2b(secret).digest()
    return WIDE | int.from_bytes(blake2b(text, key=secret, digest_size=DRAWN_BYTES).digest())
