# Makes a project and prints its DSN as JSON.
import json

import django

django.setup()

from projects.models import Project  # noqa: E402
from teams.models import Team  # noqa: E402

team = Team.objects.create(name="fixloop")
project = Project.objects.create(name="shop", team=team)
print(json.dumps({"dsn": project.dsn}))
