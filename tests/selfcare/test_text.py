import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfcare import text


def test_only_digits_change_width():
    assert text.to_halfwidth_digits("第１２回ＡＢ") == "第12回ＡＢ"


def test_identifiers_lose_width_and_surrounding_space():
    assert text.normalize_identifier("　Ｙａｍａｄａ＿01 ") == "Yamada_01"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ヤマダ タロウ", "ヤマダ タロウ"),
        ("やまだ　たろう", "ヤマダ タロウ"),
        ("ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ タロウ"),
        ("ｶ)ｶﾞｰﾄﾞ", "カ)ガード"),
        ("ゔぇるでぃ・ゕ", "ヴェルディ・ヵ"),
    ],
)
def test_kana_of_any_kind_become_full_width_katakana(typed, expected):
    assert text.kana(typed) == expected


@pytest.mark.parametrize("typed", ["", "  ", "山田", "Yamada", "ヤマダ1", "カ゛", "㌖", "ヤマダ㍍"])
def test_what_is_not_kana_is_refused_in_words(typed):
    with pytest.raises(ValueError, match="カナ"):
        text.kana(typed)


def test_search_keys_ignore_width_case_and_spacing():
    assert text.search_key("　㈱ＡＢＣ  商事") == text.search_key("(株)abc 商事") == "(株)abc 商事"


@pytest.mark.parametrize(("typed", "count"), [("5", 5), ("５", 5), (" 10　", 10), ("0", 0), ("1000000000", 10**9)])
def test_counts_are_read_in_any_width(typed, count):
    assert text.parse_count(typed) == count


@pytest.mark.parametrize("typed", ["", " ", "-1", "1.5", "五", "5個", "10^9", "10²", "①", "+5", "1e3", "٥", "9" * 5000])
def test_what_is_no_count_is_refused_in_words(typed):
    with pytest.raises(ValueError, match="数字"):
        text.parse_count(typed)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("㈱髙﨑 ①～－", "㈱髙﨑 ①～－"),
        ("〜−—‖¢£¬¥\u00a0", "～－―∥￠￡￢￥ "),
        ("か\u3099", "が"),
        ("\ufa10", "\ufa10"),
    ],
)
def test_cp932_takes_the_twin_of_the_same_shape(given_text, expected):
    content, replaced = text.to_cp932(given_text)
    assert content.decode("cp932") == expected
    assert replaced == 0


def test_what_cp932_lacks_becomes_geta_and_is_counted():
    content, replaced = text.to_cp932("𠮷野家🍚・瘦")
    assert content.decode("cp932") == "〓野家〓・〓"
    assert replaced == 3


@given(st.text())
def test_cp932_never_fails(anything):
    content, replaced = text.to_cp932(anything)
    assert 0 <= replaced <= len(anything)
    content.decode("cp932")


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠−"))
def test_no_cell_starts_a_formula(start):
    assert text.csv_cell(f"{start}1+1") == f"'{start}1+1"


def test_other_cells_are_unchanged():
    assert text.csv_cell("山田=太郎") == "山田=太郎"
    assert text.csv_cell("") == ""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp932"])
def test_uploads_are_read_in_the_three_usual_encodings(encoding):
    content = "番号,備考\r\n05012345678,㈱山田\r\n".encode(encoding)
    assert text.decode_upload(content) == ("番号,備考\r\n05012345678,㈱山田\r\n", encoding)


@pytest.mark.parametrize(
    "content",
    [
        "番号,備考".encode("utf-16"),
        "番号,備考".encode("utf-16-le"),
        "番号,備考".encode("iso-2022-jp"),
        b"PK\x03\x04\x14\x00\x06\x00",
        b"\xef\xbb\xbf\xff",
        b"\xff\xfe\xfd",
        b"\x80\xa0",
    ],
)
def test_other_bytes_are_refused_in_words(content):
    with pytest.raises(text.UnreadableFileError) as refusal:
        text.decode_upload(content)
    assert "文字コード" in str(refusal.value)


def test_an_empty_file_is_an_empty_text():
    assert text.decode_upload(b"") == ("", "utf-8")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Kakuu (2) & Co.", "Ｋａｋｕｕ\u3000（２）\u3000＆\u3000Ｃｏ．"),
        ("ｶﾌﾞｼｷ､ﾊﾟﾝ", "カブシキ、パン"),
        ("㈱架空\ufa10", "㈱架空\ufa10"),
        ("架空商事", "架空商事"),
        ("~\\¥£", "～＼￥￡"),
        ("か\u3099ス", "がス"),
    ],
)
def test_half_width_becomes_full_width_and_nothing_else_changes(typed, expected):
    assert text.to_fullwidth(typed) == expected
    assert text.is_fullwidth(expected)


@pytest.mark.parametrize(
    "typed", ["A", "架空 商事", "ｶ", "架空\u200d商事", "架空\n", "Ünï", "架空\u0301", "架空\U0001f600"]
)
def test_what_is_not_wholly_full_width_is_seen(typed):
    assert not text.is_fullwidth(typed)


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_all_of_ascii_has_a_full_width_form(typed):
    assert text.is_fullwidth(text.to_fullwidth(typed))
