"""CP932: nothing fails, nothing is dropped unseen, and the same text always becomes the same bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.statements import encodings


@pytest.mark.parametrize(
    ("text", "shown", "replaced"),
    [
        ("髙﨑①㈱～ｱ", "髙﨑①㈱～ｱ", 0),
        ("〜−‖¢£¬", "～－∥￠￡￢", 0),
        ("—¥", "―￥", 2),
        ("a\u00a0b", "a b", 1),
        ("東京–大阪", "東京-大阪", 1),
        ("𠮷野家", "〓野家", 1),
        ("鷗外", "〓外", 1),
        ("👍🏽", "〓〓", 2),
        ("葛\U000e0100飾", "葛飾", 1),
        ("\ufeff見\u200b出し", "見出し", 2),
        ("é", "〓", 1),
    ],
)
def test_what_becomes_of_a_text(text, shown, replaced):
    data, count = encodings.to_cp932(text)
    assert data.decode("cp932") == shown
    assert count == replaced
    assert encodings.encode(text.encode(), "cp932") == (data, replaced)
    assert encodings.encode(text.encode(), "utf-8") == (text.encode(), 0)


def test_python_by_itself_would_fail():
    """Negative control."""
    with pytest.raises(UnicodeEncodeError):
        "𠮷".encode("cp932")


@given(st.text())
def test_no_text_fails_and_what_is_changed_is_counted(text):
    data, count = encodings.to_cp932(text)
    back = data.decode("cp932")
    assert back == text or count > 0 or set(text) & set("〜−‖¢£¬")
    assert len(back) >= len(text) - count
