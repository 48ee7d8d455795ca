"""The texts in other languages: extraction, compilation and completeness, with Babel and without the gettext tools.

The source language is settings.LANGUAGE_CODE, so it needs no catalogue of its own. Every other one of
settings.LANGUAGES has locale/<language>/LC_MESSAGES/django.po; the .mo beside it is made from it and not kept.
"""

import io
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
NO_SOURCES = frozenset({"tests", "migrations", "locale", "static", "var", "node_modules", "__pycache__"})
TEMPLATE_SUFFIXES = frozenset({".html", ".txt", ".xml"})
JAPANESE = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
# %(name)s, %s, %%; the empty alternative is a % without a meaning.
PERCENT = re.compile(r"%(?:(\(\w+\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z])|([-#0+]*\d*(?:\.\d+)?[sdifgeExXr](?![a-z]))|(%)|)")
STRAY = "%"
BRACES = re.compile(r"\{(\w*)\}")

Key = tuple[str, str]  # context or "", msgid


@dataclass(frozen=True)
class Problem:
    """One text that keeps a language from being complete. `kind`: missing, fuzzy, obsolete or placeholders."""

    language: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.language}: {self.kind}: {self.text}"


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def catalogue_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


# -- extraction


def source_files(root: Path) -> Iterator[Path]:
    """Python modules, and templates: texts below a folder named templates."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in NO_SOURCES and not name.startswith("."))
        here = Path(folder)
        is_templates = "templates" in here.relative_to(root).parts
        for name in sorted(files):
            suffix = Path(name).suffix
            if suffix == ".py" or (is_templates and suffix in TEMPLATE_SUFFIXES):
                yield here / name


def _as_python(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    # What templatize leaves of the markup is no valid indentation; the texts themselves are single-line literals.
    return "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).split("\n"))


def extracted(root: Path) -> Catalog:
    """Every text of the sources below `root`, with the files it occurs in."""
    catalogue = Catalog(charset="utf-8")
    for path in source_files(root):
        source = io.BytesIO(_as_python(path).encode())
        found = extract("python", source, keywords=KEYWORDS, comment_tags=("Translators:",))
        for line, message_id, comments, context in found:
            catalogue.add(
                message_id,
                locations=[(path.relative_to(root).as_posix(), line)],
                auto_comments=comments,
                context=context,
            )
    return catalogue


# -- catalogues


def read(language: str) -> Catalog:
    """The language's catalogue; an empty one when there is no file yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def _po_text(catalogue: Catalog, *, prune: bool) -> str:
    """No dates, no line numbers, one order: what has not changed gives no difference in the repository."""
    ordered = Catalog(locale=catalogue.locale, charset="utf-8")
    for message in sorted((message for message in catalogue if message.id), key=_place):
        message.locations.sort()
        ordered[message.id] = message
    ordered.obsolete = catalogue.obsolete
    body = io.BytesIO()
    write_po(body, ordered, width=110, omit_header=True, include_lineno=False, ignore_obsolete=prune)
    header = (
        'msgid ""\nmsgstr ""\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Language: {catalogue.locale_identifier}\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    return header + body.getvalue().decode().strip("\n") + "\n"


def _place(message: Message) -> tuple[str, Key]:
    """By file, then by text, so that moving a text within its file changes nothing."""
    return min((file for file, _line in message.locations), default=""), _key(message)


def update(root: Path, *, prune: bool = False) -> list[Path]:
    """Bring every catalogue up to the sources and name those that changed.

    Translations stay; new texts come in empty; texts no longer used move to the end, marked obsolete, or are dropped
    with `prune`.
    """
    template = extracted(root)
    changed = []
    for language in languages():
        path = catalogue_path(language)
        catalogue = read(language)
        catalogue.update(template, no_fuzzy_matching=True)
        text = _po_text(catalogue, prune=prune)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            _replace(path, text.encode())
            changed.append(path)
    return changed


def compile_stale() -> list[Path]:
    """Make the .mo files that are missing or older than their .po. Safe in several processes at once."""
    made = []
    for source in (catalogue_path(language) for language in languages()):
        compiled = source.with_suffix(".mo")
        if not source.exists():
            continue
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        content = io.BytesIO()
        with source.open("rb") as file:
            write_mo(content, read_po(file, locale=source.parents[1].name, charset="utf-8"))
        _replace(compiled, content.getvalue())
        made.append(compiled)
    return made


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    # Files made by tempfile are for their owner only.
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


# -- completeness


def problems(root: Path) -> list[Problem]:
    """What keeps the languages from being complete, in the order of the sources."""
    template = extracted(root)
    wanted = {_key(message): message for message in template if message.id}
    found = []
    for language in languages():
        catalogue = read(language)
        present = {_key(message): message for message in catalogue if message.id}
        for key, source in wanted.items():
            kind = _problem_with(source, present.get(key))
            if kind:
                found.append(Problem(language, kind, _shown(source)))
        found += [Problem(language, "obsolete", _shown(present[key])) for key in present.keys() - wanted.keys()]
    return found


def _problem_with(source: Message, translated: Message | None) -> str:
    if translated is None or translated.pluralizable != source.pluralizable:
        return "missing"
    ids, texts = _forms(source.id), _forms(translated.string)
    if not all(texts) or (texts[0] in ids and JAPANESE.search(texts[0])):
        return "missing"
    if translated.fuzzy:
        return "fuzzy"
    return "" if placeholders_fit(ids, texts) else "placeholders"


def placeholders_fit(ids: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether the translation fills in what the source does.

    The form for one may leave the number out ("one number"), so of plurals only the last form must have them all.
    """
    wanted = [_placeholders(text) for text in ids]
    given = [_placeholders(text) for text in texts]
    if any(set(each) - {STRAY} for each in wanted):
        # The text is formatted, and formatting fails on a % that stands for nothing.
        if any(STRAY in each for each in [*wanted, *given]):
            return False
    else:
        for each in [*wanted, *given]:
            del each[STRAY]
    allowed = wanted[0] | wanted[-1]
    return given[-1] == wanted[-1] and not any(each - allowed for each in given)


def _placeholders(text: str) -> Counter[str]:
    """How often each placeholder occurs, a % without a meaning as STRAY."""
    percents = Counter(match[1] or match[2] or STRAY for match in PERCENT.finditer(text) if not match[3])
    return percents + Counter(f"{{{name}}}" for name in BRACES.findall(text))


def _forms(value: Any) -> list[str]:
    return list(value) if isinstance(value, tuple | list) else [value]


def _key(message: Message) -> Key:
    return message.context or "", _forms(message.id)[0]


def _shown(message: Message) -> str:
    places = ", ".join(sorted({place for place, _line in message.locations})[:3])
    text = " | ".join(_forms(message.id))
    context = f"[{message.context}] " if message.context else ""
    return f"{context}{text!r}" + (f" ({places})" if places else "")
