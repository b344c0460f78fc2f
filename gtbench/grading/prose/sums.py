"""Equations in free text: whole numbers, decimals, fractions and XOR, as players write them.

A sign that has two meanings is read in the one that makes the equation hold: "^" as XOR or power, digits 0
and 1 as decimal or binary, a result as rounded or cut off.
"""

from __future__ import annotations

import operator
import re
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_TERMS = 20
"""Numbers on the left of an equation that is calculated."""
LARGEST_POWER = 64
MOST_BITS = 4096
"""The bits of the largest power that is calculated: a chain of powers would never end."""
DECIMAL, BINARY = 10, 2

_NUMBER = r"\d{1,9}(?:\.\d{1,6})?"
_TERM = rf"\({{0,3}}(?:(?<=\()-)?{_NUMBER}\){{0,3}}"
_EQUATION = re.compile(
    r"(?<![\w.^+*/=%-])(?<![\^+*/=x%:-] )(?<!xor )(?<!xor \()"
    rf"(?P<left>{_TERM}(?: ?(?:xor|\^|\+|-|\*|x|/) ?{_TERM}){{1,{MOST_TERMS - 1}}})"
    rf" ?(?:=|equals|(?<=\d )is|(?<=\d )gives) ?(?P<right>-?{_NUMBER}(?: ?/ ?\d{{1,6}})?)(?P<percent> ?%)?"
    r"(?![\w%]|\.\d| ?(?:xor\b|[\^+*/=]|-(?! [a-z]))| ?x ?\d|,\d| (?:and|or) \d)"
)
_TOKEN = re.compile(r"xor|[\^+*x/()-]|\d+(?:\.\d+)?")
_DENIED = re.compile(r"\?|\b(?:not|isn't|wrong|incorrect|never|false|instead of)\b")

_SIGNS: dict[str, tuple[int, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": (2, operator.add), "-": (2, operator.sub), "*": (3, operator.mul), "x": (3, operator.mul),
    "/": (3, operator.truediv),
}  # fmt: skip


class Equation(NamedTuple):
    """An equation in a text, and whether it holds."""

    text: str
    holds: bool
    so: str  # what its left side is, in each reading


def equations(sentence: str) -> Iterator[Equation]:
    """The equations of a sentence that can be decided; none where the sentence denies or asks."""
    if (
        "=" not in sentence
        and " is " not in sentence
        and " gives " not in sentence
        and "equals" not in sentence
    ):
        return
    if _DENIED.search(sentence):
        return
    for found in _EQUATION.finditer(sentence):
        with suppress(ArithmeticError):  # as an overflow of what is told: it is not checked
            yield from _decided(found)


def _decided(found: re.Match[str]) -> list[Equation]:
    """An equation and whether it holds; none where no reading of it can be calculated."""
    right, percent = found["right"].replace(" ", ""), bool(found["percent"])
    values = _values(_TOKEN.findall(found["left"]), right)
    if not values:
        return []
    holds = any(_agrees(value, right, base, percent=percent) for value, base in values)
    told = dict.fromkeys(_told(value, base, percent=percent) for value, base in values)
    return [Equation(" ".join(found[0].split()), holds, f"it is {' or '.join(told)}")]


def _values(tokens: list[str], right: str) -> list[tuple[Fraction, int]]:
    """What the left side of an equation is in each reading, and in which base; none where it is not one."""
    numbers = [*filter(_is_number, tokens), right]
    binary = all(set(number) <= {"0", "1"} for number in numbers)
    found = []
    for base in (DECIMAL, BINARY) if binary else (DECIMAL,):
        for power in (False, True):
            with suppress(ValueError, ArithmeticError):
                found.append((_value(tokens, base, power=power), base))
    return found


def _told(value: Fraction, base: int, *, percent: bool) -> str:
    """A value as players write it."""
    if base == BINARY and value.denominator == 1:
        return format(value.numerator, "b")
    value = value * 100 if percent else value
    return f"{Decimal(value.numerator) / value.denominator:.10g}{' %' if percent else ''}"


def _agrees(value: Fraction, right: str, base: int, *, percent: bool) -> bool:
    """Whether a value is what was stated; if it is no whole number, to one unit of its last place."""
    if "/" in right:
        top, bottom = right.split("/")
        return bool(int(bottom)) and value == Fraction(top) / int(bottom)
    stated = Fraction(right) if base == DECIMAL else Fraction(int(right, base))
    shown = value * 100 if percent else value
    _, _, places = right.partition(".")
    exact = not places and shown.denominator == 1
    return shown == stated if exact else abs(shown - stated) < Fraction(1, 10 ** len(places))


def _is_number(token: str) -> bool:
    return token[0].isdecimal()


def _value(tokens: list[str], base: int, *, power: bool) -> Fraction:
    """The value of an expression.

    Raises:
        ValueError: It is none, or XOR stands beside other signs without brackets.
    """
    rest = list(reversed(tokens))
    value = _sum(rest, base, power=power, least=1)
    if rest:
        raise ValueError("something is left over")
    return value


def _sum(rest: list[str], base: int, *, power: bool, least: int) -> Fraction:
    """What stands up to a sign that binds less than this; XOR binds least, a power most."""
    value = _atom(rest, base, power=power)
    while rest and rest[-1] != ")":
        sign = rest[-1]
        strength, by = _sign(sign, power=power)
        if strength < least:
            break
        rest.pop()
        value = by(value, _sum(rest, base, power=power, least=strength + 1))
    return value


def _sign(sign: str, *, power: bool) -> tuple[int, Callable[[Fraction, Fraction], Fraction]]:
    if sign == "xor" or (sign == "^" and not power):
        return 1, _xor
    if sign == "^":
        return 4, _power
    return _SIGNS[sign]


def _atom(rest: list[str], base: int, *, power: bool) -> Fraction:
    """A number, or what stands in brackets."""
    first = rest.pop() if rest else ""
    if first == "(":
        value = _sum(rest, base, power=power, least=1)
        if not rest or rest.pop() != ")":
            raise ValueError("a bracket is open")
        return value
    if first == "-" and rest and _is_number(rest[-1]):
        return -_atom(rest, base, power=power)
    if not first or not _is_number(first):
        raise ValueError("no number")
    return Fraction(first) if base == DECIMAL else Fraction(int(first, base))


def _xor(one: Fraction, other: Fraction) -> Fraction:
    if one.denominator != 1 or other.denominator != 1 or one < 0 or other < 0:
        raise ValueError("XOR is of whole numbers")
    return Fraction(int(one) ^ int(other))


def _power(one: Fraction, other: Fraction) -> Fraction:
    if other.denominator != 1 or not 0 <= other <= LARGEST_POWER:
        raise ValueError("the power is too large")
    if max(one.numerator.bit_length(), one.denominator.bit_length()) * int(other) > MOST_BITS:
        raise ValueError("the result is too large")
    return one ** int(other)
