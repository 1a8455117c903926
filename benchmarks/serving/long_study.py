"""A study of many finished trials, ten parameters, TPE: made by a server itself, and in Optuna's tables beside it."""

import asyncio
import json
import math
import random
from datetime import UTC, datetime

from pydantic import SecretStr
from sqlalchemy import create_engine, insert, text

from hpsearch.service import Service
from hpsearch.settings import Settings
from hpsearch.storage import Database
from hpsearch.study import Study
from hpsearch.validation import parse
from hpsearch.wire.verbs import Ask, Tell, TellItem
from hpsearch_migrations import open_database
from serving.peer import psycopg_url
from serving.server import TOKEN

NAME = "long"
PARAMETERS = 10
BATCH = 1000


def fill(url: str, trials: int) -> None:
    """Creates the study and finishes its trials, in batches; their parameters are random, TPE takes over for those after them."""
    asyncio.run(_run(url, trials))
    database = Database(url)
    with database.write() as connection:
        definition = connection.execute(text("SELECT definition FROM studies")).scalar_one()
        document = json.loads(definition) if isinstance(definition, str) else definition
        document["sampler"] = {"name": "tpe", "seed": 1}
        full = parse(Study, document).model_dump_json()
        as_json = ":definition" if database.is_sqlite else "CAST(:definition AS JSON)"
        connection.execute(text(f"UPDATE studies SET definition = {as_json}"), {"definition": full})
    database.close()


async def _run(url: str, trials: int) -> None:
    space = {f"x{number}": {"type": "float", "low": -5.0, "high": 5.0} for number in range(PARAMETERS)}
    study = {"name": NAME, "objective": "benchmark:none", "space": space, "sampler": {"name": "random", "seed": 1}}
    service = await Service.open(open_database(url), Settings(admin_token=SecretStr(TOKEN)))
    await service.create_study(parse(Study, study))
    for first in range(0, trials, BATCH):
        ask = Ask(worker="filler", request_id=str(first), count=min(BATCH, trials - first), studies=(NAME,))
        leases = (await service.ask(ask)).leases
        items = [
            TellItem(lease=one.lease, state="completed", values=(sum(float(x or 0) ** 2 for x in one.params.values()),))
            for one in leases
        ]
        await service.tell(Tell(items=items))
    await service.close()


def fill_optuna(url: str, trials: int) -> None:
    """The like in Optuna's tables, written past its storage, which would take minutes."""
    from optuna.distributions import FloatDistribution, distribution_to_json
    from optuna.storages._rdb import models

    distribution = distribution_to_json(FloatDistribution(-5.0, 5.0))
    draw = random.Random(1)
    engine = create_engine(psycopg_url(url))
    with engine.begin() as connection:
        study_id = connection.execute(text("SELECT study_id FROM studies")).scalar_one()
        now = datetime.now(UTC).replace(tzinfo=None)
        points = [[draw.uniform(-5, 5) for _ in range(PARAMETERS)] for _ in range(trials)]
        rows = [
            {
                "trial_id": n + 1,
                "number": n,
                "study_id": study_id,
                "state": "COMPLETE",
                "datetime_start": now,
                "datetime_complete": now,
            }
            for n in range(trials)
        ]
        connection.execute(insert(models.TrialModel), rows)
        connection.execute(
            insert(models.TrialParamModel),
            [
                {"trial_id": n + 1, "param_name": f"x{i}", "param_value": x, "distribution_json": distribution}
                for n, point in enumerate(points)
                for i, x in enumerate(point)
            ],
        )
        connection.execute(
            insert(models.TrialValueModel),
            [
                {"trial_id": n + 1, "objective": 0, "value": math.fsum(x * x for x in point), "value_type": "FINITE"}
                for n, point in enumerate(points)
            ],
        )
        connection.execute(text("SELECT setval('trials_trial_id_seq', :last)"), {"last": trials})
    engine.dispose()
