"""Bad input in every field and every query string: refused with a sentence or ignored, never a broken page."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.hostile import bad, pages, routes
from tests.hostile.walk import body
from tests.hostile.world import Holdings
from tests.people import log_in
from tests.scale import scaled
from tests.selfcare.staff.people import inside, operator_of

pytestmark = [pytest.mark.faults, pytest.mark.django_db(databases=["default", "owner"])]

#: Read by some page or by Django's admin; every page gets all of them.
QUERY = (
    "q", "after", "before", "state", "status", "kind", "service", "since", "until", "contract", "draft", "step", "to",
    "format", "next", "ended", "p", "o", "all", "e", "_popup", "_to_field", "_changelist_filters", "kind__exact",
    "state__exact", "at__gte", "at__lt", "created_at__gte", "customer", "customer__id__exact", "object_type",
    "object_id", "locked", "role__exact", "is_active__exact", "groups__id__exact", "procedure", "lane__exact",
)  # fmt: skip
_FORM = "application/x-www-form-urlencoded"
_BROKEN = re.compile(r"Traceback \(most recent|DJANGO_SETTINGS_MODULE")


def complaints(answer: Any) -> list[str]:
    found = [str(answer.status_code)] if answer.status_code >= 500 else []
    text = body(answer)
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        found += pages.faults_of_markup(text)
    if _BROKEN.search(text):
        found.append("an inside view")
    location = answer.headers.get("Location", "")
    if "\n" in location or "\r" in location or location.startswith(("//", "http")):
        found.append(f"leads to {location}")
    return found


#: The operators' pages are dealt out to so many tests, which run side by side, and to so many values of each kind.
PARTS, SHARED = 4, scaled(20, 10)
#: And the customers' pages: their query strings, their forms.
ASKED, SENT = scaled(15, 5), scaled(12, 4)


def addresses(client: Client, ours: Holdings, *, admin: bool, part: int = 0, parts: int = 1) -> Iterator[str]:
    """One page of every route that this client can open, with an id of ours; all operations of the admin."""
    for route in list(routes.every())[part::parts]:
        if route.name.startswith("admin:") != admin or route.name.endswith(("logout", "jsi18n")):
            continue
        paths = route.filled({**ours.ids, "slug": ["lock", "retry", "policy", "user"]})
        shown = (path for path in paths if client.get(path).status_code == 200)
        yield from shown if route.name.endswith("_operate") else islice(shown, 1)


def asked(client: Client, paths: list[str], of: int = 1) -> tuple[int, dict[str, list[str]]]:
    """Every page with bad values of its query parameters: how many, and what went wrong.

    First of all parameters at once, then of each that the page itself offers: the first bad one may hide the others.
    `of` pages share the values, each takes its part.
    """
    wrong, count = {}, 0
    for turn, path in enumerate(paths):
        together = {kind: bad.VALUES[kind] for kind in bad.share(bad.VALUES, turn, of)}
        queries = {kind: "&".join(f"{name}={value}" for name in QUERY) for kind, value in together.items()}
        offered = bad.parameters(body(client.get(path)))
        extra = ("_to_field", "p") if path.startswith("/admin/") else ("step", "draft", "after")
        for place, name in enumerate(sorted({*offered, *extra})):
            kinds = bad.share(bad.WORST, turn + place, of)
            queries |= {f"{name}: {kind}": f"{name}={bad.VALUES[kind]}" for kind in kinds}
        for kind, query in queries.items():
            count += 1
            found = complaints(client.get(f"{path}?{query}"))
            if found:
                wrong[f"{path} {kind}"] = found
    return count, wrong


def sent(client: Client, paths: list[str], of: int = 1) -> tuple[int, dict[str, list[str]]]:
    """Every form of these pages, each once, with bad values in every field; `of` as in `asked`."""
    wrong, count, known = {}, 0, set[Any]()
    for turn, path in enumerate(paths):
        for method, action, fields in bad.forms(body(client.get(path))):
            target = action or path
            if method != "post" or target.endswith("/logout/") or (target, *fields) in known:
                continue
            known.add((target, *fields))
            for kind, content in bad.bodies(fields, turn, of):
                count += 1
                with transaction.atomic():
                    found = complaints(client.post(target, content.encode(), content_type=_FORM))
                    transaction.set_rollback(True)
                if found:
                    wrong[f"{target} {kind}"] = found
    return count, wrong


def quiet(client: Client) -> Client:
    client.raise_request_exception = False
    return client


def test_customers_query_strings(clock, ours):
    clock.set("2026-11-20 10:00")
    client = quiet(log_in(ours.user))
    count, wrong = asked(client, list(addresses(client, ours, admin=False)), of=ASKED)
    print(f"figure: {count} bad query strings")
    assert not wrong, "\n".join(f"{k} {v}" for k, v in wrong.items())
    assert count > 300


def test_customers_forms(clock, ours):
    clock.set("2026-11-20 10:00")
    client = quiet(log_in(ours.user))
    count, wrong = sent(client, list(addresses(client, ours, admin=False)), of=SENT)
    print(f"figure: {count} bad forms of customers")
    assert not wrong, "\n".join(f"{k} {v}" for k, v in wrong.items())
    assert count > 100


@pytest.mark.parametrize("part", range(PARTS))
def test_operators_query_strings(clock, ours, part):
    client = quiet(inside(operator_of("admin")))
    count, wrong = asked(client, list(addresses(client, ours, admin=True, part=part, parts=PARTS)), of=SHARED)
    print(f"figure: {count} bad query strings of operators")
    assert not wrong, "\n".join(f"{k} {v}" for k, v in wrong.items())


@pytest.mark.parametrize("part", range(PARTS))
def test_operators_forms(clock, ours, part):
    client = quiet(inside(operator_of("admin")))
    count, wrong = sent(client, list(addresses(client, ours, admin=True, part=part, parts=PARTS)), of=SHARED)
    print(f"figure: {count} bad forms of operators")
    assert not wrong, "\n".join(f"{k} {v}" for k, v in wrong.items())


def test_a_page_that_breaks_would_be_seen(ours, settings):
    settings.ROOT_URLCONF = "tests.hostile.open_urls"
    client = quiet(log_in(ours.user))
    _count, queries = asked(client, ["/fragile/"])
    assert {"/fragile/ q: NUL", "/fragile/ q: no UUID", "/fragile/ markup"} <= set(queries)
    _count, posts = sent(client, ["/fragile/"])
    assert "/fragile/ q: NUL" in posts
