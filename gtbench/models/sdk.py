"""What the clients on official SDKs share: keys, addresses, tries, and what an SDK's exceptions mean.

The openai and anthropic SDKs are made by the same generator, and litellm raises the openai SDK's exceptions,
so one reading of them serves all three. The SDKs' own retries are off: tries are counted, paced and logged
here (`gtbench.models.limits`).
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gtbench.errors import (
    MissingKey,
    ProviderFailure,
    ProviderRejection,
    RequestRefused,
    UserError,
)
from gtbench.models import bodies, network, prices, refusals, waiting
from gtbench.models.account import account
from gtbench.models.answers import WRITTEN, parsed
from gtbench.models.limits import Deadline, Gate, persist
from gtbench.models.refusals import Meaning
from gtbench.models.request import DEADLINE, FIELDS, FREE, PATIENCE, TIMEOUT, Request, Shape, is_address
from gtbench.models.told import Told, told
from gtbench.records import Call, Sample, Try
from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gtbench.models.answers import Counts
    from gtbench.models.refusals import Refusal
    from gtbench.models.request import Sampling
    from gtbench.models.told import Classes
    from gtbench.records import Finish, Message

PASSING = (408, 409, 429)
"""Statuses that may be gone at the next try: a timeout, a conflict, a limit."""
SERVERS_FAULT = 500
"""The least of the statuses by which a server says that it has failed itself, which may be gone too."""
THROTTLING = (429, 529)
"""Statuses by which a server asks for fewer requests."""

CONNECT = 8.0
"""Seconds to wait for a connection; a server that takes none is down, however long its answers may take."""
NEVER_PASSING = {Meaning.TOO_LONG, Meaning.QUOTA, Meaning.TOO_MUCH}
"""What stays as it is even where the status says that it may pass."""
DECLINED: Mapping[Meaning | None, Finish] = {Meaning.TOO_LONG: "too_long", Meaning.MODERATED: "refused"}
"""Refusals that are charged to the player: how its reply has ended."""
FIELD_REFUSED = (400, 422)
"""Statuses by which a server refuses a field of a request."""
BILLED = ("input_tokens", "cached_tokens", WRITTEN, "output_tokens")
"""The counts by which an answer is billed."""
SHAPES = (FREE, Shape(schema="{}"), Shape(schema="{}", tool="any"))
"""The kinds of replies that a player may ask for."""
UNKNOWN = "https://"
"""In place of an address that an SDK chooses."""

OWN_KEY = "GTBENCH_BASE_URL_KEY"
"""The key for servers that an agent names: a provider's own key is not for them."""


def check_environment(model: str, key_variable: str | None, address_variable: str) -> None:
    """Check the variables that an SDK reads, before anything is asked; a server may need no key.

    Raises:
        MissingKey: There is no key.
        UserError: The key or the address cannot be right.
    """
    address = os.environ.get(address_variable)
    if key_variable and not key_in(key_variable):
        raise MissingKey(model, key_variable)
    if address is not None and not is_address(address):
        raise UserError(f"{address_variable} is no address: {address!r} is not of the form http://HOST/PATH")


def key_in(variable: str) -> str:
    """The key in a variable; empty where there is none.

    Raises:
        UserError: It cannot be one.
    """
    key = os.environ.get(variable, "")
    if not (key.isascii() and key.isprintable()):
        raise UserError(f"{variable} is no key: it has characters that none has")
    return key


def needs_key(variable: str) -> str:
    """What is missing where the key stands in this variable."""
    return "" if os.environ.get(variable) else f"{variable} is not set"


def needs_server(variable: str, usual: str) -> str:
    """What is missing where a server of the user's own is to listen, behind a proxy if need be.

    Args:
        variable: Says where it is.
        usual: Where it is unless said.
    """
    address = os.environ.get(variable) or usual
    if not is_address(address):
        return f"{variable} is no address"
    try:
        proxy = network.proxy_for(address)
    except UserError as error:
        return str(error)
    parts = urlsplit(proxy.address if proxy else address)
    try:
        with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=0.5):
            return ""
    except OSError:
        return f"no proxy at {proxy}" if proxy else f"no server at {address}"


async def post(
    client: Any, path: str, body: dict[str, Any], seconds: float, response: type[Any]
) -> tuple[Any, Mapping[str, str]]:
    """The answer to a request, and its headers: both sent and taken as they stand.

    The SDK's methods for each protocol walk through arguments and answers by their types, which takes a third
    of the time of a call.

    Args:
        client: The SDK's client.
        path: Where the body is sent, below the client's address.
        body: All of the request.
        seconds: How long the answer may take.
        response: The class of the responses of the library that the SDK is built on.

    Raises:
        Exception: One of the SDK's, also where the answer is an error object; any other where it is no JSON.
    """
    timeout = type(client.timeout)(seconds, connect=min(seconds, CONNECT))
    answer = await client.post(path, cast_to=response, body=body, options={"timeout": timeout})
    answer.stream = None  # it holds the answer: fifty objects that only the collector of garbage would free
    found = parsed(answer.content, answer.headers)
    if isinstance(found, dict) and found.get("error"):  # some gateways answer so, with status 200
        status = refusals.status(found)
        failed = response(status, headers=answer.headers, request=answer.request)
        said = refusals.refusal(status, found, "an error without words").reason
        raise client._make_status_error(said, body=found, response=failed)  # noqa: SLF001  (the SDK's own way)
    return found, answer.headers


class SdkModel(ABC):
    """A model behind an SDK; see `gtbench.models.Model`. A subclass says how one request is made and read.

    Args:
        model: `PROVIDER/MODEL`.
        classes: What the SDK's exceptions say.
        key_variable: The variable that holds the key, or words for it.
        url: The server's address; None where the SDK chooses one by the model.
        server: The address that it chooses, if it is known.
    """

    takes = frozenset({"temperature", "top_p", "max_tokens", "stop", "extra", *FIELDS, *PATIENCE})

    def __init__(
        self, model: str, classes: Classes, key_variable: str, url: Any = None, server: str = UNKNOWN
    ) -> None:
        self.model, self._classes, self._key_variable = model, classes, key_variable
        # without user and password, if it has them
        self._endpoint = f"{url.scheme}://{url.netloc.decode()}{url.path}" if url else ""
        self._through = network.through(str(url or server))
        self.gate = Gate(account(model), model)

    @property
    def priced(self) -> bool:
        return self._cost({}) is not None

    def _cost(self, usage: Counts) -> float | None:
        """What an answer costs, by its counts of tokens; None where one of them, or the price, is unknown."""
        tokens = {name: usage.get(name, 0) for name in BILLED}
        known = {name: tokens for name, tokens in tokens.items() if tokens is not None}
        return prices.cost(self.model, self._endpoint, **known) if len(known) == len(tokens) else None

    @abstractmethod
    def settings(self, request: Request) -> dict[str, Any]:
        """What is sent beside the messages, in the protocol's words."""

    def sends(self, sampling: Sampling) -> frozenset[str]:
        """As of an `Omitting`."""
        requests = (Request((), sampling, 0, n=2, shape=shape) for shape in SHAPES)
        return frozenset(name for request in requests for name in self.settings(request))

    @abstractmethod
    async def send(
        self, messages: Sequence[Message], settings: dict[str, Any], seconds: float
    ) -> tuple[Any, Mapping[str, str]]:
        """The SDK's answer to one request, and its headers by lower-case names."""

    @abstractmethod
    def usage(self, answer: Any) -> Counts:
        """The counts of tokens in an answer, by the fields of a `Call`; None is an unknown one."""

    @abstractmethod
    def read(self, answer: Any) -> dict[str, Any]:
        """The other fields of a `Call` in an answer; any exception means that it is none."""

    def meaning(self, error: Exception, settings: Collection[str]) -> Meaning | None:
        """What the provider means that refuses a request; None where it is no refusal, but may pass."""
        what = told(error, self._classes)
        if isinstance(what, Meaning):
            return what
        status = getattr(error, "status_code", None)
        if what is not Told.ANSWERED or not isinstance(status, int):
            return None
        found = refusals.meaning(_refusal(error), settings)
        passes = status in PASSING or status >= SERVERS_FAULT
        return None if passes and found not in NEVER_PASSING else found

    async def complete(self, request: Request) -> Call:
        """As of a `Model`; where a server refuses to give several replies, one, and several no more."""
        if request.n == 1:
            return await self._complete(request)
        try:
            return await self._complete(request)
        except (ProviderRejection, ProviderFailure) as error:
            if getattr(error.__cause__, "status_code", None) not in FIELD_REFUSED:
                raise
            refused = getattr(error, "tries", ()) or (Try(reason=str(error)),)
            try:
                call = await self._complete(replace(request, n=1))
            except ProviderFailure as again:
                again.tries = (*refused, *again.tries)
                raise
            self.takes -= {"n"}  # it was that field that was refused
            return call.model_copy(update={"retries": (*refused, *call.retries)})

    async def _complete(self, request: Request) -> Call:
        """The answer to a request as it stands."""
        if request.shape.grammar is not None:
            raise ProviderRejection(f"{self.model} takes no grammar")
        settings, started = self.settings(request), time.perf_counter()
        settings = {name: value for name, value in settings.items() if name not in request.sampling.omitted}
        deadline = Deadline(request.sampling.deadline or DEADLINE)
        fields, failed = await persist(
            lambda: self._try(request, settings, deadline),
            deadline,
            request.sampling.tries,
            self.gate.bulletin,
        )
        costs = [fields.pop("cost"), *(attempt.cost for attempt in failed)]
        return Call(
            model=self.model,
            messages=request.messages,
            settings=settings,
            key=request.key(self.model),
            endpoint=self._endpoint,
            retries=failed,
            seconds=time.perf_counter() - started,
            cost=None if None in costs else sum(cost for cost in costs if cost is not None),
            **fields,
        )

    async def _try(self, request: Request, settings: dict[str, Any], deadline: Deadline) -> dict[str, Any]:
        """The fields of a `Call` that one request brings."""
        characters = sum(len(message.content) for message in request.messages)
        async with self.gate.passage(characters, request.sampling.max_tokens, deadline):
            usual = request.sampling.timeout or TIMEOUT
            timeout = min(usual, deadline.left())
            began = time.monotonic()
            try:
                async with asyncio.timeout(timeout):
                    answer, headers = await self.send(request.messages, settings, timeout)
            except TimeoutError as error:
                reason = f"{self.model}{self._through} gave no answer in {timeout:g} s"
                slow = ProviderFailure(reason, passing=True)
                slow.cut_off = timeout < usual
                raise slow from error
            except Exception as error:
                if body := bodies.cause(error):
                    raise self._unreadable(body, {}) from error
                meant = self.meaning(error, settings)
                if meant in DECLINED:
                    samples = (Sample(reply="", finish=DECLINED[meant]),) * request.n
                    return {"samples": samples, "reason": _refusal(error).reason, "cost": self._cost({})}
                failure = self._explained(error, meant)
                if told(error, self._classes) is Told.UNREACHED and isinstance(failure, ProviderFailure):
                    failure.took = time.monotonic() - began
                raise failure from error
            usage: Counts = {}
            try:
                usage = _consistent(self.usage(answer))
                fields = _as_asked(self.read(answer), request.n)
            except Exception as error:
                raise self._unreadable(error, usage) from error
            self.gate.learn(headers, usage["output_tokens"])
            counted = {name: tokens or 0 for name, tokens in usage.items() if name != WRITTEN}
            return counted | fields | {"cost": self._cost(usage)}

    def _unreadable(self, error: Exception, usage: Counts) -> ProviderFailure:
        """An answer that is none, which the provider may count all the same."""
        other = isinstance(error, TypeError | LookupError | AttributeError)  # of our own reading of it
        said = "it is not of the form that was expected" if other else line(error)
        failure = ProviderFailure(
            f"{self.model} sent an answer that cannot be read: {said}",
            passing=not isinstance(error, bodies.TooLong),
            unreadable=True,
        )
        counted = {name: usage.get(name) or 0 for name in ("input_tokens", "output_tokens")}
        cost = self._cost(usage) if any(counted.values()) else 0.0
        failure.tries = (Try(reason=str(failure), cost=cost, **counted),)
        return failure

    def _explained(self, error: Exception, meant: Meaning | None) -> ProviderRejection | ProviderFailure:
        """What the user can fix, told from what the world did."""
        model, refused = self.model, _refusal(error)
        way = f"{model}{self._through}"
        if meant is Meaning.KEY:
            where = f"check {self._key_variable} ({refused.reason})"
            return ProviderRejection(f"{model} does not accept the key: {where}")
        if meant is Meaning.QUOTA:
            return ProviderRejection(f"{model}: the account has no quota left ({refused.reason})")
        if meant is Meaning.SETTING:
            return ProviderRejection(f"{way} refused the request: {refused.reason}")
        if meant:
            return RequestRefused(f"{way} refused the request: {refused.reason}", refused.kind)
        match told(error, self._classes):
            case Told.UNREACHED:  # its own text does not say what happened
                what = f"cannot be reached: {line(error.__cause__ or error)}"
            case Told.ANSWERED:
                what = f"failed: {refused.reason}"
            case _:
                return self._unreadable(error, {})
        wait = waiting.asked(_headers(error), time.time())
        asks = "" if wait is None else f" (it asks to be left alone for {wait:.0f} s)"
        throttled = getattr(error, "status_code", None) in THROTTLING
        return ProviderFailure(f"{way} {what}{asks}", passing=True, throttled=throttled, retry_after=wait)


def _refusal(error: Exception) -> Refusal:
    """What a server said by an SDK's exception."""
    return refusals.refusal(getattr(error, "status_code", None), getattr(error, "body", None), str(error))


def _headers(error: Exception) -> Mapping[str, str]:
    """What a server's refusal says in its headers."""
    sent = getattr(error, "litellm_response_headers", None)  # whose own response has none
    return sent or getattr(getattr(error, "response", None), "headers", None) or {}


def _as_asked(fields: dict[str, Any], most: int) -> dict[str, Any]:
    """The fields of a `Call`, unless they hold so many replies that nobody knows which of them are meant."""
    if len(fields["samples"]) > most:
        raise ValueError(f"it holds {len(fields['samples'])} replies, not {most}")
    return fields


def _consistent(usage: Counts) -> Counts:
    """Counts of which none contradicts another: of the input, no more can be cached than there is."""
    read, cached = usage["input_tokens"] or 0, usage.get("cached_tokens", 0) or 0
    return usage | {"cached_tokens": None} if cached > read else usage
