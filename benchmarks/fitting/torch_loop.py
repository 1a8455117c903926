"""The usual search with Optuna and PyTorch, eager: nothing is compiled."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import nn

from fitting import optuna_search
from fitting.measured import Measured
from fitting.task import BATCH, Configuration, Task


def network(task: Task, dropout: float) -> nn.Sequential:
    size, channels = task.parts[0][0].shape[1], task.parts[0][0].shape[3]
    layers: list[nn.Module] = []
    for filters in task.filters:
        layers += [nn.Conv2d(channels, filters, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]
        size, channels = size // 2, filters
    layers.append(nn.Flatten())
    units = size * size * channels
    for wider in task.widths:
        layers += [nn.Linear(units, wider), nn.ReLU(), nn.Dropout(dropout)]
        units = wider
    layers.append(nn.Linear(units, 10))
    for layer in layers:
        if isinstance(layer, nn.Linear | nn.Conv2d):  # flax's default, as on the other sides
            nn.init.trunc_normal_(
                layer.weight, std=_deviation(layer), a=-2 * _deviation(layer), b=2 * _deviation(layer)
            )
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def _deviation(layer: nn.Linear | nn.Conv2d) -> float:
    return layer.weight[0].numel() ** -0.5 / 0.8796  # a normal distribution cut off at two deviations is narrower


def search(task: Task, configurations: list[Configuration]) -> Measured:
    """On the GPU where PyTorch has one."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    parts = [
        (torch.from_numpy(inputs.transpose(0, 3, 1, 2).copy()).to(device), torch.from_numpy(labels).long().to(device))
        for inputs, labels in task.parts
    ]
    return optuna_search.search("Optuna + PyTorch, eager", partial(_train, task, parts), configurations)


def _train(
    task: Task, parts: list[tuple[torch.Tensor, torch.Tensor]], configuration: Configuration, seed: int
) -> Iterator[float]:
    (inputs, labels), validation = parts
    torch.manual_seed(seed)
    model = network(task, configuration["dropout"]).to(inputs.device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=configuration["learning_rate"], weight_decay=configuration["weight_decay"]
    )
    loss_of = nn.CrossEntropyLoss()
    for _ in range(task.epochs):
        model.train()
        for rows in torch.randperm(len(labels), device=inputs.device).split(BATCH):
            optimizer.zero_grad()
            loss_of(model(inputs[rows]), labels[rows]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            yield float(loss_of(model(validation[0]), validation[1]))
