"""Columns whose accessors are swapped, one for another at a time, to see that a test notices each swap."""

from __future__ import annotations
import __future__

import ast
import inspect
import re
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from jinja2 import PackageLoader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FunctionType

    from gtbench.records import Record

Kinds = tuple[tuple[str, ...], ...]
"""The fields of a row by what they hold: one can stand in another's place."""

BY_NAME = "getattr"
"""A field whose name is known only when the code runs: `getattr(row, kind)`, `row[kind]`."""


class Swap(NamedTuple):
    """One field of a row is shown where another one belongs."""

    field: str
    instead: str


def kinds_of(record: type[Record]) -> Kinds:
    """The fields of a record that hold numbers, and those that hold words."""
    kinds = {name: str(field.annotation) for name, field in record.model_fields.items()}
    numbers = (name for name, kind in kinds.items() if "int" in kind or "float" in kind)
    return (BY_NAME, *numbers), tuple(name for name, kind in kinds.items() if "str" in kind)


def swaps(used: set[str], kinds: Kinds) -> list[Swap]:
    """Each field that is used, with each other one of its kind that is."""
    return [
        Swap(field, other)
        for kind in kinds
        for field in kind
        for other in kind
        if {field, other} <= used and other not in (field, BY_NAME)
    ]


class _Swapper(ast.NodeTransformer):
    """Makes a swap in code, and keeps which fields of the row it has met."""

    def __init__(self, row: str, swap: Swap | None = None) -> None:
        self.row, self.swap, self.used = row, swap, set[str]()

    def _met(self, node: Any, of: ast.expr, field: str) -> Any:
        if not (isinstance(of, ast.Name) and of.id == self.row):
            return self.generic_visit(node)
        self.used.add(field)
        if self.swap is None or self.swap.field != field:
            return node
        return ast.copy_location(ast.Attribute(of, self.swap.instead, ast.Load()), node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        return self._met(node, node.value, node.attr)

    def visit_Call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id == BY_NAME:
            return self._met(node, node.args[0], BY_NAME)
        return self.generic_visit(node)


def _code(function: Callable[..., object]) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def used_in(function: Callable[..., object], row: str) -> set[str]:
    """The fields that a function shows of its variable `row`."""
    swapper = _Swapper(row)
    swapper.visit(_code(function))
    return swapper.used


@contextmanager
def swapped_in(function: FunctionType, row: str, swap: Swap) -> Iterator[None]:
    """The function with a swap made in its code; whoever holds the function runs that."""
    made = _Swapper(row, swap).visit(_code(function))
    flags, scope = __future__.annotations.compiler_flag, dict[str, Any]()
    code = compile(made, inspect.getfile(function), "exec", flags=flags, dont_inherit=True)
    exec(code, function.__globals__, scope)  # noqa: S102
    kept, function.__code__ = function.__code__, scope[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = kept


def _fields(row: str, field: str) -> str:
    """A pattern of the places of a template where a field of its variable `row` is shown."""
    return rf"\b{row}\[\w+\]" if field == BY_NAME else rf"\b{row}\.{field}\b"


def parts_of(name: str) -> list[str]:
    """A template's text, cut before each of its tables."""
    loader = PackageLoader("gtbench_leaderboards.site")
    text = loader.get_source(mock.Mock(), name)[0]
    return re.split(r"(?=<table>)", text)


def used_in_part(part: str, row: str, kinds: Kinds) -> set[str]:
    """The fields that a part of a template shows of its variable `row`."""
    return {field for kind in kinds for field in kind if re.search(_fields(row, field), part)}


@contextmanager
def swapped_in_part(name: str, place: int, row: str, swap: Swap) -> Iterator[None]:
    """The template with a swap made in one of its parts."""
    parts, kept = parts_of(name), PackageLoader.get_source
    parts[place] = re.sub(_fields(row, swap.field), f"{row}.{swap.instead}", parts[place])

    def get_source(loader: PackageLoader, environment: Any, template: str) -> Any:
        text, *rest = kept(loader, environment, template)
        return ("".join(parts) if template == name else text, *rest)

    with mock.patch.object(PackageLoader, "get_source", get_source):
        yield
