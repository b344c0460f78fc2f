"""What a server does is the world's: strange counts, absurd headers, models that raise."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from patience import give_up_soon

import gtbench
from gtbench import registry
from gtbench.errors import BudgetSpent, ProviderFailure, ProviderRejection, RequestRefused, WorldError
from gtbench.models.ledger import Budget, Ledger
from gtbench.models.pool import ModelPool
from gtbench.models.request import PATIENCE, Provider, Request, Sampling
from gtbench.records import Call, Message, Sample
from gtbench.testing import ChatReply, Faults, LocalProvider, Trouble, script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROMPT = (Message(role="user", content="Say yes."),)
PROTOCOLS = ("openai/x", "openai/o3-pro", "anthropic/x", "litellm/openai/x")
"""One model of each protocol, and litellm."""


def ask(model: str, times: int = 1) -> list[Call]:
    """Calls through a run's pool, one after the other."""

    async def main() -> list[Call]:
        async with ModelPool() as pool:
            connected = pool.connect(model)
            return [await connected.complete(Request(PROMPT, Sampling(), n)) for n in range(times)]

    return asyncio.run(main())


def answer(model: str, text: str, usage: Any) -> dict[str, Any]:
    """The body of a sound answer, in the words of the model's protocol, with these counts."""
    read, written = usage
    if model.startswith("anthropic/"):
        content = [{"type": "text", "text": text}]
        counts = {"input_tokens": read, "output_tokens": written}
        return {"model": "m", "content": content, "stop_reason": "end_turn", "usage": counts}
    if model == "openai/o3-pro":
        message = {"type": "message", "content": [{"type": "output_text", "text": text}]}
        counts = {"input_tokens": read, "output_tokens": written}
        return {"model": "m", "status": "completed", "output": [message], "usage": counts}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    counts = {"prompt_tokens": read, "completion_tokens": written}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice],
            "usage": counts}  # fmt: skip


# Counts.


STRANGE = (-5, 10**400, 10**18, float("nan"), float("inf"), 1e300, -1e300, None)
"""Numbers that are no counts of tokens."""


@pytest.mark.parametrize("model", PROTOCOLS[:3])
def test_a_count_that_cannot_be_is_unknown_and_costs_no_player_anything(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models.toml").write_text(f'["{model}"]\ninput = 1.0\noutput = 1.0\n')
    monkeypatch.setenv("GTBENCH_MODELS", str(tmp_path / "models.toml"))
    told = [usage for count in STRANGE for usage in ((count, 3), (7, count))]
    bodies = iter([answer(model, "Action: bet", usage) for usage in told])
    with LocalProvider(lambda _: ChatReply(body=next(bodies))):
        calls = ask(model, len(told))
    assert [call.reply for call in calls] == ["Action: bet"] * len(told)
    assert [(call.input_tokens, call.output_tokens) for call in calls] == [(0, 3), (7, 0)] * len(STRANGE)
    for call in calls:
        ledger = Ledger(Budget(max_cost=9))
        ledger.add([call])
        assert call.cost is None
        assert (ledger.spent.cost, ledger.spent.tokens) == (0, call.input_tokens + call.output_tokens)
        with pytest.raises(BudgetSpent, match=f"price is known of {model}, or of a call whose tokens"):
            ledger.check()


def test_no_more_of_a_prompt_can_come_from_the_cache_than_there_is() -> None:
    body = answer("openai/gpt-4o", "Action: bet", (5, 3))
    body["usage"]["prompt_tokens_details"] = {"cached_tokens": 900}
    with LocalProvider(lambda _: ChatReply(body=body)):
        (call,) = ask("openai/gpt-4o")
    assert (call.input_tokens, call.cached_tokens, call.cost) == (5, 0, None)


LIMITS = ("9" * 400, "9" * 4500, "-5", "NaN", "1e9", "0", "")
"""Headers that say no limit of a minute."""


@pytest.mark.parametrize("model", PROTOCOLS)
def test_a_limit_that_cannot_be_is_none(model: str) -> None:
    told = iter(LIMITS)

    class Strange(LocalProvider):
        async def _serve_one(self, answer: Any, http: Any) -> Any:
            names = [f"x-ratelimit-limit-{what}" for what in ("requests", "tokens")]
            names += [f"anthropic-ratelimit-{what}-limit" for what in ("requests", "tokens")]
            self._headers = dict.fromkeys(names, next(told))
            return await super()._serve_one(answer, http)

    async def main() -> list[Call]:
        async with ModelPool() as pool:
            connected = pool.connect(model)
            found = [await connected.complete(Request(PROMPT, Sampling(), n)) for n in range(len(LIMITS))]
            assert pool._counted[0]._model.gate.limits == {}  # type: ignore[attr-defined]
            return found

    with Strange(lambda _: "yes"):
        assert [call.reply for call in asyncio.run(main())] == ["yes"] * len(LIMITS)


def test_a_probability_of_nothing_survives_the_cache_and_the_log(tmp_path: Path) -> None:
    body = answer("openai/x", "Action: bet", (5, 3))
    top = [{"token": "no", "logprob": float("-inf")}]
    token = {"token": "Action: bet", "logprob": 0.0, "top_logprobs": top}
    body["choices"][0]["logprobs"] = {"content": [token]}
    agents = ("prompt[logprobs=true]@openai/x", "random")
    cup = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=1, seed=0)
    with LocalProvider(lambda _: ChatReply(body=body)):
        logs = [
            gtbench.run(cup, log=tmp_path / f"{name}.gtbench", cache=tmp_path / "kept")
            for name in ("first", "again")
        ]
    kept = [[call.samples[0].tokens[0].top for m in log.matches() for call in m.calls] for log in logs]
    assert kept[0] == kept[1]
    assert kept[0][0] == {"no": float("-inf")}


# Sound answers in an unusual form.


ENDS = {
    "stop": (None, "eos", "STOP", "end_turn", "eos_token", "COMPLETE", "Stop-Sequence", "something new"),
    "length": (
        "max_tokens", "MAX_TOKENS", "length", "model_length", "max_output_tokens", "FinishReason.MAX_TOKENS",
        "FINISH_REASON_MAX_TOKENS",
    ),
    "refused": ("SAFETY", "content_filter", "refusal", "guardrail_intervened"),
}  # fmt: skip
"""What servers call the end of a reply, by what it means."""
NO_ENDS = ("error", "pause_turn", "cancelled", "in_progress", 3, ["stop"], {"reason": "stop"}, True)
"""Where a server has not finished, or says nothing that means anything."""
MISSING = object()


def ended(model: str, text: str, end: Any) -> dict[str, Any]:
    """An answer that ends so."""
    body = answer(model, text, (5, 3))
    holder, name = body, "stop_reason" if model.startswith("anthropic/") else "status"
    if "choices" in body:
        holder, name = body["choices"][0], "finish_reason"
    if end is MISSING:
        del holder[name]
    else:
        holder[name] = end
    return body


def asked(model: str, bodies: list[Any], **sampling: Any) -> list[Call | ProviderFailure]:
    """A call for each of these bodies, which the server gives as often as it is asked; or why it failed."""

    async def main() -> list[Call | ProviderFailure]:
        found: list[Call | ProviderFailure] = []
        async with ModelPool() as pool:
            connected = pool.connect(model)
            for body in bodies:
                now[0] = body
                try:
                    request = Request(PROMPT, Sampling(deadline=5, **sampling), len(found))
                    found.append(await connected.complete(request))
                except ProviderFailure as error:
                    found.append(error)
        return found

    now: list[Any] = [None]
    with LocalProvider(lambda _: ChatReply(body=now[0])):
        return asyncio.run(main())


@pytest.mark.parametrize("model", PROTOCOLS[:3])
def test_an_end_by_any_name_is_read(model: str) -> None:
    named = [(finish, end) for finish, ends in ENDS.items() for end in ends] + [("stop", MISSING)]
    calls = asked(model, [ended(model, "Action: bet", end) for _, end in named], tries=1)
    read = [(call.finish, call.reply) if isinstance(call, Call) else str(call) for call in calls]
    assert read == [(finish, "Action: bet") for finish, _ in named]


@pytest.mark.parametrize("model", PROTOCOLS[:3])
def test_an_end_that_means_nothing_is_no_answer(model: str) -> None:
    bodies = [ended(model, "Action: bet", end) for end in NO_ENDS]
    bodies += [ended(model, "", end) for end in (None, MISSING, "something new")]
    for failure in asked(model, bodies, tries=1):
        assert str(failure).startswith(f"{model} sent an answer that cannot be read: ")


@pytest.mark.parametrize("model", ["openai/x", "litellm/openai/x"])
def test_two_replies_where_one_was_asked_for_are_no_answer(model: str) -> None:
    body = answer(model, "Action: bet", (5, 3))
    other = answer(model, "Action: pass", (5, 3))["choices"][0]
    body["choices"].append(other | {"index": 1})
    (failure,) = asked(model, [body], tries=1)
    assert str(failure) == f"{model} sent an answer that cannot be read: it holds 2 replies, not 1"


def test_each_message_of_a_response_stands_by_itself() -> None:
    body = answer("openai/o3-pro", "I will bet.", (5, 3))
    body["output"] += answer("openai/o3-pro", "Action: bet", (5, 3))["output"]
    (call,) = asked("openai/o3-pro", [body], tries=1)
    assert isinstance(call, Call)
    assert call.reply == "I will bet.\nAction: bet"


def test_a_response_that_is_incomplete_for_no_known_reason_is_no_answer() -> None:
    bodies = [answer("openai/o3-pro", "Action: bet", (5, 3)) | {"status": "incomplete"} for _ in range(3)]
    for body, details in zip(bodies, ({"reason": "max_tokens"}, {"reason": "tired"}, None), strict=True):
        body["incomplete_details"] = details
    cut, *others = asked("openai/o3-pro", bodies, tries=1)
    assert isinstance(cut, Call)
    assert cut.finish == "length"
    assert all(isinstance(other, ProviderFailure) for other in others)


TEXT = {"type": "text", "text": "Action: bet"}
THOUGHT = {"type": "thinking", "thinking": "Action: pass"}


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        ("Action: bet", "Action: bet"),
        ([TEXT], "Action: bet"),
        ([THOUGHT, TEXT], "Action: bet"),
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "Action: pass"}]}, TEXT], "Action: bet"),
        ([{"type": "redacted_thinking", "data": "x"}, TEXT, {"type": "reference"}], "Action: bet"),
        ([{"type": "text", "text": "Well.\n"}, TEXT], "Well.\nAction: bet"),
        ([THOUGHT], ""),
        ([{"type": "image"}], None),
        (["Action: bet"], None),
        ([{"type": "text", "text": 3}], None),
        ([{"text": "Action: bet"}, THOUGHT], None),
        (TEXT, None),
        (3, None),
    ],
)
def test_a_reply_may_come_in_blocks_and_thoughts_are_no_part_of_it(content: Any, reply: str | None) -> None:
    for model in PROTOCOLS[:3]:
        body = answer(model, "", (5, 3))
        if "choices" in body:
            body["choices"][0]["message"]["content"] = content
        elif model == "openai/o3-pro":
            body["output"][0]["content"] = content
        else:
            body["content"] = content
        (call,) = asked(model, [body], tries=1)
        assert (call.reply if isinstance(call, Call) else None) == reply


ARGUMENT = {"action": "bet"}


@pytest.mark.parametrize("given", [ARGUMENT, json.dumps(ARGUMENT)])
def test_the_argument_of_a_tool_may_be_an_object_or_json(given: Any) -> None:
    bodies = {model: answer(model, "", (5, 3)) for model in PROTOCOLS[:3]}
    function = {"name": "play", "arguments": given}
    bodies["openai/x"]["choices"][0] = {"message": {"tool_calls": [{"function": function}]}}
    bodies["openai/o3-pro"]["output"] = [{"type": "function_call", **function}]
    bodies["anthropic/x"]["content"] = [{"type": "tool_use", "name": "play", "input": given}]
    for model, body in bodies.items():
        with LocalProvider(lambda _, body=body: ChatReply(body=body)):  # type: ignore[misc]
            match = gtbench.play("kuhn_poker", [f"prompt[answer=tool]@{model}", "random"], seed=1)
        assert match.faults == ()
        assert json.loads(match.turns[0].attempts[0].reply) == ARGUMENT


class Encoded(LocalProvider):
    """A server whose answers are in a charset of its own, which it names."""

    charset = content_type = ""

    async def _serve_one(self, answer: Any, http: Any) -> Any:
        sound: Any = await super()._serve_one(answer, http)
        body = json.dumps(json.loads(sound.body), ensure_ascii=False).encode(self.charset)
        return web.Response(body=body, headers={"Content-Type": self.content_type})


@pytest.mark.parametrize(
    ("charset", "named"),
    [
        ("latin-1", "application/json; charset=ISO-8859-1"),
        ("cp1252", 'application/json; Charset="windows-1252"; x=y'),
        ("cp037", "application/json;charset=cp037"),
        ("utf-16", "application/json; charset=utf-16"),
        ("utf-8", "application/json; charset=latin-1"),
        ("utf-8", "application/json; charset=no-such"),
        ("utf-8-sig", "application/json"),
    ],
)
def test_a_body_is_read_in_the_charset_that_its_header_names(charset: str, named: str) -> None:
    for model in PROTOCOLS[:3]:
        with Encoded(lambda _: "\u00c9t\u00e9. Action: bet") as server:
            server.charset, server.content_type = charset, named
            (call,) = ask(model)
        assert (call.reply, call.retries) == ("\u00c9t\u00e9. Action: bet", ())


@pytest.mark.parametrize("named", ["application/json", "application/json; charset=no-such"])
def test_a_body_in_a_charset_that_nobody_names_is_no_answer(
    named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_soon(monkeypatch)
    with Encoded(lambda _: "\u00c9t\u00e9") as server:
        server.charset, server.content_type = "latin-1", named
        with pytest.raises(ProviderFailure, match="openai/x sent an answer that cannot be read"):
            ask("openai/x")


@pytest.mark.parametrize("model", PROTOCOLS[:3])
def test_an_answer_that_cannot_be_read_is_asked_for_twice_more(model: str) -> None:
    body = {"usage": {"prompt_tokens": 9, "completion_tokens": 1, "input_tokens": 9, "output_tokens": 1}}
    (failure,) = asked(model, [body], tries=9)
    assert isinstance(failure, ProviderFailure)
    assert [(tried.input_tokens, tried.output_tokens) for tried in failure.tries] == [(9, 1)] * 3


@pytest.mark.parametrize(
    ("error", "raised", "told"),
    [
        ({"code": 429, "message": "slow down"}, ProviderFailure, "failed: slow down"),
        ({"code": "502", "message": "bad gateway"}, ProviderFailure, "failed: bad gateway"),
        ({"type": "overloaded_error", "message": "busy"}, ProviderFailure, "failed: busy"),
        ({"message": "a surprise"}, ProviderFailure, "failed: a surprise"),
        ("a surprise", ProviderFailure, "failed: a surprise"),
        ({"code": None}, ProviderFailure, "failed: "),
        ([1], ProviderFailure, "failed: "),
        ({"code": 401, "message": "who?"}, ProviderRejection, "does not accept the key: check .*who"),
        ({"code": "invalid_api_key", "message": "who?"}, ProviderRejection, "does not accept the key"),
        ({"code": 402, "message": "pay"}, ProviderRejection, "no quota left"),
        ({"code": 403, "message": "not this"}, RequestRefused, "refused the request: not this"),
    ],
)
def test_an_error_that_comes_as_an_answer_is_told_and_treated_by_its_code(
    error: Any, raised: type[Exception], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_soon(monkeypatch)
    for model in PROTOCOLS[:3]:
        line = told if raised is ProviderRejection else f"{model} {told}"
        with LocalProvider(lambda _: ChatReply(body={"error": error})), pytest.raises(raised, match=line):
            ask(model)


@pytest.mark.parametrize(
    ("code", "finish"), [("context_length_exceeded", "too_long"), ("content_filter", "refused")]
)
def test_a_refused_prompt_that_comes_as_an_answer_is_its_players(code: str, finish: str) -> None:
    with LocalProvider(lambda _: ChatReply(body={"error": {"code": code, "message": "no"}})):
        (call,) = ask("openai/x")
    assert (call.finish, call.reason) == (finish, "no")


def test_a_throttle_that_comes_as_an_answer_is_waited_out() -> None:
    error = ChatReply(body={"error": {"code": 429, "message": "slow down"}})
    with LocalProvider(script(error, error, error, error, "yes")):
        (call,) = ask("openai/x")
    assert (call.reply, len(call.retries)) == ("yes", 4)


def test_a_choice_that_broke_off_is_told() -> None:
    choice = {"finish_reason": "error", "message": {"content": "half"}, "error": {"message": "upstream died"}}
    (failure,) = asked("openai/x", [{"choices": [choice]}])
    assert "upstream died" in str(failure)


@pytest.mark.parametrize("kept", [b'{"choices": [{"mess', b"\xff{}"])
def test_what_litellm_cannot_read_is_asked_for_twice_more(kept: bytes) -> None:
    class Kept(LocalProvider):
        async def _serve_one(self, answer: Any, http: Any) -> Any:
            await super()._serve_one(answer, http)
            return web.Response(body=kept, content_type="application/json")

    with Kept() as server:
        with pytest.raises(ProviderFailure, match="litellm/openai/x "):
            ask("litellm/openai/x")
        assert len(server.requests) == 3


@pytest.mark.parametrize("model", ["openai/x", "litellm/deepseek/x"])
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("9" * 5000, "a number has too many digits"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "it is nested too deeply"),
        ("[" * 200 + "null" + "]" * 200, "cannot be read"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said_without_pythons_insides(
    value: str, told: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Strange(LocalProvider):
        async def _serve_one(self, reply: Any, http: Any) -> Any:
            await super()._serve_one(reply, http)
            body = json.dumps(answer(model, "yes", ("odd", 1))).replace('"odd"', value)
            return web.Response(body=body.encode(), content_type="application/json")

    with Strange() as server:
        monkeypatch.setenv("DEEPSEEK_API_BASE", server.url)
        monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-deepseek-of-mine")
        with pytest.raises(WorldError, match=told) as caught:
            ask(model)
    said = str(caught.value)
    for inside in ("4300", "int_max", "recursion", "Traceback", "int()", "must be", "indices"):
        assert inside not in said


def test_what_is_no_json_is_asked_for_twice_more() -> None:
    with LocalProvider(faults=Faults(1, kinds=(Trouble.NO_JSON, Trouble.WRONG_TYPE))) as server:
        with pytest.raises(ProviderFailure, match="cannot be read"):
            ask("openai/x")
        assert len(server.requests) == 3


# Models of other people's.


class Odd:
    """A model that does what it is told to instead of answering."""

    model, priced, takes = "plug/x", True, frozenset({*Sampling.model_fields, *PATIENCE})

    def __init__(self, does: Callable[[], Any]) -> None:
        self._does = does

    async def complete(self, request: Request) -> Any:
        return self._does()

    async def aclose(self) -> None:
        """Nothing is held."""


def plug(monkeypatch: pytest.MonkeyPatch, connect: Callable[[str], Any]) -> None:
    """Have a provider `plug`, as another package may register one."""
    plain, provider = registry.load, Provider("odd ones", connect, lambda: "")
    monkeypatch.setattr(
        registry, "load", lambda kind, name: provider if name == "plug" else plain(kind, name)
    )


def raises(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def odd_call(**fields: Any) -> Callable[[], Any]:
    """A call of which some fields are as no model can have them."""
    sample = Sample(reply="Action: bet", finish="stop")
    return lambda: Call(model="plug/x", messages=(), settings={}, samples=(sample,)).model_copy(update=fields)


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (raises(ZeroDivisionError("by nought")), "ZeroDivisionError: by nought"),
        (raises(KeyError("usage")), "KeyError: 'usage'"),
        (raises(RecursionError()), "RecursionError"),
        (raises(SystemExit(3)), "SystemExit: 3"),
        (raises(asyncio.CancelledError()), "CancelledError"),
        (raises(ExceptionGroup("several", [ValueError("one")])), "ExceptionGroup: several"),
        (lambda: None, "complete returned None, not a Call"),
        (lambda: {"samples": ["Action: bet"]}, "not a Call"),
        (odd_call(samples=()), "the call holds no sample"),
        (odd_call(output_tokens=-5), "counts of tokens, or a cost, that cannot be"),
        (odd_call(input_tokens=10**400), "that cannot be"),
        (odd_call(cost=float("nan")), "that cannot be"),
        (odd_call(cost=-1.0), "that cannot be"),
    ],
)
def test_whatever_comes_out_of_a_model_but_a_call_is_a_failure_of_the_world(
    does: Callable[[], Any], told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plug(monkeypatch, lambda _: Odd(does))
    with pytest.raises(ProviderFailure) as caught:
        gtbench.play("kuhn_poker", ["prompt@plug/x", "random"], seed=1)
    assert str(caught.value).startswith("plug/x failed: ")
    assert told in str(caught.value)
    cup = gtbench.Tournament(agents=("prompt@plug/x", "random", "greedy"), games=("kuhn_poker",), deals=1)
    log = gtbench.run(cup, log=tmp_path / "run.gtbench")
    assert len(log.matches()) == 2
    assert {void.reason for void in log.voids()} == {str(caught.value)}
    assert not any(match.faults for match in log.matches())
    assert log.ledger().failed == log.ledger().spent.calls == sum(len(void.failed) for void in log.voids())
    assert log.ledger().spent[:2] == (0, 0)


async def hangs() -> None:
    await asyncio.sleep(600)


async def clings() -> None:
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(600)


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (raises(ZeroDivisionError("by nought")), "did not close: ZeroDivisionError: by nought"),
        (raises(SystemExit(3)), "the model called for the end of the process, with exit code 3"),
        (raises(KeyboardInterrupt()), "the model called for the end of the process"),
        (raises(asyncio.CancelledError()), "did not close: CancelledError"),
        (raises(BudgetSpent("no money left")), "did not close: BudgetSpent: no money left"),
        (lambda: None, "did not close: TypeError"),
        (hangs, "did not close in 0.2 s"),
        (clings, "did not close in 0.2 s"),
    ],
)
def test_a_model_that_does_not_close_is_said_and_all_others_are_closed(
    does: Callable[[], Any],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    closed: list[str] = []

    class Closes(Odd):
        def __init__(self, name: str) -> None:
            super().__init__(odd_call())
            self.model = f"plug/{name}"

        async def aclose(self) -> None:
            closed.append(self.model)
            if self.model == "plug/b":
                await does()

    monkeypatch.setattr("gtbench.models.pool.SECONDS_TO_CLOSE", 0.2)
    monkeypatch.setattr("gtbench.pulse.SECONDS_TO_STOP", 0.2)
    plug(monkeypatch, Closes)
    agents = tuple(f"prompt@plug/{name}" for name in "abc")
    cup = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=1)
    log = gtbench.run(cup, log=tmp_path / "run.gtbench")
    assert sorted(closed) == ["plug/a", "plug/b", "plug/c"]
    assert len(log.matches()) == 6
    (said,) = [text for text in caplog.messages if "did not close" in text]
    assert said.startswith("warning: plug/b did not close")
    assert told in said
    assert "\n" not in said
