"""`hpsearch study advise`: what looks wrong in a study, and what to do about it."""

from typing import TYPE_CHECKING

from hpsearch.cli import output
from hpsearch.cli.options import Json, Server, StudyName, connect

if TYPE_CHECKING:
    from hpsearch.wire.charts import AdviceView


def advise(study: StudyName, server: Server = None, as_json: Json = False) -> None:
    """Say what looks wrong in a study, and what to do.

    Looks at the best trials, the learning curves, the failures, and what each parameter matters.
    """
    with connect(server) as client:
        found = client.advice(study).advice
    if as_json:
        output.models(found)
        return
    if not found:
        output.note(f"Nothing looks wrong in {study}.")
    for place, one in enumerate(found):
        if place:
            output.line()
        _show(one)


def _show(advice: "AdviceView") -> None:
    import yaml

    output.line(f"{advice.severity}: {advice.title}")
    output.line(f"  {advice.detail}")
    output.line(f"  {advice.action}")
    if advice.trials:
        more = advice.count - len(advice.trials)
        numbers = ", ".join(str(number) for number in advice.trials)
        output.line(f"  trials {numbers}" + (f" and {more} more" if more > 0 else ""))
    if advice.space:
        lines = yaml.safe_dump(advice.space, sort_keys=False, default_flow_style=None, width=1000, allow_unicode=True)
        for line in lines.splitlines():
            output.line(f"    {line}")
