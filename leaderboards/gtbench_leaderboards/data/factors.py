"""What an agent's name says of it: method, provider, model, family, size, quantisation, effort, code.

An agent is written `METHOD[options]@PROVIDER/MODEL`. The rules, over the last part of the model's name in
small letters:

    size          a number with b or m between separators: 70b, 1.5b, 135m, 8x7b
    quantisation  q4_1, iq3_xxs, 4bit, int8, fp8, nf4, awq, gptq and their like; 16 and 32 bits count as none
    effort        the option `reasoning_effort`, or minimal, low, medium, high or xhigh at the name's end
    code          yes where the name has code, coder, codex, codestral or devstral in it
    family        by the beginning of the name, see `FAMILIES`; else its first letters

What a name does not say is `NOT_STATED`. Whoever knows better states it in a file, see `stated`.

To say what a factor changes, agents are compared that are the same in all else: `same` is what is left of an
agent's name without the factor.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gtbench.errors import BadOption, suggestion
from gtbench.names import halves, parse, show_value
from gtbench.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gtbench.records import Parameter

NOT_STATED = "not stated"
FAMILIES = {
    "gpt-oss": "gpt-oss", "gpt": "gpt", "chatgpt": "gpt", "codex": "gpt", "o1": "o", "o3": "o", "o4": "o",
    "claude": "claude", "gemini": "gemini", "gemma": "gemma", "codegemma": "gemma", "llama": "llama",
    "meta-llama": "llama", "codellama": "llama", "qwen": "qwen", "codeqwen": "qwen", "qwq": "qwen",
    "mistral": "mistral", "mixtral": "mistral", "ministral": "mistral", "magistral": "mistral",
    "codestral": "mistral", "devstral": "mistral", "deepseek": "deepseek", "phi": "phi", "smollm": "smollm",
    "grok": "grok", "command": "command", "olmo": "olmo", "granite": "granite", "glm": "glm", "kimi": "kimi",
}  # fmt: skip
"""The family by the beginning of a model's name; the longest beginning counts."""
OF_METHOD = ("samples", "width", "votes", "depth")
"""Options that only some methods have: they belong to the method."""

_EDGE, _END = r"(?:^|(?<=[-_.: ]))", r"(?=$|[-_.: ])"
_SIZE = re.compile(rf"{_EDGE}((?:\d+x)?\d+(?:\.\d+)?[bm]){_END}")
_QUANTISED = re.compile(
    rf"{_EDGE}(i?q\d(?:_(?:\d|k|s|m|l|xs|xxs|nl))*|(?:bnb-)?\d-?bit|int\d|w\da\d+|fp[48]|nf4|mxfp4|nvfp4"
    rf"|awq|gptq){_END}"
)
_FULL = re.compile(rf"{_EDGE}(?:b?f(?:p)?(?:16|32)){_END}")
_EFFORT = re.compile(rf"{_EDGE}(minimal|low|medium|high|xhigh)$")
_CODE_WORD = r"(?<!de)(?<!en)code[rx]?(?!stral)"  # neither decoder nor encoder
_CODE = re.compile(rf"{_CODE_WORD}|codestral|devstral")
_CODE_PART = re.compile(rf"[-_.]?{_CODE_WORD}[-_.]?")


class Factors(NamedTuple):
    """What an agent is; the names of the fields are those by which standings can be told apart."""

    method: str
    provider: str = NOT_STATED
    model: str = NOT_STATED
    family: str = NOT_STATED
    size: str = NOT_STATED
    quantisation: str = NOT_STATED
    effort: str = NOT_STATED
    code: str = NOT_STATED


class Agent(NamedTuple):
    """An agent's string in its parts."""

    method: str
    options: Mapping[str, Parameter]
    provider: str
    path: str
    """Of the model, before its name: an organisation, a folder."""
    name: str
    """The model's, in small letters."""

    @classmethod
    def of(cls, agent: str) -> Agent:
        """The parts of a string, whatever it is."""
        strategy, model = halves(agent)
        try:
            method, options = parse(strategy)
        except BadOption:
            method, options = strategy, {}
        provider, _, rest = model.removeprefix("@").partition("/")
        path, slash, name = rest.rpartition("/")
        name = name.lower().removesuffix(".gguf")
        return cls(method, options, provider, path + slash, name)

    def text(self, without: tuple[str, ...] = ()) -> str:
        """The agent as a string again, without some options."""
        options = [f"{key}={show_value(value)}" for key, value in self.options.items() if key not in without]
        bracket = f"[{','.join(sorted(options))}]" if options else ""
        return f"{self.method}{bracket}@{self.provider}/{self.path}{self.name}"


def factors(agent: str) -> Factors:
    """What an agent's string says."""
    own = Agent.of(agent)
    if not own.name:
        return Factors(own.method)
    effort = str(own.options.get("reasoning_effort", "")) or _found(_EFFORT, own.name)
    return Factors(
        method=own.method,
        provider=own.provider,
        model=own.path + own.name,
        family=_family(own.name),
        size=_found(_SIZE, own.name),
        quantisation=_found(_QUANTISED, own.name),
        effort=effort,
        code="yes" if _CODE.search(own.name) else "no",
    )


def same(agent: str, factor: str) -> str:
    """What is left of an agent without a factor: agents of which that is equal differ in nothing else.

    Who put a model on a server, the part before its name, is never looked at.
    """
    own = Agent.of(agent)._replace(path="")
    if factor == "method":
        return own._replace(method="*").text(without=OF_METHOD)
    if factor in ("model", "family"):
        return own._replace(provider="*", name="*").text()
    if factor == "provider":
        return own._replace(provider="*").text()
    return own._replace(name=_without(own.name, factor)).text(
        without=("reasoning_effort",) * (factor == "effort")
    )


def _without(name: str, factor: str) -> str:
    """A model's name without what says a factor of it."""
    patterns = {
        "size": (_SIZE,),
        "quantisation": (_QUANTISED, _FULL),
        "effort": (_EFFORT,),
        "code": (_CODE_PART,),
    }[factor]
    for pattern in patterns:
        name = pattern.sub("-", name)
    return re.sub(r"[-_.: ]{2,}", "-", name).strip("-_.: ")


def _found(pattern: re.Pattern[str], name: str) -> str:
    """What a pattern finds in a name."""
    found = pattern.search(name)
    return found[1] if found else NOT_STATED


def _family(name: str) -> str:
    """The family of a model."""
    known = [beginning for beginning in FAMILIES if name.startswith(beginning)]
    letters = re.match(r"[a-z]*", name)
    return FAMILIES[max(known, key=len)] if known else (letters and letters[0]) or NOT_STATED


def stated(path: str) -> dict[str, dict[str, str]]:
    """What a file states of agents: a table each, in which a factor has its level.

        ["cot@openai/my-model"]
        code = "yes"
        tuned = "yes"              # any name: standings --by tuned
        same = "my-model"          # in such a factor, with whom it is compared

    Raises:
        BadOption: The file cannot be read, or states something else.
    """
    found = read_toml(Path(path), BadOption)
    for agent, levels in found.items():
        if not isinstance(levels, dict):
            raise BadOption(f'{path}: {agent} is no table: write ["{agent}"] and its factors below')
    return {agent: {key: str(value) for key, value in levels.items()} for agent, levels in found.items()}


def level(agent: str, factor: str, known: Mapping[str, Mapping[str, str]]) -> tuple[str, str] | None:
    """With whom an agent is compared, and its level of a factor; None for one that has no model and no level.

    Args:
        agent: Its string.
        factor: A field of `Factors`, or one that is stated.
        known: What is stated of agents, see `stated`.

    Raises:
        BadOption: There is no such factor.
    """
    own, parts = known.get(agent, {}), Agent.of(agent)
    told = {name for levels in known.values() for name in levels} - {"same"}
    if factor not in {*Factors._fields, *told}:
        raise BadOption(f"there is no factor {factor!r}{suggestion(factor, [*Factors._fields, *told])}")
    if factor in own:
        with_whom = same(agent, factor) if factor in Factors._fields else parts.method
        return own.get("same", with_whom), own[factor]
    if factor not in Factors._fields or not parts.name:
        return None
    return own.get("same", same(agent, factor)), str(getattr(factors(agent), factor))
