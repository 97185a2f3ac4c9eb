"""A Jinja2 template's text and data become text: what the template_engine node does at run time."""

from __future__ import annotations

from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values import MAX_ITEMS, MAX_TEXT, plain_value, power, sized_text, text


def fill_template(template: Any, data: Any) -> str:
    """Jinja2's own rendering of a template text; Fault ``run/template`` with Jinja's message and line."""
    from jinja2 import TemplateError
    from jinja2.exceptions import SecurityError

    try:
        return sized_text(_sandbox().from_string(text(template)).render(plain_value(data)))
    except SecurityError as error:
        raise Fault("run/template", f"the template reaches for what it may not: {error}") from None
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise Fault("run/template", f"the template failed{f' in its line {line}' if line else ''}: {error}") from None
    except (TypeError, ValueError, OverflowError, ZeroDivisionError, MemoryError) as error:
        raise Fault("run/template", f"the template failed: {error or type(error).__name__}") from None


def _sandbox() -> Any:
    """Jinja's sandbox, whose operators and filters keep to our sizes too."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(("*", "**", "%"))

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            return _OPERATORS[operator](left, right)

    environment = Sandbox()
    for name, filter in (("center", environment.filters["center"]), ("indent", environment.filters["indent"])):
        environment.filters[name] = _with_sane_width(filter)
    del environment.filters["format"]  # a width in a format costs what it says, before anyone can look
    return environment


def _times(left: Any, right: Any) -> Any:
    for repeated, times in ((left, right), (right, left)):
        if isinstance(repeated, (str, list)) and isinstance(times, int):
            most = MAX_TEXT if isinstance(repeated, str) else MAX_ITEMS
            if len(repeated) * times > most:
                raise Fault("run/too-large", f"the template would make {len(repeated) * times:,} of {most:,} allowed")
    return left * right


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        raise Fault("run/template", 'the template formats a text with "%"', "write the values into the template")
    return left % right


_OPERATORS = {"*": _times, "**": power, "%": _remainder}


def _with_sane_width(filter: Any) -> Any:
    def sane(value: Any, *arguments: Any, **keywords: Any) -> Any:
        width = keywords.get("width", arguments[0] if arguments else 0)
        if isinstance(width, int) and width > MAX_TEXT // 100:
            raise Fault("run/too-large", f"the template asks for a width of {width:,}")
        return filter(value, *arguments, **keywords)

    return sane
