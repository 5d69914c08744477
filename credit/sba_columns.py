"""The columns of the public SBA 7(a) loan file: what each means, its unit, and what is known to be missing or wrong.

Source: M. Li, A. Mickel and S. Taylor, "Should This Loan be Approved or Denied?": A Large Dataset with Class Assignment
Guidelines, Journal of Statistics Education 26 (2018), table 1; data of the U.S. Small Business Administration.
"""

from datetime import date

from credit.table_language import Column

PIVOT_YEAR = 50
"""Two-digit years: 00 to 49 are 2000 to 2049, 50 to 99 are 1950 to 1999 (the loans are of 1962 to 2014)."""

LAST_CHARGE_OFF = date(2014, 8, 29)
"""The latest charge-off of the public file: the day up to which its outcomes are known."""

LATEST_EVENT = date(2014, 12, 31)
"""Days after it are slips of the pen: the file was made in 2014."""

_FIRST = date(1953, 1, 1)  # the Small Business Act


def _day(name: str, meaning: str, is_optional: bool = True) -> Column:
    return Column(name, "date", meaning, "date", is_optional, earliest=_FIRST)


def _dollars(name: str, meaning: str) -> Column:
    return Column(name, "number", meaning, "USD", low=0.0)


def _whole(name: str, meaning: str, unit: str) -> Column:
    return Column(name, "integer", meaning, unit, is_optional=True, low=0)


def _flag(name: str, meaning: str) -> Column:
    return Column(name, "flag", meaning, is_optional=True)


def _text(name: str, meaning: str, is_optional: bool = True) -> Column:
    return Column(name, "text", meaning, is_optional=is_optional)


RAW_COLUMNS: dict[str, Column] = {
    "LoanNr_ChkDgt": Column("loan_number", "id", "loan number with check digit; the key"),
    "ApprovalDate": _day("approved_on", "day the SBA committed itself", is_optional=False),
    "ApprovalFY": _whole("approval_fiscal_year", "fiscal year of that day, October to September", "year"),
    "DisbursementDate": _day("disbursed_on", "day of the disbursement"),
    "ChgOffDate": _day("charged_off_on", "day the loan was declared in default"),
    "MIS_Status": _flag("is_charged_off", "charged off (CHGOFF) or paid in full (PIF); missing: outcome unknown"),
    "DisbursementGross": _dollars("gross_disbursed_usd", "amount disbursed"),
    "ChgOffPrinGr": _dollars("charged_off_principal_usd", "principal charged off"),
    "GrAppv": _dollars("gross_approved_usd", "amount approved by the bank"),
    "SBA_Appv": _dollars("sba_guaranteed_usd", "part of it that the SBA guarantees"),
    "Term": _whole(
        "term_months", "months; LEAKS THE OUTCOME: cut short by charge-off, never a feature or a duration", "months"
    ),
    "NoEmp": _whole("employees", "employees at application", "persons"),
    "NewExist": _flag("is_new_business", "2 years old or younger (NewExist 2) or older (1); missing: not told"),
    "CreateJob": _whole("jobs_created", "jobs to be created", "jobs"),
    "RetainedJob": _whole("jobs_retained", "jobs to be kept", "jobs"),
    "FranchiseCode": _whole("franchise_code", "code of the franchise; 0 and 1 mean none", "code"),
    "UrbanRural": Column(
        "urban_rural",
        "category",
        "urban (1) or rural (2); missing: not told (0)",
        is_optional=True,
        allowed=("urban", "rural"),
    ),
    "RevLineCr": _flag("is_revolving", "revolving line of credit (Y) or not (N); missing: anything else"),
    "LowDoc": _flag("is_low_doc", "one-page LowDoc application (Y) or not (N); missing: anything else"),
    "State": _text("state", "state of the borrower"),
    "Bank": _text("bank", "lender"),
    "BankState": _text("bank_state", "state of the lender"),
    "NAICS": _text("naics", "industry, six digits; missing: not told (0), as for most loans before 2000"),
    "weight": Column(
        "weight", "number", "loans of the national file that this one stands for; 1 without the column", "loans"
    ),
}
"""By the public file's column name: ours. `weight` may be absent; all others must be there."""

LEFT_OUT = {
    "Name": "the borrower's name is not needed",
    "City": "not needed",
    "Zip": "not needed",
    "BalanceGross": "zero for all but a handful of loans",
    "draws": "which random draws took the loan into a sample",
    "incl_prob": "the weight says it",
}
"""Columns of the public file and its samples that are not read, and why."""

COLUMNS: dict[str, Column] = {column.name: column for column in RAW_COLUMNS.values()}
"""Our columns by name, in order."""

GAPS: dict[str, str] = {
    "no_status": "outcome not told (MIS_Status empty)",
    "no_disbursement_date": "no disbursement date: no clock starts",
    "paid_with_charge_off_date": "paid in full, yet with a charge-off date",
    "paid_with_charged_off_principal": "paid in full, yet with principal charged off",
    "charged_off_without_date": "charged off without a date",
    "charged_off_without_principal": "charged off with no principal lost",
    "charged_off_before_disbursement": "charged off before the disbursement",
    "charged_off_more_than_disbursed": "more principal charged off than was disbursed",
    "disbursed_before_approval": "disbursed before the approval",
    "event_after_cut_off": f"approval, disbursement or charge-off dated after {LATEST_EVENT}",
    "fiscal_year_derived": "fiscal year missing or 1976A (the transition quarter): taken from the approval date",
    "term_zero": "term of 0 months",
    "employees_zero": "no employees",
    "new_or_existing_unknown": "not told whether the business was new",
    "revolving_unknown": "not told whether the loan revolves",
    "low_doc_unknown": "not told whether it was a LowDoc loan",
    "urban_rural_unknown": "not told whether urban or rural",
    "naics_unknown": "industry not told (NAICS 0)",
    "state_unknown": "borrower's state not told",
    "bank_unknown": "lender not told",
}
"""What is known to be missing or odd in the file: counted and named, never fatal, never mended."""
