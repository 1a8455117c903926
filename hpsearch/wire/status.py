"""What a worker tells of itself with each renewal, and what readers make of it."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, ValidationError
from pydantic_core import to_json

from hpsearch.wire.base import Answer

LIMIT = 4_000
"""Bytes of a status, as JSON."""

Count = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class DeviceMemory(Answer):
    """One GPU, as NVML shows it: all that runs there, not this worker alone."""

    used_bytes: Count = Field(description="What is taken.")
    total_bytes: Count = Field(description="What there is.")
    utilisation_percent: Annotated[int, Field(ge=0, le=100)] | None = Field(
        default=None,
        description="Of the last moments (NVML's), the share in which the GPU computed; null where it does not say.",
    )


class WorkerStatus(Answer):
    """A worker at one moment. Whatever an older or a strange worker leaves out is null, or empty."""

    host: str | None = Field(default=None, description="Name of the machine.")
    pid: Count | None = Field(default=None, description="Process id of the worker.")
    version: str | None = Field(default=None, description="Of hpsearch.")
    memory_bytes: Count | None = Field(default=None, description="Resident, of the worker and its training processes.")
    platform: str | None = Field(default=None, description="What it computes on, in JAX's words: `cpu`, `gpu`.")
    device: str | None = Field(default=None, description="Kind of device.", examples=["NVIDIA H200"])
    devices: Count | None = Field(default=None, description="How many a training process sees.")
    device_memory: list[DeviceMemory] = Field(
        default_factory=list, description="Each GPU; none where NVML does not tell."
    )
    lanes: Count | None = Field(default=None, description="Trials that it can train at the same time now.")
    busy: Count | None = Field(default=None, description="Lanes that have a trial.")
    training: dict[str, list[tuple[Count, Count]]] = Field(
        default_factory=dict,
        description="By study, what its training processes hold: number of the trial, and the last step that it reported (0: none yet).",
        examples=[{"digits": [[17, 4], [18, 0]]}],
    )
    training_left_out: Count = Field(default=0, description="So many more trials, for which the status has no room.")
    window_seconds: Rate | None = Field(
        default=None, description="The next three are of so many last seconds: about 300, or all since it started."
    )
    occupancy: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="Busy lane-seconds of all lane-seconds; null where there were no lanes."
    )
    trials_per_minute: Rate | None = Field(default=None, description="Attempts that ended, however they did.")
    device_seconds_per_minute: Rate | None = Field(
        default=None,
        description="Device seconds of these attempts, counted when they end: after long trainings it comes in leaps.",
    )

    @classmethod
    def read(cls, told: Mapping[str, object]) -> Self:
        """What a worker told, whatever it is; fields that are not as they should be are left out."""
        given = dict(told)
        while True:
            try:
                return cls.model_validate(given)
            except ValidationError as error:
                for name in {line["loc"][0] for line in error.errors(include_url=False)}:
                    given.pop(str(name))

    def within(self, limit: int = LIMIT) -> Self:
        """With as many of the trials that it trains as there is room for: the lowest numbers of the first studies."""
        entries = [(study, entry) for study, trials in sorted(self.training.items()) for entry in sorted(trials)]
        fits, too_many = 0, len(entries) + 1
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            if len(to_json(self._training(entries[:middle], len(entries)))) <= limit:
                fits = middle
            else:
                too_many = middle
        return self._training(entries[:fits], len(entries))

    def _training(self, entries: list[tuple[str, tuple[int, int]]], of: int) -> Self:
        kept: dict[str, list[tuple[int, int]]] = {}
        for study, entry in entries:
            kept.setdefault(study, []).append(entry)
        return self.model_copy(update={"training": kept, "training_left_out": of - len(entries)})
