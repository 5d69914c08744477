"""One hand behind several names: shared controllers, mutual guarantees, identities that change together.

The tables hold persons and their changes of telephone; they hold no telephone numbers, addresses or accounts, so firms
that share those cannot be told here.
"""

from collections.abc import Mapping

import pandas as pd

from credit.anomalies.findings import Finding, Thresholds, finding, recent
from credit.features import BAD_ENDS, LATE_DAYS, SETTLED_SHARE

YEAR_DAYS = 365
CHANGES = ("legal_rep_change", "equity_change", "phone_change")


def shared_identities(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    """Firms tied together by persons; arguments as in `credit.anomalies.fake_trade.fake_trade`."""
    return [*_controllers(seen, now), *_guarantees(seen, now), *_changes(seen["bureau"], now, limits)]


def _controllers(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp) -> list[Finding]:
    """Firms that one person controls or controlled; grave where one of them does not pay."""
    people, troubled = seen["controllers"], firms_in_trouble(seen, now)
    several = people.groupby("controller_id")["firm_id"].nunique()
    people = people[people["controller_id"].isin(several.index[several > 1])]
    found = []
    for person, rows in people.groupby("controller_id", sort=True):
        firms = sorted(set(rows["firm_id"].astype(str)))
        said = rows["related_firms"].max()
        bad = [firm for firm in firms if firm in troubled.index]
        if bad:
            evidence = [("controllers", [str(person)]), ("facilities", troubled.loc[bad].tolist())]
            found.append(finding("shared_controller_in_trouble", firms, True, len(bad), 1, evidence))
        elif pd.isna(said) or said < len(firms) - 1:
            told = 0 if pd.isna(said) else int(said)
            found.append(
                finding("shared_controller", firms, False, len(firms) - 1, told, [("controllers", [str(person)])])
            )
    return found


def firms_in_trouble(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp) -> pd.Series:
    """A facility of each firm that is 30 days past due or ended badly, indexed by firm; others are absent."""
    facilities, payments = seen["facilities"], seen["payments"]
    is_open = payments["paid_fen"] < SETTLED_SHARE * payments["due_fen"]
    late = payments[is_open & (payments["due_on"] <= now - pd.Timedelta(LATE_DAYS, unit="D"))]
    is_bad = facilities["facility_id"].isin(late["facility_id"]) & (facilities["status"] == "open")
    is_bad |= facilities["status"].isin(BAD_ENDS)
    return facilities[is_bad].sort_values("facility_id").drop_duplicates("firm_id").set_index("firm_id")["facility_id"]


def _guarantees(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp) -> list[Finding]:
    """Pairs of firms whose controllers stand surety for one another."""
    bureau = recent(seen["bureau"], "known_on", now, YEAR_DAYS)
    given = bureau[(bureau["kind"] == "guarantee") & bureau["firm_id"].notna() & bureau["controller_id"].notna()]
    owner = seen["controllers"].drop_duplicates("controller_id", keep="last").set_index("controller_id")["firm_id"]
    given = given.assign(surety=given["controller_id"].map(owner).astype("string"))
    given = given[given["surety"].notna() & (given["surety"] != given["firm_id"])]
    both = given.merge(given, left_on=["firm_id", "surety"], right_on=["surety", "firm_id"], suffixes=("", "_2"))
    found = []
    for (one, two), rows in both[both["firm_id"] < both["surety"]].groupby(["firm_id", "surety"], sort=True):
        keys = set(rows["event_id"]) | set(rows["event_id_2"])
        found.append(finding("mutual_guarantees", [str(one), str(two)], False, len(keys), 2, [("bureau", keys)]))
    return found


def _changes(bureau: pd.DataFrame, now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    told = recent(bureau[bureau["kind"].isin(CHANGES)], "known_on", now, limits["identity_changes_days"])
    kinds = told.groupby("firm_id")["kind"].nunique()
    told = told[told["firm_id"].isin(kinds.index[kinds > 1])]
    return [
        finding("identity_changes", [str(firm)], False, rows["kind"].nunique(), 2, [("bureau", rows["event_id"])])
        for firm, rows in told.groupby("firm_id", sort=True)
    ]
