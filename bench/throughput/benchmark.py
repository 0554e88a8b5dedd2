"""The main job, round after round, the contestants interleaved."""

from bench.ground.setting import Setting
from bench.job.records import make_records
from bench.throughput.contestants import BY_NAME, ENTRANTS, PROFILED, REFERENCE
from bench.throughput.running import Job, Run, run
from bench.throughput.table import shown


def measure(setting: Setting) -> bool:
    """Run the job; print the table. True if every result was right. The reference takes part whoever else is asked for."""
    size, rounds, only = setting.size, setting.rounds, setting.only
    names = [entrant.name for entrant in ENTRANTS if not only or entrant.name in {*only, REFERENCE}]
    names += [PROFILED.name] if PROFILED.name in only else []
    job, done = Job(make_records(size)), list[Run]()
    for number in range(rounds):
        turn = number % len(names)
        for name in (*names[turn:], *names[:turn]):
            setting.say(f"round {number + 1} of {rounds}: {name}")
            measured = run(BY_NAME[name], job, setting.stack, setting.partitions, setting.folder)
            setting.record.add("throughput", measured)
            done.append(measured)
    setting.show(shown(done))
    return not any(run.wrong for run in done)
