from billing.models.bills import Bill, BillLine, BillTax, VoiceCharge
from billing.models.charges import OnceCharge, RecurringCharge
from billing.models.closing import ClosingRun, ClosingStep
from billing.models.invoices import InvoiceFile
from billing.models.issuing import Issuer, PaymentTerms
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
    "ClosingRun",
    "ClosingStep",
    "DataUsage",
    "DownloadToken",
    "InvoiceFile",
    "Issuer",
    "OnceCharge",
    "PaymentTerms",
    "RecordFile",
    "RecurringCharge",
    "StatementFile",
    "Tariff",
    "TaxRate",
    "VoiceCharge",
]
