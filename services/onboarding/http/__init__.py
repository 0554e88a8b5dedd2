"""Onboarding over HTTP: commands that run through the subscription lines, queries that read what they wrote, the kick-off's calendar."""

from services.onboarding.http.calendar import router as calendar_router
from services.onboarding.http.giving import router as commands_router
from services.onboarding.http.reading import router as queries_router

ROUTERS = (commands_router, queries_router, calendar_router)

__all__ = ["ROUTERS"]
