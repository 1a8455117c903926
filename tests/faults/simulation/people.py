"""Somebody who looks after the studies of a simulated world, and does not always know what is good for them."""

from collections.abc import Sequence
from pathlib import Path

from faults.simulation.network import TIMEOUT, Network
from faults.simulation.promises import Promises
from faults.simulation.world import Process, World

from hpsearch.client import Client
from hpsearch.errors import HpsearchError
from hpsearch.wire.studies import StudyPatch

MORE = 4
"""Trials by which a study is extended."""
NONSENSE = (
    ("ask", b'{"worker": "a b", "request_id": "r", "count": 0}'),
    ("report", b'{"items": [{"lease": "x", "step": -1, "value": 1.0}]}'),
    ("report", b'{"items": [{"lease": "x", "step": 1, "value": 1.0}]}'),
    ("tell", b'{"items": [{"lease": "x", "state": "completed"}]}'),
    ("tell", b'{"items": [{"lease": "x", "state": "released"}]}'),
    ("renew", b'{"worker": "w", "leases": [""]}'),
    ("renew", b'{"worker": "w"'),
)
"""Requests that are malformed, or of leases that there are none."""


class Somebody:
    """Pauses, resumes, extends, enqueues and cancels; once faults have stopped only resumes what is paused."""

    def __init__(self, world: World, network: Network, folder: Path, studies: Sequence[str]) -> None:
        self.world = world
        self.log = folder / "somebody.log"
        self.promises = Promises("somebody", self.log)
        self.is_faulty = True
        self.finished: set[str] = set()
        """Studies that were seen finished since faults stopped."""
        self._network = network
        self._studies = studies
        self._enqueued = 0
        self.process = Process(world, "somebody")
        self.process.start(self._run)

    def _run(self) -> None:
        line = self._network.of(self.process, self.promises)
        with Client("http://server", "t", TIMEOUT, retry_seconds=0, log=self.log, network=line) as client:
            while True:
                self.world.sleep(self.world.between(1.0, 6.0))
                name = self.world.random.choice(self._studies)
                try:
                    self._do(client, name) if self.is_faulty else self._mend(client, name)
                except HpsearchError as error:
                    self.world.note(f"somebody is told {error.code}")

    def _do(self, client: Client, name: str) -> None:
        study = client.get_study(name)
        most = study.definition.budget.max_trials
        running = study.counts.running + study.counts.queued
        if study.state == "paused" or (study.state == "finished" and study.reason == "user"):
            client.resume(name)
        elif most is not None and sum(study.counts.model_dump().values()) >= most and running < 3:
            client.extend(name, max_trials=most + MORE)
        else:
            self._meddle(client, name, sum(study.counts.model_dump().values()))

    def _meddle(self, client: Client, name: str, trials: int) -> None:
        match self.world.random.choice(
            ["nothing", "nothing", "pause", "enqueue", "cancel", "cancel", "stop", "nonsense"]
        ):
            case "pause":
                client.pause(name)
            case "stop" if self.world.chance(0.3):
                client.patch_study(name, StudyPatch(state="finished"))
            case "nonsense":
                verb, body = self.world.random.choice(NONSENSE)
                self.world.fault("nonsense", verb)
                client._transport.send("POST", f"/{verb}", body=body, repeatable=False)
            case "enqueue":
                self._enqueued += 1
                client.enqueue(name, {"x": 0.5}, request_id=f"wish-{self._enqueued}")
            case "cancel" if trials:
                client.cancel_trial(name, self.world.random.randrange(max(0, trials - 6), trials))

    def _mend(self, client: Client, name: str) -> None:
        study = client.get_study(name)
        if study.state == "paused":
            client.resume(name)
        elif study.state == "finished" and not study.counts.running:
            self.finished.add(name)
