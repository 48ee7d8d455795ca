import gettext
import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from selfcare.runtime import messages

MODULE = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext

TITLE = gettext_lazy("番号追加")
MONTH = pgettext("暦", "月")


def say(count):
    # Translators: shown on the home page
    _("%(name)s 様")
    return ngettext("%(n)d 件", "%(n)d 件", count)
"""
TEMPLATE = """{% load i18n %}
  <h1 class="x" title='it"s'>{% translate "こんにちは" %} (100%)</h1>
{% blocktranslate trimmed with n=count %}
      あと {{ n }} 番号
      追加できます（10%引き）
{% endblocktranslate %}
 {% blocktranslate count c=items|length %}{{ c }} 回線{% plural %}{{ c }} 回線{% endblocktranslate %}
{{ name|default:_("名称なし") }}
{% comment %}{% translate "消した" %}{% endcomment %}
"""
TEXTS = {
    ("", "番号追加"): "Add numbers",
    ("暦", "月"): "Month",
    ("", "%(name)s 様"): "Dear %(name)s",
    ("", "%(n)d 件"): ("one order", "%(n)d orders"),
    ("", "こんにちは"): "Hello",
    ("", "あと %(n)s 番号 追加できます（10%%引き）"): "%(n)s more numbers (10%% off)",
    ("", "%(c)s 回線"): ("%(c)s line", "%(c)s lines"),
    ("", "名称なし"): "no name",
}


@pytest.fixture
def tree(tmp_path, settings):
    """A small project with Japanese sources, to be translated into English."""
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    settings.LANGUAGES = [("ja", "日本語"), ("en", "English")]
    settings.LANGUAGE_CODE = "ja"
    for path, text in {
        "app/module.py": MODULE,
        "templates/app/page.html": TEMPLATE,
        "templates/mail/hello.subject.txt": '{% load i18n %}{% translate "こんにちは" %}',
        "app/migrations/0001_initial.py": 'from x import _\n_("移行")',
        "tests/test_x.py": '_("試験")',
        ".venv/lib/x.py": '_("他人")',
        "notes.txt": '{% translate "覚え書き" %}',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def translate(texts):
    """Fill the English catalogue in, as a translator does."""
    catalogue = messages.read("en")
    for (context, message_id), text in texts.items():
        message = catalogue.get(message_id, context or None)
        assert message is not None
        message.string = text
    messages.catalogue_path("en").write_text(messages._po_text(catalogue, prune=False))


@pytest.fixture
def complete(tree):
    messages.update(tree)
    translate(TEXTS)
    return tree


def kinds(tree):
    return sorted(problem.kind for problem in messages.problems(tree))


def test_texts_of_modules_and_templates_are_found(tree):
    found = {messages._key(message) for message in messages.extracted(tree) if message.id}
    assert found == set(TEXTS)


def test_a_new_catalogue_has_every_text_empty(tree):
    (path,) = messages.update(tree)
    assert path == tree / "locale/en/LC_MESSAGES/django.po"
    assert kinds(tree) == ["missing"] * len(TEXTS)
    assert "#. Translators: shown on the home page" in path.read_text()


def test_a_translated_catalogue_is_complete_and_updating_changes_nothing(complete):
    assert messages.problems(complete) == []
    assert messages.update(complete) == []


def test_translations_stay_when_texts_come_and_go(complete):
    module = complete / "app/module.py"
    module.write_text(module.read_text().replace("番号追加", "番号の追加"))
    assert kinds(complete) == ["missing", "obsolete"]
    messages.update(complete)
    assert kinds(complete) == ["missing"]
    text = messages.catalogue_path("en").read_text()
    assert '#~ msgstr "Add numbers"' in text
    assert 'msgstr "Hello"' in text
    messages.update(complete, prune=True)
    assert "Add numbers" not in messages.catalogue_path("en").read_text()


def test_moving_a_text_within_its_file_changes_nothing(complete):
    module = complete / "app/module.py"
    module.write_text("\n\n\n" + module.read_text())
    assert messages.update(complete) == []


def test_fuzzy_and_untranslated_texts_are_not_complete(complete):
    path = messages.catalogue_path("en")
    path.write_text(path.read_text().replace('msgid "こんにちは"', '#, fuzzy\nmsgid "こんにちは"'))
    assert kinds(complete) == ["fuzzy"]
    translate({("", "番号追加"): "番号追加"})
    assert kinds(complete) == ["fuzzy", "missing"]


@pytest.mark.parametrize(
    ("ids", "texts", "fits"),
    [
        (["%(n)s 番号"], ["%(n)s numbers"], True),
        (["%(n)s 番号"], ["numbers"], False),
        (["%(n)s 番号"], ["%(count)s numbers"], False),
        (["%(n)s 番号"], ["%(n)s of %(n)s"], False),
        (["%(n)s 番号"], ["%(n)s numbers, 10% off"], False),
        (["%(n)s 番号"], ["%(n)s numbers, 10%% off"], True),
        (["10%引き"], ["10% off"], True),
        (["%s と %s"], ["%s and %s"], True),
        (["%s と %s"], ["%s"], False),
        (["{name} 様"], ["Dear {name}"], True),
        (["{name} 様"], ["Dear {names}"], False),
        (["%(n)d 件", "%(n)d 件"], ["one", "%(n)d orders"], True),
        (["%(n)d 件", "%(n)d 件"], ["%(n)d order", "orders"], False),
        (["%(n)d 件", "%(n)d 件"], ["100% of one", "%(n)d orders"], False),
    ],
)
def test_a_translation_has_the_placeholders_of_its_source(ids, texts, fits):
    assert messages.placeholders_fit(ids, texts) is fits


def test_wrong_placeholders_are_reported_with_text_and_place(complete):
    translate({("", "%(name)s 様"): "Dear customer"})
    (problem,) = messages.problems(complete)
    assert str(problem) == "en: placeholders: '%(name)s 様' (app/module.py)"


def test_compiled_texts_are_what_gettext_reads(complete):
    (path,) = messages.compile_stale()
    with path.open("rb") as file:
        english = gettext.GNUTranslations(file)
    assert english.gettext("こんにちは") == "Hello"
    assert english.pgettext("暦", "月") == "Month"
    assert english.ngettext("%(n)d 件", "%(n)d 件", 1) == "one order"
    assert english.ngettext("%(n)d 件", "%(n)d 件", 2) == "%(n)d orders"
    assert english.gettext("ない") == "ない"


def test_only_stale_files_are_compiled(complete):
    (path,) = messages.compile_stale()
    assert messages.compile_stale() == []
    later = path.stat().st_mtime + 1
    os.utime(messages.catalogue_path("en"), (later, later))
    assert messages.compile_stale() == [path]


def test_without_a_catalogue_there_is_nothing_to_compile(tree):
    assert messages.compile_stale() == []


def test_the_command_updates_checks_and_compiles(tree):
    said, complaints = StringIO(), StringIO()
    call_command("messages", update=True, stdout=said)
    assert said.getvalue() == "updated locale/en/LC_MESSAGES/django.po\n"
    with pytest.raises(CommandError, match="8 texts"):
        call_command("messages", check=True, stderr=complaints)
    assert (
        "en: missing: 'こんにちは' (templates/app/page.html, templates/mail/hello.subject.txt)" in complaints.getvalue()
    )
    translate(TEXTS)
    call_command("messages", check=True, compile=True, verbosity=0)
    assert messages.catalogue_path("en").with_suffix(".mo").exists()
    with pytest.raises(CommandError, match="Say what to do"):
        call_command("messages")
