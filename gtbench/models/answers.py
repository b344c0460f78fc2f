"""What servers' answers say, also in the forms that no protocol has and that are sound all the same.

Protocols are spoken by many servers: an end is called "eos" or null, a text comes in blocks beside thoughts,
the argument of a tool as an object. All of that is read. What could mean two things is no answer: the readers
here raise any exception, and the world is charged.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gtbench.models.request import MOST_TOKENS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gtbench.records import Finish

DONE = frozenset(
    {"stop", "end_turn", "stop_sequence", "tool_use", "tool_calls", "function_call", "completed", "eos"}
)
CUT = frozenset(
    {
        "length", "max_tokens", "max_output_tokens", "max_completion_tokens", "max_new_tokens", "max_length",
        "model_length", "limit", "token_limit", "token_limit_reached", "truncated", "context_length",
        "context_length_exceeded", "context_window_exceeded", "model_context_window_exceeded",
    }
)  # fmt: skip
DECLINED = frozenset(
    {
        "content_filter", "content_filtered", "refusal", "refused", "safety", "recitation", "blocklist",
        "prohibited_content", "spii", "guardrail_intervened", "error_toxic", "sensitive", "blocked",
        "moderation", "policy_violation",
    }
)  # fmt: skip
BROKEN_OFF = frozenset(
    {
        "error", "failed", "failure", "pause_turn", "network_error", "insufficient_system_resource", "abort",
        "aborted", "cancel", "cancelled", "canceled", "user_cancel", "timeout", "in_progress", "queued",
        "malformed_function_call",
    }
)  # fmt: skip
"""The servers' words for the end of a reply: it was done, cut off, declined, or the server did not finish."""

THOUGHTS = frozenset({"thinking", "redacted_thinking", "reasoning", "thought"})
"""Blocks of a message that are no part of the reply."""

Counts = dict[str, "int | None"]
"""Numbers of tokens by the fields of a `Call`, and those `WRITTEN`; None is an unknown one."""

WRITTEN = "written_tokens"
"""Those of the input that the provider wrote into its cache: billed otherwise, and not recorded apart."""


class Fields(dict[str, Any]):
    """A JSON object whose fields are attributes; one that it lacks is None."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)


def parsed(body: bytes, headers: Mapping[str, str]) -> Any:
    """The JSON of a body. It is Unicode, unless it is not and the header names another charset."""
    try:
        return json.loads(body, object_hook=Fields)
    except ValueError:
        _, named, charset = headers.get("content-type", "").lower().partition("charset=")
        if not named:
            raise
        return json.loads(body.decode(charset.split(";")[0].strip(" \"'")), object_hook=Fields)


def count(given: Any) -> int | None:
    """A number of tokens as a server gives it; None, unknown, where it says nothing or what cannot be.

    Raises:
        ValueError, TypeError: What it says is no number.
    """
    if given is None:
        return None
    number = given if isinstance(given, int | float) else int(given)
    return int(number) if 0 <= number <= MOST_TOKENS else None


def total(*counts: int | None) -> int | None:
    """Several counts together; unknown where one of them is."""
    known = [tokens for tokens in counts if tokens is not None]
    return sum(known) if len(known) == len(counts) else None


def finish(said: object, *, written: bool) -> Finish:
    """Why a reply ended.

    Args:
        said: The server's word for it; None where it says none.
        written: Whether there is a reply, which a word that nobody knows may be taken to have ended.

    Raises:
        ValueError, TypeError: The server did not finish, or says neither why nor what.
    """
    if not isinstance(said, str | None):
        raise TypeError(f"its end is no word: {said!r:.100}")
    word = (said or "").strip().lower().replace("-", "_").replace(" ", "_")
    word = word.rpartition(".")[2].removeprefix("finish_reason_")  # as in FinishReason.MAX_TOKENS
    if word in CUT:
        return "length"
    if word in DECLINED:
        return "refused"
    if word in BROKEN_OFF or not (written or word in DONE):
        raise ValueError(f"it ends with {said!r:.100}{'' if written else ' and holds nothing'}")
    return "stop"


def spoken(content: Any) -> tuple[str, str]:
    """The words of a message, and those by which it refuses; it is a text, or a list of blocks.

    Raises:
        Exception: It is neither, or holds no block that can be read.
    """
    if isinstance(content, str):
        return content, ""
    if not isinstance(content, list):
        raise TypeError(f"its content is neither a text nor blocks: {content!r:.100}")
    texts = [block["text"] for block in content if block["type"] in ("text", "output_text")]
    refusals = [block["refusal"] for block in content if block["type"] == "refusal"]
    others = {block["type"] for block in content} - THOUGHTS - {"text", "output_text", "refusal", "tool_use"}
    if others and not (texts or refusals):
        raise ValueError(f"its content is of the kind {sorted(others)!r:.100}")
    return "".join(texts), "".join(refusals)


def listed(given: Any) -> list[Any]:
    """A list that is one."""
    if not isinstance(given, list):
        raise TypeError(f"{given!r:.100} is no list")
    return given


def argument(calls: list[Any]) -> str | None:
    """The argument of the one call of a tool in a reply; those of several calls are no one argument.

    Args:
        calls: The argument of each call: JSON, or the object itself.
    """
    if any(not isinstance(given, str | dict) for given in calls):
        raise TypeError("the argument of a tool is neither JSON nor an object")
    given = [call if isinstance(call, str) else json.dumps(call) for call in calls]
    return "\n".join(given) if given else None
