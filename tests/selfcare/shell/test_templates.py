"""What holds for every page: it compiles, its links exist, its texts can be translated, its policy allows it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

ROOT = Path(settings.BASE_DIR) / "templates"
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.html"))
# Letters, invoices, quotes and faxes are printed, not sent to a browser: their styles stand inside.
_PAPER = ("mail/", "letters/", "billing/invoice/", "numbering/cloud/quote_paper", "numbering/cloud/fax_text")
SCREENS = [name for name in PAGES if not name.startswith(_PAPER)]
JAPANESE = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
# Comments, gettext tags and their blocks, then all other tags.
TRANSLATED = re.compile(
    r"{#.*?#}|{%\s*comment\s*%}.*?{%\s*endcomment\s*%}|{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)


def _names(resolver: URLResolver, prefix: str = "") -> set[str]:
    found = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            found.add(f"{prefix}{entry.name}")
        else:
            found |= _names(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_the_template_compiles(name):
    get_template(name)


@pytest.mark.parametrize("name", [name for name in SCREENS if not name.startswith("admin/")])
def test_its_links_lead_to_addresses_that_exist(name):
    wanted = set(re.findall(r"{%\s*url\s+[\"']([^\"']+)[\"']", (ROOT / name).read_text()))
    assert wanted <= _names(get_resolver())


@pytest.mark.parametrize("name", SCREENS)
def test_nothing_in_it_needs_inline_styles_or_scripts(name):
    text = (ROOT / name).read_text()
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", text)


@pytest.mark.parametrize("name", PAGES)
def test_all_its_japanese_can_be_translated(name):
    rest = TRANSLATED.sub("", (ROOT / name).read_text())
    assert not JAPANESE.search(rest)
