"""Imports: everything is said before it is stored, all of it is stored or nothing, and once."""

import hashlib
from datetime import date, timedelta

import pytest

from selfcare import clock as time
from selfcare.accounts.models import AuditEvent, Contract, Customer
from selfcare.staff.models import ImportFile
from selfcare.staff.services import imports
from selfcare.work.models import Job
from tests import builders
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.help import DATABASES, as_csv, as_xlsx, confirm, export, preview, table, take, upload

pytestmark = pytest.mark.django_db(databases=DATABASES)

NOUN = "accounts_customer"
HEADING = "パートナーID,契約者名,郵便番号,住所\n"


@pytest.fixture
def client(clock):
    return inside(operator_of("provisioning"))


@pytest.fixture
def known(clock):
    return builders.customer(partner_id="K1", name="株式会社ふるい", address="旧住所")


def test_new_changed_unchanged_and_wrong_rows_are_told_apart(client, known):
    builders.customer(partner_id="K2", name="同じ", postal_code="100-0000", address="住所")
    content = (
        f"{HEADING}K1,株式会社あたらしい,100-0000,旧住所\nK2,同じ,100-0000,住所\nN1,新会社,150-0001,渋谷\n\nN2,,123,x\n"
    )
    found = preview(client, NOUN, content.encode())
    assert found.counts == {"new": 1, "changed": 1, "unchanged": 1, "wrong": 1}
    (changed,) = found.changed
    assert (changed.number, changed.name) == (2, "K1")
    assert [(c.column, c.old, c.new) for c in changed.changes] == [("契約者名", "株式会社ふるい", "株式会社あたらしい")]
    assert found.new[0].number == 4
    (problem,) = found.problems
    assert (problem.number, problem.column) == (6, "契約者名")
    assert problem.reason
    known.refresh_from_db()
    assert known.name == "株式会社ふるい"
    assert not Customer.objects.filter(partner_id="N1").exists()
    assert not ImportFile.objects.exists(), "there is nothing to confirm"


def test_a_confirmed_file_is_stored_whole_with_old_and_new_in_the_trail(client, known):
    content = f"{HEADING}K1,新名称,100-0000,旧住所\nN1,新会社,150-0001,渋谷\n".encode()
    told = take(client, NOUN, content)
    assert "新規1件、変更1件" in told
    known.refresh_from_db()
    assert known.name == "新名称"
    assert Customer.objects.get(partner_id="N1").address == "渋谷"
    event = AuditEvent.objects.get(action="rows.imported")
    assert event.detail == {
        "noun": "accounts.customer", "file": "rows.csv", "sha256": hashlib.sha256(content).hexdigest(),
        "new": 1, "changed": 1, "unchanged": 0, "wrong": 0,
    }  # fmt: skip
    assert event.actor_name == "op_provisioning"
    assert AuditEvent.objects.get(action="customer.changed").detail == {"name": ["株式会社ふるい", "新名称"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_encodings_are_recognised(client, known, encoding):
    found = preview(client, NOUN, f"{HEADING}K1,株式会社髙﨑①,100-0000,旧住所\n".encode(encoding))
    assert found.changed[0].changes[0].new == "株式会社髙﨑①"
    assert found.encoding == encoding


def test_a_workbook_is_read_like_a_csv(client, known):
    rows: list[list[object]] = [["パートナーID", "契約者名"], ["K1", 12345], [None, None], ["N1", "x"]]
    found = preview(client, NOUN, as_xlsx(rows), "rows.xlsx")
    assert found.changed[0].changes[0].new == "12345"
    assert {problem.number for problem in found.problems} == {4}


def test_a_new_partner_and_his_contract_come_by_words_or_codes(client, known):
    builders.contract(number="C1", customer=known)
    content = (
        "number,customer,kind,plan,functions,started_on,mail,contact_name,contact_phone\n"
        "C1,,モバイル,basic,lines.status numbering.list,2026/4/1,,窓口,0120000000\n"
        "C2,K1,mobile,basic,numbering.list,2026-12-01,a@b.example,窓口,0120000000\n"
    )
    found = preview(client, "accounts_contract", content.encode())
    # An empty cell of a column that may not change would be a change of it.
    assert {problem.column for problem in found.problems} == {"パートナーID", "契約時の登録メールアドレス"}
    take(client, "accounts_contract", content.replace("C1,,", "C1,K1,").replace(
        "2026/4/1,,", f"2026/4/1,{Contract.objects.get(number='C1').mail},").encode())  # fmt: skip
    assert Contract.objects.get(number="C2").customer == known
    assert Contract.objects.get(number="C1").functions == ["lines.status", "numbering.list"]


def test_the_registered_address_and_the_customer_of_a_contract_stay(client, known):
    contract = builders.contract(customer=known)
    rows = table(export(client, "accounts_contract", q=contract.number))
    rows[0] |= {"契約時の登録メールアドレス": "thief@x.example", "パートナーID": builders.customer().partner_id}
    found = preview(client, "accounts_contract", as_csv(rows))
    assert found.wrong == 1
    assert "ログインできる人" in " ".join(problem.reason for problem in found.problems)


def test_unknown_functions_are_refused_beside_their_column(client, known):
    contract = builders.contract(customer=known, functions=[])
    found = preview(client, "accounts_contract", f"契約番号,利用できる機能\n{contract.number},rule.world\n".encode())
    assert [(p.column, p.typed) for p in found.problems] == [("利用できる機能", "rule.world")]


def test_the_same_row_twice_is_refused_with_both_places(client, known):
    found = preview(client, NOUN, f"{HEADING}K1,a,1,b\nK1,c,1,d\n".encode())
    assert [(p.number, p.reason) for p in found.problems] == [(3, "2行目にも同じものがあります。")]


def test_a_leading_zero_that_excel_took_is_given_back_and_told(client):
    contract = builders.contract(kind=Contract.Kind.MOBILE)
    builders.line(contract=contract, sim_serial="S1", number="09000000001", product="old")
    rows = "SIM製造番号,回線電話番号,出荷時商品コード\nS1,9000000001,new\n"
    client = inside(operator_of("admin"))
    found = preview(client, "lines_line", rows.encode())
    assert not found.problems
    assert "9000000001 → 09000000001" in found.changed[0].notes[0]
    assert preview(client, "lines_line", rows.replace("new", "old").encode()).noted[0].number == 2
    lost = preview(client, "lines_line", "SIM製造番号,契約番号,回線電話番号\nS9,C,9.0E+10\n".encode())
    assert "桁が失われています" in " ".join(problem.reason for problem in lost.problems)


def test_lines_change_by_orders_and_not_by_files(client):
    builders.line(sim_serial="S1", plan="")
    client = inside(operator_of("admin"))
    content = "SIM製造番号,プランコード,SIMステータス\nS1,other,解約済\n"
    found = preview(client, "lines_line", content.encode())
    assert {problem.column for problem in found.problems} == {"プランコード", "SIMステータス"}
    assert "お申し込み" in found.problems[0].reason


def test_a_shipped_line_begins_unopened(client):
    contract = builders.contract(kind=Contract.Kind.MOBILE)
    client = inside(operator_of("admin"))
    content = (
        "SIM製造番号,契約番号,回線電話番号,キャリア種別,SIM種別,SIMサイズ,出荷日\n"
        f"DN1234567890123,{contract.number},070-1234-5678,docomo,音声,ナノ,2026-11-20\n"
    )
    take(client, "lines_line", content.encode())
    line = contract.lines.get()
    assert (line.number, line.status, line.customer_id) == ("07012345678", "unopened", contract.customer_id)
    assert line.shipped_on == date(2026, 11, 20)


@pytest.mark.parametrize("group", ["support", "billing"])
def test_others_may_not_import(clock, group, known):
    client = inside(operator_of(group))
    assert client.get(f"/admin/{NOUN.replace('_', '/')}/import/").status_code == 403
    assert upload(client, NOUN, f"{HEADING}K1,a,1,b\n".encode()).status_code == 403
    assert "ファイルから取り込む" not in client.get("/admin/accounts/customer/").content.decode()


def test_uploads_that_nobody_confirms_expire_and_are_swept(client, known):
    uploaded = upload(client, NOUN, f"{HEADING}K1,a,1,b\n".encode())
    ImportFile.objects.update(created_at=time.real_now() - imports.KEPT - timedelta(minutes=1))
    assert "期限が切れています" in confirm(client, NOUN, uploaded)
    known.refresh_from_db()
    assert known.name == "株式会社ふるい"
    assert imports.sweep(Job(kind="staff.sweep_imports", key="now")) == {"deleted": 1}
