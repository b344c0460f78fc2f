"""What an LLM judge may answer."""

from __future__ import annotations

import json

from gtbench.labels import Slip


def answer(**made: str) -> str:
    """A sound answer in JSON: the errors that were made, with their quotes."""
    each = {slip: {"quote": made.get(slip, ""), "answer": "yes" if slip in made else "no"} for slip in Slip}
    return json.dumps({"analysis": "...", **each})


def lines(**made: str) -> str:
    """A sound answer by tags."""
    each = [f'{slip}: yes "{made[slip]}"' if slip in made else f"{slip}: no" for slip in Slip]
    return "\n".join(["It is checked: misinterpretation: yes, or no?", *each])
