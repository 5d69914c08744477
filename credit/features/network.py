"""What befalls a firm's neighbours through buyers, suppliers, persons and guarantees; rank and circles of trade.

Entities are identifiers: a buyer or supplier that carries a firm's identifier is that firm, a buyer and a supplier of
one identifier are one. Goods run from supplier to firm to buyer. Whatever is said of a neighbour leaves the firm's own
rows out, so that a firm is not warned of itself. Sums run over integers, or over edges in the order of identifiers.
"""

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from credit.day_view import DayView, known_log, ratio

WINDOW_DAYS, CLAIM_DAYS = 180, 365
"""How far back trade counts, and open claims and guarantees."""
DAMPING = 0.85
"""Chance that a walk follows an edge: Brin and Page (1998)."""
WALK_STEPS = 30
"""Iterations of PageRank: what is left of the start is below .85 ** 30, eight in a thousand."""


class Edges:
    """Pairs of firm and counterparty, each once, in the order of their identifiers.

    Attributes:
        firm: position of the firm in the view, shape (pairs,).
        other: position of the counterparty among `Trade.entities`, shape (pairs,).
    """

    def __init__(self, firm: np.ndarray, other: np.ndarray, others: int) -> None:
        self._others = others
        pair, self._row = np.unique(firm * others + other, return_inverse=True)
        self.firm, self.other = pair // max(others, 1), pair % max(others, 1)

    def total(self, values: np.ndarray) -> np.ndarray:
        """Sum of integers by pair."""
        return np.bincount(self._row, weights=values, minlength=len(self.firm))

    def of_the_rest(self, values: np.ndarray) -> np.ndarray:
        """For each pair the sum over the counterparty's pairs with other firms."""
        return np.bincount(self.other, weights=values, minlength=self._others)[self.other] - values


class Trade:
    """Who traded with whom, in fen and grams: purchases and sales of 180 days, claims of a year.

    Attributes:
        entities: identifiers of firms, buyers and suppliers together, ascending.
        at: position of each firm of the view among them.
        purchases: firm and supplier; `grams` bought and `paid_fen` by pair.
        sales: firm and buyer; `sold_fen`, `open_fen` and `overdue_fen` by pair.
    """

    def __init__(self, view: DayView) -> None:
        orders, invoices = view.tables["orders"], view.tables["invoices"]
        bought, client = _rows_of_clients(view, "orders", "placed_on", WINDOW_DAYS)
        sold, seller = _rows_of_clients(view, "invoices", "issued_on", CLAIM_DAYS)
        parts = [pd.Index(orders.texts("supplier_id", bought)), pd.Index(invoices.texts("buyer_id", sold))]
        code, self.entities = pd.factorize(view.index.append([part for part in parts if len(part)]), sort=True)
        self.at, supplier, buyer = np.split(code, np.cumsum([view.n, len(bought)]))

        self.purchases = Edges(client, supplier, len(self.entities))
        mass = orders.numbers("quantity_kg", bought)
        self.grams = self.purchases.total(np.rint(mass * 1000.0))
        self.paid_fen = self.purchases.total(np.rint(mass * orders.numbers("price_fen_per_tonne", bought) / 1000.0))

        self.sales = Edges(seller, buyer, len(self.entities))
        amount, due = invoices.numbers("amount_fen", sold), invoices.times("due_on", sold)
        is_settled = invoices.numbers("paid_fen", sold) + invoices.numbers("dilution_fen", sold) >= amount
        is_open = ~(is_settled & view.has_come(invoices.times("paid_on", sold)))
        is_new = view.age_days(invoices.times("issued_on", sold)) < WINDOW_DAYS
        self.sold_fen = self.sales.total(amount * is_new)
        self.open_fen = self.sales.total(amount * is_open)
        self.overdue_fen = self.sales.total(amount * (is_open & (due < view.today)))


def _rows_of_clients(view: DayView, name: str, column: str, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the window whose firm is on the platform, and the positions of those firms."""
    rows = view.window(name, column, days)
    firm = view.firm_of(name, rows)
    return np.arange(len(view.tables[name]))[rows][firm >= 0], firm[firm >= 0]


def network(view: DayView, is_in_trouble: np.ndarray) -> dict[str, np.ndarray]:
    """The network features of every firm in a view.

    Args:
        view: the tables seen from a day.
        is_in_trouble: whether each firm is late or defaulted, shape (firms,).
    """
    trade = Trade(view)
    return {
        "buyer_stress": _exposure(view, trade.sales, trade.sold_fen, trade.overdue_fen, trade.open_fen),
        "supplier_stress": _exposure(
            view, trade.purchases, trade.grams, trade.grams * is_in_trouble[trade.purchases.firm], trade.grams
        ),
        **_links(view, is_in_trouble),
        "log_trade_centrality": _centrality(view, trade),
        "circular_sales_share": _circularity(view, trade),
    }


def _exposure(view: DayView, edges: Edges, weight: np.ndarray, bad: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Mean over a firm's counterparties of the bad part of what they have with others, by the firm's weights."""
    stress = ratio(edges.of_the_rest(bad), edges.of_the_rest(whole))
    is_known = ~np.isnan(stress) & (weight > 0)
    firm, known = edges.firm[is_known], weight[is_known]
    return ratio(view.total(firm, known * stress[is_known]), view.total(firm, known))


def _links(view: DayView, is_in_trouble: np.ndarray) -> dict[str, np.ndarray]:
    """Firms that a person ties together: as controller now or earlier, or by a guarantee that names firm and person."""
    table, bureau = view.tables["controllers"], view.tables["bureau"]
    known = view.until_now("controllers", "valid_from")
    person, firm = pd.Index(table.texts("controller_id", known)), view.firm_of("controllers", known)
    events = view.window("bureau", "known_on", CLAIM_DAYS)
    is_surety = bureau.words("kind", events).are("guarantee")
    people = person.unique()
    owner = people.get_indexer(person)
    surety = people.get_indexer(bureau.texts("controller_id", events)[is_surety])
    control = _pairs(owner, firm, owner, firm)
    guarantee = _pairs(surety, view.firm_of("bureau", events)[is_surety], owner, firm)
    backwards = guarantee.rename(columns={"one": "two", "two": "one"})
    tied = pd.concat([control, guarantee, backwards]).drop_duplicates()
    one, bad = tied["one"].to_numpy(), is_in_trouble[tied["two"].to_numpy()]
    return {
        "linked_stress": ratio(view.total(one[bad]), view.total(one)),
        "shared_identities": np.where(view.total(firm) > 0, view.total(control["one"].to_numpy()), np.nan),
    }


def _pairs(key: np.ndarray, firm: np.ndarray, other_key: np.ndarray, other_firm: np.ndarray) -> pd.DataFrame:
    """Different firms on the platform that share a key, `one` from the first list and `two` from the second, once."""
    left = pd.DataFrame({"key": key, "one": firm})[(key >= 0) & (firm >= 0)]
    right = pd.DataFrame({"key": other_key, "two": other_firm})[(other_key >= 0) & (other_firm >= 0)]
    both = left.drop_duplicates().merge(right.drop_duplicates(), on="key")
    return both.loc[both["one"] != both["two"], ["one", "two"]].drop_duplicates()


def _centrality(view: DayView, trade: Trade) -> np.ndarray:
    """PageRank on the undirected graph of trade, weighted by money, as log of the multiple of the mean."""
    is_sale = trade.sold_fen > 0
    one = np.concatenate([trade.at[trade.purchases.firm], trade.at[trade.sales.firm[is_sale]]])
    two = np.concatenate([trade.purchases.other, trade.sales.other[is_sale]])
    fen = np.concatenate([trade.paid_fen, trade.sold_fen[is_sale]])
    source, target, weight = np.concatenate([one, two]), np.concatenate([two, one]), np.concatenate([fen, fen])
    size = len(trade.entities)
    degree = np.bincount(source, weights=weight, minlength=size)
    is_there = degree > 0
    nodes = max(int(is_there.sum()), 1)
    share = ratio(weight, degree[source])
    rank = np.where(is_there, 1.0 / nodes, 0.0)
    for _ in range(WALK_STEPS):
        arrived = np.bincount(target, weights=share * rank[source], minlength=size)
        rank = np.where(is_there, (1.0 - DAMPING) / nodes + DAMPING * arrived, 0.0)
    return known_log(np.where(is_there[trade.at], rank[trade.at] * nodes, np.nan))


def _circularity(view: DayView, trade: Trade) -> np.ndarray:
    """Part of each firm's sales whose goods find a way back to it through at most three more trades."""
    is_sale = trade.sold_fen > 0
    firm, fen = trade.sales.firm[is_sale], trade.sold_fen[is_sale]
    seller, buyer = trade.at[firm], trade.sales.other[is_sale]
    is_circular = comes_back(
        np.concatenate([seller, trade.purchases.other]),
        np.concatenate([buyer, trade.at[trade.purchases.firm]]),
        len(trade.entities),
    )[: len(seller)]
    return ratio(view.total(firm, fen * is_circular), view.total(firm, fen))


def comes_back(source: np.ndarray, target: np.ndarray, size: int) -> np.ndarray:
    """Whether each directed edge lies on a circle of two to four edges, shape (edges,).

    Only edges inside a strongly connected part can: the rest, nearly all of an honest market, is not looked at.

    Args:
        source: where each edge begins, positions 0..size-1.
        target: where it ends; an edge onto itself counts as a circle.
        size: number of entities.
    """
    if len(source) == 0:
        return np.zeros(0, dtype=bool)
    graph = csr_matrix((np.ones(len(source), dtype=np.int8), (source, target)), shape=(size, size))
    _, part = connected_components(graph, directed=True, connection="strong")
    is_inner = (part[source] == part[target]) & (source != target)
    found = source == target
    if not is_inner.any():
        return found
    nodes, at = np.unique(np.concatenate([source[is_inner], target[is_inner]]), return_inverse=True)
    start, end = np.split(at, 2)
    step = csr_matrix((np.ones(len(start), dtype=bool), (start, end)), shape=(len(nodes), len(nodes)))
    forth, back = step[end], step.T.tocsr()[start]
    one = np.asarray(step[end, start]).ravel()
    two = np.asarray(forth.multiply(back).sum(axis=1)).ravel() > 0
    three = np.asarray((forth @ step).multiply(back).sum(axis=1)).ravel() > 0
    found[is_inner] = one | two | three
    return found
