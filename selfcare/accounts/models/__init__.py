"""Who is under contract, who may log in, and what was done."""

from selfcare.accounts.models.audit import AuditEvent
from selfcare.accounts.models.customers import Contract, Customer, NotificationAddress
from selfcare.accounts.models.login import LoginAttempt, MailCodeDevice, PasswordReset, ThrottleCounter
from selfcare.accounts.models.sessions import UserSession
from selfcare.accounts.models.users import Role, User

__all__ = [
    "AuditEvent",
    "Contract",
    "Customer",
    "LoginAttempt",
    "MailCodeDevice",
    "NotificationAddress",
    "PasswordReset",
    "Role",
    "ThrottleCounter",
    "User",
    "UserSession",
]
