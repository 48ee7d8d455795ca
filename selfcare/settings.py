"""One settings file, all of it from the environment; selfcare/checks.py turns what is wrong into a hint."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from selfcare import env, logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.text("SELFCARE_VAR", str(BASE_DIR / "var"))).resolve()
DEBUG = env.flag("SELFCARE_DEBUG")
# The demo: invented customers, mails in a folder, a clock that can be moved. Never on a public address.
DEMO = env.flag("SELFCARE_DEMO")

SECRET_KEY = env.text("SELFCARE_SECRET_KEY", "insecure-only-for-commands-that-need-no-secret")
VAULT_KEYS = env.keys("SELFCARE_VAULT_KEYS")
ALLOWED_HOSTS = env.words("SELFCARE_HOSTS", "localhost,127.0.0.1,[::1]")
BASE_URL = env.text("SELFCARE_BASE_URL", f"http://localhost:{env.number('PORT', 8000)}").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if HTTPS else []
# How many proxies in front of us append to X-Forwarded-For; 0 trusts the socket's address only.
TRUSTED_PROXIES = env.number("SELFCARE_PROXIES", 0)

INSTALLED_APPS = [
    "selfcare.accounts.apps.AccountsConfig",
    "selfcare.orders.apps.OrdersConfig",
    "selfcare.work.apps.WorkConfig",
    "selfcare.documents.apps.DocumentsConfig",
    "selfcare.contract_data.apps.ContractDataConfig",
    "selfcare.inquiries.apps.InquiriesConfig",
    "selfcare.shell.apps.ShellConfig",
    "selfcare.runtime.apps.RuntimeConfig",
    "numbering.apps.NumberingConfig",
    "lines.apps.LinesConfig",
    "billing.apps.BillingConfig",
    "selfcare.staff.apps.StaffConfig",
    "selfcare.staff.apps.SelfcareAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_otp",
    "django_otp_webauthn",
    "django_htmx",
    "import_export",
    "csp",
]

MIDDLEWARE = [
    "selfcare.accounts.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "selfcare.shell.middleware.MethodsMiddleware",
    "selfcare.accounts.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "selfcare.shell.middleware.LargestRequestMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "selfcare.accounts.middleware.SessionLimitsMiddleware",
    "selfcare.staff.middleware.ViewingMiddleware",
    "selfcare.shell.middleware.MaintenanceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "selfcare.orders.once.ReadOnceMiddleware",
]

ROOT_URLCONF = "selfcare.urls"
WSGI_APPLICATION = "selfcare.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "selfcare.shell.context.shell",
            ],
        },
    },
]
FORM_RENDERER = "selfcare.shell.forms.Renderer"

# Two roles: the application's own may neither own nor alter anything; the owner migrates.
_owner_url = env.text("DATABASE_OWNER_URL") or env.text("DATABASE_URL", "postgresql:///selfcare")
DATABASES = {
    "default": {
        **env.database(
            env.text("DATABASE_URL", "postgresql:///selfcare"),
            name="DATABASE_URL",
            role="" if env.text("DATABASE_OWNER_URL") else "selfcare_app",
        ),
        # One thread per process, one connection per thread, kept: opening one costs more than most pages.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"MIRROR": "owner"},
    },
    "owner": env.database(_owner_url, name="DATABASE_OWNER_URL"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", "redis://localhost:6379/0")

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["selfcare.accounts.backend.Backend"]
PASSWORD_HASHERS = [
    "selfcare.accounts.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "selfcare.accounts.passwords.OwnDataValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
OTP_TOTP_ISSUER = "Selfcare"
# Passkeys are bound to the host for ever: another one later means that everybody registers anew.
OTP_WEBAUTHN_RP_ID = urlsplit(BASE_URL).hostname or "localhost"
OTP_WEBAUTHN_RP_NAME = "Selfcare"
OTP_WEBAUTHN_ALLOWED_ORIGINS = [BASE_URL]

SESSION_ENGINE = "selfcare.accounts.sessions"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_IDLE = timedelta(minutes=30)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
# The __Host- prefix binds a cookie to exactly this host; browsers accept it over https only.
SESSION_COOKIE_NAME = "__Host-selfcare" if HTTPS else "selfcare"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "selfcare_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "selfcare.shell.errors.csrf_failure"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = "selfcare_language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SSL_REDIRECT = HTTPS and env.flag("SELFCARE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
# Of a form without its files, and how many files; selfcare/shell/uploads.py says how large those may be.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_HANDLERS = [
    "selfcare.shell.uploads.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("日本語")), ("en", _("英語"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # What customers send along with orders: served by no address, readable by the portal's own system user only.
    # Several web hosts share the folder.
    "documents": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR / "documents",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    # Lists that operators have asked for as files; kept for a day.
    "exports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR / "exports",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    # Carriers' files of call records, from their upload until they are loaded or given up. Secrecy of communications:
    # served by no address, and erased then.
    "imports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR / "imports",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    # Statements and invoices as customers have them, for years: in every backup.
    "statements": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR / "statements",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_MAX_AGE = 3600
# Nobody else embeds our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Where the folder backend puts messages; unused with a mail server.
EMAIL_FILE_PATH = str(VAR / "mail")
vars().update(env.email(env.text("EMAIL_URL", f"folder://{VAR / 'mail'}")))
DEFAULT_FROM_EMAIL = env.text("SELFCARE_MAIL_FROM", "Selfcare <noreply@selfcare.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

CARRIER_URL = env.text("CARRIER_URL", "http://127.0.0.1:8090")
CARRIER_SECRET = env.text("CARRIER_SECRET")
# Where carriers reach this portal with their events; in compose that is not the address that browsers use.
CARRIER_CALLBACK_BASE = env.text(
    "CARRIER_CALLBACK_BASE", env.text("SELFCARE_BASE_URL", f"http://127.0.0.1:{env.number('PORT', 8000)}")
).rstrip("/")
# Payment provider, fax gateway, post and push gateway: /payments/, /fax/, /post/, /push/ below one address.
OUTSIDE_URL = env.text("OUTSIDE_URL", "http://127.0.0.1:8091")
OUTSIDE_SECRET = env.text("OUTSIDE_SECRET")
# The pace of what carriers are asked after the 1st of a month: at once per worker process, per second in all.
CARRIER_CALLS_AT_ONCE = env.number("CARRIER_CALLS_AT_ONCE", 8)
CARRIER_CALLS_PER_SECOND = env.number("CARRIER_CALLS_PER_SECOND", 50)
# Statements that are being sent at once by one web process: each takes one of its threads (SELFCARE_WEB_THREADS).
DOWNLOADS_AT_ONCE = env.number("SELFCARE_DOWNLOADS", 16)
METRICS_TOKEN = env.text("METRICS_TOKEN")
# The registrar that is asked who is registered, see numbering/registrar/port.py; empty: none is attached.
REGISTRAR_URL = env.text("REGISTRAR_URL")
REGISTRAR_CLASS = env.text("REGISTRAR_CLASS", "numbering.registrar.kamailio.Kamailio")
# The domain the telephones register at: part of every SIP digest, so it never changes once numbers are issued.
SIP_REALM = env.text("SELFCARE_SIP_REALM", "sip.selfcare.example").lower()
# Where telephones register, host or host:port, as customers type it into them; by default the domain says it.
SIP_SERVER = env.text("SELFCARE_SIP_SERVER", SIP_REALM)

IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_SKIP_ADMIN_LOG = True

LOGGING = logs.config(env.text("SELFCARE_LOG_LEVEL", "INFO"))
TEST_RUNNER = "django.test.runner.DiscoverRunner"
# Where browsers keep no passkeys the portal works without: that is selfcare.W015, and no reason not to start.
SILENCED_SYSTEM_CHECKS = ["otp_webauthn.E031"]
