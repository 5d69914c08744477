"""A contest between arms: which markets must be lived to say who leads, how surely, and what would turn that over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from credit.parameters import parameters
from sim.arms.worlds import PPM, World
from sim.runs.ensemble import Plan
from sim.runs.run import Run

LADDER, BLIND = "ladder", "blind"
DRAWN_SEEDS = 2
"""Seeds on which drawn assumptions are lived: two part them from chance, and draws teach more than further seeds."""
WORLDS = ("noise", "weak", "informative")
"""Between which the break-even is sought."""


@dataclass(frozen=True)
class Contest:
    """Arms in one world on paired seeds, the same under drawn assumptions, and the ladder with its eyes shut elsewhere.

    Attributes:
        plan: one scenario and one world, all arms, on all seeds, under the stated assumptions.
        draws: how many draws of the assumptions beside them.
        seeks_break_even: whether ladder and blind arm are lived in the other worlds too.
    """

    plan: Plan
    draws: int = 0
    seeks_break_even: bool = True

    @property
    def world(self) -> World:
        """In which the contest is held."""
        (name,) = self.plan.worlds
        return World.named(name)

    @property
    def day(self) -> date:
        """The first observed day, on which assumptions are read."""
        return self.plan.scenarios[0].starts_on

    def run(self, seed: int, arm: str, world: str | None = None, assumptions: int | str = 0) -> Run:
        """One market of the contest."""
        plan = self.plan
        name = plan.worlds[0] if world is None else world
        return Run(
            plan.scenarios[0], seed, plan.firms, plan.days, plan.provenance, plan.simulate, arm, name, assumptions
        )

    @property
    def drawn(self) -> tuple[Run, ...]:
        """All arms under drawn assumptions, draw by draw."""
        return tuple(
            self.run(seed, arm, assumptions=draw)
            for draw in range(1, self.draws + 1)
            for seed in self.plan.seeds[:DRAWN_SEEDS]
            for arm in self.plan.policies
        )

    def in_world(self, world: str) -> tuple[Run, ...]:
        """The ladder and the blind arm in a world."""
        return tuple(self.run(seed, arm, world) for seed in self.plan.seeds for arm in (LADDER, BLIND))

    @property
    def worlds(self) -> dict[str, float]:
        """Share of clients seen as they are in every world of the break-even, the contest's own among them."""
        if not self.seeks_break_even:
            return {}
        known = parameters("worlds")
        shares = {name: known.value(name, self.day) for name in WORLDS}
        own = self.world.informative_ppm / PPM
        if own not in shares.values():
            shares[self.plan.worlds[0]] = own
        return dict(sorted(shares.items(), key=lambda one: one[1]))

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every market that is known to be needed from the start, each once."""
        others = (run for world in self.worlds for run in self.in_world(world))
        return tuple({run.id: run for run in (*self.plan.runs, *self.drawn, *others)}.values())

    def moved(self, arms: Sequence[str], assumption: str, value: float) -> tuple[Run, ...]:
        """Some arms with one assumption moved and all others as stated, on every seed."""
        told = f"{assumption}={value:.6g}"
        return tuple(self.run(seed, arm, assumptions=told) for seed in self.plan.seeds for arm in arms)
