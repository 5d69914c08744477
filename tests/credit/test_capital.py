"""Bank capital reproduces the published tables; riskier never needs less; a finite pool tends to Vasicek's."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import binom, multivariate_normal

from credit import capital
from credit.errors import BadInput
from credit.loss_distribution import (
    pool_defaults,
    pool_losses,
    vasicek_cdf,
    vasicek_expected_shortfall,
    vasicek_quantile,
)
from credit.parameters import parameters

# Basel Committee (June 2006), Annex 5, percent: PD, corporate, SME of EUR 5 m (both LGD 45 %, 2.5 years),
# other retail with LGD 45 % and 85 %.
BASEL2_ANNEX_5 = """
0.03 14.44 11.30 4.45 8.41
0.05 19.65 15.39 6.63 12.52
0.10 29.65 23.30 11.16 21.08
0.25 49.47 39.01 21.15 39.96
0.40 62.72 49.49 28.42 53.69
0.50 69.61 54.91 32.36 61.13
0.75 82.78 65.14 40.10 75.74
1.00 92.32 72.40 45.77 86.46
1.30 100.95 78.77 50.80 95.95
1.50 105.59 82.11 53.37 100.81
2.00 114.86 88.55 57.99 109.53
2.50 122.16 93.43 60.90 115.03
"""
# Basel Framework CRE99.1 (2023), the same with LGD 40 % for corporates and SMEs.
BASEL3_CRE99 = """
0.05 17.47 13.69 6.63 12.52
0.10 26.36 20.71 11.16 21.08
0.25 43.97 34.68 21.15 39.96
0.40 55.75 43.99 28.42 53.69
0.50 61.88 48.81 32.36 61.13
0.75 73.58 57.91 40.10 75.74
1.00 82.06 64.35 45.77 86.46
1.30 89.73 70.02 50.80 95.95
"""


@pytest.mark.parametrize(("table", "regime", "lgd"), [(BASEL2_ANNEX_5, "basel2", 0.45), (BASEL3_CRE99, "basel3", 0.40)])
def test_published_tables_of_risk_weights(table, regime, lgd):
    pd, *printed = np.array([line.split() for line in table.split("\n") if line], dtype=float).T / 100.0
    ours = (
        capital.irb_capital(pd, lgd, 2.5, "corporate", regime),
        capital.irb_capital(pd, lgd, 2.5, "sme", regime, turnover=5.0),
        capital.irb_capital(pd, 0.45, 2.5, "other-retail", regime),
        capital.irb_capital(pd, 0.85, 2.5, "other-retail", regime),
    )
    for weighed, column in zip(ours, printed, strict=True):
        np.testing.assert_allclose(weighed.risk_weight, column, atol=0.00015)


def test_worked_values_of_the_domain_brief():
    sme = capital.irb_capital(0.03, 0.40, 1.0, "sme", "basel3", turnover=5.0)
    assert (round(float(sme.correlation), 4), round(float(sme.capital_share), 4)) == (0.1068, 0.0593)
    assert float(sme.risk_weight) == pytest.approx(0.74, abs=0.005)
    retail = capital.irb_capital(0.03, 0.45, 1.0, "other-retail", "basel3")
    assert (round(float(retail.correlation), 4), round(float(retail.capital_share), 4)) == (0.0755, 0.0502)
    assert float(retail.risk_weight) == pytest.approx(0.63, abs=0.005)


def test_scaling_multiplies_basel_2_by_1_06_and_leaves_basel_3():
    for regime, factor in (("basel2", 1.06), ("basel3", 1.0)):
        plain = capital.irb_capital(0.01, 0.45, regime=regime)
        scaled = capital.irb_capital(0.01, 0.45, regime=regime, is_scaled=True)
        assert scaled.risk_weight / plain.risk_weight == pytest.approx(factor)
        assert scaled.correlation == plain.correlation


def test_chinese_size_cut_runs_from_rmb_30_m_to_300_m():
    def cut(s):
        large = capital.asset_correlation(0.02, "corporate", "prc2024")
        return float(large - capital.asset_correlation(0.02, "sme", "prc2024", turnover=s))

    assert cut(3.0) == pytest.approx(0.04)
    assert cut(0.5) == pytest.approx(0.04)
    assert cut(16.5) == pytest.approx(0.02)
    assert cut(30.0) == pytest.approx(0.0, abs=1e-15)
    assert capital.turnover_in_unit_of("prc2024", mrmb=30.0) == 3.0


def test_pd_floors_by_rulebook():
    for regime, floor in (("basel2", 0.0003), ("prc2012", 0.0003), ("basel3", 0.0005), ("prc2024", 0.0005)):
        for kind in capital.AssetClass:
            assert capital.irb_capital(0.0, 0.45, asset_class=kind, regime=regime, turnover=5.0).pd == floor


def test_standardised_weights():
    rows = {
        regime: [capital.standardised_risk_weight(k, regime) for k in capital.AssetClass] for regime in capital.Regime
    }
    assert rows["basel2"] == rows["prc2012"] == [1.0, 1.0, 0.75]
    assert rows["basel3"] == rows["prc2024"] == [1.0, 0.85, 0.75]


def test_leverage_of_non_banks():
    assert capital.leverage_equity_share("finance_lessor", date(2021, 1, 1)) == 0.125
    assert capital.leverage_equity_share("finance_lessor", date(2020, 5, 25)) == 0.10
    assert capital.leverage_equity_share("factor", date(2021, 1, 1)) == 0.10
    assert capital.leverage_equity_share("micro_lender", date(2021, 1, 1)) == pytest.approx(1 / 6)
    with pytest.raises(BadInput, match="no value is known before"):
        capital.leverage_equity_share("factor", date(2015, 1, 1))


def test_collateral_moves_the_supervisory_lgd_from_unsecured_to_secured():
    assert capital.foundation_lgd(100.0, 0.0, "other_physical") == pytest.approx(0.40)
    assert capital.foundation_lgd(60.0, 100.0, "other_physical") == pytest.approx(0.25)
    assert capital.foundation_lgd(120.0, 100.0, "receivables") == pytest.approx(0.30)
    with pytest.raises(BadInput, match="must be basel3 or prc2024"):
        capital.foundation_lgd(1.0, 1.0, "receivables", "basel2")


def test_the_chinese_rulebook_of_a_day():
    assert capital.prc_regime_on(date(2023, 12, 31)) == "prc2012"
    assert capital.prc_regime_on(date(2024, 1, 1)) == "prc2024"


@given(
    st.sampled_from(capital.Regime),
    st.floats(0.0, 0.30),
    st.floats(1e-4, 0.05),
    st.floats(0.05, 0.9),
    st.floats(1.0, 5.0),
)
def test_capital_rises_with_lgd_maturity_and_turnover(regime, pd, step, lgd, maturity):
    def weight(pd=pd, lgd=lgd, maturity=maturity, turnover=10.0):
        return float(capital.irb_capital(pd, lgd, maturity, "sme", regime, turnover=turnover).risk_weight)

    assert weight(lgd=lgd + 0.05) > weight()
    assert weight(maturity=min(5.0, maturity + step)) >= weight()
    assert weight(turnover=20.0) > weight(turnover=10.0)


@given(st.sampled_from(capital.Regime), st.floats(0.0, 0.10), st.floats(1e-5, 0.05), st.floats(0.05, 1.0))
def test_below_a_pd_of_15_percent_riskier_never_needs_less_capital(regime, pd, step, lgd):
    for kind in capital.AssetClass:
        pair = capital.irb_capital(np.array([pd, pd + step]), lgd, 2.5, kind, regime, turnover=10.0)
        assert pair.risk_weight[0] <= pair.risk_weight[1]


def test_vectors_equal_scalars():
    pd = np.linspace(0.0, 0.5, 7)[:, None]
    lgd = np.array([0.2, 0.45, 0.9])
    table = capital.irb_capital(pd, lgd, 3.0, "sme", "prc2024", turnover=8.0)
    assert table.risk_weight.shape == (7, 3)
    one = capital.irb_capital(float(pd[4, 0]), 0.45, 3.0, "sme", "prc2024", turnover=8.0)
    assert table.risk_weight[4, 1] == one.risk_weight


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pd": 1.0}, "pd"),
        ({"pd": -0.1}, "pd"),
        ({"pd": float("nan")}, "pd"),
        ({"lgd": 1.2}, "lgd"),
        ({"maturity_years": 0.0}, "maturity_years"),
        ({"asset_class": "sme"}, "turnover"),
        ({"asset_class": "mortgage"}, "asset_class"),
        ({"regime": "basel9"}, "regime"),
    ],
)
def test_bad_input_names_the_field(change, told):
    with pytest.raises(BadInput) as caught:
        capital.irb_capital(**({"pd": 0.01, "lgd": 0.45} | change))
    assert caught.value.problems[0].field == told


def test_every_constant_of_the_rulebooks_is_read_and_dated():
    known = parameters("capital")
    assert {name for name in known if "scaling" in name} == {f"{r}_scaling" for r in capital.Regime}
    assert all(value.source for parameter in known.values() for value in parameter.values)


# --- the loss distribution ---


def test_vasicek_reference_row():
    losses = vasicek_quantile(0.999, np.array([0.001, 0.01, 0.02]), 0.2)
    np.testing.assert_allclose(losses, [0.028, 0.146, 0.226], atol=0.0005)


@given(st.floats(0.001, 0.4), st.floats(0.01, 0.8), st.floats(0.01, 0.999), st.floats(0.1, 1.0))
def test_cdf_undoes_the_quantile(pd, rho, q, lgd):
    assert vasicek_cdf(vasicek_quantile(q, pd, rho, lgd), pd, rho, lgd) == pytest.approx(q, abs=1e-7)


@given(st.floats(0.001, 0.4), st.floats(0.01, 0.8), st.floats(0.5, 0.999))
def test_expected_shortfall_lies_above_the_quantile_and_falls_to_the_mean(pd, rho, q):
    assert vasicek_expected_shortfall(q, pd, rho) >= vasicek_quantile(q, pd, rho)
    assert vasicek_expected_shortfall(1e-9, pd, rho) == pytest.approx(pd, rel=1e-6)


def test_expected_shortfall_is_the_bivariate_normal():
    pd, rho, q = 0.02, 0.12, 0.99
    joint = multivariate_normal([0.0, 0.0], [[1.0, rho**0.5], [rho**0.5, 1.0]]).cdf([ndtri(pd), -ndtri(q)])
    assert vasicek_expected_shortfall(q, pd, rho) == pytest.approx(joint / (1 - q), rel=1e-6)


def test_without_correlation_the_pool_is_binomial():
    pool = pool_defaults(60, 0.03, 0.0)
    np.testing.assert_allclose(pool.probabilities, binom.pmf(np.arange(61), 60, 0.03), atol=1e-14)


def test_two_obligors_default_together_as_the_bivariate_normal_says():
    pd, rho = 0.03, 0.2
    both = multivariate_normal([0.0, 0.0], [[1.0, rho], [rho, 1.0]]).cdf([ndtri(pd)] * 2)
    assert pool_defaults(2, pd, rho).probabilities[2] == pytest.approx(both, rel=1e-6)


@pytest.mark.parametrize("rho", [0.05, 0.3, 0.9])
def test_a_fine_pool_tends_to_vasicek_from_above(rho):
    limit = float(vasicek_quantile(0.999, 0.02, rho))
    far = [pool_defaults(n, 0.02, rho).quantile(0.999) / n - limit for n in (50, 500, 5000)]
    assert far[0] > far[1] > far[2] > -0.0002
    assert far[2] < 0.001
    assert pool_defaults(500, 0.02, rho).mean == pytest.approx(10.0)


def test_unequal_loans_reduce_to_the_equal_pool_and_concentration_costs():
    equal = pool_losses(np.ones(80, dtype=int), 0.02, 0.15)
    np.testing.assert_allclose(equal.probabilities, pool_defaults(80, 0.02, 0.15).probabilities, atol=1e-13)
    lumpy = pool_losses(np.array([10] * 4 + [1] * 40), 0.02, 0.15)
    assert lumpy.mean == pytest.approx(equal.mean)
    assert lumpy.expected_shortfall(0.99) > equal.expected_shortfall(0.99)


def test_three_unequal_loans_by_hand():
    pool = pool_losses(np.array([1, 2, 4]), np.array([0.1, 0.2, 0.3]), 0.0)
    by_hand = [np.prod([p if (loss >> i) & 1 else 1 - p for i, p in enumerate((0.1, 0.2, 0.3))]) for loss in range(8)]
    np.testing.assert_allclose(pool.probabilities, by_hand, atol=1e-14)
    assert pool.quantile(0.93) == 5.0
    tail = 1 - sum(by_hand[:6])
    assert pool.expected_shortfall(0.93) == pytest.approx((6 * by_hand[6] + 7 * by_hand[7] + 5 * (0.07 - tail)) / 0.07)


def test_too_fine_a_grid_of_losses_is_refused():
    with pytest.raises(BadInput, match="coarser"):
        pool_losses(np.array([2_000_000]), 0.1, 0.1)
    with pytest.raises(BadInput, match="whole"):
        pool_losses(np.array([1.5]), 0.1, 0.1)
