"""Closing months: records and charges become voice statements and bills, step by step, each in its own transaction.

| run | step | what it does |
| --- | --- | --- |
| VOICE of month M, from the 25th of M | charges | sums of the calls of M - 1, options of M - 1, port-out fees |
| | freeze | looks whether calls have come since, and closes |
| BILLS of month M and one cycle, from the 5th of M + 1 | charges | lines: monthly fees, fees per number, voice, once |
| | invoices | numbers, taxes, sums, names and days; closes |
| | statements | counts |
| | pdfs | asks for the PDFs and waits for them |
| | mails | 「請求確定のお知らせ」 from the 10th on |

A step is done under a lock of its run's row and leaves a ClosingStep in the same transaction: done twice, by several
workers, or killed anywhere, each is there once and whole. What a step cannot charge for (no tariff, no registration)
it refuses as a whole, see `trouble`. Months close in order.

A bill whose total is zero or below is issued like any other: it has a number, is a qualified return invoice
(適格返還請求書) as it stands, and its amount is paid back by the day that it would be due. Nothing is carried over, so
that every bill is the sum of its own lines. A customer without a single line gets no bill.
"""
