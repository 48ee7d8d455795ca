"""The one table of every address: who may ask it, by which methods. A page that is not in it is red.

A new page joins the group that says what it is; a page whose view says another role than the table is red, too.
"""

from dataclasses import dataclass
from enum import Enum

from selfcare.accounts.models import Role
from tests.hostile import routes


class Rule(Enum):
    PUBLIC = "answers everybody, with nothing of any customer"
    MACHINE = "answers who signs: nobody here does"
    DEMO = "is there in the demo only"
    OWN = "shows a customer's user what is his customer's; it takes no id"
    THEIRS = "takes an id: another customer's is not found"
    OPERATOR = "opens to an operator with the second factor"


#: What a page is asked by; everything else, and every other method, is refused whoever asks.
READ, FORM, SENT = "GET HEAD", "GET HEAD POST", "POST"


@dataclass(frozen=True)
class Page:
    """`role` is the weakest that gets in; empty where no role is asked for. `sends` is the weakest that may POST where
    more is asked of it than of looking.
    """

    rule: Rule
    role: str = ""
    methods: str = READ
    sends: str = ""


#: Procedures of a line, each with a page and a file's page; and those that the menu leads to.
_OF_LINES = (
    "suspend", "resume", "voice-options", "voice-options-cancel", "plan", "plan-cancel", "sim-reissue", "mnp-in",
    "mnp-out", "terminate", "terminate-cancel",
)  # fmt: skip
_FOUND_FIRST = ("suspend", "voice-options", "plan", "sim-reissue", "mnp-out", "terminate")


def _dial_in(prefix: str, *pages: str) -> tuple[str, ...]:
    return tuple(f"numbering:dial-in{prefix}{page}" for page in pages)


_GROUPS: tuple[tuple[Page, tuple[str, ...]], ...] = (
    (
        Page(Rule.PUBLIC, methods=READ),
        ("healthz", "readyz", "cloud:quote", "cloud:quote_pdf", "cloud:apply_back", "cloud:setup"),
    ),
    (Page(Rule.PUBLIC, methods=READ), ("inquiries:faq", "inquiries:article")),
    (Page(Rule.PUBLIC, methods="GET POST"), ("login", "login_code")),
    (
        Page(Rule.PUBLIC, methods=SENT),
        ("logout", "login_passkey", "login_code_passkey", "cloud:app-login", "cloud:app-logout"),
    ),
    (
        Page(Rule.PUBLIC, methods=FORM),
        (
            "set_language", "accounts:forgotten", "accounts:lost_id", "accounts:reset", "accounts:code_address_link",
            "accounts:notification_address_link", "accounts:invitation", "cloud:apply", "cloud:apply_lost_link",
            # Whoever has the link has the page.
            "contract_data:mail_link",
            "cloud:application", "cloud:application_agency", "cloud:application_withdraw",
            *(f"cloud:apply_{step}" for step in ("basket", "who", "number", "documents", "payment", "confirm")),
        ),
    ),
    # An application's card is known by its random name, before there is a login; a contract's is its customer's.
    (Page(Rule.PUBLIC, methods=READ), ("payments:card", "payments:card-back")),
    (Page(Rule.MACHINE, methods=READ), ("metrics",)),
    (Page(Rule.MACHINE, methods=SENT), ("lines:carrier-events", "outside:events")),
    (Page(Rule.DEMO, methods=READ), ("demo_mails", "demo_mail")),
    (
        Page(Rule.OWN, Role.VIEWER),
        (
            "home", "search", "orders:history", "orders:coming", "orders:batches", "numbering:list", "lines:list",
            "lines:mnp-in-list", "billing:months", "accounts:security", "accounts:notifications",
            "accounts:users", "cloud:numbers", "cloud:option-list", "cloud:contracts", "cloud:phone_book_export",
            *_dial_in("", "", "-check", "-contracts", "-prices", "-lead-times"),
            *(f"lines:find-{name}" for name in _FOUND_FIRST),
            "inquiries:list", "cloud:fax",
            "contract_data:contract",
        ),
    ),
    (
        Page(Rule.OWN, Role.VIEWER, FORM),
        (
            "accounts:login_method", "accounts:password", "accounts:sessions", "accounts:confirm", "accounts:passkeys",
            "accounts:code_address", "accounts:profile", "cloud:phone_book",
            "accounts:app", "accounts:recovery_codes", "accounts:mail_codes", "inquiries:new",
        ),
    ),
    (
        Page(Rule.OWN, Role.MEMBER),
        (
            "numbering:sip-password-file-sample", "numbering:sip-password-file-numbers",
            *_dial_in("", "-at-once", "-by-date", "-by-date-remaining-form"),
            *(f"lines:{name}-file-sample" for name in _OF_LINES),
        ),
    ),
    (
        Page(Rule.OWN, Role.MEMBER, FORM),
        (
            "orders:coming_cancel", "cloud:options", "cloud:fax-number", "cloud:settle", "cloud:end", "cloud:port-in",
            "cloud:phone_book_new", "cloud:phone_book_import", "cloud:add-ids", "cloud:add-number",
            "numbering:add", "numbering:sip-password", "numbering:sip-password-file",
            *_dial_in("-by-date", "-consent", "-contract"),
            *(f"lines:{name}-file" for name in _OF_LINES),
        ),
    ),
    # Who looks reads the result; the assistant is a member's.
    (Page(Rule.OWN, Role.VIEWER, FORM, sends=Role.MEMBER), ("cloud:scheme-switch",)),
    (Page(Rule.OWN, Role.VIEWER, SENT), ("accounts:recovery_codes_file",)),
    (Page(Rule.OWN, Role.VIEWER, SENT), ("accounts:passkey_options", "accounts:confirm_passkey")),
    (Page(Rule.OWN, Role.MEMBER, SENT), ("lines:bulk",)),
    (Page(Rule.OWN, Role.MEMBER), ("orders:approvals",)),
    (Page(Rule.OWN, Role.OWNER), ("accounts:audit", "accounts:audit_csv")),
    (Page(Rule.OWN, Role.VIEWER), ("payments:index",)),
    (Page(Rule.OWN, Role.OWNER, SENT), ("payments:card-new",)),
    (Page(Rule.THEIRS, Role.OWNER, SENT), ("payments:pay",)),
    (
        Page(Rule.OWN, Role.OWNER, FORM),
        (
            "approval_rule", "billing:tokens", "payments:method", "accounts:notifications_change", "accounts:invite",
            *(f"contract_data:{page}" for page in ("contact", "mail", "identity", "code", "letter")),
        ),
    ),
    (
        Page(Rule.THEIRS, Role.OWNER, FORM),
        (
            "accounts:user_code_address", "accounts:user", "accounts:user_suspend", "accounts:user_resume",
            "accounts:user_remove", "accounts:user_reset_password", "accounts:user_end_sessions",
        ),
    ),
    (Page(Rule.THEIRS, Role.OWNER, SENT), ("accounts:invitation_change",)),
    (Page(Rule.THEIRS, Role.VIEWER, FORM), ("inquiries:thread",)),
    (Page(Rule.THEIRS, Role.VIEWER), ("cloud:fax_inbox", "cloud:fax_file")),
    (Page(Rule.THEIRS, Role.MEMBER, FORM), ("cloud:fax_send", "cloud:fax_forwarding", "cloud:fax_forward")),
    (Page(Rule.THEIRS, Role.MEMBER, SENT), ("cloud:fax_again",)),
    (
        Page(Rule.THEIRS, Role.VIEWER),
        (
            "orders:order", "orders:batch", "numbering:issued", "numbering:issued-numbers",
            "numbering:issued-numbers-file", "lines:line", *_dial_in("", "-contract", "-rows-file"),
            # Months are everybody's: what a month shows is one's own.
            "billing:bill", "billing:bill_cycle", "billing:zip", "billing:file", "cloud:contract",
            "cloud:scheme-result", "cloud:id",
        ),
    ),
    (
        Page(Rule.THEIRS, Role.MEMBER),
        _dial_in("", "-at-once-template", "-at-once-correct", "-by-date-legal-form"),
    ),
    (Page(Rule.THEIRS, Role.MEMBER, "GET"), ("lines:esim-code",)),
    (
        Page(Rule.THEIRS, Role.MEMBER, FORM),
        (
            "orders:confirm", "orders:cancel", "orders:batch_confirm", "orders:batch_cancel",
            "orders:approve", "orders:refuse", "orders:batch_approve", "orders:batch_refuse",
            "cloud:after_hours", "cloud:voicemail", "cloud:forwarding", "cloud:phone_book_entry",
            "cloud:phone_book_preview", "cloud:number", "cloud:id-password", "cloud:id-set-up", "cloud:remove-id",
            "cloud:remove-number",
            *(f"lines:{name}" for name in _OF_LINES),
            *_dial_in("-at-once", "-new", "-consent", "-method", "-bases", "-contents", "-file", "-contact"),
            *_dial_in(
                "-by-date", "-menu", "-discard", "-matters", "-date", "-contact", "-part", "-rows", "-file",
                "-file-sample", "-file-bad", "-remaining", "-functions", "-part-check", "-part-drop", "-part-remove",
            ),
        ),
    ),
    (
        Page(Rule.THEIRS, Role.MEMBER, SENT),
        ("orders:again", "cloud:agency-code", "cloud:withdraw-port-in", "cloud:to-corporate"),
    ),
    (Page(Rule.THEIRS, Role.MEMBER, SENT), ("cloud:id-save", "cloud:id-devices", "cloud:test-ring")),
)  # fmt: skip

#: Every address of the portal by its name. What is not listed fails; all of the admin is the operators'.
PAGES = {name: page for page, names in _GROUPS for name in names}
RULES = {name: page.rule for name, page in PAGES.items()} | {"admin:login": Rule.PUBLIC, "admin:logout": Rule.PUBLIC}

#: Pages that ask for password and second factor once more before they show anything; accounts:login_method does so
#: for who may choose it.
SHOWN_AGAIN = {
    f"accounts:{name}"
    for name in (
        "app", "code_address", "login_method", "mail_codes", "passkey_options", "passkeys", "recovery_codes",
        "user_code_address",
    )
} | {"contract_data:mail"}  # fmt: skip


def rule_of(route: routes.Route) -> Rule | None:
    return RULES.get(route.name) or (Rule.OPERATOR if route.name.startswith("admin:") else None)


def page_of(route: routes.Route) -> Page | None:
    """The table's entry; none for the admin, which asks for permissions instead of roles."""
    return PAGES.get(route.name)


def named_twice() -> list[str]:
    names = [name for _page, found in _GROUPS for name in found]
    return sorted({name for name in names if names.count(name) > 1})


def without_rule() -> list[str]:
    """Addresses that nobody has thought about yet."""
    return [f"{route.name}: {route.template}" for route in routes.every() if rule_of(route) is None]
