"""What is read of results: advice, charts, changes as they come, exports and reports."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from hpsearch.client.paths import study_path
from hpsearch.client.transport import Query, Transport
from hpsearch.wire.changes import StudyChange
from hpsearch.wire.charts import CurvesChart, HistoryChart, StudyAdvice
from hpsearch.wire.costs import Rungs

Against = Literal["number", "seconds", "device_seconds"]


class Results:
    """The reading of results of a client."""

    _transport: Transport

    def advice(self, name: str) -> StudyAdvice:
        """What looks wrong in the study, the most severe first."""
        return self._transport.get(f"{study_path(name)}/advice", StudyAdvice)

    def history_chart(self, name: str, *, against: Against = "number", objective: int = 0) -> HistoryChart:
        """Values and the best so far, at most 2,000 trials of them; raises StudyNotFound, InvalidInput for an objective that is not there."""
        query: Query = {"against": against, "objective": objective}
        return self._transport.get(f"{study_path(name)}/charts/history", HistoryChart, query)

    def curves_chart(
        self, name: str, trials: Sequence[int] = (), *, metric: str | None = None, most: int | None = None
    ) -> CurvesChart:
        """The learning curves of `trials`, without any of a sample of at most `most` with the best; raises StudyNotFound.

        metric: one that was reported; that of the study without it.
        """
        query: Query = {
            "trial": [str(number) for number in trials],
            **({} if metric is None else {"metric": metric}),
            **({} if most is None else {"most": most}),
        }
        return self._transport.get(f"{study_path(name)}/charts/curves", CurvesChart, query)

    def rungs(self, name: str) -> Rungs:
        """How many trials came to each rung, and how many ended there; raises StudyNotFound."""
        return self._transport.get(f"{study_path(name)}/charts/rungs", Rungs)

    @contextmanager
    def follow(self) -> Iterator[Iterator[StudyChange]]:
        """Every change of a study of the project, as it comes; first how each study stands. Changes while it is read are kept for the reader.

        It is over when the server ends, and after an hour; raises ServerUnreachable where it breaks off. Who begins anew gets how each
        study stands then, and misses those that were deleted meanwhile.
        """
        with self._transport.events("/events", StudyChange) as changes:
            yield changes

    def export(self, name: str, form: Literal["csv", "json", "jsonl"] = "csv") -> Iterator[str]:
        """All trials as text, in pieces as they come."""
        with self._transport.stream(f"{study_path(name)}/export", {"format": form}) as answer:
            yield from answer.iter_text()

    def export_parquet(self, name: str) -> Iterator[bytes]:
        """All trials as an Apache Parquet file, in pieces as they come; raises InvalidInput where the server lacks the extra for it."""
        with self._transport.stream(f"{study_path(name)}/export", {"format": "parquet"}) as answer:
            yield from answer.iter_bytes()

    def study_report(self, name: str) -> Iterator[str]:
        """The study's page with its charts as one HTML document that needs no server, in pieces as they come."""
        with self._transport.stream(f"{study_path(name)}/report") as answer:
            yield from answer.iter_text()
