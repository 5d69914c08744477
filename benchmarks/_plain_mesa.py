"""A plain Mesa model of one simplified SME day, as a tutorial would write it: the peer of benchmarks/market.py.

A firm sells what is ordered, is paid late, pays fixed costs, buys resin by an (s, S) rule for cash or on a loan of 60
days, defaults when its cash is gone, and is scored anew every month. Agents are called in random order, what they hold
is collected every day by a DataCollector, random numbers come from the model's one generator.
"""

import math

import mesa

RATE_DAY, TERM_DAYS, PRICE = 0.0004, 60, 8_000.0
ORDER_AT_DAYS, ORDER_UP_TO_DAYS = 10, 25


class PlainSME(mesa.Agent):
    """A factory with cash, resin, claims and loans."""

    def __init__(self, model: "PlainModel") -> None:
        super().__init__(model)
        self.tonnes_a_day = math.exp(model.random.gauss(0.0, 0.8))
        self.margin = model.random.uniform(0.1, 0.2)
        self.cash = 20 * self.tonnes_a_day * PRICE
        self.resin = ORDER_UP_TO_DAYS * self.tonnes_a_day
        self.demand_level = 0.0
        self.claims: dict[int, float] = {}
        self.loans: dict[int, float] = {}
        self.limit = 45 * self.tonnes_a_day * PRICE
        self.late_days = 75.0

    def step(self) -> None:
        """A day of the firm."""
        model, today = self.model, self.model.day
        self.demand_level = 0.97 * self.demand_level + 0.05 * model.random.gauss(0.0, 1.0)
        sold = min(self.tonnes_a_day * math.exp(self.demand_level), self.resin)
        self.resin -= sold
        wait = 45 + int(60 * model.random.random())
        self.late_days += 0.02 * (wait - self.late_days)
        self.claims[today + wait] = self.claims.get(today + wait, 0.0) + sold * model.price * (1.0 + self.margin)
        self.cash += self.claims.pop(today, 0.0) - 0.1 * self.tonnes_a_day * PRICE
        self.cash -= self.loans.pop(today, 0.0) * (1.0 + RATE_DAY * TERM_DAYS)
        if self.cash < -0.5 * self.limit:
            self.remove()
            return
        if self.resin < ORDER_AT_DAYS * self.tonnes_a_day:
            self.order()

    def order(self) -> None:
        """Buy resin for cash, else on a loan within the limit."""
        cost = (ORDER_UP_TO_DAYS * self.tonnes_a_day - self.resin) * self.model.price
        if self.cash >= cost:
            self.cash -= cost
        elif sum(self.loans.values()) + cost <= self.limit:
            due = self.model.day + TERM_DAYS
            self.loans[due] = self.loans.get(due, 0.0) + cost
        else:
            return
        self.resin = ORDER_UP_TO_DAYS * self.tonnes_a_day

    def review(self) -> None:
        """A new limit, from a score of a few features."""
        score = 2.0 - 0.03 * (self.late_days - 75.0) + min(2.0, max(-2.0, self.cash / max(self.limit, 1.0)))
        self.limit = 45 * self.tonnes_a_day * PRICE / (1.0 + math.exp(-score))


class PlainModel(mesa.Model):
    """Firms under one resin price."""

    def __init__(self, firms: int, seed: int) -> None:
        super().__init__(rng=seed)
        self.day, self.price = 0, PRICE
        PlainSME.create_agents(self, firms)
        self.collector = mesa.DataCollector(agent_reporters={"cash": "cash", "resin": "resin"})

    def step(self) -> None:
        """A day of the market."""
        self.price *= math.exp(0.01 * self.random.gauss(0.0, 1.0))
        self.agents_by_type[PlainSME].shuffle_do("step")
        if self.day % 30 == 29:
            self.agents_by_type[PlainSME].do("review")
        self.collector.collect(self)
        self.day += 1
