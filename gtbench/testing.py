"""The fakes that gtbench tests itself with, for the tests of your own agents.

`LocalProvider` is a real HTTP server on 127.0.0.1 that speaks OpenAI's two protocols and Anthropic's, so that
a test runs the true client, the true network stack and the true run log, without a key and without cost.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
from collections import Counter
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from gtbench.game.deal import derive
from gtbench.reply import ACTION, TAG

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
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
    NO_CHOICE = "no_choice"  # 200, and an answer without an answer in it, which is billed
    TOO_DEEP = "too_deep"  # 200, and JSON that is nested without end
    ERROR_AS_ANSWER = "error_as_answer"  # 200, and an error object in place of an answer
    HOSTILE_WORDS = "hostile_words"  # 500, in words that would drive a terminal and are no Unicode
    DENIED = "denied"  # 403, for no reason that is known
    STRANGE_COUNTS = "strange_counts"  # a sound answer, with counts of tokens that cannot be
    STRANGE_LIMITS = "strange_limits"  # a sound answer, with limits of a minute that cannot be
    ODD_END = "odd_end"  # a sound answer, with another word for its end, or none
    IN_BLOCKS = "in_blocks"  # a sound answer, in blocks beside a thought
    OTHER_CHARSET = "other_charset"  # a sound answer, in the charset that its header names
    TOO_LONG = "too_long"  # 400: the prompt is longer than the model reads
    MODERATED = "moderated"  # 400: the prompt is not to be answered
    TRUNCATED = "truncated"  # a sound answer, cut off at the token limit
    REFUSED = "refused"  # a sound answer that says no
    SLOW_DRIP = "slow_drip"  # a sound answer, piece by piece


PLAYERS_OWN = frozenset({Trouble.TRUNCATED, Trouble.REFUSED, Trouble.TOO_LONG, Trouble.MODERATED})
"""What is the model's doing, and so is charged to the player."""

EMPTY_USAGE = {"input_tokens": 9, "output_tokens": 1}
"""What an answer without an answer in it is billed at."""

WORLDS = tuple(trouble for trouble in Trouble if trouble not in PLAYERS_OWN)
"""What is the world's doing."""


@dataclass(frozen=True, slots=True)
class Faults:
    """A plan of troubles: which request, counted from 0, meets which."""

    rate: float  # the share of requests that meet one
    seed: int = 0
    kinds: tuple[Trouble, ...] = WORLDS
    spared: Mapping[str, Collection[Trouble]] = field(default_factory=dict)
    """By the name of a model, as requests have it: the troubles that its requests do not meet."""

    def at(self, number: int) -> Trouble | None:
        """The trouble of a request, if it meets one."""
        if derive(self.seed, number, "whether", bits=32) >= self.rate * 2**32:
            return None
        return self.kinds[derive(self.seed, number, "which") % len(self.kinds)]


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What the server answers to one request."""

    text: str = ""
    argument: str | None = None  # of a call of the tool that was asked for, as JSON
    finish_reason: str = "stop"
    refusal: str | None = None
    reasoning_tokens: int = 0  # counted beside those of the text
    cached_tokens: int = 0  # of the prompt's
    status: int = 200
    error_code: str | None = None
    body: Any = UNSET  # in place of all else, for what no sound server sends


UNUSUAL = frozenset(
    {
        Trouble.STRANGE_COUNTS, Trouble.STRANGE_LIMITS, Trouble.ODD_END, Trouble.IN_BLOCKS,
        Trouble.OTHER_CHARSET, Trouble.SLOW_DRIP,
    }
)  # fmt: skip
"""What leaves an answer whole, in an unusual form."""
DECLINED = {
    Trouble.TOO_LONG: "This model's maximum context length is 8 tokens",
    Trouble.MODERATED: "Your request was rejected as a result of our safety system",
}
"""What is said of a prompt that is not answered, which costs nothing."""
WHOLE = (PLAYERS_OWN | UNUSUAL) - DECLINED.keys() - {Trouble.STRANGE_COUNTS}
"""What leaves an answer whole, and billed at a known price."""
BROKEN_OFF = frozenset({Trouble.HANGS, Trouble.RESET, Trouble.HALF_A_BODY})
STATUS = {
    Trouble.THROTTLED: 429, Trouble.THROTTLED_SILENTLY: 429, Trouble.FAILED: 500, Trouble.OVERLOADED: 529,
    Trouble.HOSTILE_WORDS: 500, Trouble.DENIED: 403, Trouble.TOO_LONG: 400, Trouble.MODERATED: 400,
}  # fmt: skip
HOSTILE = "\x1b]0;owned\x07\x1b[2J \u202e\ud800\r\n\u0000"
STRANGE = (-5, 10**400, -(10**400), 10**18)
"""Counts of tokens, and limits of a minute, that cannot be."""
ODD_ENDS = (None, "eos", "STOP", "end_turn")
JSON = "application/json"
LONGEST_HANG = 60.0  # seconds
STRAGGLERS = 0.01
"""Seconds before the end: asyncio loses a connection, unclosed, that is made while its server closes."""
DRIP_SECONDS = 0.02

ANTHROPICS_WORDS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
"""Anthropic's reasons for an end by OpenAI's; others are sent as they stand."""


def play_legally(request: dict[str, Any]) -> str | ChatReply:
    """A scripted player: one of the legal moves in the prompt, the same for the same prompt.

    Where a prompt lists none, it says "pass". It answers in JSON or by a tool where it is asked to.
    """
    prompt = words_of((request.get("messages") or request["input"])[-1]["content"])
    listed = next(iter(re.findall(r"^Legal moves: (.+)$", prompt, re.MULTILINE)), "pass")
    moves = _listed_moves(listed)
    move = moves[derive(request["model"], prompt) % len(moves)]
    answer = json.dumps({ACTION: move})
    if request.get("tools"):
        return ChatReply(argument=answer)
    schema = any(request.get(name) for name in ("response_format", "text", "output_config"))
    return answer if schema else f"{TAG} {move}"


def _listed_moves(listed: str) -> list[str]:
    """Moves that a view lists: of hundreds the example, of a span its numbers, its letters or its first."""
    if examples := re.findall("as in (.+)$", listed):
        return examples
    verb = listed.split(" ", maxsplit=1)[0] if " from " in listed else ""
    moves: list[str] = []
    for part in re.split("; |, ", listed):
        said = part if part.startswith(verb) else f"{verb} {part}"
        if numbers := re.fullmatch(r"(.*?)(\d+) to (\d+)(.*)", said):
            before, first, last, after = numbers.groups()
            moves += [f"{before}{number}{after}" for number in range(int(first), int(last) + 1)]
        elif letters := re.fullmatch(r"(.*\b)([a-z]) to ([a-z])", said):
            before, first, last = letters.groups()
            moves += [f"{before}{chr(letter)}" for letter in range(ord(first), ord(last) + 1)]
        elif faces := re.fullmatch(r"(\d+ \w+) to \d+ \w+", said):
            moves.append(faces[1])
        else:
            here, to, places = said.partition(" to ")
            moves += [f"{here}{to}{place}" for place in places.split(" or ")]
    return moves


def words_of(content: str | list[dict[str, Any]]) -> str:
    """The text of a message, which either protocol can give in blocks."""
    return content if isinstance(content, str) else "\n".join(block["text"] for block in content)


class LocalProvider:
    """A server that speaks OpenAI's two protocols and Anthropic's, to be used in a `with` block.

    Args:
        reply: From a request's body to the reply: the text, or a `ChatReply`; asked once for each reply that
            the request wants. Log-probabilities are made up: each word is one token, held to be sure.
        latency: Seconds that each answer takes.
        faults: The troubles that requests meet, if any.
        headers: Sent with each answer, such as the limits of an account.
        room: How many requests it bears at once; more are throttled, without Retry-After.

    While the block lasts, OPENAI_BASE_URL, OPENAI_API_KEY and their Anthropic sisters point to the server,
    and `requests` collects the bodies of all requests in order of their coming, `answered` counts the sound
    answers, `tokens` those of all answers that say how many, `troubles` what else was done, and
    `most_at_once` the requests under way at their most. It stops by itself at the end of the block.
    """

    def __init__(
        self,
        reply: Callable[[dict[str, Any]], str | ChatReply] = play_legally,
        *,
        latency: float = 0.0,
        faults: Faults | None = None,
        headers: Mapping[str, str] | None = None,
        room: int | None = None,
    ) -> None:
        self._reply, self._latency, self._faults = reply, latency, faults or Faults(0)
        self._headers, self._room = headers or {}, room
        self.requests: list[dict[str, Any]] = []
        self.answered = self.tokens = self.most_at_once = self._come = self._inside = 0
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
        app.router.add_post("/v1/responses", partial(self._serve_one, self._response))
        app.router.add_post("/v1/messages", partial(self._serve_one, self._message))
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._started.set_result(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
        await self._stop.wait()
        await asyncio.sleep(STRAGGLERS)
        await runner.cleanup()

    async def _serve_one(
        self, answer: Callable[[Exchange], Awaitable[web.Response]], http: web.Request
    ) -> web.StreamResponse:
        """One request, with the trouble that it meets."""
        full = self._room is not None and self._inside >= self._room
        number, self._come = self._come, self._come + 1
        trouble = Trouble.THROTTLED_SILENTLY if full else self._faults.at(number)
        if self._faults.spared and trouble in self._faults.spared.get((await http.json())["model"], ()):
            trouble = None
        self._inside += 1
        self.most_at_once = max(self.most_at_once, self._inside)
        try:
            exchange = await self._ask(http, trouble)
            sound = await answer(exchange)
            if trouble is Trouble.NO_CHOICE:
                self.tokens += sum(EMPTY_USAGE.values())
            elif sound.status == web.HTTPOk.status_code and (trouble is None or trouble in WHOLE):
                self.tokens += exchange.tokens_in + exchange.tokens_out
            sound.headers.update(self._headers)
            return await self._sent(http, _unusual(sound, trouble, number), trouble)
        finally:
            self._inside -= 1

    async def _sent(
        self, http: web.Request, sound: web.Response, trouble: Trouble | None
    ) -> web.StreamResponse:
        """What is sent in the place of a sound answer, or that answer."""
        if trouble:
            self.troubles[trouble] += 1
        if trouble in BROKEN_OFF:
            return await self._break_off(http, sound, trouble)
        if trouble in DECLINED:
            self.answered += 1
            return _troubled(trouble)
        if trouble is None or trouble in PLAYERS_OWN | UNUSUAL:
            self.answered += sound.status == web.HTTPOk.status_code
            return await _drip(http, sound) if trouble is Trouble.SLOW_DRIP else sound
        return _troubled(trouble)

    async def _break_off(
        self, http: web.Request, sound: web.Response, trouble: Trouble | None
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

    async def _ask(self, http: web.Request, trouble: Trouble | None) -> Exchange:
        """The replies to a request, and how many words each side has."""
        request = await http.json()
        self.requests.append(request)
        replies = [self._reply(request) for _ in range(request.get("n") or 1)]
        answers = [ChatReply(reply) if isinstance(reply, str) else reply for reply in replies]
        if trouble is Trouble.TRUNCATED:
            answers = [replace(a, text=a.text[: len(a.text) // 2], finish_reason="length") for a in answers]
        if trouble is Trouble.REFUSED:
            answers = [replace(a, text="No.", finish_reason="content_filter") for a in answers]
        if trouble not in STATUS:  # who sends another away does so at once
            await asyncio.sleep(self._latency)
        messages = request["input"] if "input" in request else request["messages"]
        said = [words_of(m["content"]) for m in messages] + [words_of(request.get("system", ""))]
        written = sum(len(answer.text.split()) + answer.reasoning_tokens for answer in answers)
        return Exchange(request, answers, len(" ".join(said).split()), written, len(self.requests))

    async def _chat(self, exchange: Exchange) -> web.Response:
        """OpenAI's chat completions."""
        first = exchange.replies[0]
        if (other := _other(first, {"message": first.text, "code": first.error_code})) is not None:
            return other
        choices = [
            {
                "index": index,
                "message": {
                    "role": "assistant",
                    "content": reply.text,
                    "refusal": reply.refusal,
                    "tool_calls": _calls(exchange, reply) or None,
                },
                "finish_reason": reply.finish_reason,
                "logprobs": {"content": _logprobs(reply.text)} if exchange.request.get("logprobs") else None,
            }
            for index, reply in enumerate(exchange.replies)
        ]
        return web.json_response(
            {
                "id": f"chatcmpl-{exchange.number}",
                "object": "chat.completion",
                "created": 0,
                "model": f"{exchange.request['model']}-served",
                "choices": choices,
                "usage": {
                    "prompt_tokens": exchange.tokens_in,
                    "completion_tokens": exchange.tokens_out,
                    "total_tokens": exchange.tokens_in + exchange.tokens_out,
                    "prompt_tokens_details": {"cached_tokens": first.cached_tokens},
                    "completion_tokens_details": {"reasoning_tokens": first.reasoning_tokens},
                },
            }
        )

    async def _response(self, exchange: Exchange) -> web.Response:
        """OpenAI's responses; `finish_reason` is given in the words of chat completions."""
        first = exchange.replies[0]
        if (other := _other(first, {"message": first.text, "code": first.error_code})) is not None:
            return other
        logprobs = _logprobs(first.text) if exchange.request.get("include") else []
        text = {"type": "output_text", "text": first.text, "annotations": [], "logprobs": logprobs}
        refusal = {"type": "refusal", "refusal": first.refusal}
        content = [refusal] if first.refusal else [text] if first.text else []
        reasons = {"length": "max_output_tokens", "content_filter": "content_filter"}
        reason = reasons.get(first.finish_reason)
        message = {
            "type": "message", "id": "msg", "role": "assistant", "status": "completed", "content": content,
        }  # fmt: skip
        return web.json_response(
            {
                "id": f"resp-{exchange.number}",
                "object": "response",
                "created_at": 0,
                "model": f"{exchange.request['model']}-served",
                "status": "incomplete" if reason else "completed",
                "incomplete_details": {"reason": reason} if reason else None,
                "output": [
                    {"type": "reasoning", "id": "rs", "summary": []},
                    message,
                    *_calls(exchange, first),
                ],
                "parallel_tool_calls": False,
                "tool_choice": "auto",
                "tools": [],
                "usage": {
                    "input_tokens": exchange.tokens_in,
                    "input_tokens_details": {"cached_tokens": first.cached_tokens},
                    "output_tokens": exchange.tokens_out,
                    "output_tokens_details": {"reasoning_tokens": first.reasoning_tokens},
                    "total_tokens": exchange.tokens_in + exchange.tokens_out,
                },
            }
        )

    async def _message(self, exchange: Exchange) -> web.Response:
        """Anthropic's messages; `finish_reason` may be given in its own words, too."""
        first = exchange.replies[0]
        if (other := _other(first, {"type": "injected", "message": first.text})) is not None:
            return other
        calls, reason = _calls(exchange, first), first.finish_reason
        return web.json_response(
            {
                "id": f"msg-{exchange.number}",
                "type": "message",
                "role": "assistant",
                "model": f"{exchange.request['model']}-served",
                "content": [*([{"type": "text", "text": first.text}] if first.text else []), *calls],
                "stop_reason": "tool_use"
                if calls and reason == "stop"
                else ANTHROPICS_WORDS.get(reason, reason),
                "stop_sequence": None,
                "usage": {
                    "input_tokens": exchange.tokens_in - first.cached_tokens,
                    "cache_read_input_tokens": first.cached_tokens,
                    "output_tokens": exchange.tokens_out,
                },
            }
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, the replies to it, and how many tokens each side counts: one a word."""

    request: dict[str, Any]
    replies: list[ChatReply]
    tokens_in: int
    tokens_out: int
    number: int


def _calls(exchange: Exchange, reply: ChatReply) -> list[dict[str, Any]]:
    """A reply's call of the tool that was asked for, as that protocol has it."""
    if reply.argument is None:
        return []
    (tool,) = exchange.request["tools"]
    if "function" in tool:  # chat completions
        function = {"name": tool["function"]["name"], "arguments": reply.argument}
        return [{"id": "call", "type": "function", "function": function}]
    if "input_schema" in tool:  # messages
        arguments = json.loads(reply.argument)
        return [{"type": "tool_use", "id": "call", "name": tool["name"], "input": arguments}]
    called = {"name": tool["name"], "arguments": reply.argument, "status": "completed"}
    return [{"type": "function_call", "id": "call", "call_id": "call", **called}]


def _other(reply: ChatReply, error: dict[str, Any]) -> web.Response | None:
    """What is sent in place of an answer, where the reply says so."""
    if reply.body is not UNSET:
        return web.json_response(reply.body, status=reply.status)
    if reply.status == web.HTTPOk.status_code:
        return None
    return web.json_response({"type": "error", "error": {"type": "injected"} | error}, status=reply.status)


def _logprobs(text: str) -> list[dict[str, Any]]:
    """Each word as a token that is sure."""
    tokens = re.findall(r"\s*\S+", text)
    return [{"token": t, "logprob": 0.0, "bytes": None, "top_logprobs": []} for t in tokens]


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


def _unusual(sound: web.Response, trouble: Trouble | None, number: int) -> web.Response:
    """A sound answer in the form that its trouble makes unusual."""
    if trouble not in UNUSUAL or sound.status != web.HTTPOk.status_code or not isinstance(sound.body, bytes):
        return sound
    body: dict[str, Any] = json.loads(sound.body)
    if trouble is Trouble.STRANGE_LIMITS:
        limits = ("x-ratelimit-limit-requests", "x-ratelimit-limit-tokens",
                  "anthropic-ratelimit-requests-limit", "anthropic-ratelimit-tokens-limit")  # fmt: skip
        sound.headers.update(dict.fromkeys(limits, "9" * (400 if number % 2 else 4500)))
        return sound
    if trouble is Trouble.OTHER_CHARSET:
        text = json.dumps(body | {"note": "\u00e9"}, ensure_ascii=False)
        return web.Response(body=text.encode("latin-1"), content_type=JSON, charset="latin-1")
    strange, end = STRANGE[number % len(STRANGE)], ODD_ENDS[number % len(ODD_ENDS)]
    if trouble is Trouble.STRANGE_COUNTS:
        body["usage"] |= {name: strange for name, held in body["usage"].items() if isinstance(held, int)}
    if trouble is Trouble.ODD_END:
        holder = body["choices"][0] if "choices" in body else body
        name = next(name for name in ("finish_reason", "stop_reason", "status") if name in holder)
        holder[name] = end if holder[name] in ("stop", "end_turn", "completed") else holder[name]
    if trouble is Trouble.IN_BLOCKS:
        _set_in_blocks(body)
    return web.json_response(body)


def _set_in_blocks(body: dict[str, Any]) -> None:
    """Give the words of an answer in blocks, after a thought."""
    thought = {"type": "thinking", "thinking": "Shall I? Action: something else"}
    for choice in body.get("choices", ()):
        text = {"type": "text", "text": choice["message"]["content"]}
        choice["message"]["content"] = [thought, text]
    for item in body.get("output", ()):
        if item["type"] == "message":
            item["content"] = [thought, *item["content"]]
    if "content" in body:
        body["content"] = [thought, *body["content"]]


def _troubled(trouble: Trouble) -> web.Response:
    """A whole answer that is of no use."""
    words = DECLINED.get(trouble, f"injected: {trouble}") + HOSTILE * (trouble is Trouble.HOSTILE_WORDS)
    error: dict[str, Any] = {"type": "error", "error": {"type": "injected", "message": words}}
    if trouble is Trouble.TOO_DEEP:
        return web.Response(text='{"choices":' + "[" * 100_000, content_type=JSON)
    if trouble is Trouble.ERROR_AS_ANSWER:
        return web.json_response({"error": error["error"] | {"code": 500}})
    if trouble is Trouble.NO_JSON:
        return web.Response(text='{"choices": [{"mess', content_type=JSON)
    if trouble is Trouble.WRONG_TYPE:
        return web.Response(text="<html>Bad gateway</html>", content_type="text/html")
    if trouble is Trouble.NO_CHOICE:
        usage = EMPTY_USAGE | {"prompt_tokens": 9, "completion_tokens": 1}
        empty: dict[str, Any] = {"choices": [], "content": None, "output": None, "usage": usage}
        return web.json_response(empty)
    wait = {"Retry-After": "0.1"} if trouble is Trouble.THROTTLED else {}
    return web.json_response(error, status=STATUS[trouble], headers=wait)


def script(*replies: str | ChatReply) -> Callable[[dict[str, Any]], str | ChatReply]:
    """A reply function that gives these replies in order, whoever asks."""
    left: Iterator[str | ChatReply] = iter(replies)
    return lambda _request: next(left)
