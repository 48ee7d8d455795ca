import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selfcare import vault

OLD = ("2026-01", b"o" * 32)
NEW = ("2026-11", b"n" * 32)
CONTEXT = "numbering.letter:secret:42"


@pytest.fixture(autouse=True)
def one_key(settings):
    settings.VAULT_KEYS = [OLD]
    return settings


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.text())
def test_what_is_sealed_opens_in_its_own_context(secret, context):
    assert vault.open_sealed(vault.seal(secret, context=context), context=context) == secret


def test_a_value_read_from_a_binary_column_opens():
    assert vault.open_sealed(memoryview(vault.seal("秘密", context=CONTEXT)), context=CONTEXT) == "秘密"


def test_the_same_text_is_sealed_differently_each_time():
    assert vault.seal("x", context=CONTEXT) != vault.seal("x", context=CONTEXT)


def test_nothing_of_the_text_is_in_the_blob():
    assert b"Passw0rd" not in vault.seal("Passw0rd", context=CONTEXT)


@pytest.mark.parametrize("elsewhere", ["numbering.letter:secret:43", "numbering.letter:other:42", ""])
def test_a_ciphertext_moved_to_another_row_or_field_is_refused(elsewhere):
    blob = vault.seal("secret", context=CONTEXT)
    with pytest.raises(vault.VaultError, match="belongs elsewhere"):
        vault.open_sealed(blob, context=elsewhere)


def test_every_changed_byte_is_noticed():
    blob = vault.seal("secret", context=CONTEXT)
    for position in range(len(blob)):
        changed = bytearray(blob)
        changed[position] ^= 1
        with pytest.raises(vault.VaultError):
            vault.open_sealed(bytes(changed), context=CONTEXT)


def test_every_truncation_is_noticed():
    blob = vault.seal("secret", context=CONTEXT)
    for length in range(len(blob)):
        with pytest.raises(vault.VaultError):
            vault.open_sealed(blob[:length], context=CONTEXT)


def test_an_old_key_still_opens_and_the_first_key_seals(one_key):
    old_blob = vault.seal("before", context=CONTEXT)
    one_key.VAULT_KEYS = [NEW, OLD]
    new_blob = vault.seal("after", context=CONTEXT)
    assert vault.open_sealed(old_blob, context=CONTEXT) == "before"
    one_key.VAULT_KEYS = [NEW]
    assert vault.open_sealed(new_blob, context=CONTEXT) == "after"
    with pytest.raises(vault.VaultError, match="2026-01"):
        vault.open_sealed(old_blob, context=CONTEXT)


def test_another_key_under_the_same_id_does_not_open(one_key):
    blob = vault.seal("secret", context=CONTEXT)
    one_key.VAULT_KEYS = [(OLD[0], NEW[1])]
    with pytest.raises(vault.VaultError):
        vault.open_sealed(blob, context=CONTEXT)


@pytest.mark.parametrize("keys", [[], [("short", b"k" * 16)], [("", b"k" * 32)]])
def test_a_wrong_configuration_seals_nothing(one_key, keys):
    one_key.VAULT_KEYS = keys
    with pytest.raises(vault.VaultError):
        vault.seal("secret", context=CONTEXT)


def test_errors_hold_neither_key_nor_content():
    blob = vault.seal("hunter2", context=CONTEXT)
    with pytest.raises(vault.VaultError) as refusal:
        vault.open_sealed(blob, context="elsewhere")
    assert "hunter2" not in repr(refusal.value)
    assert refusal.value.__cause__ is None


def test_passwords_have_no_look_alikes_and_do_not_repeat():
    passwords = {vault.generate_password() for _ in range(2000)}
    assert len(passwords) == 2000
    assert {len(password) for password in passwords} == {8}
    used = set("".join(passwords))
    assert used == set(vault.PASSWORD_ALPHABET)
    assert not used & set("0O1lI")
    assert len(vault.PASSWORD_ALPHABET) == 57
