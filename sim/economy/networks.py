"""Who trades with whom: buyers of towns, regions and the nation, several sources, ties that form and break.

Towns of fifty firms lie in regions of a few towns, regions in nations of a few regions. A firm's customers come from
its town, its region and its nation, so that buyers are shared across towns, yet one more firm at the end adds at most
buyers of its own and changes nobody's ties. Within a circle a few buyers draw most suppliers (weights 1, 1/2,
1/3, ...): the number of suppliers a buyer has is heavy-tailed, as trade networks are (DOMAIN 7).
"""

from bisect import bisect_right
from typing import NamedTuple

import numpy as np

from credit import elementary
from sim.economy.buyers import Buyer
from sim.economy.links import Links
from sim.economy.smes import SME
from sim.economy.suppliers import Supplier
from sim.scenarios.channels import SECTORS
from sim.settings import Settings
from sim.stage import Stage

PPM = 1_000_000
CIRCLES = ("town", "region", "nation")
CIRCLE_WEIGHTS = (0.5, 0.3, 0.2)
"""Part of a firm's customers that come from each circle. Assumption."""
OWN_SECTOR_WEIGHT = 4.0
"""How much likelier a firm ties to a buyer of the sector it makes for. Assumption."""
FEWEST_BUYERS, MOST_BUYERS = 2, 12
NOBODY = -1


class Circle(NamedTuple):
    """Buyers that a town can reach.

    Attributes:
        kind: position in CIRCLES.
        rows: their rows.
    """

    kind: int
    rows: range


def circle_sizes(settings: Settings) -> tuple[int, int, int]:
    """Buyers in a town, in a region and in a nation."""
    return settings.buyers_a_town, settings.buyers_a_region, settings.buyers_a_nation


def circles(settings: Settings, towns: int) -> list[tuple[Circle, Circle, Circle]]:
    """The three circles of each town. Rows are handed out as towns come, a nation's and a region's first."""
    in_town, in_region, in_nation = circle_sizes(settings)
    towns_a_nation = settings.towns_a_region * settings.regions_a_nation
    reached, row = [], 0
    nation = region = range(0)
    for town in range(towns):
        if town % towns_a_nation == 0:
            nation, row = range(row, row + in_nation), row + in_nation
        if town % settings.towns_a_region == 0:
            region, row = range(row, row + in_region), row + in_region
        reached.append((Circle(0, range(row, row + in_town)), Circle(1, region), Circle(2, nation)))
        row += in_town
    return reached


def buyer_count(settings: Settings, towns: int) -> int:
    """Buyers of so many towns."""
    return max(rows.stop for _, rows in (circle for reached in circles(settings, towns)[-1:] for circle in reached))


class Network:
    """The ties of a market.

    Attributes:
        reached: circles of each town.
        ties: by firm row, rows of its buyers (NOBODY behind the last) and their cumulated shares of sales; they change
            at a month's end only.
    """

    def __init__(self, stage: Stage, buyers: list[Buyer], suppliers: list[Supplier], towns: int) -> None:
        self.stage, self.buyers, self.suppliers = stage, buyers, suppliers
        self.reached = circles(stage.settings, towns)
        sizes = circle_sizes(stage.settings)
        pulls = [1.0 / (1.0 + np.arange(size)) for size in sizes]
        self._pull = np.concatenate(
            [weight * pull / pull.sum() for weight, pull in zip(CIRCLE_WEIGHTS, pulls, strict=True)]
        )
        self._sectors = np.array([buyer.sector for buyer in buyers])
        self._bounds = np.cumsum(self._pull).tolist()
        self.ties = np.empty((0, MOST_BUYERS), dtype=np.int64), np.empty((0, MOST_BUYERS), dtype=np.int64)

    def _pool(self, town: int) -> np.ndarray:
        """Rows of the buyers that a town reaches, in the order of `_pull`."""
        return np.concatenate([np.arange(circle.rows.start, circle.rows.stop) for circle in self.reached[town]])

    def formed(self, towns: list[int], revenue_fen: list[int]) -> list[Links]:
        """The first ties of every firm, drawn by firm.

        Buyers are drawn without replacement in proportion to their pull (Efraimidis & Spirakis 2006: the largest of
        log(u) / weight); larger firms have more of them.
        """
        settings, streams, who = self.stage.settings, self.stage.streams, self.stage.roster
        size = np.asarray(revenue_fen, dtype=float) / settings.annual_revenue_fen
        spread = 0.35 * streams.normals("buyers", 0, who)
        wanted = settings.buyers_a_firm * np.asarray(elementary.exp(0.25 * np.asarray(elementary.log(size)) + spread))
        counts = np.clip(np.rint(wanted).astype(np.int64), FEWEST_BUYERS, MOST_BUYERS).tolist()
        sectors = streams.whole("sector made for", 0, who, len(SECTORS))
        luck = np.column_stack(
            [
                np.asarray(elementary.log(streams.uniforms(f"buyer tie {place}", 0, who)))
                for place in range(len(self._pull))
            ]
        )
        first, second = (self._supplier_ranks(name) for name in ("supplier", "second supplier"))
        sources = streams.ppm("sources", 0, who)
        formed = []
        for row, town in enumerate(towns):
            pool = self._pool(town)
            weight = self._pull * np.where(self._sectors[pool] == sectors[row], OWN_SECTOR_WEIGHT, 1.0)
            best = np.argsort(-luck[row] / weight, kind="stable")[: counts[row]]
            mine = [self.buyers[pool[place]] for place in best.tolist()]
            is_double = sources[row] < settings.double_sourcing_ppm
            formed.append(
                Links(mine, sales_shares(len(mine)), self._sources(first[row], second[row]),
                      settings.second_source_ppm if is_double else 0)
            )  # fmt: skip
        self.ties = tied_columns(formed)
        return formed

    def _supplier_ranks(self, name: str) -> list[int]:
        """A supplier for every firm; the first draws most customers, the second half as many, and so on."""
        weights = np.cumsum(1.0 / (1.0 + np.arange(len(self.suppliers))))
        bounds = np.rint(PPM * weights / weights[-1]).astype(np.int64)
        draws = self.stage.streams.ppm(name, 0, self.stage.roster)
        return np.searchsorted(bounds, draws, side="right").tolist()

    def _sources(self, first: int, second: int) -> tuple[Supplier, ...]:
        everybody = self.suppliers
        if second == first:
            second = (first + 1) % len(everybody)
        ahead = [first] if len(everybody) == 1 else [first, second]
        rest = [
            row % len(everybody) for row in range(first, first + len(everybody)) if row % len(everybody) not in ahead
        ]
        return tuple(everybody[row] for row in (*ahead, *rest))

    def renew(self, active: list[SME]) -> None:
        """A month's end: some ties end, those to failed buyers for sure; a new one takes the place of each."""
        stage, settings = self.stage, self.stage.settings
        breaks = np.array(stage.streams.ppm("tie ends", stage.day, stage.roster))
        choices = stage.streams.ppm("new buyer", stage.day, stage.roster)
        tied, chance = self.ties[0], settings.tie_ends_ppm // 12
        is_tie, is_gone = tied != NOBODY, np.array([not buyer.is_active for buyer in self.buyers])
        ends = (breaks < chance * is_tie.sum(axis=1)).tolist()
        has_lost = (is_tie & is_gone[tied]).any(axis=1).tolist()
        for sme in active:
            buyers = sme.links.buyers
            if ends[sme.row]:
                self._replace(sme, len(buyers) - 1, choices[sme.row])
            elif has_lost[sme.row]:
                lost = next(place for place, buyer in enumerate(buyers) if not buyer.is_active)
                self._replace(sme, lost, choices[sme.row])

    def _replace(self, sme: SME, place: int, draw_ppm: int) -> None:
        """Another buyer at a place: drawn by pull among those who are there and not its customers yet."""
        pool = self._pool(sme.factory.town).tolist()
        known, bounds = sme.links.buyers, self._bounds
        start = bisect_right(bounds, draw_ppm / PPM * bounds[-1])
        for step in range(len(pool)):
            buyer = self.buyers[pool[(start + step) % len(pool)]]
            if buyer.is_active and buyer not in known:
                sme.links.buyers[place] = buyer
                sme.links.since[place] = self.stage.day
                self.ties[0][sme.row, place] = buyer.row
                shares = sme.links.buyer_shares_ppm
                part = shares[place] - (shares[place - 1] if place else 0)
                buyer.make_room_for(sme.factory.base_week_fen * part // PPM)
                return

    def tie_sureties(self, smes: list[SME], firms: int) -> None:
        """Controllers stand surety for bank debt of firms behind theirs in the same town: chains, no rings."""
        settings, streams = self.stage.settings, self.stage.streams
        draws = streams.ppm("stands surety", 0, firms)
        back = streams.whole("surety of whom", 0, firms, settings.surety_places)
        for sme in smes[:firms]:
            row = sme.row - 1 - back[sme.row]
            if draws[sme.row] >= settings.surety_ppm or row < 0 or smes[row].factory.town != sme.factory.town:
                continue
            sme.links.sureties.append(smes[row])
            smes[row].links.stands_for.append(sme)


def tied_columns(formed: list[Links]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of each firm's buyers and their cumulated shares of sales, as `Network.ties` holds them."""
    buyers = np.full((len(formed), MOST_BUYERS), NOBODY, dtype=np.int64)
    shares = np.full((len(formed), MOST_BUYERS), PPM, dtype=np.int64)
    for row, links in enumerate(formed):
        count = len(links.buyers)
        buyers[row, :count] = [buyer.row for buyer in links.buyers]
        shares[row, :count] = links.buyer_shares_ppm
    return buyers, shares


def sales_shares(buyers: int) -> tuple[int, ...]:
    """Cumulated shares of sales of a firm's buyers: 1, 1/2^.9, 1/3^.9, ...; top one .4 (DOMAIN 3: Beta(3, 6))."""
    weights = np.asarray(elementary.exp(-0.9 * np.asarray(elementary.log(1.0 + np.arange(buyers)))))
    bounds = np.rint(PPM * np.cumsum(weights) / weights.sum()).astype(np.int64)
    bounds[-1] = PPM
    return tuple(bounds.tolist())
