"""Whoever runs `baton import` night after night, on an export that has grown and changed since the last time."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.clients.client import Client
from tests.chaos.clients.operations import OperationLog
from tests.chaos.clients.people import CHIEF, MANAGER
from tests.chaos.clients.recorder import Recorder
from tests.chaos.world import World

ROOT = Path(__file__).parents[3]
PATIENCE = 80.0
"""Seconds that an import may take, faults included."""
WHO = "baton"
"""In whose name the command line asks."""
COLUMNS = ("id", "account", "owner", "stage", "price", "opened", "closed")
MAPPING = """
[deal]
id = "id"
account = "account"
owner = "owner"
stage = "stage"
price = "price"
opened_on = "opened"
closed_on = "closed"
[formats]
date = "yyyy-mm-dd"
decimal_mark = "."
[money]
currency = "EUR"
decimals = 2
[ids]
account = "slug"
[stages]
Open = "prospecting"
Won = "won"
Lost = "lost"
"""
NEW, CHANGED, ENDED, BAD = 12, 0.3, 0.2, 4
ExportRow = dict[str, str]


class NightlyImport(Client):
    """Imports the whole export each time. What it reports must be what the rows are: new or changed, as before, or no rows."""

    pause = 3.0

    def __init__(self, world: World, name: str, log: OperationLog) -> None:
        super().__init__(world, name, log)
        self._rows: list[ExportRow] = []
        self._imported: dict[str, ExportRow] = {}
        self._priced = 0
        self._ways: dict[str, Recorder] = {}

    def run(self) -> None:
        """As every client; it has ways of its own to the services meanwhile."""
        self._ways = {service: Recorder(self.world, service, self.name, WHO, self.log) for service in ("deals", "notifications")}
        try:
            super().run()
        finally:
            for way in self._ways.values():
                way.close()

    def act(self) -> None:
        """The export as it is tonight, imported.

        Raises:
            RuntimeError: the import fails, or reports what is not so.
        """
        self._change()
        bad = [self._bad(number) for number in range(self.draw.randrange(BAD))]
        told = self._import([*self._rows, *bad])
        taken = sum(self._imported.get(row["id"]) != row for row in self._rows)
        must = {"rows": len(self._rows) + len(bad), "taken": taken, "unchanged": len(self._rows) - taken, "rejected": len(bad)}
        if {name: told[name] for name in must} != must:
            raise RuntimeError(f"the import reports {told}, and the export has {must}")
        self._imported = {row["id"]: dict(row) for row in self._rows}

    # ---- the export -------------------------------------------------------------------------------------------

    def _change(self) -> None:
        """Some deals have another price, some have ended since, some are new. One that has ended stays as it is."""
        for row in self._rows:
            if row["stage"] == "Open" and self.draw.random() < CHANGED:
                row["price"] = self._price()
            if row["stage"] == "Open" and self.draw.random() < ENDED:
                row.update(stage=self.draw.choice(("Won", "Lost")), closed="2026-02-03")
        for _ in range(self.draw.randint(1, NEW)):
            deal_id = f"{self.name}-deal-{len(self._rows) + 1}"
            row = {"id": deal_id, "account": f"Customer {len(self._rows) % 7}", "owner": MANAGER, "stage": "Open", "price": self._price()}
            self._rows.append(row | {"opened": "2026-01-05", "closed": ""})

    def _bad(self, number: int) -> ExportRow:
        """A row that is none: without an account, of an unknown stage, with no number or no date."""
        row = {"id": f"{self.name}-bad-{number}", "account": "Customer", "owner": MANAGER, "stage": "Open", "price": "1.00"}
        spoilt = self.draw.choice(({"account": ""}, {"stage": "Unheard"}, {"price": "much"}, {"opened": "2026-02-30"}))
        return row | {"opened": "2026-01-05", "closed": ""} | spoilt

    def _price(self) -> str:
        self._priced += 1
        return f"{1_000 + self._priced}.50"

    # ---- the import -------------------------------------------------------------------------------------------

    def _import(self, rows: list[ExportRow]) -> dict[str, int]:
        """What the importer reports in JSON."""
        with TemporaryDirectory(prefix="baton-import-") as folder:
            export, mapping = Path(folder, "export.csv"), Path(folder, "mapping.toml")
            with export.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, COLUMNS)
                writer.writeheader()
                writer.writerows(rows)
            mapping.write_text(MAPPING)
            waiver = ("--waived-by", CHIEF, "--reason", "closed before the import")
            command = (sys.executable, "-m", "ops", "import", str(export), "--mapping", str(mapping), *waiver, "--json")
            done = subprocess.run(
                command, cwd=folder, env=self._environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        if done.returncode:
            raise RuntimeError(f"the import ends with {done.returncode}: {done.stderr[-400:]}")
        told: dict[str, int] = json.loads(done.stdout)
        return told

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
        urls = {f"BATON_{service.upper()}_URL": way.url for service, way in self._ways.items()}
        return inherited | urls | {"BATON_JWT_KEY": self.world.jwt_key, "PYTHONPATH": str(ROOT)}
