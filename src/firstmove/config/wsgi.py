"""The web process: `granian --interface wsgi firstmove.config.wsgi:application`, started by `firstmove up`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstmove.config.settings")
application = get_wsgi_application()
