"""Whole answers of servers, spoiled at random, through the real SDKs: nobody is charged, nothing crashes."""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtbench import match
from gtbench.errors import WorldError
from gtbench.models.pool import ModelPool
from gtbench.records import Match
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

FUZZ = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

Path = tuple[str | int, ...]

TEXT = "Action: pass"

CHAT = {
    "id": "1", "object": "chat.completion", "created": 0, "model": "m", "system_fingerprint": "f",
    "error": None,
    "choices": [
        {
            "index": 0, "finish_reason": "stop",
            "message": {
                "role": "assistant", "tool_calls": None, "reasoning_content": "Well.",
                "content": [{"type": "thinking", "thinking": "Well."}, {"type": "text", "text": TEXT}],
            },
            "logprobs": {"content": [{"token": "a", "logprob": -0.1, "bytes": None, "top_logprobs": []}]},
        }
    ],
    "usage": {
        "prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 1},
    },
}  # fmt: skip
PLAIN = json.loads(json.dumps(CHAT))
PLAIN["choices"][0]["message"]["content"] = TEXT
RESPONSE = {
    "id": "1", "object": "response", "created_at": 0, "model": "m", "status": "completed", "error": None,
    "incomplete_details": None,
    "output": [
        {"type": "reasoning", "id": "r", "summary": []},
        {
            "type": "message", "id": "m", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": TEXT, "annotations": [], "logprobs": []}],
        },
    ],
    "usage": {
        "input_tokens": 9, "output_tokens": 3, "total_tokens": 12,
        "input_tokens_details": {"cached_tokens": 4}, "output_tokens_details": {"reasoning_tokens": 1},
    },
}  # fmt: skip
MESSAGE = {
    "id": "1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
    "stop_sequence": None,
    "content": [{"type": "thinking", "thinking": "Well.", "signature": "s"}, {"type": "text", "text": TEXT}],
    "usage": {
        "input_tokens": 9, "cache_creation_input_tokens": None, "cache_read_input_tokens": 4,
        "output_tokens": 3,
    },
}  # fmt: skip
SOUND = {
    "openai/x": (CHAT, PLAIN), "openai/o3-pro": (RESPONSE,), "anthropic/x": (MESSAGE,),
    "litellm/openai/x": (PLAIN,),
}  # fmt: skip
"""Sound answers by the models that give them."""

NUMBERS = (-1, -5.5, 0, 3, 10**18, 10**400, 1e308, float("nan"), float("inf"), -float("inf"))
WORDS = ("", "x", "-1", "9" * 400, "9" * 4500, "\ud800", "\x1b]0;x\x07\u202e", "\u0000")
JUNK: tuple[object, ...] = (
    *NUMBERS,
    *WORDS,
    None,
    True,
    False,
    [],
    {},
    [[]],
    [None],
    {"x": None},
    [{"type": "x"}],
)
HEADERS = {
    "x-ratelimit-limit-requests": WORDS[2:5], "x-ratelimit-limit-tokens": ("NaN", "1e9", "-5", "9" * 400),
    "anthropic-ratelimit-requests-limit": WORDS[2:5], "anthropic-ratelimit-tokens-limit": ("9" * 4500, "x"),
    "retry-after": ("9" * 400, "nan", "-1", "Fri, 31 Dec 99999 23:59:59 GMT"), "x-request-id": ("9" * 4500,),
    "content-type": ("text/html", "application/json; charset=cp037", "x", "application/json; charset=rot13"),
    "content-encoding": ("gzip", "x"),
}  # fmt: skip
"""What headers are spoiled with."""


@dataclass(frozen=True)
class Answer:
    """What a server sends."""

    body: bytes
    headers: dict[str, str]
    status: int


class Twice(dict[str, Any]):
    """An object that has one of its fields once more, before all others."""

    again: tuple[str, Any]


def written(value: Any) -> str:
    """A value as JSON, with the fields that come twice."""
    if isinstance(value, dict):
        fields = [*([value.again] if isinstance(value, Twice) else []), *value.items()]
        return "{" + ",".join(f"{json.dumps(name)}:{written(held)}" for name, held in fields) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """The way to every part of a value."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from paths(part, (*path, name))


def at(value: Any, path: Path) -> Any:
    for name in path:
        value = value[name]
    return value


def leads_to_text(whole: Any, path: Path) -> bool:
    """Whether what stands there is the reply, or holds it."""
    return TEXT in written(at(whole, path))


def other_words(whole: Any, path: Path, junk: Any) -> bool:
    """Whether the answer might be sound with that in this place, and say something else, or nothing."""
    if path and path[-1] in ("content", "output", "text"):
        return isinstance(junk, str) or junk in (None, [])
    return bool(path) and isinstance(junk, str) and leads_to_text(whole, path)


def doubled(whole: Any, path: Path, junk: Any) -> None:
    """Let a part come twice: in a list, or as a field of one name with something else in the first place."""
    parent = at(whole, path[:-1])
    if isinstance(parent, list):
        if parent is whole.get("choices") or not leads_to_text(whole, path):
            parent.append(parent[int(path[-1])])
    elif len(path) > 1:
        twice = Twice(parent)
        twice.again = (str(path[-1]), junk)
        at(whole, path[:-2])[path[-2]] = twice


def spoil(draw: st.DrawFn, whole: Any) -> Any:
    """The answer with one part that is another thing, or is wrapped in one, is not there, or comes twice."""
    path = draw(st.sampled_from(list(paths(whole))))
    how = draw(st.sampled_from(("other", "other", "wrapped", "gone", "twice")))
    held = at(whole, path)
    drawn = draw(st.sampled_from(([held], {"0": held}) if how == "wrapped" else JUNK))
    junk = deepcopy(drawn)  # it may be spoiled in its turn
    if other_words(whole, path, junk):
        return whole
    if not path:
        return junk
    if how == "twice":
        doubled(whole, path, junk)
    elif how != "gone":
        at(whole, path[:-1])[path[-1]] = junk
    elif isinstance(path[-1], str) or not leads_to_text(whole, path):
        del at(whole, path[:-1])[path[-1]]
    return whole


@st.composite
def spoiled(draw: st.DrawFn, sound: tuple[Any, ...]) -> Answer:
    """A sound answer, spoiled once or several times, with headers and a status that are no better."""
    whole = json.loads(json.dumps(draw(st.sampled_from(sound))))
    for _ in range(draw(st.integers(1, 3))):
        whole = spoil(draw, whole) if isinstance(whole, dict) else whole
    names = draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=2, unique=True))
    headers = {name: draw(st.sampled_from(HEADERS[name])) for name in names}
    body = written(whole).encode()
    if draw(st.integers(0, 19)) == 0:
        body = draw(st.sampled_from((b"", body[:-9], b"[" * 100_000, b'{"a":' * 100_000, b"\xff" + body)))
    return Answer(body, headers, draw(st.sampled_from((200,) * 9 + (500, 429, 418, 299))))


class Spoiled(LocalProvider):
    """A server that sends whatever it is told to."""

    now = Answer(b"", {}, 200)

    async def _serve_one(self, answer: Any, http: Any) -> Any:
        await http.read()
        headers = {"content-type": "application/json"} | self.now.headers
        safe = {name: value.encode("ascii", "replace").decode() for name, value in headers.items()}
        return web.Response(body=self.now.body, headers=safe, status=self.now.status)


@pytest.mark.parametrize(
    ("model", "examples"),
    [
        *((model, 120) for model in ("openai/x", "openai/o3-pro", "anthropic/x")),
        ("litellm/openai/x", 40),
        *(pytest.param(model, 3000, marks=pytest.mark.slow) for model in SOUND),
    ],
)
def test_whatever_a_server_answers_a_match_is_played_or_void(model: str, examples: int) -> None:
    played = 0
    reasons: list[str] = []
    with Spoiled() as server, asyncio.Runner() as runner:
        pool = ModelPool()

        async def play() -> Match | None:
            agents = [f"prompt[{'logprobs=true,' * (model == 'openai/x')}tries=1]@{model}", "random"]
            try:
                return await match.play("kuhn_poker", agents, seed=1, players_seed=1, pool=pool)
            except WorldError as error:
                reasons.append(str(error))
                return None

        @settings(FUZZ, max_examples=examples)
        @given(spoiled(SOUND[model]))
        def fuzz(answer: Answer) -> None:
            nonlocal played
            server.now = answer
            found = runner.run(play())
            if found is None:
                return
            played += 1
            assert found.faults == ()
            assert {call.reply for call in found.calls} == {TEXT}
            assert min(call.input_tokens for call in found.calls) >= 0
            kept = found.model_dump_json()
            assert Match.model_validate_json(kept).model_dump_json() == kept

        fuzz()
        spent = pool.ledger.spent
        assert 0 <= spent.tokens < 100 * examples
        assert spent.calls >= examples
        runner.run(pool.__aexit__(None, None, None))
    assert all(reason.startswith(f"{model} ") and "\n" not in reason for reason in reasons)
    assert min(played, len(reasons)) > examples / 10
