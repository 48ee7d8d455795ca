"""Names that a browser may send, and what is kept of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfcare.documents.names import LONGEST, LONGEST_BYTES, clean_name, hides, is_device


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("登記.pdf", "登記.pdf"),
        ("登記（写し） 2026.PDF", "登記（写し） 2026.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\花子\\登記.pdf", "登記.pdf"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("/absolute.pdf", "absolute.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ('a"; filename="b.exe".pdf', "a_; filename=_b.exe_.pdf"),
        ("fdp\u202egpj.pdf", "fdpgpj.pdf"),
        ("a\0.exe.pdf", "a.exe.pdf"),
        ("か\u3099.pdf", "が.pdf"),
        ("<script>.pdf", "_script_.pdf"),
        ("con.pdf", "_con.pdf"),
        ("NUL.tar.pdf", "_NUL.tar.pdf"),
        ("Com1.pdf", "_Com1.pdf"),
        ("console.pdf", "console.pdf"),
        ("...pdf", "pdf"),
        (".pdf", "pdf"),
        ("a.pdf. .", "a.pdf"),
        ("  a   b .pdf", "a b.pdf"),
        ("", "file"),
        ("...", "file"),
        ("\u200f.pdf", "pdf"),
        ("-rf.pdf", "-rf.pdf"),
        ("x" * 500 + ".pdf", "x" * (LONGEST - 4) + ".pdf"),
        ("漢" * 500 + ".pdf", "漢" * 78 + ".pdf"),
    ],
)
def test_names(sent, kept):
    assert clean_name(sent) == kept


@given(st.text(max_size=400))
def test_whatever_is_sent_becomes_a_name(sent):
    name = clean_name(sent)
    assert name
    assert len(name) <= LONGEST or "." in sent, "an extension that long is refused by its type"
    assert not set(name) & set('/\\<>:"|?*\r\n\0')
    assert not hides(name)
    assert not is_device(name)
    assert name not in (".", "..")
    assert clean_name(name) == name, "twice is once"


@given(st.text(max_size=400))
def test_with_a_permitted_extension_it_fits_everywhere(sent):
    name = clean_name(f"{sent}.pdf")
    assert len(name) <= LONGEST
    assert len(name.encode()) <= LONGEST_BYTES
