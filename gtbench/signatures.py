"""The parameters of functions and classes of plug-ins, and the types that annotations name.

From Python 3.14 on an annotation is evaluated when somebody looks at it (PEP 649), so that a plug-in may name
there what it imports for type checkers only. Such a name is no error here before its type is asked for.
"""

from __future__ import annotations

import builtins
import inspect
import sys
import typing
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def signature(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of a function or class, whatever its annotations name.

    Raises:
        TypeError: It cannot be called.
        ValueError: It does not say its parameters, as some that are written in C.
    """
    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return inspect.signature(function, annotation_format=Format.FORWARDREF)
    return inspect.signature(function)


def evaluated(annotation: Any, function: Callable[..., Any]) -> Any:
    """The type that an annotation in a function or class names, with what Annotated adds to it.

    Raises:
        Exception: What its evaluation raises, such as NameError for a name that type checkers alone know.
    """
    function = inspect.unwrap(function)
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    scope = getattr(function, "__globals__", None) or vars(module or builtins)
    written = SimpleNamespace(__annotations__={"it": annotation})
    return typing.get_type_hints(written, scope, include_extras=True)["it"]
