"""Refusals in the words of real servers, through the real SDKs, and whole runs that meet them."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as command
from patience import give_up_soon

import gtbench
from gtbench.errors import ProviderFailure, ProviderRejection, RequestRefused, WorldError
from gtbench.models.pool import ModelPool
from gtbench.models.request import Request, Sampling
from gtbench.records import Match, Message
from gtbench.testing import ChatReply, LocalProvider, play_legally, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.records import Call

PROMPT = (Message(role="user", content="Say yes."),)


def error(message: str, status: int = 400, **fields: Any) -> ChatReply:
    """A refusal in OpenAI's form, which most servers have taken over."""
    return ChatReply(status=status, body={"error": {"message": message} | fields})


def ask(reply: ChatReply, model: str = "openai/x", **sampling: Any) -> tuple[Call, int]:
    """A call to a server that refuses, and how many requests it took."""

    async def one_call() -> Call:
        async with ModelPool() as pool:
            connected = pool.connect(model)
            return await connected.complete(Request(PROMPT, Sampling.model_validate(sampling), 5))

    with LocalProvider(lambda _: reply) as server:
        return asyncio.run(one_call()), len(server.requests)


BEHIND_A_GATEWAY = json.dumps(
    {
        "error": {
            "message": "This model's maximum context length is 16000 tokens. However, you requested 17165"
        }
    }
)
TOO_LONG = {
    "OpenAI": error(
        "This model's maximum context length is 4097 tokens. However, your messages resulted in 6988 tokens.",
        type="invalid_request_error", param="messages", code="context_length_exceeded",
    ),
    "OpenAI, responses": error(
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        code="context_length_exceeded", param="input",
    ),
    "Azure": error("Input tokens exceed the configured limit of 272000 tokens. Your messages have 509178."),
    "vLLM": error(
        "This model's maximum context length is 16384 tokens. However, you requested 122946 tokens "
        "(112946 in the messages, 10000 in the completion). Please reduce the length of the messages.",
        type="BadRequestError", param=None, code=400,
    ),
    "vLLM, newer": error(
        "'max_tokens' or 'max_completion_tokens' is too large: 1024. This model's maximum context length is "
        "4096 tokens and your request has 3900 input tokens (1024 > 4096 - 3900).",
        type="BadRequestError", param="max_tokens", code=400,
    ),
    "vLLM, decoder": error(
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096.", code=400
    ),
    "vLLM, nothing left": error("max_tokens must be at least 1, got -186.", type="BadRequestError", code=400),
    "vLLM, flat": ChatReply(
        status=400,
        body={"object": "error", "message": "This model's maximum context length is 4096.", "code": 400},
    ),
    "llama.cpp": error(
        "request (14429 tokens) exceeds the available context size (8192 tokens), try increasing it",
        type="exceed_context_size_error", code=400, n_prompt_tokens=14429, n_ctx=8192,
    ),
    "llama.cpp, as 500": error(
        "the request exceeds the available context size. try increasing the context size",
        status=500, type="exceed_context_size_error", code=500,
    ),
    "llama-cpp-python": error("Requested tokens (2285) exceed context window of 2048", status=500, code=None),
    "SGLang": error("The input (9000 tokens) is longer than the model's context length (8192 tokens)."),
    "TGI": ChatReply(
        status=422,
        body={"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: "
              "3474 `inputs` tokens and 60 `max_new_tokens`", "error_type": "validation"},
    ),
    "TGI, inputs": ChatReply(
        status=422,
        body={"error": "Input validation error: `inputs` must have less than 1024 tokens. Given: 1168"},
    ),
    "Ollama": ChatReply(status=400, body={"error": "the input length exceeds the context length"}),
    "Ollama, newer": error("prompt too long; exceeded max context length by 123 tokens"),
    "LM Studio": ChatReply(
        status=400,
        body={"error": "Trying to keep the first 5000 tokens when context the overflows. However, the model "
              "is loaded with context length of only 4096 tokens, which is not enough."},
    ),
    "OpenRouter": error(
        "This endpoint's maximum context length is 131072 tokens. However, you requested about 138956 tokens "
        "(7884 of text input, 131072 in the output). Please reduce the length of either one.", code=400,
    ),
    "OpenRouter, the server behind it": error(
        "Provider returned error", code=400, metadata={"raw": BEHIND_A_GATEWAY, "provider_name": "DeepInfra"}
    ),
    "LiteLLM's proxy": error(
        "litellm.ContextWindowExceededError: litellm.BadRequestError: AnthropicException - prompt is too "
        "long: 209303 tokens > 200000 maximum", type=None, param=None, code="400",
    ),
    "Groq, Cerebras": error(
        "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
        type="invalid_request_error", code="context_length_exceeded",
    ),
    "Mistral": ChatReply(
        status=400,
        body={"object": "error", "type": "invalid_request_prompt", "code": "3051",
              "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 "
              "maximum context length"},
    ),
    "xAI": error("This model's maximum prompt length is 131072 but the request contains 160000 tokens."),
    "Fireworks": error("The prompt is too long: 200000, model maximum context length: 131071"),
    "Gemini": error("The input token count (1048577) exceeds the maximum number of tokens allowed."),
    "Bedrock": error("Input is too long for requested model."),
    "a body too large": ChatReply(status=413, body="<html>413 Request Entity Too Large</html>"),
}  # fmt: skip


@pytest.mark.parametrize("server", TOO_LONG)
def test_a_prompt_that_is_too_long_is_known_by_every_servers_words(server: str) -> None:
    call, requests = ask(TOO_LONG[server])
    assert (call.finish, call.reply, requests) == ("too_long", "", 1)
    assert call.reason


ANTHROPICS = {
    "prompt": "prompt is too long: 207889 tokens > 200000 maximum",
    "with the limit": "input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000",
}


@pytest.mark.parametrize("model", ["anthropic/claude", "litellm/anthropic/claude"])
@pytest.mark.parametrize("said", ANTHROPICS)
def test_a_prompt_that_is_too_long_is_known_by_anthropics_words(model: str, said: str) -> None:
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": ANTHROPICS[said]}}
    call, requests = ask(ChatReply(status=400, body=body), model)
    assert (call.finish, requests) == ("too_long", 1)


def test_a_request_that_is_too_large_is_known_by_anthropics_type_and_litellms_class() -> None:
    body = {
        "type": "error",
        "error": {"type": "request_too_large", "message": "Request exceeds the maximum size"},
    }
    assert ask(ChatReply(status=413, body=body), "anthropic/claude")[0].finish == "too_long"
    assert ask(TOO_LONG["vLLM"], "litellm/openai/x")[0].finish == "too_long"


MODERATED = {
    "OpenRouter": error(
        'Your input was flagged for "violence".', status=403, code=403,
        metadata={"reasons": ["violence"], "flagged_input": "Fold or ...", "provider_name": "OpenAI"},
    ),
    "OpenAI": error(
        "Invalid prompt: we've limited access to this content for safety reasons.", code="invalid_prompt"
    ),
    "Azure": error(
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        code=None, innererror={"code": "ResponsibleAIPolicyViolation"},
    ),
    "Anthropic's words": error("Output blocked by content filtering policy"),
    "DashScope": error("Input data may contain inappropriate content.", code="data_inspection_failed"),
    "DeepSeek": error("Content Exists Risk", code="invalid_request_error"),
    "xAI": error("Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO", status=403),
}  # fmt: skip


@pytest.mark.parametrize("server", MODERATED)
def test_a_moderated_prompt_is_refused_to_its_player(server: str) -> None:
    call, requests = ask(MODERATED[server])
    assert (call.finish, requests) == ("refused", 1)
    assert call.reason


EVERY = {
    "OpenAI, key": error("Incorrect API key provided: sk-x.", status=401, code="invalid_api_key"),
    "OpenAI, quota": error("You exceeded your current quota.", status=429, code="insufficient_quota"),
    "OpenAI, model": error("The model `x` does not exist", status=404, code="model_not_found"),
    "OpenAI, access": error("Project p has no access to model `x`", status=403, code="model_not_found"),
    "OpenAI, setting": error(
        "Unsupported parameter: 'max_tokens' is not supported with this model.", code="unsupported_parameter",
        param="max_tokens",
    ),
    "OpenAI, a value": error("max_tokens is too large: 99999.", code="invalid_value", param="max_tokens"),
    "vLLM": error("The model `x` does not exist.", status=404, type="NotFoundError", code=404),
    "Ollama": ChatReply(status=404, body={"error": 'model "x" not found, try pulling it first'}),
    "OpenRouter, credits": error("Insufficient credits. Add more using https://x", status=402, code=402),
    "OpenRouter, model": error("x/y is not a valid model ID", code=400),
    "DeepSeek": error("Insufficient Balance", status=402, code="invalid_request_error"),
    "Moonshot": error("Your account is suspended", status=429, type="exceeded_current_quota_error"),
    "Groq": error("The model `x` has been decommissioned", code="model_decommissioned"),
    "Gemini": error("API key not valid. Please pass a valid API key.", code=400),
    "Anthropic, in its words": error("Your credit balance is too low to access the Anthropic API."),
    "Mistral": ChatReply(status=422, body={"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"],
                                           "msg": "Extra inputs are not permitted", "input": 5}]}),
}  # fmt: skip


@pytest.mark.parametrize("server", EVERY)
def test_a_refusal_of_every_request_is_the_users_to_mend(server: str) -> None:
    with pytest.raises(ProviderRejection) as caught:
        ask(EVERY[server], max_tokens=9)
    assert "\n" not in str(caught.value)


TOO_MUCH = (
    "Request too large for model `llama` in organization `org_01` service tier `on_demand` on tokens per "
    "minute (TPM): Limit 6000, Requested 14810, please reduce your message size and try again."
)
ONE = {
    "nothing said": error("oh no"),
    "forbidden": error("Forbidden", status=403),
    "no words": ChatReply(status=400, body=None),
    "Groq, more than a minute's tokens": error(
        TOO_MUCH, status=413, type="tokens", code="rate_limit_exceeded"
    ),
    "OpenAI, more than a minute's tokens": error(
        "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 342389.", status=429
    ),
}


@pytest.mark.parametrize("server", ONE)
def test_a_refusal_of_unknown_words_is_no_players_and_is_not_tried_again(server: str) -> None:
    with LocalProvider(lambda _: ONE[server]) as provider:
        with pytest.raises(RequestRefused, match="openai/x refused the request: ") as caught:
            gtbench.play("kuhn_poker", ["prompt@openai/x", "random"], seed=1)
        assert len(provider.requests) == len(caught.value.tries) == 1


def test_a_throttled_request_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    give_up_soon(monkeypatch)
    said = "Too many tokens, please wait before trying again."
    with pytest.raises(ProviderFailure) as caught:
        ask(error(said, status=429), tries=1)
    assert caught.value.passing
    assert caught.value.throttled


# Whole runs.

PLAYERS = ("prompt@openai/a", "prompt@openai/b", "random")


def refuses(
    request: dict[str, Any], reply: ChatReply, *, when: str = "", model: str = "a"
) -> str | ChatReply:
    """A refusal of a model's prompts that hold some words; all else is answered."""
    asked = "\n".join(words_of(message["content"]) for message in request["messages"])
    return reply if request["model"] == model and when in asked else play_legally(request)


LONG = error("prompt is too long: 5000 tokens > 4096 maximum")
AGENTS = {
    "prompt": "prompt@openai/a",
    "cot": "cot@openai/a",
    "self_consistency": "self_consistency[samples=3]@openai/a",
    "tot": "tot@openai/a",
    "one conversation": "prompt[memory=match]@openai/a",
    "json": "prompt[answer=json]@openai/a",
    "tool": "cot[answer=tool]@openai/a",
    "anthropic": "self_consistency[samples=3]@anthropic/a",
    "litellm": "prompt@litellm/openai/a",
}


@pytest.mark.parametrize("name", AGENTS)
def test_a_prompt_that_is_too_long_is_its_players_fault_whichever_way_it_asks(name: str) -> None:
    """The match is lost, as it is by replies that are cut off: long lost matches are no way out."""
    with LocalProvider(lambda _: LONG) as server:
        match = gtbench.play("tic_tac_toe", [AGENTS[name], "random"], seed=1)
    assert [fault.kind for fault in match.faults] == ["too_long", "too_long"]
    assert (match.forfeited_by, match.rewards) == ((0,), (-1, 1))
    (turn,) = match.turns
    assert all(attempt.calls for attempt in turn.attempts)  # what was sent stands in the record
    assert len(match.calls) == len(server.requests)
    assert {call.finish for call in match.calls} == {"too_long"}
    assert "5000 tokens > 4096 maximum" in match.calls[0].reason


@pytest.mark.parametrize("agent", ["prompt[memory=match]@openai/a", "prompt@openai/a"])
def test_a_match_whose_prompts_grow_too_long_ends_by_the_fault_of_who_sends_them(agent: str) -> None:
    with LocalProvider(lambda request: refuses(request, LONG, when="Rounds played: 3")) as server:
        match = gtbench.play("prisoners_dilemma", [agent, "tit_for_tat"], seed=3)
    assert [fault.kind for fault in match.faults] == ["too_long", "too_long"]
    assert match.forfeited_by == (0,)
    assert len(match.calls) == len(server.requests) == 3 + 2


OWN = """
class Own:
    def __init__(self, *, model):
        self._model = model

    async def act(self, view):
        from gtbench import Decision
        from gtbench.records import Match, Message

        prompt = view.text if view.objection else view.text * 2
        sample = await self._model.ask([Message(role="user", content=prompt)])
        return Decision(sample.reply, sample.finish)
"""


def test_an_agent_of_ones_own_is_told_that_its_prompt_was_too_long(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN)

    def reply(request: dict[str, Any]) -> str | ChatReply:
        twice = request["messages"][-1]["content"].count("Legal moves") > 1
        return LONG if twice else play_legally(request)

    with LocalProvider(reply):
        match = gtbench.play("tic_tac_toe", [f"{tmp_path / 'own.py'}:Own@openai/x", "random"], seed=1)
    assert not match.forfeited_by
    assert {fault.kind for fault in match.faults} == {"too_long"}
    assert all(turn.attempts[-1].fault is None for turn in match.turns if not turn.forced)


def test_a_run_goes_on_after_one_prompt_that_is_refused(tmp_path: Path) -> None:
    """Its match is void, and so it is again when the run is resumed, which ends as well."""
    games = ["--games", "tic_tac_toe", "--deals", "2", "--concurrency", "1"]
    words = ["run", "--agents", "prompt@openai/a", "random", *games, "--log", "run.gtbench"]
    first: list[str] = []

    def reply(request: dict[str, Any]) -> str | ChatReply:
        prompt = json.dumps(request["messages"])
        first.append(prompt)
        return error("Forbidden", status=403) if prompt == first[0] else play_legally(request)

    with LocalProvider(reply) as server:
        done = command(*words, cwd=tmp_path, **server.environment)
        log = gtbench.open_log(tmp_path / "run.gtbench")
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "matches are void, the first since openai/a refused the request: Forbidden" in done.stderr
        assert "left alone" not in done.stderr
        assert "Play them with: gtbench resume run.gtbench" in done.stderr
        void = {one.number for one in log.voids()}
        assert 1 in void
        assert log.numbers() == {1, 2, 3, 4} - void
        assert log.ledger().spent.calls == len(server.requests)
        again = command("resume", "run.gtbench", cwd=tmp_path, **server.environment)
        assert again.returncode == 1
        assert {one.number for one in log.voids()} == void
    with LocalProvider() as server:
        assert command("resume", "run.gtbench", cwd=tmp_path, **server.environment).returncode == 0
    assert log.numbers() == {1, 2, 3, 4}


def test_a_moderated_prompt_is_charged_and_the_run_goes_on(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=PLAYERS[:2], games=("kuhn_poker",), deals=6, concurrency=1)
    with LocalProvider(lambda request: refuses(request, MODERATED["OpenRouter"], when="Your card: K")):
        log = gtbench.run(cup, log=tmp_path / "run.gtbench")
    assert len(log.numbers()) == 12
    faults = [(m.agents[t.seat], f.kind) for m in log.matches() for t in m.turns for f in t.faults]
    assert set(faults) == {("prompt@openai/a", "refused")}


def test_after_three_different_prompts_refused_alike_a_model_is_left_alone(tmp_path: Path) -> None:
    words = ["run", "--agents", *PLAYERS, "--games", "kuhn_poker", "--deals", "6", "--concurrency", "1"]
    numbers = iter(range(999))

    def reply(request: dict[str, Any]) -> str | ChatReply:
        return refuses(request, error(f"bad request, id req-{next(numbers)}a"))

    with LocalProvider(reply) as server:
        done = command(*words, "--log", "run.gtbench", cwd=tmp_path, **server.environment)
    log = gtbench.open_log(tmp_path / "run.gtbench")
    refused = {json.dumps(r["messages"]) for r in server.requests if r["model"] == "a"}
    assert len(refused) == 3
    others = {m.number for m in log.matches()}
    assert len(others) == 6 * 2  # all that the model does not play in
    voids = len(log.voids())
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert (
        f"{voids} matches are void, the first since openai/a refused the request: bad request" in done.stderr
    )
    assert "openai/a refused 3 different prompts in a row, so it was left alone." in lines
    assert f"{36 - 12 - voids} more matches were not begun for that reason." in lines
    assert "They are not scored. Play them with: gtbench resume run.gtbench" in lines
    with LocalProvider() as server:
        assert command("resume", "run.gtbench", cwd=tmp_path, **server.environment).returncode == 0
    assert len(log.numbers()) == 36


def test_refusals_with_an_answer_between_them_or_of_other_kinds_leave_no_model_alone(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=PLAYERS[:2], games=("kuhn_poker",), deals=20, concurrency=1)
    kinds = itertools.cycle([error("one thing"), error("another")])
    with LocalProvider(lambda request: refuses(request, next(kinds))):
        log = gtbench.run(cup, log=tmp_path / "kinds.gtbench")
    assert len(log.voids()) == 40
    with LocalProvider(lambda request: refuses(request, error("no"), when="Your card: K")):
        log = gtbench.run(cup, log=tmp_path / "between.gtbench")
    assert len(log.numbers()) + len(log.voids()) == 40
    assert log.numbers()


class Order:
    """The numbers of matches as they end."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def started(self, log: gtbench.RunLog) -> None:
        """Play begins."""

    def ended(self, outcome: Match | WorldError) -> None:
        self.numbers += [outcome.number] if isinstance(outcome, Match) else []


def test_a_resumed_run_plays_first_what_has_not_been_refused(tmp_path: Path) -> None:
    """Else the same three matches would keep the model from all others for ever."""
    agents, order = ("prompt@openai/a", "random"), Order()
    cup = gtbench.Tournament(agents=agents, games=("tic_tac_toe",), deals=6, concurrency=1)
    with LocalProvider(lambda request: refuses(request, error("no"))):
        log = gtbench.run(cup, log=tmp_path / "run.gtbench")
    void = [one.number for one in log.voids()]
    assert void[0] == 1
    assert len(void) < 12
    with LocalProvider():
        gtbench.resume(log.path, watcher=order)
    assert order.numbers == [number for number in range(1, 13) if number not in void] + void


def test_elicited_answers_that_are_refused_leave_the_others_to_be_asked(tmp_path: Path) -> None:
    words = ["elicit", "prompt@openai/a", "kuhn_poker", "--samples", "1", "--log", "asked.gtbench"]
    with LocalProvider(lambda request: refuses(request, error("no"), when="Your card: K")) as server:
        done = command(*words, cwd=tmp_path, **server.environment)
    assert done.returncode == 1
    log = gtbench.open_log(tmp_path / "asked.gtbench")
    assert len(log.answers()) == 8
    assert "4 answers were broken off, the first since openai/a refused the request: no" in done.stderr
    with LocalProvider(lambda request: refuses(request, LONG, when="Your card: K")) as server:
        again = command("resume", "asked.gtbench", cwd=tmp_path, **server.environment)
    assert again.returncode == 0
    faults = [fault.kind for one in log.answers() if one.turn for fault in one.turn.faults]
    assert faults == ["too_long"] * 8
    with LocalProvider(lambda request: refuses(request, error("no"))) as server:
        done = command(*words[:-1], "none.gtbench", cwd=tmp_path, **server.environment)
    assert "openai/a refused 3 different prompts in a row, so it was left alone" in done.stderr


def test_what_a_judge_cannot_read_is_no_players_fault(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("cot@openai/b", "random"), games=("kuhn_poker",), deals=8)

    def reply(request: dict[str, Any]) -> str | ChatReply:
        if request["model"] == "b":
            return f"I think about my card for a long time.\n{play_legally(request)}"
        return refuses(request, LONG, when="Your card: K", model="judge")

    with LocalProvider(reply) as server:
        log = gtbench.run(cup, log=tmp_path / "run.gtbench")
        done = command("judge", "run.gtbench", "--model", "openai/judge", cwd=tmp_path, **server.environment)
    assert done.returncode == 1  # for no vote can be read
    assert "error: no vote of openai/judge could be read (" in done.stderr
    votes = [vote.fault for one in log.judgements() for vote in one.votes]
    assert "too_long" in votes
    assert not any(match.faults for match in log.matches())


def test_a_judge_that_refuses_every_prompt_is_left_alone(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("cot@openai/b", "random"), games=("kuhn_poker",), deals=20)

    def reply(request: dict[str, Any]) -> str | ChatReply:
        said = f"I think about my card for a long time.\n{play_legally(request)}"
        return said if request["model"] == "b" else error("no")

    with LocalProvider(reply) as server:
        gtbench.run(cup, log=tmp_path / "run.gtbench")
        done = command("judge", "run.gtbench", "--model", "openai/judge", cwd=tmp_path, **server.environment)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert "openai/judge refused 3 different prompts in a row, so it was left alone." in lines
    assert lines[-1] == "What was judged is in the log. The same command goes on."
    assert lines[-2].endswith(" more decisions were not begun for that reason.")


@pytest.mark.parametrize("status", [401, 402, 404])
def test_asking_that_every_request_refuses_says_how_to_go_on_where_something_was_answered(
    status: int, tmp_path: Path
) -> None:
    asked = 0

    def reply(request: dict[str, Any]) -> str | ChatReply:
        nonlocal asked
        asked += 1
        return ChatReply("no such model", status=status) if asked > answered else play_legally(request)

    words = ("elicit", "prompt@openai/b", "kuhn_poker", "--log", "asked.gtbench")
    for answered, told in (
        (0, ""),
        (20, "What was answered is in the log. Go on with: gtbench resume asked.gtbench"),
    ):
        asked = 0
        with LocalProvider(reply) as server:
            done = command(*words, cwd=tmp_path, **server.environment)
        first, *then = done.stderr[done.stderr.index("error: ") :].splitlines()
        assert (done.returncode, then) == (1, [told] if told else [])
        assert first.startswith("error: openai/b")
        assert (tmp_path / "asked.gtbench").exists() == bool(answered)


@pytest.mark.parametrize("status", [401, 402, 404])
def test_a_judge_that_refuses_every_request_says_how_to_go_on(status: int, tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("cot@openai/b", "random"), games=("kuhn_poker",), deals=2)

    def reply(request: dict[str, Any]) -> str | ChatReply:
        said = f"I think about my card for a long time.\n{play_legally(request)}"
        return said if request["model"] == "b" else ChatReply("no such model", status=status)

    with LocalProvider(reply) as server:
        gtbench.run(cup, log=tmp_path / "run.gtbench")
        done = command("judge", "run.gtbench", "--model", "openai/judge", cwd=tmp_path, **server.environment)
    first, *then = done.stderr[done.stderr.index("error: ") :].splitlines()
    assert done.returncode == 1
    assert first.startswith("error: openai/judge")
    assert then == ["What was judged is in the log. The same command goes on."]


def test_a_refusal_of_every_request_still_stops_the_run_at_once(tmp_path: Path) -> None:
    words = [
        "run",
        "--agents",
        *PLAYERS,
        "--games",
        "kuhn_poker",
        "--concurrency",
        "1",
        "--log",
        "run.gtbench",
    ]
    with LocalProvider(lambda request: refuses(request, EVERY["OpenRouter, credits"], model="b")) as server:
        done = command(*words, cwd=tmp_path, **server.environment)
    assert done.returncode == 1
    assert "error: openai/b: the account has no quota left (Insufficient credits." in done.stderr
    assert "Go on with: gtbench resume run.gtbench" in done.stderr
    assert sum(request["model"] == "b" for request in server.requests) == 1


def test_every_request_that_is_refused_counts_also_where_several_replies_are_asked_for(
    tmp_path: Path,
) -> None:
    agents = ("self_consistency[samples=3]@openai/a", "random")
    cup = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=1, concurrency=1)
    with LocalProvider(lambda request: refuses(request, error("no"))) as server:
        log = gtbench.run(cup, log=tmp_path / "run.gtbench")
    assert log.ledger().spent.calls == len(server.requests)
    assert {request.get("n") for request in server.requests} == {3, None}


def test_what_a_server_said_of_a_prompt_stands_in_the_replay_and_on_the_site(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("prompt@openai/a", "random"), games=("kuhn_poker",), deals=1)
    with LocalProvider(lambda request: refuses(request, LONG)):
        gtbench.run(cup, log=tmp_path / "run.gtbench")
    said = "the server would not answer: prompt is too long: 5000 tokens"
    assert said in command("replay", "run.gtbench", "1", cwd=tmp_path).stdout
    assert command("site", "run.gtbench", "-o", "site", cwd=tmp_path).returncode == 0
    assert any(said in page.read_text() for page in (tmp_path / "site").rglob("*.html"))
