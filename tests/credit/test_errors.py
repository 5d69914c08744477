"""An error names the place, the value, the rule and the remedy."""

from credit.errors import BadInput, Problem


def test_a_problem_reads_from_the_place_to_the_remedy():
    problem = Problem(
        "must be >= 1", file="loan.yaml", field="term_days", value=0, row=3, remedy="give the days to maturity"
    )
    assert str(problem) == "loan.yaml, row 3, term_days: 0: must be >= 1 (give the days to maturity)"


def test_what_is_unknown_is_left_out():
    assert str(Problem("must not be empty")) == "must not be empty"
    assert str(Problem("must not be empty", row=0, field="firm_id")) == "row 0, firm_id: must not be empty"


def test_a_false_value_is_still_told():
    """0, the empty text and False are values that somebody wrote, not absent ones."""
    for value in (0, "", False):
        assert repr(value) in str(Problem("must hold", field="x", value=value))


def test_bad_input_tells_every_problem_below_its_headline():
    problems = [Problem("must be unique", file="firms.csv", row=row, value="F1") for row in (2, 9)]
    told = str(BadInput(problems, headline="firms.csv was refused")).splitlines()
    assert told == ["firms.csv was refused", *map(str, problems)]
    assert BadInput(problems[0]).problems == (problems[0],)
