# Settings of the Bugsink that the tests forward to: everything in one folder, no worker process, nothing sent to anyone.
import os

from bugsink.settings.default import *  # noqa

FOLDER = os.environ["BUGSINK_TEST_FOLDER"]
SECRET_KEY = "only for tests on loopback, with a database that lives as long as the test"
DEBUG = False
DATABASES["default"]["NAME"] = os.path.join(FOLDER, "db.sqlite3")  # noqa
DATABASES["snappea"]["NAME"] = os.path.join(FOLDER, "snappea.sqlite3")  # noqa
TIME_ZONE = "UTC"
# Events are digested before the answer.
SNAPPEA = {"TASK_ALWAYS_EAGER": True}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
BUGSINK = {
    "BASE_URL": os.environ.get("BUGSINK_TEST_URL", "http://127.0.0.1:8000"),
    "SITE_TITLE": "Bugsink under test",
    "SINGLE_USER": True,
    "SINGLE_TEAM": True,
    "PHONEHOME": False,
    "INGEST_STORE_BASE_DIR": os.path.join(FOLDER, "ingestion"),
}
