"""The web process: `granian --interface wsgi firstmove.config.wsgi:application`, started by `firstmove up`."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstmove.config.settings")
application = get_wsgi_application()

# Every page is loaded before the first is asked for. What then stands stays for good, and is taken out of what the
# garbage collector looks through: else every hundredth answer or so would wait for that, a tenth of a second.
_patterns = get_resolver().url_patterns
gc.collect()
gc.freeze()
