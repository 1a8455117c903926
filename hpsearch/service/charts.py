"""What charts are drawn from: computed off the event loop, and kept while the study does not change."""

from collections.abc import Sequence

from hpsearch.analysis import MOST, Against, Table, history, spread
from hpsearch.errors import InvalidInput
from hpsearch.identity import OWNER, Identity
from hpsearch.service.advising import advise
from hpsearch.service.costs import costs, study_rungs, timeline
from hpsearch.service.curves import MOST_CURVES, curves_chart
from hpsearch.service.drawings import Chart, Drawing, on_the_wire
from hpsearch.service.kept import Kept
from hpsearch.service.reading import Reading
from hpsearch.study import StudyAccount
from hpsearch.wire import charts
from hpsearch.wire.costs import Costs, Rungs, Timeline

MOST_COMPARED = 50
"""Studies that a client may compare at once."""


class Charts(Reading):
    """The charting part of the service's reading. Raises StudyNotFound, and InvalidInput that names the parameter at fault."""

    _kept: Kept

    async def chart(self, name: str, drawing: Drawing[Chart], who: Identity = OWNER) -> Chart:
        """A drawing of a study's trials."""
        study = await self._study(name, who)

        def draw(table: Table) -> Chart:
            return self._kept.get((study.id, drawing), table.seq, lambda: drawing.draw(table))

        return await self._analyse(study, draw)

    async def advice(self, name: str, who: Identity = OWNER) -> charts.StudyAdvice:
        """What looks wrong in a study, and what to do about it (see hpsearch.analysis.advice)."""
        study = await self._study(name, who)

        def ask(table: Table) -> charts.StudyAdvice:
            return self._kept.get((study.id, "advice"), table.seq, lambda: advise(self._database, study, table))

        return await self._analyse(study, ask)

    async def costs(self, name: str, who: Identity = OWNER) -> Costs:
        """What a study took, and what early ends saved."""
        study = await self._study(name, who)
        return await self._analyse(study, lambda table: costs(self._database, study, table))

    async def timeline(self, name: str, most: int, who: Identity = OWNER) -> Timeline:
        """When and where the attempts of the newest trials ran."""
        study = await self._study(name, who)
        return await self._analyse(study, lambda _: timeline(self._database, study, most))

    async def rungs(self, name: str, who: Identity = OWNER) -> Rungs:
        """Where trials were compared, and where they ended."""
        study = await self._study(name, who)
        return await self._analyse(study, lambda _: study_rungs(self._database, study))

    async def curves(
        self,
        name: str,
        numbers: Sequence[int] = (),
        metric: str | None = None,
        most: int = MOST_CURVES,
        who: Identity = OWNER,
    ) -> charts.CurvesChart:
        """The learning curves of these trials; without numbers of `most`, the best among them. `metric`: another than the objective's."""
        study = await self._study(name, who)

        def draw(table: Table) -> charts.CurvesChart:
            return curves_chart(self._database, study, table, numbers, metric, most)

        return await self._analyse(study, draw)

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
