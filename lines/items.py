"""The codes under which billing knows what lines cost every month."""


def plan(code: str) -> str:
    return f"lines.plan.{code}"


def option(code: str, value: object) -> str:
    """A voice option; 通話定額 costs by its value."""
    return f"lines.option.{code}.{value}" if isinstance(value, str) else f"lines.option.{code}"
