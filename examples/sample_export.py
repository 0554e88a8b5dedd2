"""Writes a CRM export of about a thousand opportunities with its account, product and team files: made up, seeded, and dirty on purpose.

Dirty in the ways that real ones are: a product goes by a name that the product list does not have, a sector is misspelt in all rows but
one, opportunities have no account, days are written dd-mm-yy, whoever prospects has no dates yet, lines end in CR LF.

    python examples/sample_export.py --out FOLDER [--rows 1000] [--seed 7]
"""

import argparse
import csv
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

SYLLABLES = ("bar", "cel", "dun", "fen", "gal", "hol", "jor", "kes", "lim", "mar", "nor", "pel", "quo", "ros", "tam", "vel", "wes", "zan")
ENDINGS = ("Works", "& Sons", "Group", "Labs", "Foods", "Logistics", "Energy", "Partners", "Media", "Textiles")
SECTORS = ("manufactoring", "retail", "energy", "logistics", "media", "healthcare", "finance")
COUNTRIES = ("Germany", "United States", "Kenya", "Brasil", "Japan", "Poland", "Canada")
PRODUCTS: tuple[tuple[str, str, int], ...] = (
    ("Relay Starter", "Relay", 480),
    ("Relay Team", "Relay", 2400),
    ("Relay Enterprise", "Relay", 11900),
)
PRODUCTS += (("Ledger Basic", "Ledger", 75), ("Ledger Plus", "Ledger", 990), ("Archive One", "Archive", 5200))
WRONG_NAMES = {"Relay Team": "RelayTeam", "Ledger Plus": "Ledger+"}
FIRST_NAMES = ("Ada", "Bilal", "Chiara", "Dmitri", "Esi", "Farid", "Greta", "Hana", "Ivo", "Jana", "Kofi", "Lena", "Mateo", "Nia", "Oskar")
LAST_NAMES = ("Aalto", "Brandt", "Costa", "Demir", "Eriksen", "Fofana", "Grahl", "Haddad", "Iwata", "Jensen", "Kowal", "Lindqvist")
OFFICES = ("North", "South", "Overseas")
STAGES: tuple[tuple[str, float], ...] = (("Won", 0.48), ("Lost", 0.28), ("Engaging", 0.18), ("Prospecting", 0.06))
HEADER = ("opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date", "close_value")
FIRST_DAY, LAST_DAY = date(2024, 1, 8), date(2025, 3, 28)


class Sample:
    """One made-up company's CRM. The same seed gives the same files."""

    def __init__(self, seed: int, rows: int) -> None:
        self._random, self._rows = random.Random(seed), rows
        self._accounts = self._made(60, self._account_name)
        names = self._made(24, lambda: f"{self._random.choice(FIRST_NAMES)} {self._random.choice(LAST_NAMES)}")
        self._managers, self._agents = names[:5], names[5:]

    def _made(self, count: int, make: Callable[[], str]) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < count:
            found[make()] = None
        return list(found)

    def _account_name(self) -> str:
        return "".join(self._random.sample(SYLLABLES, 2)).capitalize() + " " + self._random.choice(ENDINGS)

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(days=self._random.randint(0, max(0, (last - first).days)))

    def accounts(self) -> Iterable[Sequence[object]]:
        """The account file."""
        for number, name in enumerate(self._accounts):
            sector = "manufacturing" if number == 0 else self._random.choice(SECTORS)
            size = self._random.randint(20, 20_000)
            yield name, sector, self._random.randint(1975, 2021), round(size * 0.21, 2), size, self._random.choice(COUNTRIES)

    def products(self) -> Iterable[Sequence[object]]:
        """The product file."""
        return PRODUCTS

    def teams(self) -> Iterable[Sequence[object]]:
        """The team file: an agent, their manager, their office, their address."""
        for number, name in enumerate(self._agents):
            manager = self._managers[number % len(self._managers)]
            yield name, manager, OFFICES[number % len(OFFICES)], _address(name), _address(manager)

    def opportunities(self) -> Iterable[Sequence[object]]:
        """The pipeline."""
        ids = set[str]()
        while len(ids) < self._rows:
            ids.add("".join(self._random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=8)))
        stages, weights = [stage for stage, _ in STAGES], [weight for _, weight in STAGES]
        for id in sorted(ids):
            yield self._opportunity(id, self._random.choices(stages, weights)[0])

    def _opportunity(self, id: str, stage: str) -> Sequence[object]:
        chance = self._random
        closed = stage in ("Won", "Lost")
        product, _, price = chance.choice(PRODUCTS)
        account = chance.choice(self._accounts) if closed or chance.random() < 0.35 else ""
        engaged = self._day(FIRST_DAY, LAST_DAY - timedelta(days=60))
        ended = engaged + timedelta(days=chance.randint(3, 60))
        value = round(price * chance.uniform(0.8, 1.2)) if stage == "Won" else 0
        return (
            id,
            chance.choice(self._agents[:-2]),  # two agents of the team file have sold nothing yet
            WRONG_NAMES.get(product, product),
            account,
            stage,
            "" if stage == "Prospecting" else engaged.strftime("%d-%m-%y"),
            ended.strftime("%d-%m-%y") if closed else "",
            value if closed else "",
        )


def _address(name: str) -> str:
    return name.lower().replace(" ", ".") + "@sales.example"


def write(folder: Path, rows: int, seed: int) -> Path:
    """Write the four files into the folder; returns the path of the pipeline."""
    folder.mkdir(parents=True, exist_ok=True)
    sample = Sample(seed, rows)
    files: dict[str, tuple[Sequence[str], Iterable[Sequence[object]]]] = {
        "accounts.csv": (("account", "sector", "year_established", "revenue", "employees", "office_location"), sample.accounts()),
        "products.csv": (("product", "series", "sales_price"), sample.products()),
        "teams.csv": (("sales_agent", "manager", "regional_office", "email", "manager_email"), sample.teams()),
        "pipeline.csv": (HEADER, sample.opportunities()),
    }
    for name, (header, content) in files.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)  # ends lines with CR LF
            writer.writerow(header)
            writer.writerows(content)
    return folder / "pipeline.csv"


def main() -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(description="Writes a made-up CRM export.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the four files")
    parser.add_argument("--rows", type=int, default=1000, help="how many opportunities")
    parser.add_argument("--seed", type=int, default=7, help="another seed gives another export")
    given = parser.parse_args()
    print(write(given.out, given.rows, given.seed))


if __name__ == "__main__":
    main()
