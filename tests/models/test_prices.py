"""What a call costs, and what is said where that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import gtbench
from gtbench.errors import BudgetSpent, UserError
from gtbench.models import account
from gtbench.models.ledger import Budget, Ledger, Spent
from gtbench.models.prices import cost
from gtbench.records import Call, Sample, Try
from gtbench.testing import ChatReply, LocalProvider

if TYPE_CHECKING:
    from pathlib import Path

OPENAI = "https://api.openai.com/v1/"


def dollars(model: str, endpoint: str = "", cached: int = 0) -> float | None:
    """The price of a thousand tokens in, and a thousand out."""
    return cost(model, endpoint, input_tokens=1000, cached_tokens=cached, output_tokens=1000)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table of the user's own."""
    path = tmp_path / "models.toml"
    monkeypatch.setenv("GTBENCH_MODELS", str(path))
    return path


def test_the_providers_published_prices_are_known() -> None:
    assert dollars("openai/gpt-4o-mini", OPENAI) == pytest.approx((0.15 + 0.60) / 1000)
    assert dollars("openai/gpt-4o-mini", OPENAI, cached=1000) == pytest.approx((0.075 + 0.60) / 1000)
    assert dollars("litellm/gemini/gemini-2.5-flash") is not None
    assert dollars("anthropic/claude-sonnet-4-5", "https://api.anthropic.com") == pytest.approx(0.018)


@pytest.mark.parametrize(
    ("model", "endpoint"),
    [
        ("openai/gpt-4o-mini", "http://127.0.0.1:8000/v1"),
        ("openai/no-such-model", OPENAI),
        ("litellm/nobody/anything", ""),
    ],
)
def test_a_price_is_never_guessed_at(model: str, endpoint: str) -> None:
    assert dollars(model, endpoint) is None


def test_the_users_table_comes_first(own: Path) -> None:
    own.write_text(
        '["openai/gpt-4o-mini"]\ninput = 1\ncached = 0.5\noutput = 2\n["openai/mine"]\ninput=3\noutput=4'
    )
    assert dollars("openai/gpt-4o-mini", OPENAI) == pytest.approx(0.003)
    assert dollars("openai/gpt-4o-mini", OPENAI, cached=1000) == pytest.approx(0.0025)
    assert dollars("openai/mine", "http://127.0.0.1/v1", cached=1000) == pytest.approx(0.007)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[openai/x]\n", "is not TOML"),
        (
            '["openai/x"]\ninput = -1\noutput = 1',
            "openai/x.input: input should be greater than or equal to 0",
        ),
        ('["openai/x"]\ninput = 1', "openai/x: a price has both input and output"),
        ('["openai/x"]\ninput = 1\noutput = 1\nin = 2', "openai/x.in: extra inputs are not permitted"),
    ],
)
def test_a_table_that_cannot_be_read_gets_one_line(own: Path, text: str, line: str) -> None:
    own.write_text(text)
    with pytest.raises(UserError, match=line) as caught:
        dollars("openai/x")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("own")
def test_a_table_that_is_named_must_be_there() -> None:
    with pytest.raises(UserError, match=r"models.toml cannot be read: No such file"):
        dollars("openai/x")


def test_a_call_carries_its_price_and_what_the_provider_says_of_it(own: Path) -> None:
    own.write_text('["openai/x"]\ninput = 1\ncached = 0.5\noutput = 2\n')
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "prompt_tokens_details": {"cached_tokens": 400},
        "completion_tokens_details": {"reasoning_tokens": 60},
    }
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "Action: pass"},
    }
    body = {
        "id": "1", "object": "chat.completion", "created": 0, "model": "x", "choices": [choice],
        "usage": usage, "system_fingerprint": "fp_7",
    }  # fmt: skip
    with LocalProvider(lambda _: ChatReply(body=body)):
        match = gtbench.play("kuhn_poker", ["prompt@openai/x", "random"], seed=1)
    call = match.calls[0]
    assert (call.input_tokens, call.cached_tokens) == (1000, 400)
    assert (call.output_tokens, call.reasoning_tokens) == (100, 60)
    assert call.cost == pytest.approx((600 * 1 + 400 * 0.5 + 100 * 2) / 1e6)
    assert (call.fingerprint, call.retries) == ("fp_7", ())


@pytest.mark.parametrize("provider", ["openai/x", "anthropic/x"])
def test_the_tries_before_an_answer_are_counted(provider: str) -> None:
    replies = iter([ChatReply("slow down", status=429), ChatReply("oh", status=500)])
    with LocalProvider(lambda _: next(replies, "Action: pass")) as server:
        match = gtbench.play("kuhn_poker", [f"prompt@{provider}", "random"], seed=1)
    assert [failed.reason for failed in match.calls[0].retries] == [
        f"{provider} failed: slow down", f"{provider} failed: oh",
    ]  # fmt: skip
    assert len(server.requests) == len(match.calls) + 2


def call(dollars: float | None) -> Call:
    return Call(
        model="openai/x", messages=(), settings={}, samples=(Sample(reply="", finish="stop"),),
        input_tokens=7, output_tokens=3, cost=dollars,
    )  # fmt: skip


def test_a_ledger_adds_up_and_stops_at_each_cap() -> None:
    for cap in ({"max_calls": 3}, {"max_tokens": 25}, {"max_cost": 0.3}):
        ledger = Ledger(Budget(**cap))
        for _ in range(3):
            ledger.check()
            ledger.add([call(0.1)])
        with pytest.raises(BudgetSpent, match=r"is spent: 3 calls, 30 tokens, \$0.3000"):
            ledger.check()
    Ledger(Budget(), Spent(1e9, 10**9, 10**9)).check()


def test_failed_requests_and_what_was_counted_for_them_are_spent() -> None:
    lost = Try(reason="no choice", input_tokens=5, output_tokens=1, cost=0.2)
    retried = call(0.5).model_copy(update={"retries": (lost,)})  # its cost holds that of its tries
    replayed = call(9.0).model_copy(update={"replayed": True})
    spent = Spent.on([retried, call(0.1), replayed], [lost])
    assert tuple(spent) == pytest.approx((0.8, 10 + 6 + 10 + 6, 4))
    ledger = Ledger(Budget(max_calls=4))
    ledger.add([retried, call(0.1), replayed], [lost])
    assert str(ledger) == "4 calls (2 of them failed), 32 tokens, $0.8000"
    with pytest.raises(BudgetSpent):
        ledger.check()


def test_a_ledger_says_whose_price_is_unknown() -> None:
    ledger = Ledger(Budget(max_cost=1))
    ledger.add([call(None)])
    assert str(ledger) == "1 calls, 10 tokens, $0.0000 and what openai/x costs"
    with pytest.raises(BudgetSpent, match="max_cost=1 cannot be kept: no price is known of openai/x"):
        ledger.check()


def test_a_missing_price_says_in_which_file_it_can_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("GTBENCH_MODELS", raising=False)
    assert account.where() == str(tmp_path / "gtbench" / "models.toml")
    monkeypatch.setenv("GTBENCH_MODELS", "mine.toml")
    assert account.where() == "mine.toml"
