"""A Jinja2 template's text and data become text: what the template_engine node does at run time."""

from __future__ import annotations

from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values import plain_value, sized_text, text


def fill_template(template: Any, data: Any) -> str:
    """Jinja2's own rendering of a template text; Fault ``run/template`` with Jinja's message and line."""
    from jinja2 import TemplateError
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment()
    try:
        return sized_text(environment.from_string(text(template)).render(plain_value(data)))
    except SecurityError as error:
        raise Fault("run/template", f"the template reaches for what it may not: {error}") from None
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise Fault("run/template", f"the template failed{f' in its line {line}' if line else ''}: {error}") from None
    except (TypeError, ValueError, OverflowError, ZeroDivisionError, MemoryError) as error:
        raise Fault("run/template", f"the template failed: {error}") from None
