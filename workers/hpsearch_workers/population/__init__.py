"""Population training: many trials as lanes of one compiled program; a lane that ends takes the next trial.

What a model of the user's own needs is here by name; docs/own-model.md describes it.
"""

from hpsearch_workers.population.from_loss import FromLoss, Model
from hpsearch_workers.population.network import Data, Network, Now, PopulationObjective, Training

__all__ = ["Data", "FromLoss", "Model", "Network", "Now", "PopulationObjective", "Training"]
