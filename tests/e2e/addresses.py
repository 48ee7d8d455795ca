"""Pages that whoever is there can open by their address: without a login, as a customer, as an operator."""

GUESTS = (
    "/login/", "/forgotten/", "/lost-id/", "/reset/none/", "/code-address/none/", "/notification-address/none/",
    "/contract/mail/none/", "/cloud/apply/", "/cloud/apply/link/", "/cloud/applications/none/",
    "/invitation/none/", "/faq/", "/faq/?q=none", "/faq/phone-does-not-ring/", "/nowhere/", "/admin/login/",
    "/demo/mail/?to=umino",
)  # fmt: skip
CUSTOMERS = (
    "/", "/search/?q=0012", "/search/?q=none", "/numbering/?q=2001", "/numbering/?q=none", "/numbering/add/",
    "/numbering/sip-password/?number=05000002901", "/numbering/sip-password/file/",
    "/numbering/dial-in/at-once/", "/numbering/dial-in/by-date/",
    "/lines/?status=terminated", "/lines/plan/?q=0700", "/lines/plan/file/", "/lines/mnp-in/", "/orders/batches/",
    "/orders/?state=open", "/orders/?state=rejected", "/orders/coming/", "/billing/", "/billing/tokens/",
    "/payments/", "/payments/method/",
    "/orders/approvals/", "/orders/approvals/?of=all", "/account/approval/",
    "/account/", "/account/invite/", "/account/profile/", "/account/password/", "/account/security/",
    "/account/sessions/", "/account/login-method/", "/account/notifications/", "/account/audit/", "/inquiries/",
    "/inquiries/new/?q=FAX",
    "/account/audit/?kind=login", "/contract/?q=0700", "/contract/contact/", "/contract/identity/", "/nowhere/",
)  # fmt: skip
OPERATORS = (
    "/admin/", "/admin/orders/order/?state=held", "/admin/orders/acceptancehours/",
    "/admin/orders/acceptancehours/set/lines.plan/", "/admin/accounts/user/", "/admin/accounts/contract/add/",
    "/admin/accounts/auditevent/?q=user.locked", "/admin/numbering/number/?state=reserved",
    "/admin/numbering/number/import/", "/admin/work/letter/?state=all", "/admin/shell/maintenance/",
    "/admin/lines/carrierorder/", "/admin/lines/plan/add/", "/admin/lines/portin/", "/admin/lines/stocksim/add/",
    "/admin/inquiries/inquiry/", "/admin/inquiries/article/", "/admin/inquiries/supportcontact/",
    "/admin/shell/notice/add/", "/admin/staff/operator/add/", "/admin/password_change/", "/admin/passkeys/",
    "/admin/accounts/customer/import/", "/admin/billing/oncecharge/import/", "/admin/staff/exportfile/",
    "/admin/contract_data/identitycase/", "/admin/contract_data/suspension/",
    "/admin/billing/recordfile/", "/admin/billing/recordfile/add/", "/admin/billing/oncecharge/add/",
    "/admin/billing/bill/", "/admin/billing/closingrun/", "/admin/billing/billline/", "/admin/billing/voicecharge/",
    "/admin/billing/oncecharge/", "/admin/billing/recurringcharge/", "/admin/billing/tariff/",
    "/admin/billing/callrate/", "/admin/billing/taxrate/", "/admin/billing/issuer/", "/admin/billing/paymentterms/",
    "/admin/billing/payment/", "/admin/billing/paymentmethod/", "/admin/billing/ledgerentry/",
    "/admin/billing/providerevent/", "/admin/billing/cardregistration/",
)  # fmt: skip
