"""What a server means that refuses a request: this prompt alone, or every request.

Servers say it by a status, by codes and types of their own, and by words. The codes and words here are those
of the servers in `tests/models/test_refusals.py`. What is not known is taken for a refusal of this request
alone.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SEARCHED = 4000
"""Characters of an error that are searched for words: some servers send the prompt back in it."""


class Meaning(StrEnum):
    """What a refusal means."""

    TOO_LONG = "too_long"  # the prompt is longer than the model, or its server, reads
    MODERATED = "moderated"  # the server does not want to answer this prompt
    KEY = "key"  # every request will be refused: the key is wrong
    QUOTA = "quota"  # ... the account has nothing left
    SETTING = "setting"  # ... the model or a setting is wrong
    TOO_MUCH = "too_much"  # more than the account may send in a minute, which no waiting helps
    UNKNOWN = "unknown"  # this request was refused, and it is not known why


class Refusal(NamedTuple):
    """What a server said when it refused a request."""

    status: int | None
    names: frozenset[str]
    """Its codes and types, in lower case."""
    words: str
    """All that it said in words."""
    about: str
    """The request's field that it complains of, if it names one."""

    @property
    def reason(self) -> str:
        """The words on one line."""
        return line(self.words)

    @property
    def kind(self) -> str:
        """The same for two refusals that are alike but for numbers and identifiers in their words."""
        return f"{self.status} {_VARYING.sub('#', line(self.words))}"


_VARYING = re.compile(r"(?<!\S)[^\s\d]*\d\S*")  # begins with a word, so that it takes linear time

STATUSES = {
    401: Meaning.KEY,
    402: Meaning.QUOTA,
    404: Meaning.SETTING,
    405: Meaning.SETTING,
    413: Meaning.TOO_LONG,
}
"""What a status means by itself."""

THROTTLED = 429
"""A status whose words say how many tokens there may be in a minute, not in a prompt."""
PASSING = {
    THROTTLED: {"rate_limit_exceeded", "rate_limit_error", "rate_limited", "too_many_requests"},
    529: {"overloaded_error", "overloaded"},
}
"""Codes and types of errors that pass, by the statuses that they come with."""
REFUSED, FAILED = 400, 500
"""The statuses of other errors: where the words mean a refusal, and where they mean nothing."""
ERROR = re.compile("[45][0-9][0-9]")
"""A status that is an error's."""

NAMES = {
    Meaning.TOO_LONG: {
        "context_length_exceeded", "context_window_exceeded", "exceed_context_size_error",
        "request_too_large",
    },
    Meaning.MODERATED: {
        "content_filter", "content_policy_violation", "moderation_blocked", "responsibleaipolicyviolation",
        "data_inspection_failed", "content_moderation",
    },
    Meaning.KEY: {
        "invalid_api_key", "authentication_error", "organization_on_hold",
        "claude_code_key_creator_not_member", "cmek_key_disabled", "cmek_key_network_blocked",
    },
    Meaning.QUOTA: {
        "insufficient_quota", "exceeded_current_quota_error", "billing_hard_limit_reached",
        "billing_not_active", "billing_error", "account_deactivated", "organization_restricted",
        "contract_spend_limit_reached", "enforced_spend_limit_reached",
    },
    Meaning.SETTING: {
        "model_not_found", "model_decommissioned", "not_found_error", "permission_error",
        "unsupported_parameter", "unknown_parameter", "unsupported_value",
        "unsupported_country_region_territory", "organization_type_not_supported",
        "parent_organization_required", "claude_code_version_too_old", "sandbox_egress_restricted",
        "request_body_encoding_invalid", "request_body_encoding_unsupported",
    },
}  # fmt: skip
"""What the codes and types of errors mean."""

PER_MINUTE = re.compile(r"request too large for .{0,300}(per min|\bTPM\b)", re.IGNORECASE | re.DOTALL)
"""What is said of a request that alone is more than the account may send in a minute."""

WORDS = {
    Meaning.TOO_LONG: (
        r"maximum (context|prompt|input|model) (length|limit)", r"exceeds? (the |this )?(model's )?context",
        r"context (length|size|window)( is| was)? exceeded", r"exceeds the available context size",
        r"exceeds the (limit|maximum) (number )?of tokens", r"exceed context (limit|window)",
        r"longer than the (maximum|model's)", r"(prompt|input) is too long", r"prompt too long",
        r"prompt .{0,80}is too long", r"too long to fit into the model", r"too large for model with",
        r"length of all messages is too long", r"too many (input )?tokens",
        r"max_tokens must be at least 1, got -",
        r"input tokens exceed the configured limit", r"`inputs` (tokens \+|must have less than)",
        r"current length is \d+ while limit is \d+", r"token count .{0,20}exceeds the (model's )?maximum",
        r"prompt tokens \(\d+\) exceed model maximum", r"is loaded with context length of only",
        r"initial prompt is greater than the context",
    ),
    Meaning.MODERATED: (
        r"content (management|filter|filtering|moderation|usage) polic", r"content polic", r"safety system",
        r"for safety reasons", r"(input|prompt|request|content) (was|has been|is) flagged", r"flagged_input",
        r"requires moderation", r"content exists risk", r"(inappropriate|prohibited) content",
        r"violates usage guidelines", r"considered high risk",
    ),
    Meaning.KEY: (r"api key not valid", r"(incorrect|invalid) api key"),
    Meaning.QUOTA: (r"credit balance is too low", r"insufficient (balance|credits?|funds)"),
    Meaning.SETTING: (
        r"not a valid model", r"invalid model (identifier|id|name)", r"unknown model", r"no such model",
        r"model .{0,200}(does not exist|not found|decommissioned|not supported|do(es)? not have access)",
        r"extra inputs are not permitted",
    ),
}  # fmt: skip
"""What words mean where no code says it, in this order."""

_WORDS = {meaning: re.compile("|".join(words), re.IGNORECASE) for meaning, words in WORDS.items()}


def meaning(refusal: Refusal, settings: Collection[str] = ()) -> Meaning:
    """What a refusal means.

    Args:
        refusal: What the server said.
        settings: The fields that were sent beside the prompt.
    """
    if PER_MINUTE.search(refusal.words):
        return Meaning.TOO_MUCH
    named = next((found for found, names in NAMES.items() if names & refusal.names), None)
    if named or refusal.status == THROTTLED:
        return named or Meaning.UNKNOWN
    status = STATUSES.get(refusal.status or 0)
    if status and status is not Meaning.TOO_LONG:
        return status
    said = next((found for found, pattern in _WORDS.items() if pattern.search(refusal.words)), None)
    about = Meaning.SETTING if refusal.about in {"model", *settings} else None
    return said or about or status or Meaning.UNKNOWN


def refusal(status: int | None, body: object, text: str) -> Refusal:
    """What a server said.

    Args:
        status: The status of its answer.
        body: Its error as the JSON that it sent, or the object in that under "error".
        text: What is said of the error where that holds no words.
    """
    outer = body if isinstance(body, dict) else {}
    error = outer.get("error", outer)
    fields = error if isinstance(error, dict) else {}
    inner = ((fields.get("innererror"), "code"), (fields.get("details"), "error_code"))
    given = [
        fields.get("code"),
        fields.get("type"),
        *(of.get(key) for of, key in inner if isinstance(of, dict)),
    ]
    names = frozenset(name.lower() for name in given if isinstance(name, str))
    words = " ".join(_words(error if isinstance(error, str) else fields)) or text
    about = fields.get("param")
    return Refusal(status, names, words[:SEARCHED], about if isinstance(about, str) else "")


def status(body: dict[str, Any]) -> int:
    """The status that an error stands for which a server sends as an answer, with status 200: by its code."""
    told, error = refusal(None, body, ""), body["error"]
    codes = [error.get(name) for name in ("code", "status")] if isinstance(error, dict) else []
    for code in codes:
        if isinstance(code, int | str) and ERROR.fullmatch(str(code)):
            return int(code)
    named = next((found for found, names in PASSING.items() if names & told.names), None)
    return named or (FAILED if meaning(told) is Meaning.UNKNOWN else REFUSED)


def _words(error: str | dict[str, Any]) -> Iterator[str]:
    """The words in an error; a gateway puts those of the server behind it under "metadata"."""
    if isinstance(error, str):
        yield error
        return
    metadata = error.get("metadata")
    behind = metadata if isinstance(metadata, dict) else {}
    flagged = "flagged_input" if "flagged_input" in behind else None
    for said in (error.get("message"), error.get("detail"), behind.get("raw"), flagged):
        if said:
            yield said if isinstance(said, str) else json.dumps(said)
