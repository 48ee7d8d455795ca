"""Login and the user's own account. The login's names stand alone because Django and other programs name them."""

from django.urls import include, path

from selfcare.accounts.views import (
    account,
    authenticator,
    code_address,
    company_users,
    confirming,
    forgotten,
    invitations,
    login,
    login_method,
    notification_addresses,
    own_passkeys,
    passkeys,
    profile,
    recovery,
    security,
    trail,
)

#: What owners do to a user, each with a page that says what will happen.
_DEEDS = ("suspend", "resume", "remove", "reset-password", "end-sessions")
accounts = [
    path("account/", company_users.users, name="users"),
    path("account/invite/", invitations.invite, name="invite"),
    path("account/invitations/<int:invitation_id>/", invitations.invitation, name="invitation_change"),
    path("account/users/<int:user_id>/", company_users.user, name="user"),
    *(
        path(
            f"account/users/<int:user_id>/{deed}/",
            company_users.deed,
            {"name": deed},
            name=f"user_{deed.replace('-', '_')}",
        )
        for deed in _DEEDS
    ),
    path("account/profile/", profile.profile, name="profile"),
    path("invitation/<str:token>/", invitations.join, name="invitation"),
    path("account/password/", account.password, name="password"),
    path("account/login-method/", login_method.login_method, name="login_method"),
    path("account/code-address/", code_address.own, name="code_address"),
    path("account/users/<int:user_id>/code-address/", code_address.of_user, name="user_code_address"),
    path("account/notifications/", notification_addresses.index, name="notifications"),
    path("account/notifications/change/", notification_addresses.change, name="notifications_change"),
    path("account/security/", security.overview, name="security"),
    path("account/security/confirm/", confirming.confirm, name="confirm"),
    path("account/security/confirm/passkey/", passkeys.confirm, name="confirm_passkey"),
    path("account/security/passkeys/", own_passkeys.index, name="passkeys"),
    path("account/security/passkeys/options/", own_passkeys.options, name="passkey_options"),
    path("account/security/app/", authenticator.app, name="app"),
    path("account/security/recovery-codes/", recovery.codes, name="recovery_codes"),
    path("account/security/recovery-codes/file/", recovery.file, name="recovery_codes_file"),
    path("account/security/mail-codes/", security.mail_codes, name="mail_codes"),
    path("account/audit/", trail.index, name="audit"),
    path("account/audit.csv", trail.csv_file, name="audit_csv"),
    path("account/sessions/", account.sessions, name="sessions"),
    path("forgotten/", forgotten.forgotten, name="forgotten"),
    path("code-address/<str:token>/", code_address.link, name="code_address_link"),
    path("notification-address/<str:token>/", notification_addresses.link, name="notification_address_link"),
    path("reset/<str:token>/", forgotten.reset, name="reset"),
    path("lost-id/", forgotten.lost_id, name="lost_id"),
]
urlpatterns = [
    path("login/", login.login, name="login"),
    path("login/code/", login.login_code, name="login_code"),
    path("login/passkey/", passkeys.login_passkey, name="login_passkey"),
    path("login/code/passkey/", passkeys.login_code_passkey, name="login_code_passkey"),
    path("logout/", login.logout, name="logout"),
    path("i18n/language/", account.set_language, name="set_language"),
    path("", include((accounts, "accounts"))),
]
