"""Samplers: which parameters to try next."""

from hpsearch.samplers.base import NumberSampler, Point, Sampler, ViewSampler
from hpsearch.study import GridSampler, RandomSampler, Study

__all__ = ["NumberSampler", "Point", "Sampler", "ViewSampler", "build"]


def build(study: Study, seed: int) -> NumberSampler | ViewSampler:
    """The sampler of a study; `seed` is the study's own or the one drawn for it. Imports only what the sampler needs."""
    settings = study.sampler
    if isinstance(settings, GridSampler):
        from hpsearch.samplers.grid import GridSearch

        return GridSearch(study.space, seed, shuffle=settings.shuffle)
    if isinstance(settings, RandomSampler):
        from hpsearch.samplers.random import RandomSearch

        return RandomSearch(study.space, seed)
    from hpsearch.samplers.tpe import TpeSearch

    return TpeSearch(study, settings, seed)
