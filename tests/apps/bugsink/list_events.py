# Prints what the database has of each event, as JSON.
import json

import django

django.setup()

from events.models import Event  # noqa: E402

rows = [
    {"event_id": event.event_id.hex, "type": event.calculated_type, "value": event.calculated_value}
    for event in Event.objects.all()
]
print(json.dumps(rows))
