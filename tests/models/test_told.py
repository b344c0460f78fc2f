"""Every exception of the SDKs is classified: a new one is told here before a user meets it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import anthropic
import httpx
import httpx2
import litellm.exceptions
import openai
import pytest
from anthropic._error_classes import ERROR_CLASSES

from gtbench.errors import ProviderFailure
from gtbench.models.pool import ModelPool
from gtbench.models.refusals import Meaning
from gtbench.models.told import Told

if TYPE_CHECKING:
    from types import ModuleType

    from gtbench.models.sdk import SdkModel

FAILED = "failed"
"""The server's own trouble, which may pass."""
NO_CALL = "no call"
"""Only parts of the SDK raise it that are not used here: of files, sockets, hooks, guards and other keys."""

GENERATED: dict[str, str] = {
    "APIConnectionError": Told.UNREACHED,
    "APIError": FAILED,
    "APIResponseValidationError": Told.UNREADABLE,
    "APIStatusError": Meaning.UNKNOWN,
    "APITimeoutError": Told.UNREACHED,
    "AuthenticationError": Meaning.KEY,
    "BadRequestError": Meaning.UNKNOWN,
    "ConflictError": FAILED,
    "InternalServerError": FAILED,
    "NotFoundError": Meaning.SETTING,
    "PermissionDeniedError": Meaning.UNKNOWN,
    "RateLimitError": FAILED,
    "UnprocessableEntityError": Meaning.UNKNOWN,
}
"""What both SDKs have of their generator."""

OUTCOMES: dict[str, dict[str, str]] = {
    "openai": GENERATED
    | {
        "ContentFilterFinishReasonError": NO_CALL,
        "InvalidWebhookSignatureError": NO_CALL,
        "LengthFinishReasonError": NO_CALL,
        "OAuthError": Meaning.KEY,
        "OpenAIError": NO_CALL,
        "WebSocketConnectionClosedError": NO_CALL,
        "WebSocketQueueFullError": NO_CALL,
    },
    "anthropic": GENERATED
    | {
        "APIWebhookValidationError": NO_CALL,
        "AnthropicError": NO_CALL,
        "CMEKContextUnavailableError": FAILED,
        "CMEKKeyDisabledError": Meaning.KEY,
        "CMEKKeyNetworkBlockedError": Meaning.KEY,
        "CMEKKeyUnreachableError": FAILED,
        "ClaudeCodeKeyCreatorNotMemberError": Meaning.KEY,
        "ClaudeCodeVersionTooOldError": Meaning.SETTING,
        "ClientClosedRequestError": Meaning.UNKNOWN,
        "ContentTooLargeError": Meaning.TOO_LONG,
        "ContractSpendLimitReachedError": Meaning.QUOTA,
        "CredentialsError": NO_CALL,
        "DeadlineExceededError": FAILED,
        "EnforcedSpendLimitReachedError": Meaning.QUOTA,
        "GatewayTimeoutError": FAILED,
        "HTTPNotImplementedError": FAILED,
        "IdentityTokenFileError": NO_CALL,
        "LinkedOrganizationBillingUnavailableError": Meaning.QUOTA,
        "LinkedOrganizationSpendLimitReachedError": Meaning.QUOTA,
        "OrganizationOnHoldError": Meaning.KEY,
        "OrganizationTypeNotSupportedError": Meaning.SETTING,
        "OverloadedError": FAILED,
        "ParentOrganizationRequiredError": Meaning.SETTING,
        "PaymentRequiredError": Meaning.QUOTA,
        "PreconditionFailedError": Meaning.UNKNOWN,
        "RampLimitExceededError": FAILED,
        "RequestBodyEncodingInvalidError": Meaning.SETTING,
        "RequestBodyEncodingUnsupportedError": Meaning.SETTING,
        "RequestBodyTooLargeAfterDecodingError": Meaning.TOO_LONG,
        "RequestHeaderFieldsTooLargeError": Meaning.UNKNOWN,
        "RequestTimeoutError": FAILED,
        "RequestTooLargeError": Meaning.TOO_LONG,
        "RetryableError": NO_CALL,
        "SandboxEgressRestrictedError": Meaning.SETTING,
        "ServiceUnavailableError": FAILED,
        "WorkloadIdentityError": NO_CALL,
    },
    "litellm": {
        "APIConnectionError": Told.UNREACHED,
        "APIError": FAILED,
        "APIResponseValidationError": Told.UNREADABLE,
        "AuthenticationError": Meaning.KEY,
        "BadGatewayError": FAILED,
        "BadRequestError": Meaning.UNKNOWN,
        "BlockedPiiEntityError": NO_CALL,
        "BudgetExceededError": NO_CALL,
        "ContentPolicyViolationError": Meaning.MODERATED,
        "ContextWindowExceededError": Meaning.TOO_LONG,
        "GuardrailRaisedException": NO_CALL,
        "ImageFetchError": Meaning.UNKNOWN,
        "InternalServerError": FAILED,
        "InvalidRequestError": Meaning.UNKNOWN,
        "JSONSchemaValidationError": Told.UNREADABLE,
        "LiteLLMUnknownProvider": Meaning.UNKNOWN,
        "MidStreamFallbackError": FAILED,
        "MockException": FAILED,
        "ModelNotMappedError": NO_CALL,
        "ModifyResponseException": NO_CALL,
        "NotFoundError": Meaning.SETTING,
        "OpenAIError": NO_CALL,
        "PaymentRequiredError": Meaning.QUOTA,
        "PermissionDeniedError": Meaning.UNKNOWN,
        "RateLimitError": FAILED,
        "RejectedRequestError": Meaning.UNKNOWN,
        "SensitiveDataRouteException": NO_CALL,
        "ServiceUnavailableError": FAILED,
        "Timeout": Told.UNREACHED,
        "UnprocessableEntityError": Meaning.UNKNOWN,
        "UnsupportedParamsError": Meaning.SETTING,
        "VectorStoreSearchError": NO_CALL,
    },
}
MODELS = {"openai": "openai/x", "anthropic": "anthropic/x", "litellm": "litellm/openai/x"}
MODULES: dict[str, ModuleType] = {
    "openai": openai,
    "anthropic": anthropic,
    "litellm": litellm.exceptions,
}


def exceptions(sdk: str) -> dict[str, type[Exception]]:
    """Every public exception of an SDK's own."""
    return {
        name: thing
        for name, thing in dict(vars(MODULES[sdk])).items()
        if isinstance(thing, type) and issubclass(thing, Exception)
        if not name.startswith("_") and thing.__module__.partition(".")[0] == sdk
    }


def status_of(kind: type[Exception]) -> int:
    """The status that a class stands for, if it is for one alone."""
    one: int | None = getattr(kind, "status_code", None)
    return one or (500 if "Internal" in kind.__name__ else 418)


def made(kind: type[Exception], sdk: str) -> Exception:
    """An exception as the SDK makes it of a server's error that says nothing but its code."""
    web: Any = httpx2 if sdk == "anthropic" else httpx
    request = web.Request("POST", "http://127.0.0.1/")
    status, code = next(
        (key for key, found in ERROR_CLASSES.items() if found is kind), (status_of(kind), None)
    )
    body = {"error": {"message": "No.", "details": {"error_code": code}}}
    given = {
        "message": "No.", "request": request, "response": web.Response(status, request=request),
        "body": body if sdk == "anthropic" else None, "model": "x", "llm_provider": "openai",
        "status_code": 500,
    }  # fmt: skip
    wanted = inspect.signature(kind).parameters.values()
    return kind(**{
        each.name: given.get(each.name, "x")
        for each in wanted
        if each.kind in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD) and each.default is each.empty
    })  # fmt: skip


@pytest.fixture(scope="module")
def models() -> dict[str, SdkModel]:
    """A model of each SDK, to which nothing is sent."""
    with pytest.MonkeyPatch.context() as environment:
        for provider in ("OPENAI", "ANTHROPIC"):
            environment.setenv(f"{provider}_API_KEY", "none-needed")
        pool = ModelPool()
        for model in MODELS.values():
            pool.connect(model)
        connected: list[Any] = [counted._model for counted in pool._counted]
    return dict(zip(MODELS, connected, strict=True))


@pytest.mark.parametrize("sdk", OUTCOMES)
def test_no_exception_of_an_sdk_is_left_out(sdk: str) -> None:
    assert sorted(exceptions(sdk)) == sorted(OUTCOMES[sdk])


@pytest.mark.parametrize(
    ("sdk", "name"),
    [(sdk, name) for sdk, named in OUTCOMES.items() for name, what in named.items() if what != NO_CALL],
)
def test_what_comes_of_an_exception_is_what_its_class_says(
    sdk: str, name: str, models: dict[str, SdkModel]
) -> None:
    error, model = made(exceptions(sdk)[name], sdk), models[sdk]
    outcome: str | None = model.meaning(error, ())
    if outcome is None:
        failure = model._explained(error, None)
        assert isinstance(failure, ProviderFailure)
        assert failure.passing
        unreached = Told.UNREACHED if "cannot be reached" in str(failure) else FAILED
        outcome = Told.UNREADABLE if failure.unreadable else unreached
    assert outcome == OUTCOMES[sdk][name]


def test_a_spend_limit_is_the_accounts_end_though_its_status_is_that_of_a_rate_limit(
    models: dict[str, SdkModel],
) -> None:
    error = made(anthropic.ContractSpendLimitReachedError, "anthropic")
    assert getattr(error, "status_code", None) == 429
    assert "the account has no quota left" in str(
        models["anthropic"]._explained(error, models["anthropic"].meaning(error, ()))
    )
