"""Breadth first through all states of a small world."""

from array import array
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from faults.model.world import Action, Bounds, Violation, World, thawed
from study_model import Model


@dataclass
class Exploration:
    """What was seen. It is complete when nothing within the bounds is left."""

    states: int = 0
    transitions: int = 0
    depth: int = 0
    complete: bool = False
    beyond: int = 0
    met: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Transitions by what happened, and to which verb."""


class Broken(Exception):
    """A violation, with what led to it."""

    def __init__(self, violation: Violation, trace: list[Action]) -> None:
        super().__init__(
            "\n".join([str(violation), *(f"  {number}. {action}" for number, action in enumerate(trace, 1))])
        )


class Explorer:
    """Sees every state once. Kept of a state that was left are 8 bytes of its hash, its parent, and the place of the action."""

    def __init__(self, bounds: Bounds, kind: type[Model] = Model, began: Sequence[Action] = ()) -> None:
        self._bounds = bounds
        self._began = began
        self._kind = kind
        self._root = self.root().frozen()
        self._seen: set[int] = set()
        self._parents = array("q")
        self._actions = array("H")
        self._quiet: set[int] = set()

    def root(self) -> World:
        """Before anything happened, but what it began with."""
        world = World(self._bounds, self._kind)
        for action in self._began:
            world.take(action)
        return world

    def explore(self, most: int) -> Exploration:
        """Up to so many states; raises Broken."""
        found = Exploration()
        frontier = deque([(0, 0, self._root)])
        self._see(self._root, -1, 0)
        while frontier:
            number, depth, content = frontier.popleft()
            found.depth = depth
            for place, action in enumerate(self._thawed(content).actions()):
                after = self._after(content, action, number, found)
                if after is not None and hash(after) not in self._seen:
                    if len(self._parents) >= most:
                        found.states = len(self._parents)
                        return found
                    frontier.append((len(self._parents), depth + 1, after))
                    self._see(after, number, place)
        found.states, found.complete = len(self._parents), True
        return found

    def _see(self, content: bytes, parent: int, place: int) -> None:
        self._seen.add(hash(content))
        self._parents.append(parent)
        self._actions.append(place)

    def _thawed(self, content: bytes) -> World:
        return thawed(content, self._bounds, self._kind)

    def _after(self, content: bytes, action: Action, number: int, found: Exploration) -> bytes | None:
        world = self._thawed(content)
        found.transitions += 1
        try:
            within = world.take(action)
            after = world.frozen()
            self._check_quiescence(world)
        except Violation as violation:
            raise Broken(violation, [*self._began, *self._trace(number), action]) from None
        found.met[action[0], _verb(action)] += 1
        if not within:
            found.beyond += 1
        return after if within else None

    def _check_quiescence(self, world: World) -> None:
        """Once for each state of the service: workers are gone then."""
        model = hash(world.model_now())
        if model not in self._quiet:
            self._quiet.add(model)
            world.check_quiescence()

    def _trace(self, number: int) -> list[Action]:
        places: list[int] = []
        while number:
            places.append(self._actions[number])
            number = self._parents[number]
        return list(self._replayed(reversed(places)))

    def _replayed(self, places: Iterator[int]) -> Iterator[Action]:
        content = self._root
        for place in places:
            world = self._thawed(content)
            action = world.actions()[place]
            yield action
            world.take(action)
            content = world.frozen()


def _verb(action: Action) -> str:
    return str(action[1][0]) if len(action) > 1 and isinstance(action[1], tuple) else "-"
