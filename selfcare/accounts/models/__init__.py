"""Who is under contract, who may log in, and what was done."""

from selfcare.accounts.models.audit import AuditEvent
from selfcare.accounts.models.customers import Contract, Customer, NotificationAddress
from selfcare.accounts.models.factors import AuthenticatorApp, RecoveryCode, RecoveryDevice
from selfcare.accounts.models.login import LoginAttempt, MailCodeDevice, PasswordReset, ThrottleCounter
from selfcare.accounts.models.sessions import UserSession
from selfcare.accounts.models.users import Role, User

# After users: they name them.
from selfcare.accounts.models.invitations import CodeAddressChange, Invitation  # isort: skip

__all__ = [
    "AuditEvent",
    "AuthenticatorApp",
    "CodeAddressChange",
    "Contract",
    "Customer",
    "Invitation",
    "LoginAttempt",
    "MailCodeDevice",
    "NotificationAddress",
    "PasswordReset",
    "RecoveryCode",
    "RecoveryDevice",
    "Role",
    "ThrottleCounter",
    "User",
    "UserSession",
]
