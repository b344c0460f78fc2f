"""What the classes of the SDKs' exceptions say of a call that failed: an answer, none, or an unreadable one.

A class that is not listed says what its nearest base says. `tests/models/test_told.py` lists every exception
of the SDKs with what comes of it, and fails where an SDK has one more.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gtbench.models.refusals import Meaning

if TYPE_CHECKING:
    from collections.abc import Mapping

    Classes = Mapping[type[Exception], "Told | Meaning"]


class Told(StrEnum):
    """What has come of a request."""

    ANSWERED = "answered"  # the server's own error, whose status, codes and words say what it means
    UNREACHED = "unreached"  # no whole answer
    UNREADABLE = "unreadable"  # an answer that is none


def of_sdk(sdk: Any) -> Classes:
    """The classes of the openai SDK, or of the anthropic one, which the same generator has made."""
    return {
        sdk.APIError: Told.ANSWERED,
        sdk.APIConnectionError: Told.UNREACHED,
        sdk.APIResponseValidationError: Told.UNREADABLE,
    }


def of_litellm(litellm: Any) -> Classes:
    """The classes by which litellm itself says what a refusal means; their bases are the openai SDK's."""
    return {
        litellm.ContextWindowExceededError: Meaning.TOO_LONG,
        litellm.ContentPolicyViolationError: Meaning.MODERATED,
        litellm.UnsupportedParamsError: Meaning.SETTING,
    }


def told(error: Exception, classes: Classes) -> Told | Meaning:
    """What an exception says; one that is none of the SDK's comes of reading an answer."""
    return next((classes[base] for base in type(error).__mro__ if base in classes), Told.UNREADABLE)
