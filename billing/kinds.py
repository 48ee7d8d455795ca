"""費用種別: the kinds of costs on the bill and on the voice statement, by the names that the customer's files carry."""

from django.db import models

#: 音声課税対象料金 and 音声非課税対象料金 of the bill are the sums of the voice statement's rows.


class CostKind(models.TextChoices):
    """Kinds on the bill (請求明細). The labels are words of the file format and never translated."""

    BASE = "base", "月額基本料金"
    UNIVERSAL = "universal", "ﾕﾆﾊﾞｰｻﾙｻｰﾋﾞｽ料金"
    RELAY = "relay", "電話ﾘﾚｰｻｰﾋﾞｽ料金"
    VOICE_TAXED = "voice_taxed", "音声課税対象料金"
    VOICE_UNTAXED = "voice_untaxed", "音声非課税対象料金"
    # Named by the fee itself: `BillLine.words`.
    ONCE = "once", "一時費用"
    CORRECTION = "correction", "料金訂正"


class VoiceKind(models.TextChoices):
    """Kinds on the voice statement (音声課金明細)."""

    XI = "xi", "Xi通話料"
    OTHER = "other", "他社通話料"
    SERVICE = "service", "他社接続サービス通信料"
    OPTION = "option", "付加機能使用料"
    PORT_OUT = "port_out", "MNP転出手数料"
    SMS = "sms", "SMS通信料"
    INTERNATIONAL = "international", "国際通話料"
    ROAMING = "roaming", "国際ローミング料"
    DISCOUNT = "discount", "通話定額割引"


class CallKind(models.TextChoices):
    """What a record of a call or message is; each is priced by its rate and lands in one kind of the statement."""

    XI = "xi", "Xi通話"
    OTHER = "other", "他社通話"
    SERVICE = "service", "他社接続サービス"
    SMS = "sms", "SMS"
    INTERNATIONAL = "international", "国際通話"
    INTERNATIONAL_SMS = "international_sms", "国際SMS"
    ROAMING_OUT = "roaming_out", "国際ローミング発信"
    ROAMING_IN = "roaming_in", "国際ローミング着信"
    ROAMING_SMS = "roaming_sms", "国際ローミングSMS"


#: Where each kind of record lands on the voice statement.
VOICE_OF: dict[str, str] = {
    CallKind.XI: VoiceKind.XI,
    CallKind.OTHER: VoiceKind.OTHER,
    CallKind.SERVICE: VoiceKind.SERVICE,
    CallKind.SMS: VoiceKind.SMS,
    CallKind.INTERNATIONAL: VoiceKind.INTERNATIONAL,
    CallKind.INTERNATIONAL_SMS: VoiceKind.INTERNATIONAL,
    CallKind.ROAMING_OUT: VoiceKind.ROAMING,
    CallKind.ROAMING_IN: VoiceKind.ROAMING,
    CallKind.ROAMING_SMS: VoiceKind.ROAMING,
}
#: Calls that a flat rate (通話定額) covers.
COVERED_BY_FLAT_RATE = (CallKind.XI, CallKind.OTHER)
