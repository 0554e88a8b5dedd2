"""Tables in Markdown that are made of recorded runs."""

from collections.abc import Iterable, Mapping

from tests.chaos.results import Row, excuses, total


def markdown(rows: list[Row]) -> str:
    """The tables for the documentation: the runs by commit and profile, what was injected, and what the clients were told."""
    tables = [
        _runs(rows),
        _sums("Injected", "times", total(rows, "faults")),
        _sums("Tries of clients", "how many", total(rows, "operations")),
    ]
    if excused := excuses(rows):
        tables.append(_sums("Dead letters excused", "how many", excused))
    return "\n\n".join(tables)


def _runs(rows: list[Row]) -> str:
    heads = ("commit", "profile", "runs", "seeds", "disturbed for", "deepest outbox", "excused", "violations")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    groups: dict[tuple[str, str], list[Row]] = {}
    for one in rows:
        groups.setdefault((one["commit"], one["profile"]), []).append(one)
    for (name, profile), some in groups.items():
        violations, seconds = sum(len(one["violations"]) for one in some), sum(one["seconds"] for one in some)
        seeds = spans([one["seed"] for one in some])
        depth = max(one.get("deepest", 0) for one in some)  # older lines say neither this nor what was excused
        outbox = f"{depth:,} records" if depth else ""
        excused = (excuses(some).total() or "none") if all("excuses" in one for one in some) else ""
        lines.append(f"| {name} | {profile} | {len(some)} | {seeds} | {seconds:,.0f} s | {outbox} | {excused} | {violations or 'none'} |")
    return "\n".join(lines)


def _sums(title: str, what: str, sums: Mapping[str, int]) -> str:
    lines = [f"| {name} | {count:,} |" for name, count in sorted(sums.items())]
    return "\n".join([f"| {title} | {what} |", "|---|---|", *lines])


def spans(numbers: Iterable[int]) -> str:
    """Numbers with neighbours drawn together: `1 to 200, 301`."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(f"{low} to {high}" if high > low else str(low) for low, high in found)
