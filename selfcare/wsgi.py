"""What the web server loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfcare.settings")
_django = get_wsgi_application()

from selfcare.checks import require_secrets  # noqa: E402  (settings need the lines above)
from selfcare.turns import OneAtATime  # noqa: E402

require_secrets()
application = OneAtATime(_django)
