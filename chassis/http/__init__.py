"""The HTTP side of a service: callers, commands as routes, bulk, problem details, operations."""

from chassis.http.bulk import bulk
from chassis.http.callers import Caller, Database, Operator, Running, demand, runtime_of, with_role
from chassis.http.commands import commands, parse, read_command
from chassis.http.problems import Problem
from chassis.http.submitting import Receipt, problem_of, receipt, run_command, submit

__all__ = [
    "Caller",
    "Database",
    "Operator",
    "Problem",
    "Receipt",
    "Running",
    "bulk",
    "commands",
    "demand",
    "parse",
    "problem_of",
    "read_command",
    "receipt",
    "run_command",
    "runtime_of",
    "submit",
    "with_role",
]
