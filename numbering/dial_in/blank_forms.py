"""取引時確認記録登録申込書 to be filled in: one content, as a workbook and as a page to print."""

from dataclasses import dataclass
from io import BytesIO

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from selfcare.work import pdf

_THIN = Side(style="thin", color="808080")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_TINT = PatternFill("solid", fgColor="E4F0F6")


@dataclass(frozen=True)
class Line:
    """What is asked, and what stands in the space for the answer: a choice, or how it is to be written."""

    label: str
    hint: str = ""


@dataclass(frozen=True)
class Section:
    title: str
    lines: tuple[Line, ...]


def legal_record() -> tuple[str, str, list[Section]]:
    """Title, what is to be known before it is filled in, sections."""
    title = _("取引時確認記録登録申込書")
    about = _(
        "「犯罪による収益の移転防止に関する法律」にもとづき、0ABJ番号を新しくご利用になるお客さまの取引時確認を行います。"
        "すべての項目を記入し、セルフケアの「その他ご確認事項」の画面からお送りください。"
    )
    choice = _("□ はい　□ いいえ")
    return (
        title,
        about,
        [
            Section(
                _("1. お客さま（法人）"),
                (
                    Line(_("名称")),
                    Line(_("名称（カナ）")),
                    Line(_("本店または主たる事務所の所在地")),
                    Line(_("法人番号（13桁）")),
                    Line(_("事業の内容")),
                    Line(_("代表者の役職・氏名")),
                    Line(_("代表者の生年月日"), _("　　　　年　　月　　日")),
                ),
            ),
            Section(
                _("2. 実質的支配者"),
                (
                    Line(_("氏名または名称")),
                    Line(_("住居または所在地")),
                    Line(_("生年月日"), _("　　　　年　　月　　日")),
                    Line(_("外国の重要な公的地位にある方に該当するか"), choice),
                ),
            ),
            Section(
                _("3. 取引の担当者"),
                (
                    Line(_("所属・役職")),
                    Line(_("氏名")),
                    Line(_("住居")),
                    Line(_("生年月日"), _("　　　　年　　月　　日")),
                    Line(_("取引の権限を確認する書類"), _("□ 委任状　□ 登記事項証明書　□ その他")),
                ),
            ),
            Section(
                _("4. ご利用の目的と場所"),
                (
                    Line(_("音声契約番号"), "N"),
                    Line(_("番号をご利用になる場所")),
                    Line(_("ご利用の目的"), _("□ 事業用　□ その他")),
                    Line(_("前回の確認からの変更"), _("□ あり　□ なし")),
                ),
            ),
            Section(
                _("5. 添付する本人確認書類"),
                (Line(_("書類の名称")), Line(_("発行日"), _("　　　　年　　月　　日"))),
            ),
        ],
    )


def workbook() -> bytes:
    """For a screen: one column of questions, one of answers."""
    title, about, sections = legal_record()
    book = Workbook()
    sheet = book.active
    sheet.title = title
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 44, 64
    sheet.append([title])
    sheet.append([about])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.merge_cells("A2:B2")
    sheet["A2"].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[2].height = 48
    sheet.append([_("記入日"), _("　　　　年　　月　　日")])
    for section in sections:
        _write(sheet, section)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _write(sheet: Worksheet, section: Section) -> None:
    sheet.append([])
    sheet.append([section.title])
    sheet.cell(sheet.max_row, 1).font = Font(bold=True)
    for line in section.lines:
        sheet.append([line.label, line.hint])
        question, answer = sheet.cell(sheet.max_row, 1), sheet.cell(sheet.max_row, 2)
        question.fill, question.border, answer.border = _TINT, _BOX, _BOX
        # What is typed is text: a number keeps its leading 0.
        answer.number_format = "@"
        question.alignment = answer.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.row_dimensions[sheet.max_row].height = 24


def page() -> bytes:
    """For paper, A4."""
    title, about, sections = legal_record()
    context = {"title": title, "about": about, "sections": sections, "language": get_language()}
    return pdf.join([render_to_string("letters/blank_legal.html", context)])
