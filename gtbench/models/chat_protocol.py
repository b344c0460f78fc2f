"""The words of the chat-completions protocol, which many servers and libraries speak.

said        what a request says beside its messages
usage, read what a completion says: its counts of tokens, and the other fields of a `Call`
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gtbench.models import answers
from gtbench.records import Sample, Token

if TYPE_CHECKING:
    from gtbench.models.answers import Counts
    from gtbench.models.request import Request, Shape


def said(request: Request, limit: str = "max_tokens") -> dict[str, Any]:
    """A request's settings in the protocol's words, all but the seed; `limit` as in `Sampling.said`."""
    settings = request.sampling.said(limit)
    if "top_logprobs" in settings:
        settings["logprobs"] = True  # which the protocol wants said as well
    return settings | ({"n": request.n} if request.n > 1 else {}) | _shaped(request.shape)


def _shaped(shape: Shape) -> dict[str, Any]:
    """The form of a reply in the protocol's words, all but a grammar."""
    if shape.schema is None:
        return {}
    schema = json.loads(shape.schema)
    if shape.tool is None:
        form = {"name": "answer", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": form}}
    function = {"name": shape.tool, "strict": True, "parameters": schema}
    return {
        "tools": [{"type": "function", "function": function}],
        "tool_choice": {"type": "function", "function": {"name": shape.tool}},
    }


def usage(completion: Any) -> Counts:
    """The counts of tokens that a completion gives."""
    counted = completion.usage
    asked = getattr(counted, "prompt_tokens_details", None)
    answered = getattr(counted, "completion_tokens_details", None)
    return {
        "input_tokens": answers.count(getattr(counted, "prompt_tokens", None)),
        "cached_tokens": answers.count(getattr(asked, "cached_tokens", None) or 0),
        "output_tokens": answers.count(getattr(counted, "completion_tokens", None)),
        "reasoning_tokens": answers.count(getattr(answered, "reasoning_tokens", None) or 0),
    }


def read(completion: Any) -> dict[str, Any]:
    """The other fields of a `Call` that a completion gives; any exception means that it is no completion."""
    choices = answers.listed(completion.choices)
    if not choices:
        raise ValueError("it holds no choice")
    return {
        "samples": tuple(map(_sample, choices)),
        "served_by": str(completion.model or ""),
        "fingerprint": str(getattr(completion, "system_fingerprint", None) or ""),
    }


def _sample(choice: Any) -> Sample:
    """One of a completion's choices."""
    if broken := getattr(choice, "error", None):
        raise ValueError(f"it broke off: {broken}")
    message = choice.message
    called = getattr(message, "tool_calls", None)  # litellm leaves out what there is not
    calls = [] if called is None else answers.listed(called)
    argument = answers.argument([call.function.arguments for call in calls])
    refusal = getattr(message, "refusal", None)
    unsaid = message.content is None and (argument or refusal or "content" in message)
    text, refused = answers.spoken("" if unsaid else message.content)
    declined = refused or refusal
    written = bool(text or argument)
    return Sample(
        reply=text or declined or "",
        finish="refused" if declined else answers.finish(choice.finish_reason, written=written),
        argument=argument,
        tokens=tokens(getattr(getattr(choice, "logprobs", None), "content", None)),
    )


def tokens(given: Any) -> tuple[Token, ...]:
    """The tokens of a reply with their log-probabilities, where they were given."""
    return tuple(
        Token(
            text=token.token,
            logprob=token.logprob,
            top={other.token: other.logprob for other in token.top_logprobs or ()},
        )
        for token in given or ()
    )
