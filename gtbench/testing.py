"""The fakes that gtbench tests itself with, for the tests of your own agents.

`LocalProvider` is a real HTTP server on 127.0.0.1 that speaks the OpenAI and the Anthropic protocol, so that
a test runs the true client, the true network stack and the true run log, without a key and without cost.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from gtbench.game import derive
from gtbench.reply import TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType


UNSET = object()


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What the server answers to one request."""

    text: str = ""
    finish_reason: str = "stop"
    refusal: str | None = None
    status: int = 200
    error_code: str | None = None
    body: Any = UNSET  # in place of all else, for what no sound server sends


def play_legally(request: dict[str, Any]) -> str:
    """A scripted player: one of the legal moves in the prompt, always the same one for the same prompt."""
    prompt = words_of(request["messages"][-1]["content"])
    (listed,) = re.findall(r"^Legal moves: (.+)$", prompt, re.MULTILINE)
    moves = listed.split(", ")
    return f"{TAG} {moves[derive(request['model'], prompt) % len(moves)]}"


def words_of(content: str | list[dict[str, Any]]) -> str:
    """The text of a message, which either protocol can give in blocks."""
    return content if isinstance(content, str) else "\n".join(block["text"] for block in content)


class LocalProvider:
    """A server that speaks the OpenAI and the Anthropic protocol, to be used in a `with` block.

    Args:
        reply: From a request's body to the reply: the text, or a `ChatReply`.
        latency: Seconds that each answer takes.

    While the block lasts, OPENAI_BASE_URL, OPENAI_API_KEY and their Anthropic sisters point to the server,
    and `requests` collects the bodies of all requests in order of their coming. It stops by itself at the end
    of the block.
    """

    def __init__(
        self, reply: Callable[[dict[str, Any]], str | ChatReply] = play_legally, *, latency: float = 0.0
    ) -> None:
        self._reply, self._latency = reply, latency
        self.requests: list[dict[str, Any]] = []
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
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/messages", self._message)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._started.set_result(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
        await self._stop.wait()
        await runner.cleanup()

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


def script(*replies: str | ChatReply) -> Callable[[dict[str, Any]], str | ChatReply]:
    """A reply function that gives these replies in order, whoever asks."""
    left: Iterator[str | ChatReply] = iter(replies)
    return lambda _request: next(left)
