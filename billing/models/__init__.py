from billing.models.bills import Bill, BillLine, BillTax, VoiceCharge
from billing.models.charges import OnceCharge, RecurringCharge
from billing.models.closing import ClosingRun, ClosingStep
from billing.models.collecting import CardCharge, LedgerEntry, Payment, ProviderEvent
from billing.models.invoices import InvoiceFile
from billing.models.issuing import Issuer, PaymentTerms
from billing.models.payments import CardRegistration, PaymentDay, PaymentMethod
from billing.models.records import BadRow, CallRecord, DataUsage, RecordFile
from billing.models.statements import DownloadToken, StatementFile
from billing.models.tariffs import CallRate, Tariff, TaxRate

__all__ = [
    "BadRow",
    "Bill",
    "BillLine",
    "BillTax",
    "CallRate",
    "CallRecord",
    "CardCharge",
    "CardRegistration",
    "ClosingRun",
    "ClosingStep",
    "DataUsage",
    "DownloadToken",
    "InvoiceFile",
    "Issuer",
    "LedgerEntry",
    "OnceCharge",
    "Payment",
    "PaymentDay",
    "PaymentMethod",
    "PaymentTerms",
    "ProviderEvent",
    "RecordFile",
    "RecurringCharge",
    "StatementFile",
    "Tariff",
    "TaxRate",
    "VoiceCharge",
]
