"""What can be wrong with a line. The codes are stored and permanent; `%(value)s` is BadRow.value."""

from django.utils.translation import gettext_lazy

WORDS = {
    "too_long": gettext_lazy("行が長すぎます。"),
    "control": gettext_lazy("使えない制御文字があります。"),
    "encoding": gettext_lazy("この文字コードでは読めない文字があります。"),
    "quotes": gettext_lazy("引用符が正しく閉じていません。"),
    "columns": gettext_lazy("列の数が違います（%(value)s列）。"),
    "number": gettext_lazy("電話番号は、0から始まる10〜14桁の半角数字です。"),
    "moment": gettext_lazy("日時は、YYYY-MM-DD HH:MM:SS の形の実在する日時です。"),
    "day": gettext_lazy("日付は、YYYY-MM-DD の形の実在する日付です。"),
    "other_number": gettext_lazy("通信先電話番号は、30桁までの半角数字・*・# です。"),
    "other_number_missing": gettext_lazy("発信の記録には、通信先電話番号が必要です。"),
    "text": gettext_lazy("60文字を超えています。"),
    "seconds": gettext_lazy("通信時間は、0から86400までの整数（秒）です。"),
    "bytes": gettext_lazy("バイト数は、13桁までの0以上の整数です。"),
    "kind": gettext_lazy("知らない通信の種類です。"),
    "direction": gettext_lazy("発着は「発信」か「着信」です。"),
    "direction_of_kind": gettext_lazy("この通信の種類では「%(value)s」だけです。"),
    "unknown_number": gettext_lazy("その日に契約のない電話番号です。"),
    "no_rate": gettext_lazy("料金プラン「%(value)s」に、その日の通話料金がありません。"),
    "no_tax_rate": gettext_lazy("課税区分「%(value)s」に、その日の税率がありません。"),
    "too_old": gettext_lazy("保存期間より前の記録です。"),
    "future": gettext_lazy("未来の日時です。"),
    "twice": gettext_lazy("%(value)s行目と同じ記録です。"),
    "loaded": gettext_lazy("すでに取り込み済みの記録です。"),
}


def sentence(reason: str, value: str) -> str:
    words = WORDS.get(reason)
    return str(words) % {"value": value} if words else reason
