"""The grams that the text searches stand on: of a long text the same as of its parts, in time that grows with it."""

import time

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def grams(words: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT selfcare_grams(%s)", [words])
        found: list[str] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("more", [0, 1, 998, 999, 1000, 1001, 5000])
@pytest.mark.parametrize("words", ["", "a", "ab", "aab aab", '日本語の番号 03 {}," \\ NULL null 🙂e\u0301'])
def test_they_are_every_three_characters_in_a_row(words, more):
    text = words + "ん" * more
    assert set(grams(text)) == {text[at : at + 3] for at in range(len(text) - 2)}
    assert len(grams(text)) == len(set(grams(text)))


def test_ten_times_the_text_does_not_take_a_hundred_times_as_long():
    def seconds(numbers: int) -> float:
        text = " ".join(f"0320{n:06}番" for n in range(numbers))
        took = []
        for _time in range(3):
            began = time.perf_counter()
            grams(text)
            took.append(time.perf_counter() - began)
        return min(took)

    assert seconds(3000) < 40 * seconds(300)
