"""What every command takes: where the system is; and how every command ends: with a sentence, never with a traceback."""

import asyncio
import inspect
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.errors import OpsError, sentence
from ops.system import NAMES, Options

PANEL = "Which system"
INTERRUPTED = 130

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def _shared(flag: str, help: str, kind: Any = str) -> inspect.Parameter:
    annotation = Annotated[kind | None, typer.Option(flag, help=help, rich_help_panel=PANEL)]
    return inspect.Parameter(flag.strip("-").replace("-", "_"), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


SHARED = (
    _shared("--home", "Folder of one system's data, ports, pids and keys. Default: BATON_HOME, else .baton.", Path),
    _shared("--kafka", "Brokers of a system not started here. BATON_KAFKA."),
    _shared("--mongo", "Its database. BATON_MONGO."),
    _shared("--prefix", "Its prefix of topics and databases. BATON_PREFIX."),
    *(_shared(f"--{name}-url", f"Its service {name}. BATON_{name.upper()}_URL.") for name in NAMES),
    inspect.Parameter(
        "debug",
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, typer.Option("--debug", help="Show tracebacks.", rich_help_panel=PANEL)],
    ),
)


def options_of(given: dict[str, Any], base: Options | None = None) -> Options:
    """The options among the arguments of a command, over those given before the command's name."""
    base = base or Options()
    urls = {name: url for name in NAMES if (url := given.get(f"{name}_url"))}
    return Options(
        home=given.get("home") or base.home,
        kafka=given.get("kafka") or base.kafka,
        mongo=given.get("mongo") or base.mongo,
        prefix=given.get("prefix") or base.prefix,
        urls={**base.urls, **urls},
        token=os.environ.get("BATON_TOKEN"),
        debug=bool(given.get("debug") or base.debug),
    )


def command(run: Callable[..., Any]) -> Callable[..., None]:
    """Make a typer command of `run(options, ...)`: it takes the shared options too, may be a coroutine, and ends with a sentence."""
    own = list(inspect.signature(run).parameters.values())[1:]

    @wraps(run)
    def wrapper(context: typer.Context, **given: Any) -> None:
        shared = {parameter.name: given.pop(parameter.name) for parameter in SHARED}
        options = options_of(shared, context.obj)
        guarded(lambda: _finished(run(options, **given)), options.debug)

    return _signed(wrapper, [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own])


def group(alone: Callable[..., Any] | None = None) -> Callable[..., None]:
    """What stands before the name of a group's command: the shared options. `alone`: what is run where no command is named."""
    listing = command(alone) if alone else None

    def callback(context: typer.Context, **given: Any) -> None:
        if listing and context.invoked_subcommand is None:
            listing(context, **given)
        else:
            context.obj = options_of(given, context.obj)

    own = list(inspect.signature(alone).parameters.values())[1:] if alone else []
    return _signed(callback, [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own])


def _signed(run: Callable[..., None], own: list[inspect.Parameter]) -> Callable[..., None]:
    """The function with the signature that typer reads its options from."""
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [context, *own, *SHARED]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _finished(result: Any) -> None:
    if inspect.iscoroutine(result):
        asyncio.run(result)


def guarded(run: Callable[[], None], debug: bool) -> None:
    """Run, and turn every error into one sentence on standard error and exit code 1.

    Raises:
        typer.Exit: it failed.
    """
    try:
        run()
    except OpsError as error:
        if debug:
            raise
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Interrupted.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except typer.Exit:
        raise
    except Exception as error:
        if debug:
            raise
        print(f"This should not have happened ({type(error).__name__}: {sentence(error)}); --debug shows where.", file=sys.stderr)
        raise typer.Exit(1) from None
