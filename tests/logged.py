"""A small history, and the log of the client that made it."""

from math import nan
from pathlib import Path

from lab import lab_on

from hpsearch.client.journal import Journal
from hpsearch.wire import studies as bodies
from hpsearch.wire import verbs


async def make_logged(url: str, log: Path) -> None:
    """Study s: trial 0 reported thrice and completed, 1 failed, 2 was enqueued, and runs; the answer to its report was lost."""
    journal = Journal(log)
    async with lab_on(url) as lab:
        service = lab.service

        async def noted(path, body, coroutine, *, is_lost=False):
            number = journal.sent("POST", path, body.model_dump_json().encode())
            answer = await coroutine
            if not is_lost:
                journal.answered(number, 200, answer.model_dump_json().encode())
            return answer

        async def ask(request_id, count):
            body = verbs.Ask(worker="w", request_id=request_id, count=count)
            return (await noted("/ask", body, service.ask(body))).leases

        async def report(lease, step, value, **how):
            item = verbs.ReportItem(lease=lease.lease, step=step, value=value, metrics={"accuracy": 2 * value})
            body = verbs.Report(items=[item])
            return await noted("/report", body, service.report(body), **how)

        async def tell(lease, **told):
            body = verbs.Tell.model_validate({"items": [{"lease": lease.lease, **told}]})
            return await noted("/tell", body, service.tell(body))

        await lab.create()
        zero, one = await ask("first", 2)
        for step, value in enumerate((0.5, 0.25, nan), 1):
            await report(zero, step, value)
        await report(zero, 1, 0.75)  # refused: another value is stored
        told = {
            "values": [0.25],
            "best_step": 2,
            "metrics": {"accuracy": nan},
            "device_seconds": 3,
            "trace": {"programs": ["p"]},
        }
        await tell(zero, state="completed", **told, artifacts={"log_tail": "bye", "curve": [1.5, None]})
        await tell(one, state="failed", error={"reason": "invalid_parameters", "message": "no"})
        await tell(one, state="completed", values=[0.1])  # refused likewise
        body = bodies.Enqueue(request_id="wish", params={"x": 0.5})
        await noted("/studies/s/enqueue", body, lab.enqueue(request_id="wish", params={"x": 0.5}))
        (two,) = await ask("second", 1)
        await report(two, 1, 0.125, is_lost=True)
    journal.close()
