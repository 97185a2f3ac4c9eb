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
    except (TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise Fault("run/template", f"the template failed: {str(error) or type(error).__name__}") from None


def _sandbox() -> Any:
    """Jinja's sandbox, whose operators, filters and methods of texts keep to our sizes too.

    What one of them would make is reckoned before it is made; a width or a count in it costs what it says.
    """
    from jinja2.compiler import CodeGenerator
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generator(CodeGenerator):
        def visit_Concat(self, node: Any, frame: Any) -> None:  # noqa: N802 - Jinja's name
            self.write("environment.concat((")
            for each in node.nodes:
                self.write("str(")
                self.visit(each, frame)
                self.write("), ")
            self.write("))")

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(("+", "*", "**", "%"))
        code_generator_class = Generator
        concat = staticmethod(_join)

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            return _OPERATORS[operator](left, right)

        def call(self, context: Any, called: Any, *arguments: Any, **keywords: Any) -> Any:
            if isinstance(getattr(called, "__self__", None), str):
                _check_size(called.__name__, called.__self__, arguments, keywords)
            return super().call(context, called, *arguments, **keywords)

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            unneeded = isinstance(obj, (int, float)) or (isinstance(obj, str) and attr in ("encode", "translate"))
            return not unneeded and super().is_safe_attribute(obj, attr, value)

        def wrap_str_format(self, value: Any) -> Any:
            if super().wrap_str_format(value) is not None:
                raise SecurityError("the method format of a text")

    environment = Sandbox()
    for name in _SIZED_FILTERS:
        environment.filters[name] = _keeping_size(name, environment.filters[name])
    del environment.filters["format"]
    del environment.globals["lipsum"]
    return environment


def _join(parts: Any) -> str:
    """What Jinja joins its output with: blocks, loops and ``~``."""
    found, length = [], 0
    for part in parts:
        length += len(part)
        if length > MAX_TEXT:
            raise _too_large(length)
        found.append(part)
    return "".join(found)


def _plus(left: Any, right: Any) -> Any:
    if isinstance(left, (str, list)) and isinstance(right, (str, list)):
        _check_length(len(left) + len(right), MAX_TEXT if isinstance(left, str) else MAX_ITEMS)
    return left + right


def _times(left: Any, right: Any) -> Any:
    for repeated, times in ((left, right), (right, left)):
        if isinstance(repeated, (str, list, tuple)) and isinstance(times, int):
            _check_length(len(repeated) * times, MAX_TEXT if isinstance(repeated, str) else MAX_ITEMS)
    return left * right


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        raise Fault("run/template", 'the template formats a text with "%"', "write the values into the template")
    return left % right


_OPERATORS = {"+": _plus, "*": _times, "**": power, "%": _remainder}
_SIZED_FILTERS = ("center", "indent", "replace", "join", "batch", "slice", "tojson", "round", "wordwrap")


def _keeping_size(name: str, filter: Any) -> Any:
    """A filter of Jinja's whose arguments are looked at first; those that want a context keep their marks."""
    from functools import wraps

    @wraps(filter)
    def sized(*arguments: Any, **keywords: Any) -> Any:
        context, value, others = _parted(arguments, hasattr(filter, "jinja_pass_arg"))
        if name == "join" and not isinstance(value, (str, list, dict)):
            value = list(value)
        _check_size(name, value, others, keywords)
        return filter(*context, value, *others, **keywords)

    return sized


def _parted(arguments: tuple[Any, ...], with_context: bool) -> tuple[tuple[Any, ...], Any, tuple[Any, ...]]:
    first = 1 if with_context else 0
    return arguments[:first], arguments[first], arguments[first + 1 :]


def _check_size(name: str, value: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    """Fault where a method of a text, or a filter, would make more than is allowed."""
    given = [*arguments, *keywords.values()]
    lines = value.count("\n") + 1 if isinstance(value, str) else len(value) if isinstance(value, (list, dict)) else 1
    widest = max((each for each in given if isinstance(each, int)), default=0)
    if name == "replace" and len(given) > 1:
        old, new = str(given[0]), str(given[1])
        found = str(value).count(old)
        _check_length(len(str(value)) + found * (len(new) - len(old)), MAX_TEXT)
    elif name == "join" and isinstance(value, str):
        _check_joined(value, given[0] if given else ())
    elif name == "join" and isinstance(value, (list, tuple)):
        _check_joined(str(given[0]) if given else "", value)
    else:
        longest = max((len(each) for each in given if isinstance(each, str)), default=0)
        _check_length(max(widest, longest) * max(lines, 1), MAX_TEXT)


def _check_joined(separator: str, parts: Any) -> None:
    if isinstance(parts, (list, tuple, str)):
        written = sum(len(part) for part in parts if isinstance(part, str))
        _check_length(written + len(separator) * len(parts), MAX_TEXT)


def _check_length(length: int, most: int) -> None:
    if length > most:
        raise _too_large(length, most)


def _too_large(length: int, most: int = MAX_TEXT) -> Fault:
    return Fault("run/too-large", f"the template would make {length:,} of {most:,} allowed")
