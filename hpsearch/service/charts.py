"""What charts are drawn from: computed off the event loop, and kept while the study does not change."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial

from hpsearch.analysis import MOST, Against, Table, history, spread
from hpsearch.errors import InvalidInput
from hpsearch.identity import OWNER, Identity
from hpsearch.service.advising import advise, advise_on_curve
from hpsearch.service.costs import costs, study_rungs, timeline
from hpsearch.service.curves import MOST_CURVES, curves_chart, trial_curves
from hpsearch.service.drawings import Chart, Drawing, on_the_wire
from hpsearch.service.kept import Kept
from hpsearch.service.reading import Reading, Result
from hpsearch.storage import Connection
from hpsearch.storage.curves import StoredCurve, curves_of
from hpsearch.study import StudyAccount
from hpsearch.trial import Trial
from hpsearch.wire import charts
from hpsearch.wire.costs import Costs, Rungs, Timeline

MOST_COMPARED = 50
"""Studies that a client may compare at once."""


class Charts(Reading):
    """The charting part of the service's reading. Raises StudyNotFound, and InvalidInput that names the parameter at fault."""

    _kept: Kept

    async def chart(self, name: str, drawing: Drawing[Chart], who: Identity = OWNER) -> Chart:
        """A drawing of a study's trials."""
        return await self._once(name, drawing, lambda _, table: drawing.draw(table), who)

    async def advice(self, name: str, who: Identity = OWNER) -> charts.StudyAdvice:
        """What looks wrong in a study, and what to do about it (see hpsearch.analysis.advice)."""
        return await self._once(name, "advice", partial(advise, self._database), who)

    async def costs(self, name: str, who: Identity = OWNER) -> Costs:
        """What a study took, and what early ends saved."""
        return await self._once(name, "costs", partial(costs, self._database), who)

    async def timeline(self, name: str, most: int, who: Identity = OWNER) -> Timeline:
        """When and where the attempts of the newest trials ran."""
        key = "timeline", most
        return await self._once(name, key, lambda study, _: timeline(self._database, study, most), who)

    async def rungs(self, name: str, who: Identity = OWNER) -> Rungs:
        """Where trials were compared, and where they ended."""
        return await self._once(name, "rungs", lambda study, _: study_rungs(self._database, study), who)

    async def curves(
        self,
        name: str,
        numbers: Sequence[int] = (),
        metric: str | None = None,
        most: int = MOST_CURVES,
        who: Identity = OWNER,
    ) -> charts.CurvesChart:
        """The learning curves of these trials; without numbers of `most`, the best among them. `metric`: another than the objective's."""

        def draw(study: StudyAccount, table: Table) -> charts.CurvesChart:
            return curves_chart(self._database, study, table, numbers, metric, most)

        return await self._once(name, ("curves", tuple(numbers), metric, most), draw, who)

    async def trial_curves(self, name: str, number: int, who: Identity = OWNER) -> charts.TrialCurves:
        """All that a trial reported; raises TrialNotFound besides."""
        return await self._of_curve(name, number, lambda study, _, stored: trial_curves(study, stored), who)

    async def trial_advice(self, name: str, number: int, who: Identity = OWNER) -> charts.StudyAdvice:
        """What looks wrong in a trial's curve; raises TrialNotFound besides."""
        return await self._of_curve(
            name, number, lambda study, trial, stored: advise_on_curve(study.definition, trial, stored), who
        )

    async def _of_curve(
        self, name: str, number: int, compute: Callable[[StudyAccount, Trial, StoredCurve], Result], who: Identity
    ) -> Result:
        def read(connection: Connection) -> Result:
            study, trial = self._numbered(connection, name, number, who)
            return compute(study, trial, curves_of(connection, study.id, [number]).get(number, StoredCurve()))

        return await self._read(read)

    async def _once(
        self, name: str, key: Hashable, compute: Callable[[StudyAccount, Table], Result], who: Identity
    ) -> Result:
        """What is computed of a study, once for each of its states."""
        study = await self._study(name, who)

        def answer(table: Table) -> Result:
            return self._kept.get((study.id, key), table.seq, lambda: compute(study, table))

        return await self._analyse(study, answer)

    async def compare(
        self,
        names: Sequence[str],
        against: Against = Against.NUMBER,
        objective: int = 0,
        most: int = MOST,
        who: Identity = OWNER,
    ) -> charts.CompareChart:
        """The best values so far of several studies of one direction, and the spread over them, at most `most` points of it."""
        studies = [await self._study(name, who) for name in dict.fromkeys(names)]
        _check_directions(studies, objective)
        drawn = [
            await self._analyse(study, lambda table: history(table, objective, against=against).best)
            for study in studies
        ]
        return charts.CompareChart(
            studies=[study.name for study in studies],
            lines=[on_the_wire(charts.BestLine, line) for line in drawn],
            spread=on_the_wire(charts.SpreadChart, spread(drawn, most=most)),
        )


def _check_directions(studies: Sequence[StudyAccount], objective: int) -> None:
    for study in studies:
        if objective >= len(study.definition.directions):
            raise InvalidInput.at("objective", f"{study.name} has {len(study.definition.directions)} objectives")
    if len({study.definition.directions[objective] for study in studies}) > 1:
        raise InvalidInput.at("study", "some are minimized and others maximized; compare studies of one direction")
