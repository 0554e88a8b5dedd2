"""The HTTP side of a service: callers, commands as routes, bulk, problem details, operations."""

from chassis.http.bulk import bulk, take_lines
from chassis.http.callers import Caller, Database, Operator, Running, demand, runtime_of, with_role
from chassis.http.commands import commands, parse, read_command
from chassis.http.problems import Problem, invalid
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
    "invalid",
    "parse",
    "problem_of",
    "read_command",
    "receipt",
    "run_command",
    "runtime_of",
    "submit",
    "take_lines",
    "with_role",
]
