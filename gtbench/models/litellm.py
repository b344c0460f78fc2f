"""Every other provider, through `litellm`: `litellm/PROVIDER/MODEL`, as in `litellm/gemini/gemini-2.5-flash`.

Keys come from each provider's own variable, which litellm names. Settings that a provider does not take are
an error. litellm takes seconds to import, so it is loaded when a model of it is named.
"""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

from gtbench.errors import BadOption, MissingKey, behind
from gtbench.models import bodies, network, sdk
from gtbench.models.chat_protocol import read, said, usage
from gtbench.models.request import FIELDS, PATIENCE, Provider, Sampling
from gtbench.models.told import of_litellm, of_sdk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gtbench.errors import ProviderFailure, ProviderRejection
    from gtbench.models.answers import Counts
    from gtbench.models.refusals import Meaning
    from gtbench.models.request import Request
    from gtbench.records import Message


def connect(name: str) -> LitellmModel:
    """The model of that name; no request is made.

    Raises:
        BadOption: litellm knows no such provider.
        MissingKey: A variable that the provider needs is not set.
    """
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else its import asks the network for prices
    os.environ["LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS"] = "True"  # and its first call for headers
    import openai

    network.certificates()  # it would go on without those that cannot be read
    with warnings.catch_warnings(), network.hidden():  # it cannot read all of the variables, and needs none
        warnings.simplefilter("ignore")  # of its dependencies
        import litellm
        from litellm.llms.custom_httpx.aiohttp_transport import LiteLLMAiohttpTransport
    bodies.bound_transport(LiteLLMAiohttpTransport)
    transport: Any = LiteLLMAiohttpTransport
    transport._proxy_from_env = _proxy_for  # noqa: SLF001  (its own knows no networks)
    warnings.filterwarnings("ignore", "Item .* on TypedDict class", UserWarning)  # at its first call
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    try:
        *_, server = litellm.get_llm_provider(name)
    except openai.BadRequestError:  # the root of litellm's own
        raise BadOption(f"litellm/{name}: litellm knows no provider of that name") from None
    missing = litellm.validate_environment(name)["missing_keys"]
    if missing:
        raise MissingKey(f"litellm/{name}", ", ".join(missing))
    return LitellmModel(name, litellm, server or sdk.UNKNOWN)


def _proxy_for(_: Any, url: Any) -> str | None:
    """The proxy of a request, in litellm's place."""
    proxy = network.proxy_for(str(url))
    return proxy.address if proxy else None


PROVIDER = Provider(
    "PROVIDER/MODEL of any that LiteLLM knows",
    connect,
    lambda: "",  # each has a key of its own
)


class LitellmModel(sdk.SdkModel):
    """One model behind litellm."""

    def __init__(self, name: str, litellm: Any, server: str) -> None:
        import openai  # whose exceptions are the roots of litellm's

        classes = {**of_sdk(openai), **of_litellm(litellm)}
        super().__init__(f"litellm/{name}", classes, "the provider's key", server=server)
        self._name, self._litellm = name, litellm
        supported = frozenset(litellm.get_supported_openai_params(name) or ())
        ours = {"max_tokens", "extra", *FIELDS, *PATIENCE}
        ours |= {"schema"} if "response_format" in supported else set()
        ours |= {"tool"} if supported >= {"tools", "tool_choice"} else set()
        self.takes = ((frozenset(Sampling.model_fields) | {"n"}) & supported) | ours

    def settings(self, request: Request) -> dict[str, Any]:
        return said(request) | ({"seed": request.seed} if "seed" in self.takes else {})

    async def send(
        self, messages: Sequence[Message], settings: dict[str, Any], seconds: float
    ) -> tuple[Any, Mapping[str, str]]:
        # else it looks for tools of an MCP server, and for the package mcp
        own = {"_skip_mcp_handler": True} if "tools" in settings else {}
        completion = await self._litellm.acompletion(
            model=self._name,
            messages=[message.model_dump() for message in messages],
            num_retries=0,
            max_retries=0,
            timeout=seconds,
            **settings,
            **own,
        )
        headers = getattr(completion, "_response_headers", None) or {}
        return completion, {name.lower(): str(value) for name, value in headers.items()}

    def usage(self, answer: Any) -> Counts:
        return usage(answer)

    def read(self, answer: Any) -> dict[str, Any]:
        return read(answer)

    def _explained(self, error: Exception, meant: Meaning | None) -> ProviderRejection | ProviderFailure:
        misread = any(isinstance(one, ValueError) for one in behind(error))  # JSON, Unicode, pydantic
        if meant is None and misread:  # litellm calls that a server's error like any other
            return self._unreadable(error, {})
        return super()._explained(error, meant)

    async def aclose(self) -> None:
        await self._litellm.close_litellm_async_clients()
