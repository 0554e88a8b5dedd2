"""The `baton` command: which commands there are, and what stands before their names; what they do is in `ops.commands`."""

import signal

import typer

from ops.commands import bringing, letters, looking, parked, running
from ops.options import command, group

app = typer.Typer(
    name="baton",
    help="Carries a customer from a won deal to a lasting relationship. Runs, shows and feeds a system of Baton.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
RUN, LOOK, BRING = "Run a system", "Look into a system", "Bring something into a system"


app.callback()(group())

app.command("up", rich_help_panel=RUN)(command(running.up))
app.command("down", rich_help_panel=RUN)(command(running.down))
app.command("restart", rich_help_panel=RUN)(command(running.restart))
app.command("token", rich_help_panel=RUN)(command(running.token))
app.command("status", rich_help_panel=LOOK)(command(looking.status))
app.command("wait", rich_help_panel=LOOK)(command(looking.wait))
app.command("lag", rich_help_panel=LOOK)(command(looking.lag))
app.command("journey", rich_help_panel=LOOK)(command(looking.journey))
app.add_typer(looking.topics, name="topics", rich_help_panel=LOOK)
app.add_typer(letters.app, name="dead-letters", rich_help_panel=LOOK)
app.add_typer(parked.app, name="parked", rich_help_panel=LOOK)
app.command("import", rich_help_panel=BRING)(command(bringing.import_file))
app.command("demo", rich_help_panel=BRING)(command(bringing.demo))


def main() -> None:
    """Run the command line. SIGTERM ends it as Ctrl-C does, so that what it started is stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()


if __name__ == "__main__":
    main()
