"""The bodies of servers' answers, unpacked by ourselves: a small one can unpack to gigabytes.

An SDK's client reads an answer whole, and unpacks whatever comes in one piece. Here it is unpacked piece by
piece, and given up at the first byte beyond `gtbench.largest`. Only packings that the standard library can
take in pieces are asked for; a server that sends another breaks the protocol.
"""

from __future__ import annotations

import importlib
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from gtbench.errors import behind
from gtbench.largest import largest, too_large

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

C = TypeVar("C")

TAKEN = "gzip, deflate"
"""The packings that are asked for."""
PIECE = 1 << 16
"""Bytes that are unpacked at once."""


class BodyError(Exception):
    """A body that cannot be taken."""


class TooLong(BodyError):
    """A body that is longer than any that is taken."""


def bound(client: C) -> C:
    """The client of an SDK, httpx's or one made after it, so that no answer takes more memory than it may.

    Raises:
        BadOption: The limit is set to what is none.
    """
    largest()
    bounded: Any = client
    bounded.headers["accept-encoding"] = TAKEN
    bounded.event_hooks = {"response": [bound_body]}
    return client


def bound_transport(kind: Any) -> None:
    """Do the same to whatever is sent through a class of transports, for a library that makes its own.

    Raises:
        BadOption: As for `bound`.
    """
    largest()
    _bind(kind)


@cache
def _bind(kind: Any) -> None:
    """Have a class of transports bound each answer, once."""
    sent = kind.handle_async_request

    async def handle(self: Any, request: Any) -> Any:
        request.headers["accept-encoding"] = TAKEN
        response = await sent(self, request)
        await bound_body(response)
        return response

    kind.handle_async_request = handle


async def bound_body(response: Any) -> None:
    """Have the body of a response unpacked here, when it is read."""
    packing = response.headers.pop("content-encoding", "identity").strip().lower()
    response.stream = _stream(type(response).__module__.partition(".")[0])(response.stream, packing)


def cause(error: BaseException) -> BodyError | None:
    """What was wrong with a body, if that is behind an SDK's exception."""
    return next((one for one in behind(error) if isinstance(one, BodyError)), None)


@cache
def _stream(library: str) -> Any:
    """The class of streams, which a library's client takes only if it is made after its own."""
    base: Any = importlib.import_module(library).AsyncByteStream

    class Stream(base):  # type: ignore[misc]
        """The body of an answer, unpacked."""

        def __init__(self, packed: Any, packing: str) -> None:
            self._packed, self._packing = packed, packing

        async def __aiter__(self) -> AsyncIterator[bytes]:
            unpack, room = _unpacker(self._packing), largest()
            async for packed in self._packed:
                for piece in unpack(packed):
                    room -= len(piece)
                    if room < 0:
                        raise TooLong(too_large())
                    yield piece

        async def aclose(self) -> None:
            await self._packed.aclose()

    return Stream


def _unpacker(packing: str) -> Any:
    """What unpacks one part of a body after the other, each in pieces."""
    if packing in ("identity", ""):
        return lambda part: (part,)
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise BodyError(f"it is packed in a way that was not asked for: {packing:.50}")
    state = zlib.decompressobj(zlib.MAX_WBITS if packing == "deflate" else zlib.MAX_WBITS | 16)
    begun = packing != "deflate"

    def unpack(part: bytes) -> Iterator[bytes]:
        nonlocal state, begun
        if not begun and part:  # some servers leave out the header, of which the low half-byte is always 8
            begun = True
            if part[0] & 15 != 8:  # noqa: PLR2004
                state = zlib.decompressobj(-zlib.MAX_WBITS)
        while not state.eof:
            try:
                piece = state.decompress(part, PIECE)
            except zlib.error as error:
                raise BodyError(f"it cannot be unpacked: {error}") from error
            part = state.unconsumed_tail
            yield piece
            if not part and len(piece) < PIECE:
                return

    return unpack
