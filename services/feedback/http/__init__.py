"""Feedback over HTTP: the answer page that a customer opens, the command behind it, and queries."""

from services.feedback.http.answering import router as answer_router
from services.feedback.http.giving import router as commands_router
from services.feedback.http.reading import router as queries_router

ROUTERS = (commands_router, queries_router, answer_router)

__all__ = ["ROUTERS"]
