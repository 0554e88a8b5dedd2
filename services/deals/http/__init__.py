"""Deals over HTTP: commands that run through the subscription lines, queries that read what they wrote."""

from services.deals.http.giving import router as commands_router
from services.deals.http.people import router as people_router
from services.deals.http.reading import router as queries_router

ROUTERS = (commands_router, queries_router, people_router)

__all__ = ["ROUTERS"]
