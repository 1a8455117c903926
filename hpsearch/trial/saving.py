"""What a trial did not spend because it ended before its limit: by its own early stopping, or because it was pruned."""

from dataclasses import dataclass

from hpsearch.trial.state import TrialState

_ENDED_EARLY = frozenset({TrialState.COMPLETED, TrialState.PRUNED})


@dataclass(frozen=True, slots=True)
class Saving:
    """Steps (epochs) that were not trained, and the device seconds that they would have taken; None where that cannot be told."""

    steps: int
    device_seconds: float | None


NOTHING = Saving(0, 0.0)


def saving(state: TrialState, last_step: int | None, max_steps: int | None, device_seconds: float | None) -> Saving:
    """What a trial in this state saved.

    A completed trial that reported `last_step` of at most `max_steps` steps was stopped early by itself, a pruned one by its study:
    `max_steps - last_step` steps are saved, all of them where a pruned trial never reported (`last_step` None), none where `last_step`
    is beyond the limit. A step is taken to cost what the trial's own steps did on average, `device_seconds / last_step`, those of all
    its attempts: what was trained twice after a fault makes its steps look dearer than they are. Without a step or without device
    seconds nobody knows what a step costs, and the seconds are None.

    Trials in other states save nothing: a failed or cancelled one was not ended for the sake of its value, and of others more is to
    come. Nor do completed trials that reported no steps, and those without a limit (`max_steps` None).
    """
    if state not in _ENDED_EARLY or max_steps is None or (last_step is None and state is TrialState.COMPLETED):
        return NOTHING
    done = last_step or 0
    left = max(0, max_steps - done)
    if left == 0:
        return NOTHING
    return Saving(left, None if not done or device_seconds is None else left * device_seconds / done)
