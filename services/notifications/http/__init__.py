"""Notifications over HTTP: the directory, preferences, inboxes and their live streams, and the state of every notification."""

from services.notifications.http.directory_bulk import router as bulk_router
from services.notifications.http.inbox import router as inbox_router
from services.notifications.http.notifications import router as notifications_router
from services.notifications.http.people import router as people_router
from services.notifications.http.preferences import router as preferences_router
from services.notifications.http.streaming import router as streaming_router
from services.notifications.http.teams import router as teams_router

ROUTERS = (people_router, teams_router, bulk_router, preferences_router, inbox_router, streaming_router, notifications_router)

__all__ = ["ROUTERS"]
