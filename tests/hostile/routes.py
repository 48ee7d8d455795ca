"""Every address that the portal answers, read from Django's resolver, with somebody's ids filled in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern
from django.utils.regex_helper import normalize

_PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Route:
    """`name` with its namespaces; a nameless one goes by its path. `template` has `{parameter}` where ids go."""

    name: str
    template: str
    #: (name, converter): int, uuid, str, slug, path, or `regex` for a group of a regular expression.
    parameters: Parameters

    def filled(self, values: Mapping[str, Sequence[Any]]) -> list[str]:
        """Paths with these values by converter: each parameter takes its first one, then its second, and so on.

        Raises KeyError for a converter that has no values: a new kind of id needs those of a stranger.
        """
        given = {name: values[kind] for name, kind in self.parameters}
        turns = max((len(one) for one in given.values()), default=1)
        return [
            self.template.format(**{name: one[turn % len(one)] for name, one in given.items()}) for turn in range(turns)
        ]


def every() -> list[Route]:
    """All routes of the current ROOT_URLCONF, deepest included, each once."""
    return list(dict.fromkeys(_walk(get_resolver().url_patterns, "/", "", ())))


def _walk(patterns: Sequence[Any], before: str, space: str, above: Parameters) -> Iterator[Route]:
    for pattern in patterns:
        path, own = _read(pattern.pattern)
        if isinstance(pattern, URLResolver):
            below = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, before + path, below, above + own)
        elif isinstance(pattern, URLPattern):
            yield Route(f"{space}{pattern.name or before + path}", before + path, above + own)


def _read(pattern: Any) -> tuple[str, Parameters]:
    """The pattern as a template, and its parameters with their converters."""
    if isinstance(pattern, RoutePattern):
        route = str(pattern)
        found = tuple((one["name"], one["kind"] or "str") for one in _PARAMETER.finditer(route))
        return _PARAMETER.sub(r"{\g<name>}", route), found
    if isinstance(pattern, RegexPattern):
        template, names = normalize(str(pattern))[0]
        return re.sub(r"%\((\w+)\)s", r"{\1}", template), tuple((name, "regex") for name in names)
    raise TypeError(f"no way to read {pattern!r}")
