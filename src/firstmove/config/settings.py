"""Django's settings. What an installation may choose comes from the environment; `docs/guide/settings.md` lists it."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from firstmove.kernel import home, postgres

PACKAGE = Path(__file__).resolve().parent.parent
HOME = home.path()

SECRET_KEY = home.read_secrets(HOME).secret_key
DEBUG = False
ALLOWED_HOSTS = os.environ.get("FIRSTMOVE_HOSTS", "*").replace(" ", "").split(",")
CSRF_TRUSTED_ORIGINS = [
    origin.rstrip("/") for origin in os.environ.get("FIRSTMOVE_ORIGINS", "").replace(" ", "").split(",") if origin
]
# Behind a proxy that ends TLS, FIRSTMOVE_HTTPS=1 keeps cookies off plain HTTP.
_HTTPS = os.environ.get("FIRSTMOVE_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SESSION_COOKIE_AGE = 14 * 24 * 3600

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "firstmove.kernel",
    "firstmove.domains.network",
    "firstmove.domains.catalog",
    "firstmove.domains.customers",
    "firstmove.domains.stock",
    "firstmove.domains.trade",
    "firstmove.domains.incentives",
    "firstmove.domains.planning",
    "firstmove.domains.intake",
    "firstmove.domains.reminders",
    "firstmove.portals.design",
    "firstmove.portals.account",
    "firstmove.portals.dealer",
    "firstmove.portals.enterprise",
    "firstmove.portals.supplier",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "firstmove.portals.account.middleware.ActorMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "firstmove.portals.account.middleware.ProblemMiddleware",
]

ROOT_URLCONF = "firstmove.config.urls"
WSGI_APPLICATION = "firstmove.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "firstmove.portals.account.context.frame",
            ],
        },
    },
]

_LOGINS = postgres.logins(HOME)
# `default` serves and is bound by row-level security; `owner` migrates and is used for nothing else. A statement that a
# connection sends again and again is parsed and planned once: with policies on every table that is half of its cost.
_PREPARED = {"server_side_binding": True, "prepare_threshold": 3}
DATABASES = {
    "default": {**_LOGINS.app.django(), "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "OPTIONS": _PREPARED},
    "owner": {**_LOGINS.owner.django(), "TEST": {"MIRROR": "default"}},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "network.User"
AUTHENTICATION_BACKENDS = ["firstmove.portals.account.backend.EmailBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
# The receipt of an order has a field for each line; the largest orders have some 1,200.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
LOGIN_URL = "account:sign-in"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "portals" / "design" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
if os.environ.get("FIRSTMOVE_SMTP"):
    EMAIL_HOST, _colon, _port = os.environ["FIRSTMOVE_SMTP"].partition(":")
    EMAIL_PORT = int(_port or 25)
    EMAIL_HOST_USER = os.environ.get("FIRSTMOVE_SMTP_USER", "")
    EMAIL_HOST_PASSWORD = os.environ.get("FIRSTMOVE_SMTP_PASSWORD", "")
    # By the port where it is not said: 465 speaks TLS from the first byte, 587 after STARTTLS.
    _TLS = os.environ.get("FIRSTMOVE_SMTP_TLS") or {465: "tls", 587: "starttls"}.get(EMAIL_PORT, "none")
    if _TLS not in ("tls", "starttls", "none"):
        raise ImproperlyConfigured(f"FIRSTMOVE_SMTP_TLS is {_TLS}: set it to tls, starttls or none.")
    EMAIL_USE_SSL, EMAIL_USE_TLS = _TLS == "tls", _TLS == "starttls"
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME / "mail"
# A mail server that does not answer must not hold up the pages.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("FIRSTMOVE_FROM", "firstmove@localhost")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

# Requests that a key may make in a minute.
API_PER_MINUTE = int(os.environ.get("FIRSTMOVE_API_PER_MINUTE", "600"))
# Hosts inside the own network that webhooks may be sent to; all others have to be public.
WEBHOOK_HOSTS = tuple(filter(None, os.environ.get("FIRSTMOVE_WEBHOOK_HOSTS", "").replace(" ", "").lower().split(",")))

# The lake: a local folder by default, or the URL of an S3-compatible store.
LAKE_ROOT = os.environ.get("FIRSTMOVE_LAKE", str(HOME / "lake"))
# Daily histories as the latest runs read them, derived from the lake.
SERIES_ROOT = os.environ.get("FIRSTMOVE_SERIES", str(HOME / "series"))
# Where a planning run computes: threads of this machine, or a Ray cluster.
PLAN_EXECUTOR = os.environ.get("FIRSTMOVE_EXECUTOR", "local")
# What of the calendar moves the demand of the days ahead.
PLAN_DRIVERS = tuple(filter(None, os.environ.get("FIRSTMOVE_DRIVERS", "season").replace(" ", "").split(",")))
# A trip from one dealer to another, in the installation's currency: its cost, and the least that it has to gain.
TRANSFER_TRIP_COST = float(os.environ.get("FIRSTMOVE_TRIP_COST", "100"))
TRANSFER_LEAST_GAIN = float(os.environ.get("FIRSTMOVE_TRIP_GAIN", "100"))
RAY_ADDRESS = os.environ.get("RAY_ADDRESS", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("FIRSTMOVE_LOG", "WARNING")},
}
