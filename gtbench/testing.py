"""The fakes that gtbench tests itself with, for the tests of your own agents.

`LocalProvider` is a real HTTP server on 127.0.0.1 that speaks the OpenAI and the Anthropic protocol, so that
a test runs the true client, the true network stack and the true run log, without a key and without cost.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections import Counter
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from gtbench.game import derive
from gtbench.reply import TAG

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import TracebackType


UNSET = object()


class Trouble(StrEnum):
    """What a server can do wrong with a request."""

    THROTTLED = "throttled"  # 429 with Retry-After
    THROTTLED_SILENTLY = "throttled_silently"  # 429 without
    FAILED = "failed"  # 500
    OVERLOADED = "overloaded"  # 529
    HANGS = "hangs"  # no answer until the client gives up
    RESET = "reset"  # the connection is broken off before an answer
    HALF_A_BODY = "half_a_body"  # the connection is broken off in the middle of it
    NO_JSON = "no_json"  # 200, and what is no JSON
    WRONG_TYPE = "wrong_type"  # 200, and a page of HTML
    NO_CHOICE = "no_choice"  # 200, and an answer without an answer in it
    SLOW_DRIP = "slow_drip"  # a sound answer, piece by piece


@dataclass(frozen=True, slots=True)
class Faults:
    """A plan of troubles: which request, counted from 0, meets which."""

    rate: float  # the share of requests that meet one
    seed: int = 0
    kinds: tuple[Trouble, ...] = tuple(Trouble)

    def at(self, number: int) -> Trouble | None:
        """The trouble of a request, if it meets one."""
        if derive(self.seed, number, "whether", bits=32) >= self.rate * 2**32:
            return None
        return self.kinds[derive(self.seed, number, "which") % len(self.kinds)]


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What the server answers to one request."""

    text: str = ""
    finish_reason: str = "stop"
    refusal: str | None = None
    status: int = 200
    error_code: str | None = None
    body: Any = UNSET  # in place of all else, for what no sound server sends


BROKEN_OFF = frozenset({Trouble.HANGS, Trouble.RESET, Trouble.HALF_A_BODY})
STATUS = {
    Trouble.THROTTLED: 429, Trouble.THROTTLED_SILENTLY: 429, Trouble.FAILED: 500, Trouble.OVERLOADED: 529,
}  # fmt: skip
JSON = "application/json"
LONGEST_HANG = 60.0  # seconds
DRIP_SECONDS = 0.02


def play_legally(request: dict[str, Any]) -> str:
    """A scripted player: one of the legal moves in the prompt, the same for the same prompt.

    Where a prompt lists none, it says "pass".
    """
    prompt = words_of(request["messages"][-1]["content"])
    listed = next(iter(re.findall(r"^Legal moves: (.+)$", prompt, re.MULTILINE)), "pass")
    moves = re.findall(r"as in (.+) \(", listed) or listed.split(", ")  # hundreds are described by one
    return f"{TAG} {moves[derive(request['model'], prompt) % len(moves)]}"


def words_of(content: str | list[dict[str, Any]]) -> str:
    """The text of a message, which either protocol can give in blocks."""
    return content if isinstance(content, str) else "\n".join(block["text"] for block in content)


class LocalProvider:
    """A server that speaks the OpenAI and the Anthropic protocol, to be used in a `with` block.

    Args:
        reply: From a request's body to the reply: the text, or a `ChatReply`.
        latency: Seconds that each answer takes.
        faults: The troubles that requests meet, if any.

    While the block lasts, OPENAI_BASE_URL, OPENAI_API_KEY and their Anthropic sisters point to the server,
    and `requests` collects the bodies of all requests in order of their coming, `answered` counts the
    sound answers and `troubles` what else was done. It stops by itself at the end of the block.
    """

    def __init__(
        self,
        reply: Callable[[dict[str, Any]], str | ChatReply] = play_legally,
        *,
        latency: float = 0.0,
        faults: Faults | None = None,
    ) -> None:
        self._reply, self._latency, self._faults = reply, latency, faults or Faults(0)
        self.requests: list[dict[str, Any]] = []
        self.answered = self._come = 0
        self.troubles: Counter[Trouble] = Counter()
        self.url = ""
        self._started: Future[str] = Future()  # of the address
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.url = self._started.result()
        self._saved = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, value in self._saved.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a client to this server, for a process of its own."""
        return {
            "OPENAI_BASE_URL": self.url,
            "OPENAI_API_KEY": "none-needed",
            "ANTHROPIC_BASE_URL": self.url.removesuffix("/v1"),
            "ANTHROPIC_API_KEY": "none-needed",
        }

    def _run(self) -> None:
        """The server's thread."""
        try:
            asyncio.run(self._serve())
        except Exception as error:
            self._started.set_exception(error)
            raise

    async def _serve(self) -> None:
        """Serve until told to stop."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_post("/v1/chat/completions", partial(self._serve_one, self._chat))
        app.router.add_post("/v1/messages", partial(self._serve_one, self._message))
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._started.set_result(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
        await self._stop.wait()
        await runner.cleanup()

    async def _serve_one(
        self, answer: Callable[[web.Request], Awaitable[web.Response]], http: web.Request
    ) -> web.StreamResponse:
        """One request, with the trouble that it meets."""
        trouble = self._faults.at(self._come)
        self._come += 1
        sound = await answer(http)
        if trouble is None:
            self.answered += sound.status == web.HTTPOk.status_code
            return sound
        self.troubles[trouble] += 1
        if trouble in BROKEN_OFF:
            return await self._break_off(http, sound, trouble)
        self.answered += trouble is Trouble.SLOW_DRIP
        return await _drip(http, sound) if trouble is Trouble.SLOW_DRIP else _troubled(trouble)

    async def _break_off(
        self, http: web.Request, sound: web.Response, trouble: Trouble
    ) -> web.StreamResponse:
        """No answer, or half of one."""
        if trouble is Trouble.HANGS:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop.wait(), LONGEST_HANG)
        if trouble is Trouble.HALF_A_BODY:
            body = sound.body if isinstance(sound.body, bytes) else b""
            half = web.StreamResponse(headers={"Content-Type": JSON, "Content-Length": str(len(body))})
            await half.prepare(http)
            await half.write(body[: len(body) // 2])
        if http.transport:
            http.transport.abort()
        return sound

    async def _answer(self, http: web.Request) -> tuple[dict[str, Any], ChatReply, int, int]:
        """The request, the reply to it, and how many words each has."""
        request = await http.json()
        self.requests.append(request)
        answer = self._reply(request)
        reply = ChatReply(answer) if isinstance(answer, str) else answer
        await asyncio.sleep(self._latency)
        asked = [words_of(m["content"]) for m in request["messages"]] + [words_of(request.get("system", ""))]
        return request, reply, len(" ".join(asked).split()), len(reply.text.split())

    async def _chat(self, http: web.Request) -> web.Response:
        """OpenAI's protocol."""
        request, reply, asked, answered = await self._answer(http)
        if reply.body is not UNSET:
            return web.json_response(reply.body)
        if reply.status != web.HTTPOk.status_code:
            error = {"message": reply.text, "code": reply.error_code, "type": "injected"}
            return web.json_response({"error": error}, status=reply.status)
        message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
        return web.json_response(
            {
                "id": f"chatcmpl-{len(self.requests)}",
                "object": "chat.completion",
                "created": 0,
                "model": f"{request['model']}-served",
                "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
                "usage": {
                    "prompt_tokens": asked,
                    "completion_tokens": answered,
                    "total_tokens": asked + answered,
                },
            }
        )

    async def _message(self, http: web.Request) -> web.Response:
        """Anthropic's protocol; `finish_reason` is given in its words, or is "stop"."""
        request, reply, asked, answered = await self._answer(http)
        if reply.body is not UNSET:
            return web.json_response(reply.body)
        if reply.status != web.HTTPOk.status_code:
            error = {"type": "injected", "message": reply.text}
            return web.json_response({"type": "error", "error": error}, status=reply.status)
        return web.json_response(
            {
                "id": f"msg-{len(self.requests)}",
                "type": "message",
                "role": "assistant",
                "model": f"{request['model']}-served",
                "content": [{"type": "text", "text": reply.text}] if reply.text else [],
                "stop_reason": "end_turn" if reply.finish_reason == "stop" else reply.finish_reason,
                "stop_sequence": None,
                "usage": {"input_tokens": asked, "output_tokens": answered},
            }
        )


async def _drip(http: web.Request, sound: web.Response) -> web.StreamResponse:
    """A sound answer in four pieces."""
    body = sound.body if isinstance(sound.body, bytes) else b""
    slow = web.StreamResponse(headers={"Content-Type": JSON, "Content-Length": str(len(body))})
    await slow.prepare(http)
    quarter = len(body) // 4 + 1
    for start in range(0, len(body), quarter):
        await slow.write(body[start : start + quarter])
        await asyncio.sleep(DRIP_SECONDS)
    return slow


def _troubled(trouble: Trouble) -> web.Response:
    """A whole answer that is of no use."""
    error = {"type": "error", "error": {"type": "injected", "message": f"injected: {trouble}"}}
    if trouble is Trouble.NO_JSON:
        return web.Response(text='{"choices": [{"mess', content_type=JSON)
    if trouble is Trouble.WRONG_TYPE:
        return web.Response(text="<html>Bad gateway</html>", content_type="text/html")
    if trouble is Trouble.NO_CHOICE:
        return web.json_response({"choices": [], "content": [], "usage": None})
    wait = {"Retry-After": "0.1"} if trouble is Trouble.THROTTLED else {}
    return web.json_response(error, status=STATUS[trouble], headers=wait)


def script(*replies: str | ChatReply) -> Callable[[dict[str, Any]], str | ChatReply]:
    """A reply function that gives these replies in order, whoever asks."""
    left: Iterator[str | ChatReply] = iter(replies)
    return lambda _request: next(left)
