import pytest

from selfcare import phones


@pytest.mark.parametrize(
    "typed",
    [
        "05012345678",
        "050-1234-5678",
        "０５０－１２３４－５６７８",
        "050ｰ1234ｰ5678",  # half-width prolonged sound mark
        "050ー1234ー5678",
        "050〜1234～5678",
        "050~1234‐5678",
        "050–1234—5678",
        "050−1234―5678",
        "050─1234━5678",
        " 050 1234　5678 ",
        "(050)1234.5678",
        "050/1234・5678",
        "+81 50-1234-5678",
        "＋81（0）50-1234-5678",
        "\u202a050-1234-5678\u202c",  # pasted from a contact
        "050\u200b12345678\ufeff",
    ],
)
def test_a_number_is_understood_however_it_is_typed(typed):
    assert phones.normalize(typed) == "05012345678"


@pytest.mark.parametrize("typed", ["", "-", "　", "abc", "050-1234-567x", "+1 212 555 0100", "050,1234", "٠٥٠١٢٣٤"])
def test_what_is_no_number_is_refused_in_words(typed):
    with pytest.raises(ValueError, match="数字とハイフン"):
        phones.normalize(typed)


@pytest.mark.parametrize("typed", ["05", "0501234567890123"])
def test_a_number_of_impossible_length_is_refused_in_words(typed):
    with pytest.raises(ValueError, match="桁数"):
        phones.normalize(typed)


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("05012345678", "050-1234-5678"),
        ("0312345678", "03-1234-5678"),
        ("0120987123", "0120-987-123"),
        ("0570064000", "0570-064-000"),
        ("06012345678", "060-1234-5678"),
        ("09012345678", "090-1234-5678"),
        ("0425232111", "042-523-2111"),
        ("0422515131", "0422-51-5131"),
        ("0499221446", "04992-2-1446"),
    ],
)
def test_valid_numbers_are_shown_as_the_numbering_plan_divides_them(digits, shown):
    assert phones.display(digits) == shown


@pytest.mark.parametrize("digits", ["0501234567", "02001234567890", "110", "118", "1", "", "09912"])
def test_other_numbers_keep_every_digit(digits):
    assert phones.display(digits) == digits


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("5678", "5678"), ("１２３４－５６", "123456"), ("+81 50-12", "05012"), ("山田", ""), ("", ""), ("AA123", "")],
)
def test_a_search_takes_parts_of_numbers_only(typed, digits):
    assert phones.search_digits(typed) == digits


def test_logs_get_the_last_four_digits():
    assert phones.mask("05012345678") == "*******5678"
    assert phones.mask("1234") == "****"
    assert phones.mask("") == ""
