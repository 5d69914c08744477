"""The eleven observable tables: what the platform may see, with units, keys, references and order in time.

This page is the contract between an export, the simulator's recorders and every model. It holds declarations only;
`credit.table_checks` holds frames to them and `credit.tables` is the door that other modules use.
"""

import pandas as pd

from credit.table_language import (
    EARLIEST_FIRM,
    MOST_FEN,
    Column,
    Rule,
    TableSpec,
    count,
    day,
    fen,
    identifier,
    not_before,
    number,
    one_of,
    paid_needs_day,
    share,
)  # fmt: skip

PROCESSES = ("injection", "film", "blow", "pipe", "sheet", "compound", "other")
GRADES = ("PP", "LLDPE", "HDPE", "LDPE", "PVC", "ABS", "PS", "PET", "other")
TAX_GRADES = ("A", "B", "M", "C", "D")
WRAPPERS = ("credit_sale", "entrusted_bank_loan", "micro_loan", "assigned_receivable", "finance_lease")
COLLATERALS = ("none", "goods", "machine", "invoice", "guarantee")
STATUSES = ("open", "repaid", "defaulted", "restructured", "written_off")
BUREAU_KINDS = (
    "enquiry", "new_loan", "guarantee", "lawsuit", "enforcement", "delinquency",
    "legal_rep_change", "equity_change", "phone_change",
)  # fmt: skip
FINDINGS = ("fine", "concern", "alarm")
OUTCOMES = ("refused", "offered", "accepted", "declined")

_CODES = r"[\w.\-]+(?:;[\w.\-]+)*"
_PROVINCE = r"\d{2}(?:\d{4})?|[A-Z]{2}(?:-[A-Z0-9]{1,3})?"

_SOURCE = Column("source", "text", "where the row comes from: a system, a file, a register, `simulation`")
_VALID_FROM = Column(
    "valid_from",
    "date",
    "the day from which this row replaces the firm's or controller's earlier one; missing: known from platform_since",
    "date",
    is_optional=True,
    is_snapshot_day=True,
)

_SPECS = (
    TableSpec(
        "firms",
        "an SME that buys resin, or a changed state of it from `valid_from` on",
        ("firm_id", "valid_from"),
        (
            identifier("firm_id", "the SME"),
            Column("registered_on", "date", "day of registration", "date", earliest=EARLIEST_FIRM),
            day("platform_since", "first day on the platform: the platform knows nothing of the firm before it"),
            one_of("process", "main plastics process", PROCESSES),
            Column(
                "region", "text", "province: GB/T 2260 digits (44, 440000) or letters (GD, CN-GD)", pattern=_PROVINCE
            ),
            Column("cluster", "text", "industrial cluster the firm sits in", is_optional=True),
            count("employees", "people employed", "persons", is_optional=True),
            fen("annual_revenue_fen", "revenue of the last reported year", is_optional=True),
            fen("total_assets_fen", "total assets of the last reported year", is_optional=True),
            fen("total_debt_fen", "interest-bearing debt of the last reported year", is_optional=True),
            count("machines", "production machines", "machines", is_optional=True),
            one_of("tax_grade", "tax authority's credit grade, A best", TAX_GRADES, is_optional=True),
            _VALID_FROM,
            _SOURCE,
        ),
        (not_before("platform_since", "registered_on"), not_before("valid_from", "registered_on")),
    ),
    TableSpec(
        "controllers",
        "the person who controls a firm, or a changed state of that person from `valid_from` on",
        ("controller_id", "valid_from"),
        (
            identifier("controller_id", "the controller"),
            identifier("firm_id", "the firm controlled", references="firms"),
            count("birth_year", "year of birth", "year", is_optional=True, low=1900, high=2100),
            count("industry_since", "year of entry into the industry", "year", is_optional=True, low=1900, high=2100),
            Column("owns_home", "flag", "owns a home", is_optional=True),
            fen("net_assets_fen", "private net assets; negative when over-indebted", is_optional=True, low=-MOST_FEN),
            count("worst_dpd_24m", "worst days past due of private loans in 24 months", "days", is_optional=True),
            count("enquiries_3m", "bureau enquiries in 3 months", "enquiries", is_optional=True),
            Column("is_court_listed", "flag", "on the courts' list of dishonest debtors", is_optional=True),
            count("related_firms", "other firms controlled", "firms", is_optional=True),
            share("equity_share", "share of the firm's equity held", is_optional=True),
            Column(
                "consent_until",
                "date",
                "last day of the consent to use personal data; missing: withdrawn, personal columns must not be used",
                "date",
                is_optional=True,
                is_planned=True,
            ),
            _VALID_FROM,
            _SOURCE,
        ),
        (
            Rule(
                "industry_since must not lie before birth_year",
                "industry_since",
                lambda frame: ~(frame["industry_since"] < frame["birth_year"]).fillna(False).astype(bool),
                "correct one of the two years",
            ),
        ),
    ),
    TableSpec(
        "orders",
        "an order of resin",
        ("order_id",),
        (
            identifier("order_id", "the order"),
            identifier("firm_id", "the buying SME", references="firms"),
            identifier("supplier_id", "the supplier"),
            day("placed_on", "day the order was placed"),
            day("delivered_on", "day the goods reached the firm; missing: not delivered yet", is_optional=True),
            one_of("grade", "resin grade", GRADES),
            number("quantity_kg", "quantity ordered", "kg", low=0.001),
            fen("price_fen_per_tonne", "price a tonne, VAT included", low=1),
            one_of("paid_by", "how it was paid", ("cash", "facility")),
            identifier("facility_id", "the facility that paid it", references="facilities", is_optional=True),
            share("match_share", "agreement of order, invoice and delivery", is_optional=True),
            _SOURCE,
        ),
        (
            not_before("delivered_on", "placed_on"),
            Rule(
                "an order with a facility_id must be paid by facility",
                "paid_by",
                lambda frame: frame["facility_id"].isna() | (frame["paid_by"] == "facility").fillna(False).astype(bool),
                "set paid_by to facility, or leave facility_id empty",
            ),
        ),
    ),
    TableSpec(
        "invoices",
        "an invoice for products that the SME sold",
        ("invoice_id",),
        (
            identifier("invoice_id", "the invoice"),
            identifier("firm_id", "the selling SME", references="firms"),
            identifier("buyer_id", "the buyer"),
            day("issued_on", "day of issue"),
            day("due_on", "day the payment is due", is_planned=True),
            fen("amount_fen", "amount, VAT included", low=1),
            day("paid_on", "day of the (last) payment or credit note; missing: nothing settled yet", is_optional=True),
            fen("paid_fen", "paid up to now"),
            fen("dilution_fen", "returns, rebates and credit notes; known with paid_on"),
            identifier("assigned_facility_id", "whom it is assigned to", references="facilities", is_optional=True),
            _SOURCE,
        ),
        (
            not_before("due_on", "issued_on"),
            paid_needs_day(),
            Rule(
                "paid_on must not lie more than a year before issued_on",  # a prepaid invoice is honest
                "paid_on",
                lambda frame: ~(frame["paid_on"] < frame["issued_on"] - pd.Timedelta(366, unit="D")),
                "correct paid_on or issued_on",
            ),
            Rule(
                "paid_fen + dilution_fen must not exceed amount_fen",
                "paid_fen",
                lambda frame: frame["paid_fen"] + frame["dilution_fen"] <= frame["amount_fen"],
                "book what was paid too much to another invoice; mixed units (yuan and fen) are a usual cause",
            ),
        ),
    ),
    TableSpec(
        "operations",
        "a month of a firm's operations, known when the month is over",
        ("firm_id", "month"),
        (
            identifier("firm_id", "the SME", references="firms"),
            Column("month", "month", "the month, as its first day", "date"),
            number("output_kg", "products made", "kg", is_optional=True),
            number("energy_kwh", "electricity used", "kWh", is_optional=True),
            count("logins", "log-ins to the platform", "log-ins"),
            count("quotes", "quotes asked for", "quotes"),
            count("headcount", "people at work", "persons", is_optional=True),
            _SOURCE,
        ),
    ),
    TableSpec(
        "facilities",
        "a financing that was drawn",
        ("facility_id",),
        (
            identifier("facility_id", "the facility"),
            identifier("firm_id", "the obligor", references="firms"),
            Column("product", "text", "the product's name, as in data/products"),
            one_of("wrapper", "legal form", WRAPPERS),
            identifier("lender_id", "who funds it"),
            day("opened_on", "day of the drawdown"),
            day("due_on", "day of the last payment promised", is_planned=True),
            fen("principal_fen", "amount financed", low=1),
            share("rate_annual", "simple rate", "share a year"),
            fen("fee_fen", "fee taken at the start"),
            fen("deposit_fen", "deposit the firm placed"),
            one_of("collateral", "what secures it", COLLATERALS),
            fen("collateral_value_fen", "value of the security at the start", is_optional=True),
            one_of("status", "state on the day of the export", STATUSES),
            day("closed_on", "day it left `open`: repaid, in default (90 days past due), restructured or written off",
                 is_optional=True),
            _SOURCE,
        ),
        (
            not_before("due_on", "opened_on"),
            not_before("closed_on", "opened_on"),
            Rule(
                "closed_on must stand exactly where status is not open",
                "closed_on",
                lambda frame: frame["closed_on"].isna() == (frame["status"] == "open").fillna(False).astype(bool),
                "give the day on which the facility left the status open, or set status to open",
            ),
            Rule(
                "fee_fen must not exceed principal_fen",
                "fee_fen",
                lambda frame: frame["fee_fen"] <= frame["principal_fen"],
                "mixed units (yuan and fen) are a usual cause",
            ),
        ),
    ),
    TableSpec(
        "payments",
        "an instalment promised, and what was paid of it; the schedule is known when the facility is opened",
        ("payment_id",),
        (
            identifier("payment_id", "the instalment"),
            identifier("facility_id", "the facility", references="facilities"),
            day("due_on", "day it is due", is_planned=True),
            fen("due_fen", "amount due: principal, interest and fees"),
            day("paid_on", "day of the (last) payment; missing: unpaid", is_optional=True),
            fen("paid_fen", "paid up to now; penalty interest may lift it above due_fen"),
            _SOURCE,
        ),
        (paid_needs_day(),),
    ),
    TableSpec(
        "bureau",
        "an event that a credit bureau or a public register reported",
        ("event_id",),
        (
            identifier("event_id", "the event"),
            identifier("firm_id", "the firm concerned", references="firms", is_optional=True),
            identifier("controller_id", "the controller concerned", references="controllers", is_optional=True),
            day("happened_on", "day it happened"),
            day("known_on", "day the platform learnt of it"),
            one_of("kind", "what happened", BUREAU_KINDS),
            fen("amount_fen", "amount at stake", is_optional=True),
            _SOURCE,
        ),
        (
            not_before("known_on", "happened_on"),
            Rule(
                "an event must concern a firm or a controller",
                "firm_id",
                lambda frame: frame["firm_id"].notna() | frame["controller_id"].notna(),
                "give firm_id, controller_id or both",
            ),
        ),
    ),
    TableSpec(
        "visits",
        "a visit to a firm",
        ("visit_id",),
        (
            identifier("visit_id", "the visit"),
            identifier("firm_id", "the firm visited", references="firms"),
            day("visited_on", "day of the visit"),
            one_of("finding", "the visitor's judgement", FINDINGS),
            count("machines_running", "machines seen running", "machines", is_optional=True),
            number("stock_kg", "resin seen in stock", "kg", is_optional=True),
            fen("cost_fen", "what the visit cost"),
            _SOURCE,
        ),
    ),
    TableSpec(
        "decisions",
        "a credit decision and what became of the offer the same day",
        ("decision_id",),
        (
            identifier("decision_id", "the decision"),
            identifier("firm_id", "the applicant", references="firms"),
            day("decided_on", "day of the decision"),
            Column("product", "text", "the product's name, as in data/products"),
            one_of("outcome", "what was decided and answered", OUTCOMES),
            fen("limit_fen", "limit offered; 0 when refused"),
            count("term_days", "longest term offered; 0 when refused", "days", high=3660),
            share("rate_annual", "simple rate offered; 0 when refused", "share a year"),
            share("pd_annual", "probability of default within a year that the decision used"),
            Column("model_version", "text", "model or rule set that decided"),
            Column("reasons", "codes", "reason codes joined by `;`; missing: none", is_optional=True, pattern=_CODES),
            Column("is_override", "flag", "a person overruled the model"),
            Column("override_reason", "text", "why", is_optional=True),
            _SOURCE,
        ),
        (
            Rule(
                "an override must carry its reason",
                "override_reason",
                lambda frame: frame["override_reason"].notna() | ~frame["is_override"],
                "give override_reason",
            ),
        ),
    ),
    TableSpec(
        "resin_prices",
        "the price of a resin grade on a day",
        ("date", "grade"),
        (
            day("date", "the day"),
            one_of("grade", "resin grade", GRADES),
            fen("price_fen_per_tonne", "price a tonne, VAT included", low=1),
            _SOURCE,
        ),
    ),
)  # fmt: skip

TABLES: dict[str, TableSpec] = {spec.name: spec for spec in _SPECS}
"""The eleven observable tables by name, in the order in which they are written, checked and hashed."""

SIMULATED = "simulation"
"""The `source` of rows that a market of the laboratory made up."""

MANDATORY_TABLES = ("firms",)
"""Tables without which an export says nothing; the others may be absent and are then empty."""

CONSENT_COLUMNS = (
    "birth_year", "industry_since", "owns_home", "net_assets_fen", "worst_dpd_24m", "enquiries_3m",
    "is_court_listed", "related_firms", "equity_share",
)  # fmt: skip
"""Personal columns of `controllers`: to be used only on days up to `consent_until`."""
