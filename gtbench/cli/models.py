"""Verbs about models: models lists the providers or fetches weights, doctor tries models."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from gtbench.cli.exits import ExitCode
from gtbench.cli.tables import print_rows, usable
from gtbench.report import Column

if TYPE_CHECKING:
    from gtbench.records import Call

QUESTION = "This is a test of the connection. Reply with one line: Action: pass"
SHOWN_CHARACTERS = 60


class Ready(NamedTuple):
    """A provider of models, and whether it can be used."""

    provider: str
    models: str
    ready: str  # or what it needs


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    models = typer.Typer(invoke_without_command=True)
    models.callback()(list_providers)
    models.command()(fetch)
    app.add_typer(models, name="models")
    app.command()(doctor)


def list_providers(context: typer.Context) -> None:
    """List the providers of models, or fetch weights."""
    if context.invoked_subcommand:
        return
    from gtbench import registry
    from gtbench.models.dotenv import read_dotenv
    from gtbench.models.request import THROUGH_LITELLM

    read_dotenv()
    providers = usable(registry.names("models"), partial(registry.load, "models"))
    rows = [Ready(name, one.about, one.needs() or "yes") for name, one in providers.items()]
    print_rows(rows, Column("provider", key=True), Column("models"), Column("ready"))
    typer.echo(f"Through LiteLLM, without naming it: {', '.join(sorted(THROUGH_LITELLM))}.")
    typer.echo("gtbench doctor PROVIDER/MODEL tries one call.")


def fetch(
    name: Annotated[str, typer.Argument(help="The model, such as smollm2-135m.", metavar="NAME")],
) -> None:
    """Fetch the weights of a local model into the cache.

    Nothing is fetched where they are there.
    """
    from gtbench.models import local

    typer.echo(local.fetch(name))


def doctor(
    agents: Annotated[
        list[str],
        typer.Argument(help="Models or agents: openai/gpt-5 cot@local/smollm2-135m", metavar="AGENT..."),
    ],
) -> None:
    """Try one call to each model, and say what is wrong."""
    import asyncio

    from gtbench.errors import GtbenchError

    sick = False
    for agent in dict.fromkeys(agents):
        try:
            started = time.perf_counter()
            call = asyncio.run(_ask(agent))
            typer.echo(f"ok     {agent}: {_described(call, time.perf_counter() - started)}")
        except GtbenchError as error:
            sick = True
            typer.echo(f"error  {agent}: {error}")
    if sick:
        raise typer.Exit(ExitCode.WRONG)


async def _ask(agent: str) -> Call:
    """One call to an agent's model, with the agent's settings."""
    from gtbench import registry
    from gtbench.agent.spec import load_agent
    from gtbench.errors import BadOption
    from gtbench.models.pool import ModelPool
    from gtbench.records import Message

    if agent in registry.names("models"):
        raise BadOption(f"that is a provider: name a model of it, {agent}/MODEL")
    spec = load_agent(f"prompt@{agent}" if re.match(r"\w+/", agent) else agent)
    if spec.model is None:
        raise BadOption("plays without a model, so there is nothing to try")
    async with ModelPool() as pool:
        chat = spec.chat(pool.connect(spec.model), "doctor")
        chat.sampling = chat.sampling.model_copy(update={"tries": 1})
        await chat.ask([Message(role="user", content=QUESTION)])
        return chat.journal.calls[0]


def _described(call: Call, seconds: float) -> str:
    """An answer on one line."""
    reply = " ".join(call.reply.split())
    shown = reply if len(reply) <= SHOWN_CHARACTERS else reply[:SHOWN_CHARACTERS] + "..."
    cost = "no price known" if call.cost is None else f"${call.cost:.6f}"
    served = f", served by {call.served_by}" if call.served_by else ""
    return (
        f"{shown!r} in {seconds:.1f} s, {call.input_tokens} tokens in, {call.output_tokens} out, {cost}, "
        f"ended by {call.finish}{served}"
    )
