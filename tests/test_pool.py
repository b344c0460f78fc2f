"""What a run's connections count, and when a model is left alone: in a row, and for what it has failed in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from made import call

from gtbench.errors import BudgetSpent, ProviderFailure, RequestRefused
from gtbench.models.ledger import Budget, Ledger
from gtbench.models.pool import OUTAGE, REFUSALS, Counted, ModelPool
from gtbench.models.request import Request, Sampling
from gtbench.records import Call, Message, Try
from gtbench.testing import ChatReply, LocalProvider

if TYPE_CHECKING:
    from collections.abc import Iterable


def request(number: int) -> Request:
    """A prompt of its own."""
    return Request((Message(role="user", content=f"Question {number}"),), Sampling(), number)


def failure(*, passing: bool = True, tries: int = 1) -> ProviderFailure:
    error = ProviderFailure("down", passing=passing)
    error.tries = (Try(reason="down", input_tokens=2, output_tokens=1, cost=0.5),) * tries
    return error


def refusal(kind: str = "no") -> RequestRefused:
    return RequestRefused(f"refused: {kind}", kind)


class Model:
    """Gives what it is told to, or raises it."""

    model, priced, takes = "m/x", True, frozenset({"max_tokens"})

    def __init__(self, outcomes: Iterable[Exception | Call]) -> None:
        self._left = iter(outcomes)

    async def complete(self, _: Request) -> Call:
        outcome = next(self._left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def aclose(self) -> None:
        """Nothing is held."""


def asked(*outcomes: Exception | Call, ledger: Ledger | None = None, prompts: int = 99) -> Counted:
    """A model that has been asked once for each outcome, each prompt in its turn."""

    async def ask(counted: Counted) -> None:
        for number in range(len(outcomes)):
            with suppress(ProviderFailure):
                await counted.complete(request(number % prompts))

    counted = Counted(Model(outcomes), ledger or Ledger(Budget()))
    asyncio.run(ask(counted))
    return counted


FEW = OUTAGE - 1


@pytest.mark.parametrize(
    ("outcomes", "down"),
    [
        ([failure()] * FEW, ""),
        ([failure()] * OUTAGE, "m/x was asked in vain 5 times in a row"),
        ([*[failure()] * FEW, call(1), *[failure()] * FEW], ""),
        ([failure(), call(1)] * OUTAGE, ""),
        ([call(1), *[failure()] * OUTAGE], "m/x was asked in vain 5 times in a row"),
        ([failure(passing=False)] * OUTAGE, ""),  # what will fail again whoever asks is no outage
        ([refusal()] * (REFUSALS - 1), ""),
        ([refusal()] * REFUSALS, "m/x refused 3 different prompts in a row"),
        ([refusal(), refusal(), call(1), refusal(), refusal()], ""),
        ([refusal("one"), refusal("other")] * OUTAGE, ""),
        ([*[failure()] * FEW, refusal(), refusal()], ""),
    ],
)
def test_a_model_is_left_alone_for_what_it_failed_in_in_a_row(
    outcomes: list[Exception | Call], down: str
) -> None:
    assert asked(*outcomes).left_alone == down


def test_the_failure_that_has_a_model_left_alone_says_so() -> None:
    errors = [failure() for _ in range(OUTAGE)]
    asked(*errors)
    assert [error.left_alone for error in errors] == [""] * FEW + ["m/x was asked in vain 5 times in a row"]


def test_one_prompt_that_is_refused_again_and_again_leaves_no_model_alone() -> None:
    assert asked(*[refusal()] * 9, prompts=2).left_alone == ""


def test_prompts_that_are_too_long_are_no_outage() -> None:
    """As many as one likes: they are answers, and their players' faults."""

    async def ask() -> str:
        async with ModelPool() as pool:
            model = pool.connect("openai/x")
            for number in range(OUTAGE + REFUSALS):
                assert (await model.complete(request(number))).finish == "too_long"
            return "".join(pool.left_alone.values())

    too_long = ChatReply("too long", status=400, error_code="context_length_exceeded")
    with LocalProvider(lambda _: too_long):
        assert asyncio.run(ask()) == ""


def test_what_was_given_up_is_in_the_ledger_at_once() -> None:
    ledger = Ledger(Budget())
    asked(failure(tries=3), call(7, input_tokens=3, cost=0.25), failure(passing=False), ledger=ledger)
    assert tuple(ledger.spent) == pytest.approx((4 * 0.5 + 0.25, 4 * 3 + 10, 4 + 1))
    assert ledger.failed == 4


@pytest.mark.parametrize("cap", [{"max_calls": 4}, {"max_tokens": 12}, {"max_cost": 2.0}])
def test_no_call_begins_once_requests_that_were_given_up_have_reached_a_cap(cap: dict[str, Any]) -> None:
    ledger = Ledger(Budget(**cap))
    asked(failure(tries=3), ledger=ledger)
    asked(failure(tries=1), ledger=ledger)
    with pytest.raises(BudgetSpent, match=f"{next(iter(cap))}=.* is spent: 4 calls .4 of them failed"):
        asked(call(1), ledger=ledger)
    assert ledger.spent.calls == 4


def test_a_cap_on_calls_holds_while_a_server_fails() -> None:
    """Through the real client: what is sent is what the ledger has."""

    async def ask(ledger: Ledger) -> None:
        async with ModelPool(ledger) as pool:
            model = pool.connect("openai/x")
            for number in range(9):
                with pytest.raises(ProviderFailure):
                    await model.complete(Request(request(number).messages, Sampling(tries=1), number))

    ledger = Ledger(Budget(max_calls=4))
    with LocalProvider(lambda _: ChatReply("oh no", status=500)) as server, pytest.raises(BudgetSpent):
        asyncio.run(ask(ledger))
    assert len(server.requests) == ledger.spent.calls == 4
