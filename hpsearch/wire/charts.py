"""What charts are drawn from: thinned on the server, so that they cost what they show.

Lists of one answer are columns of equal length. `null` is a number that is not there. A category stands as its place among the choices.
"""

from pydantic import Field, JsonValue

from hpsearch.trial import TrialState
from hpsearch.wire.base import Answer, Number

Column = list[Number | None]


class Importances(Answer):
    """How much of the difference between good and bad trials each parameter explains."""

    objective: int = Field(description="Place of the objective.")
    importances: dict[str, float] = Field(
        description="Shares that add up to 1, greatest first; empty while there are too few trials."
    )


class BestLine(Answer):
    """The best value so far, as a line of steps: from each `x` on it is at `y`."""

    x: Column = Field(description="Where it got better, and where the last trial was over.")
    y: Column = Field(description="The best value from there on.")


class HistoryChart(Answer):
    """How the search went."""

    number: list[int] = Field(description="Numbers of the trials that are shown.")
    x: Column = Field(
        description="Where each was over: its number, seconds since the start, or device seconds used by then."
    )
    y: Column = Field(description="Its value; of a pruned trial the one at the decision.")
    state: list[TrialState] = Field(description="Its state.")
    of: int = Field(description="Trials with a value, before they were thinned.")
    best: BestLine = Field(description="The best of the completed trials so far; never thinned.")


class SliceChart(Answer):
    """Values along one parameter."""

    parameter: str = Field(description="Name of the parameter.")
    number: list[int] = Field(description="Numbers of the trials that are shown.")
    x: Column = Field(description="The parameter.")
    y: Column = Field(description="The value.")
    state: list[TrialState] = Field(description="The trial's state.")
    of: int = Field(description="Trials that could be shown, before they were thinned.")


class ChartAxis(Answer):
    """A parameter as an axis."""

    name: str = Field(description="Name of the parameter.")
    low: float = Field(description="Its least number.")
    high: float = Field(description="Its greatest number.")
    is_log: bool = Field(description="Whether it is drawn by its logarithm.")
    is_ordered: bool = Field(description="False for categories.")
    centres: list[float] = Field(description="The numbers of the grid's cells.")


class ContourChart(Answer):
    """Estimated values over two parameters, from completed trials."""

    x: ChartAxis = Field(description="The axis to the right.")
    y: ChartAxis = Field(description="The axis upwards.")
    values: list[Column] = Field(
        description="A row for each cell of `y`, with a value for each of `x`; null where no trial is near."
    )
    number: list[int] = Field(description="Numbers of the trials that are shown.")
    trial_x: Column = Field(description="Where they are along `x`.")
    trial_y: Column = Field(description="Where they are along `y`.")
    trial_value: Column = Field(description="Their values.")
    of: int = Field(description="Trials behind the estimates.")


class RankChart(Answer):
    """Trials over two parameters, each with the rank of its value."""

    number: list[int] = Field(description="Numbers of the trials that are shown.")
    x: Column = Field(description="The first parameter.")
    y: Column = Field(description="The second parameter.")
    value: Column = Field(description="The value.")
    rank: Column = Field(description="From 0, the least value, to 1.")
    of: int = Field(description="Trials that could be shown, before they were thinned.")


class EdfChart(Answer):
    """What share of the completed trials reached what value."""

    values: Column = Field(description="Values, rising.")
    shares: list[Column] = Field(description="For each study the share of its trials at or below each value.")


class ParetoChart(Answer):
    """Trials of several objectives."""

    number: list[int] = Field(description="Numbers of the trials that are shown: all of the front, the others thinned.")
    values: list[Column] = Field(description="For each objective its values.")
    is_best: list[bool] = Field(
        description="Which are on the front: no other is at least as good in all and better in one."
    )
    of: int = Field(description="Completed trials with finite values.")


class SpreadChart(Answer):
    """Quartiles of the best value so far over several studies."""

    x: Column = Field(description="Where one of them got better.")
    lower: Column = Field(description="A quarter of the studies is below.")
    median: Column = Field(description="Half of them.")
    upper: Column = Field(description="Three quarters.")
    lines: list[int] = Field(description="Studies that had a value there.")


class CompareChart(Answer):
    """The best value so far of several studies, and the spread over them."""

    studies: list[str] = Field(description="Their names.")
    lines: list[BestLine] = Field(description="A line for each.")
    spread: SpreadChart = Field(description="All of them together, as of one search with several seeds.")


class CurveView(Answer):
    """What one trial reported."""

    number: int = Field(description="Number of the trial.")
    state: TrialState = Field(description="Its state.")
    step: list[int] = Field(description="Steps, rising.")
    value: Column = Field(description="What was reported there.")


class CurvesChart(Answer):
    """Learning curves."""

    curves: list[CurveView] = Field(description="A curve a trial, in the order of their numbers.")
    of: int = Field(description="Trials that reported something, before they were thinned.")
    metrics: list[str] = Field(
        default_factory=list, description="Further metrics that the shown trials reported, by name."
    )


class TrialCurves(Answer):
    """All that one trial reported."""

    step: list[int] = Field(description="Steps, rising.")
    attempt: list[int] = Field(description="Number of the attempt that reported each: of several the latest.")
    columns: dict[str, Column] = Field(
        description="By metric, that of the study first: what was reported; null where a report lacks it."
    )
    of: int = Field(description="Steps that were reported, before they were thinned.")


class AdviceView(Answer):
    """One finding, and what to do about it."""

    code: str = Field(description="What was found, as a word that stays the same; docs/advice.md lists them.")
    severity: str = Field(
        description="`warning`: trials are lost, or the best result lies elsewhere; `hint`: it could be better."
    )
    title: str = Field(description="A line.")
    detail: str = Field(description="What was seen, with its numbers.")
    action: str = Field(description="What to do.")
    parameter: str | None = Field(description="The parameter that it is about.")
    count: int = Field(description="Trials that show it.")
    trials: list[int] = Field(description="The first of them.")
    space: dict[str, JsonValue] | None = Field(description="The changed parameter, as a study file has it.")


class StudyAdvice(Answer):
    """What looks wrong in a study, or in a trial's curve."""

    advice: list[AdviceView] = Field(description="The most severe first; empty where nothing looks wrong.")
