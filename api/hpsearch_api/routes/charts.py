"""What charts are drawn from: one answer a chart, computed from the trials of a study, thinned, and the same while the study is."""

from typing import Annotated

from fastapi import Query, Request

from hpsearch.errors import InvalidInput, StudyNotFound, TrialNotFound
from hpsearch.service import drawings
from hpsearch.wire import charts
from hpsearch.wire.base import BASE_PATH
from hpsearch.wire.costs import Costs, Rungs, Timeline
from hpsearch_api.outcomes import Outcomes, outcomes
from hpsearch_api.parameters import (
    ChartQuery,
    CompareQuery,
    CurvesQuery,
    HistoryQuery,
    ImportanceQuery,
    MostQuery,
    PairQuery,
    SliceQuery,
    StudyName,
    TrialNumber,
)
from hpsearch_api.router import new_router
from hpsearch_api.state import service_of, who
from hpsearch_api.versions import VersionedRoute

router = new_router(f"{BASE_PATH}/studies/{{study}}", "charts", VersionedRoute)
comparing = new_router(BASE_PATH, "charts")

_REFUSED = outcomes(StudyNotFound, InvalidInput)
_UNCHANGED: Outcomes = {304: {"description": "The study is as it was at this `If-None-Match`."}}
_OUTCOMES: Outcomes = {**_UNCHANGED, **_REFUSED}
_OUTCOMES_OF_TRIAL: Outcomes = {**_UNCHANGED, **outcomes(TrialNotFound, StudyNotFound, InvalidInput)}


@router.get("/importance", summary="Rate the parameters", response_description="A share for each.", responses=_OUTCOMES)
async def importance(
    request: Request, study: StudyName, query: Annotated[ImportanceQuery, Query()]
) -> charts.Importances:
    """How much of the difference between good and bad trials each parameter explains, by PED-ANOVA (Watanabe et al., 2023)."""
    return await service_of(request).chart(study, drawings.Importances(query.objective), who(request))


@router.get(
    "/charts/history",
    summary="Chart the history",
    response_description="Trials, and the best value so far.",
    responses=_OUTCOMES,
)
async def history_chart(
    request: Request, study: StudyName, query: Annotated[HistoryQuery, Query()]
) -> charts.HistoryChart:
    """The values in the order in which trials were over, against their number, the time, or the device seconds used."""
    drawing = drawings.History(query.against, query.objective, query.most)
    return await service_of(request).chart(study, drawing, who(request))


@router.get(
    "/charts/slice",
    summary="Chart a parameter",
    response_description="Trials along the parameter.",
    responses=_OUTCOMES,
)
async def slice_chart(request: Request, study: StudyName, query: Annotated[SliceQuery, Query()]) -> charts.SliceChart:
    """The values of the trials along one parameter."""
    drawing = drawings.Slice(query.parameter, query.objective, query.most)
    return await service_of(request).chart(study, drawing, who(request))


@router.get(
    "/charts/contour",
    summary="Chart two parameters",
    response_description="Estimated values on a grid, and trials.",
    responses=_OUTCOMES,
)
async def contour_chart(
    request: Request, study: StudyName, query: Annotated[PairQuery, Query()]
) -> charts.ContourChart:
    """Values over two parameters, estimated from the completed trials nearby."""
    drawing = drawings.Contour(query.x, query.y, query.objective, query.most)
    return await service_of(request).chart(study, drawing, who(request))


@router.get(
    "/charts/rank",
    summary="Chart the ranks over two parameters",
    response_description="Trials with the ranks of their values.",
    responses=_OUTCOMES,
)
async def rank_chart(request: Request, study: StudyName, query: Annotated[PairQuery, Query()]) -> charts.RankChart:
    """The completed trials over two parameters, each with the rank of its value among all."""
    drawing = drawings.Rank(query.x, query.y, query.objective, query.most)
    return await service_of(request).chart(study, drawing, who(request))


@router.get(
    "/charts/edf",
    summary="Chart the distribution of values",
    response_description="A step function.",
    responses=_OUTCOMES,
)
async def edf_chart(request: Request, study: StudyName, query: Annotated[ChartQuery, Query()]) -> charts.EdfChart:
    """The empirical distribution function: what share of the completed trials reached what value."""
    return await service_of(request).chart(study, drawings.Edf(query.objective, query.most), who(request))


@router.get(
    "/charts/pareto",
    summary="Chart the Pareto front",
    response_description="The front, and trials behind it.",
    responses=_OUTCOMES,
)
async def pareto_chart(request: Request, study: StudyName, query: Annotated[MostQuery, Query()]) -> charts.ParetoChart:
    """The completed trials by all their objectives, and which of them no other dominates."""
    return await service_of(request).chart(study, drawings.Pareto(query.most), who(request))


@router.get(
    "/charts/curves",
    summary="Chart learning curves",
    response_description="A curve a trial.",
    responses=_OUTCOMES,
)
async def curves_chart(
    request: Request, study: StudyName, query: Annotated[CurvesQuery, Query()]
) -> charts.CurvesChart:
    """What trials reported, step by step: of those that are named, else of `most`, the best among them."""
    service = service_of(request)
    return await service.curves(study, query.trial, query.metric, query.most, who(request))


@router.get("/advice", summary="Advise on a study", response_description="What looks wrong.", responses=_OUTCOMES)
async def advice(request: Request, study: StudyName) -> charts.StudyAdvice:
    """What looks wrong in the study's ranges, curves and failures, and what to do about it."""
    return await service_of(request).advice(study, who(request))


@router.get("/costs", summary="Add up costs", response_description="Device and clock time.", responses=_OUTCOMES)
async def costs(request: Request, study: StudyName) -> Costs:
    """Device and clock time of all attempts by how they ended, and what early stopping and pruning saved."""
    return await service_of(request).costs(study, who(request))


@router.get(
    "/charts/timeline",
    summary="Chart when attempts ran",
    response_description="Attempts of the newest trials.",
    responses=_OUTCOMES,
)
async def timeline_chart(request: Request, study: StudyName, query: Annotated[MostQuery, Query()]) -> Timeline:
    """When each attempt of the newest trials ran, on which worker, and how it ended."""
    return await service_of(request).timeline(study, query.most, who(request))


@router.get("/charts/rungs", summary="Chart the rungs", response_description="The rungs, rising.", responses=_OUTCOMES)
async def rungs_chart(request: Request, study: StudyName) -> Rungs:
    """Where the pruner compared trials, how many came there, and how many it ended there."""
    return await service_of(request).rungs(study, who(request))


@router.get(
    "/trials/{number}/curves",
    summary="Chart a trial's curves",
    response_description="All that it reported.",
    responses=_OUTCOMES_OF_TRIAL,
)
async def trial_curves(request: Request, study: StudyName, number: TrialNumber) -> charts.TrialCurves:
    """Every metric that the trial reported, step by step: the word of the latest attempt on each."""
    return await service_of(request).trial_curves(study, number, who(request))


@router.get(
    "/trials/{number}/advice",
    summary="Advise on a trial",
    response_description="What looks wrong in its curve.",
    responses=_OUTCOMES_OF_TRIAL,
)
async def trial_advice(request: Request, study: StudyName, number: TrialNumber) -> charts.StudyAdvice:
    """What looks wrong in the trial's learning curve, and what to do about it."""
    return await service_of(request).trial_advice(study, number, who(request))


@comparing.get(
    "/compare",
    summary="Compare studies",
    response_description="A line for each, and their spread.",
    responses=_REFUSED,
)
async def compare(request: Request, query: Annotated[CompareQuery, Query()]) -> charts.CompareChart:
    """The best value so far of several studies, against trials, time or device seconds; with the quartiles over all, as of repeated seeds."""
    return await service_of(request).compare(query.study, query.against, query.objective, query.most, who(request))
