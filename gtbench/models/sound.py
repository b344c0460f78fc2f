"""A model's call as it may be recorded: the boundary that every provider's answers cross, a plug-in's too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import to_json

from gtbench.text import line, recorded

if TYPE_CHECKING:
    from gtbench.records import Call, Message, Sample, Token, Try


def sound(call: Call, asked: tuple[Message, ...]) -> Call:
    """The same call, in which each text from outside has passed the door.

    Args:
        call: What a model's `complete` has returned.
        asked: The messages that it was asked with, which are sound.

    Raises:
        ValueError: No log can hold it.
    """
    passed = {
        "samples": tuple(map(_sample, call.samples)),
        "served_by": line(call.served_by),
        "fingerprint": line(call.fingerprint),
        "retries": tuple(map(sound_try, call.retries)),
    }
    changed = {name: found for name, found in passed.items() if found != getattr(call, name)}
    # the rest of it is our own, and is as we have made it, unless a plug-in says otherwise
    to_json([call.model, call.key, call.endpoint, call.settings])
    if call.messages != asked:
        to_json([message.content for message in call.messages])
    return call.model_copy(update=changed) if changed else call


def sound_try(failed: Try) -> Try:
    """The same failed request, for a reason on one sound line."""
    reason = line(failed.reason)
    return failed if reason == failed.reason else failed.model_copy(update={"reason": reason})


def sound_message(message: Message) -> Message:
    """The same message of a prompt, which an agent has written."""
    content = recorded(message.content)
    return message if content == message.content else message.model_copy(update={"content": content})


def _sample(sample: Sample) -> Sample:
    reply = recorded(sample.reply)
    argument = None if sample.argument is None else recorded(sample.argument)
    tokens = _tokens(sample.tokens)
    if (reply, argument) == (sample.reply, sample.argument) and tokens is sample.tokens:
        return sample
    return sample.model_copy(update={"reply": reply, "argument": argument, "tokens": tokens})


def _tokens(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens of a reply; none of them where a key is spread over several, which cannot be struck out."""
    everything = "".join([token.text for token in tokens] + [text for token in tokens for text in token.top])
    if recorded(everything) == everything:
        return tokens
    found = tuple(
        token.model_copy(
            update={
                "text": recorded(token.text),
                "top": {recorded(text): logprob for text, logprob in token.top.items()},
            }
        )
        for token in tokens
    )
    text = "".join(token.text for token in found)
    return found if recorded(text) == text else ()
