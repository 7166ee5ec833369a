#!/usr/bin/env python3
"""Writes expected numbers for the tests of the statistics, from other programs than our own.

    pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 lifelines==0.30.3
    python3 scripts/statistics_reference.py > crates/analytics/src/statistics/tests/reference.json

These are the versions the committed file was made with, on Python 3.11. All seeds are fixed. What
none of the libraries has is computed here by brute force: every pair, every relabelling, every
resample.
"""

import itertools
import json
import math
import sys
import warnings

import numpy as np
import scipy.stats as st
import statsmodels.api as sm
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)

warnings.filterwarnings("ignore")
Z = st.norm.ppf(0.975)


def number(value):
    """A float for JSON, null where there is none."""
    value = float(value)
    return value if math.isfinite(value) else None


def numbers(values):
    return [number(value) for value in values]


def hours(rng, count):
    """Skewed times with two digits, all different."""
    while True:
        values = np.round(rng.lognormal(2.5, 1.0, count), 2) + 0.01
        if len(set(values)) == count:
            return values.tolist()


def relabellings(count, picked):
    """Every choice of the first arm, as masks."""
    for chosen in itertools.combinations(range(count), picked):
        mask = np.zeros(count, dtype=bool)
        mask[list(chosen)] = True
        yield mask


def permutation_p(statistics, observed):
    statistics = np.abs(np.array(statistics))
    return float(np.mean(statistics >= abs(observed) - 1e-9 * max(1.0, abs(observed))))


def quantiles(rng):
    for _ in range(20):
        values = hours(rng, int(rng.integers(1, 30)))
        q = round(float(rng.uniform()), 3)
        yield {"values": values, "q": q, "expected": number(np.percentile(values, 100 * q))}


def shares(rng):
    pairs = [(0, 7), (9, 9), (1, 1), (100_000, 1_000_000), (3, 250_000), (49_990, 50_000)]
    for _ in range(18):
        n = int(rng.integers(2, 900))
        pairs.append((int(rng.integers(0, n + 1)), n))
    for k, n in pairs:
        yield {
            "share": [k, n],
            "wilson": numbers(proportion_confint(k, n, method="wilson")),
            "clopper_pearson": numbers(proportion_confint(k, n, method="beta")),
        }


def share_pairs(rng):
    for at in range(24):
        m, n = (int(v) for v in rng.integers(5, 40 if at < 12 else 4_000, 2))
        a, b = int(rng.integers(1, m)), int(rng.integers(1, n))
        z, p = proportions_ztest([a, b], [m, n])
        both = {"compare": "diff", "correction": False}
        odds, fisher = st.fisher_exact([[a, m - a], [b, n - b]])
        yield {
            "first": [a, m],
            "second": [b, n],
            "newcombe": numbers(confint_proportions_2indep(a, m, b, n, method="newcomb", **both)),
            "agresti_caffo": numbers(
                confint_proportions_2indep(a, m, b, n, method="agresti-caffo", **both)
            ),
            "katz": numbers(
                confint_proportions_2indep(
                    a, m, b, n, compare="ratio", method="log", correction=False
                )
            ),
            "z": [number(z), number(p)],
            "fisher": [number(fisher), number(odds)],
        }


def cluster(services):
    events = np.array([s[0] for s in services], float)
    trials = np.array([s[1] for s in services], float)
    m, p = len(services), events.sum() / trials.sum()
    variance = m / (m - 1) * np.sum((events - p * trials) ** 2) / trials.sum() ** 2
    return p, variance, variance / (p * (1 - p) / trials.sum())


def clustered(rng):
    for _ in range(12):
        arms = []
        for _ in range(2):
            trials = rng.integers(3, 80, int(rng.integers(2, 7)))
            rate = rng.beta(2, 8, len(trials))
            events = np.maximum(rng.binomial(trials, rate), [1] + [0] * (len(trials) - 1))
            arms.append([[int(a), int(n)] for a, n in zip(events, trials)])
        (p1, v1, d1), (p2, v2, d2) = cluster(arms[0]), cluster(arms[1])
        pooled = np.array(arms[0] + arms[1], float)
        df, error = len(pooled) - 2, math.sqrt(v1 + v2)
        statistics = []
        for mask in relabellings(len(pooled), len(arms[0])):
            inside, outside = pooled[mask].sum(axis=0), pooled[~mask].sum(axis=0)
            statistics.append(inside[0] / inside[1] - outside[0] / outside[1])
        half = st.t.ppf(0.975, df) * error
        yield {
            "first": arms[0],
            "second": arms[1],
            "standard_errors": [math.sqrt(v1), math.sqrt(v2)],
            "design_effects": [d1, d2],
            "interval": [max(p1 - p2 - half, -1.0), min(p1 - p2 + half, 1.0)],
            "t_p": float(2 * st.t.sf(abs(p1 - p2) / error, df)),
            "permutation_p": permutation_p(statistics, p1 - p2),
        }


def null_u(m, n):
    """How often U takes each value, by counting ranks in every relabelling."""
    counts = np.zeros(m * n + 1)
    for chosen in itertools.combinations(range(1, m + n + 1), m):
        counts[sum(chosen) - m * (m + 1) // 2] += 1
    return counts / counts.sum()


def two_arms(rng):
    """Effects and tests of two arms of values without ties."""
    for _ in range(16):
        m, n = int(rng.integers(2, 9)), int(rng.integers(2, 8))
        values = hours(rng, m + n)
        first, second = values[:m], values[m:]
        u, p = st.mannwhitneyu(first, second, method="exact")
        differences = sorted(x - y for x in first for y in second)
        logs = sorted(math.log(x) - math.log(y) for x in first for y in second)
        below = np.cumsum(null_u(m, n))
        rank = int(np.sum(below <= 0.025))
        greater = sum(x > y for x in first for y in second)
        means, log_means = [], []
        pooled = np.array(values)
        for mask in relabellings(m + n, m):
            means.append(pooled[mask].mean() - pooled[~mask].mean())
            log_means.append(np.log(pooled[mask]).mean() - np.log(pooled[~mask]).mean())
        difference = np.mean(first) - np.mean(second)
        log_difference = np.log(first).mean() - np.log(second).mean()
        yield {
            "first": first,
            "second": second,
            "u": number(u),
            "u_p": number(p),
            "delta": (2 * greater - m * n) / (m * n),
            "shift": number(np.median(differences)),
            "ratio": math.exp(np.median(logs)),
            "rank": rank,
            "shift_interval": [differences[rank - 1], differences[-rank]] if rank else None,
            "ratio_interval": [math.exp(logs[rank - 1]), math.exp(logs[-rank])] if rank else None,
            "coverage": float(1 - 2 * below[rank - 1]) if rank else None,
            "mean_difference": number(difference),
            "mean_p": permutation_p(means, difference),
            "geometric_ratio": math.exp(log_difference),
            "geometric_p": permutation_p(log_means, log_difference),
        }


def tied_arms(rng):
    for _ in range(10):
        m, n = int(rng.integers(2, 7)), int(rng.integers(3, 7))
        values = rng.integers(1, 5, m + n).astype(float)
        first, second = values[:m], values[m:]
        u = sum((x > y) + (x == y) / 2 for x in first for y in second)
        statistics = []
        for mask in relabellings(m + n, m):
            pairs = itertools.product(values[mask], values[~mask])
            statistics.append(sum((x > y) + (x == y) / 2 for x, y in pairs) - m * n / 2)
        p = permutation_p(statistics, u - m * n / 2)
        yield {"first": numbers(first), "second": numbers(second), "u": u, "p": p}


def large_arms(rng):
    """More pairs than the exact test takes; half of them with ties."""
    for at in range(6):
        m, n = int(rng.integers(51, 90)), int(rng.integers(51, 90))
        digits = 0 if at % 2 else 6
        first = np.round(rng.lognormal(2.0, 0.8, m), digits) + 1
        second = np.round(rng.lognormal(2.2, 0.8, n), digits) + 1
        u, p = st.mannwhitneyu(first, second, method="asymptotic")
        differences = np.sort(np.subtract.outer(first, second).ravel())
        deviation = math.sqrt(m * n * (m + n + 1) / 12)
        rank = math.floor(m * n / 2 + 0.5 - Z * deviation)
        yield {
            "first": numbers(first),
            "second": numbers(second),
            "u": number(u),
            "p": number(p),
            "shift": number(np.median(differences)),
            "interval": numbers([differences[rank - 1], differences[-rank]]),
        }


def bootstraps(rng):
    for sizes in [(2, 2), (2, 3), (3, 3), (2, 5), (4, 4), (3, 4)]:
        arms = [[hours(rng, int(rng.integers(1, 7))) for _ in range(size)] for size in sizes]
        q = [0.5, 0.75, 0.9][sizes[1] % 3]
        resampled = []
        for arm in arms:
            picks = itertools.product(arm, repeat=len(arm))
            resampled.append([np.quantile(np.concatenate(pick), q) for pick in picks])
        differences = np.subtract.outer(*map(np.array, resampled)).ravel()
        whole = [np.quantile(np.concatenate(arm), q) for arm in arms]
        yield {
            "first": arms[0],
            "second": arms[1],
            "q": q,
            "difference": number(whole[0] - whole[1]),
            "interval": numbers(np.quantile(differences, [0.025, 0.975])),
            "mean": number(differences.mean()),
            "sd": number(differences.std(ddof=1)),
        }


def sampled_bootstraps(rng):
    """Too many resamples for us to look at all, not for NumPy. The ends of a sampled interval vary;
    with 10,000 draws they lie between these quantiles in all but one of some hundred cases."""
    for q in [0.5, 0.75, 0.9]:
        arms = [[hours(rng, int(rng.integers(2, 7))) for _ in range(5)] for _ in range(2)]
        resampled = []
        for arm in arms:
            picks = itertools.product(arm, repeat=5)
            resampled.append([np.quantile(np.concatenate(pick), q) for pick in picks])
        differences = np.subtract.outer(*map(np.array, resampled)).ravel()
        yield {
            "first": arms[0],
            "second": arms[1],
            "q": q,
            "low": numbers(np.quantile(differences, [0.02, 0.03])),
            "high": numbers(np.quantile(differences, [0.97, 0.98])),
            "mean": number(differences.mean()),
            "sd": number(differences.std()),
        }


def poisson_ratios(rng):
    for at in range(16):
        k1 = 0 if at == 0 else int(rng.integers(1, 30 if at < 8 else 5_000))
        k2 = int(rng.integers(1, 30 if at < 8 else 5_000))
        t1, t2 = (round(float(t), 2) for t in rng.uniform(5, 500, 2))
        test = st.binomtest(k1, k1 + k2, t1 / (t1 + t2))
        ends = test.proportion_ci(method="exact")
        yield {
            "first": [k1, t1],
            "second": [k2, t2],
            "ratio": k1 / t1 / (k2 / t2),
            "interval": [p / (1 - p) * t2 / t1 for p in (ends.low, ends.high)],
            "p": number(test.pvalue),
        }


def poisson_rates(rng):
    counts = [0, 1, 2, 3, 10, 100, 12_345, 1_000_000]
    for k in counts + [int(k) for k in rng.integers(1, 3_000, 8)]:
        t = round(float(rng.uniform(0.5, 500)), 2)
        low = st.chi2.ppf(0.025, 2 * k) / 2 if k else 0.0
        yield {
            "rate": [k, t],
            "expected": k / t,
            "interval": [low / t, st.chi2.ppf(0.975, 2 * k + 2) / 2 / t],
        }


def quasi_poissons(rng):
    for _ in range(12):
        arms = []
        for rate in rng.uniform(0.3, 3, 2):
            weeks = rng.integers(4, 14, int(rng.integers(2, 7))).astype(float)
            counts = rng.poisson(rng.gamma(2, rate / 2, len(weeks)) * weeks)
            counts[0] += 1
            arms.append([[int(k), float(w)] for k, w in zip(counts, weeks)])
        pooled = np.array(arms[0] + arms[1])
        is_first = np.arange(len(pooled)) < len(arms[0])
        model = sm.GLM(
            pooled[:, 0],
            sm.add_constant(is_first.astype(float)),
            family=sm.families.Poisson(),
            offset=np.log(pooled[:, 1]),
        ).fit(scale="X2", tol=1e-13)
        df = len(pooled) - 2
        log_ratio, error = model.params[1], model.bse[1]
        half = st.t.ppf(0.975, df) * error
        statistics = []
        for mask in relabellings(len(pooled), len(arms[0])):
            inside, outside = pooled[mask].sum(axis=0), pooled[~mask].sum(axis=0)
            with np.errstate(divide="ignore"):
                statistics.append(np.log(inside[0] / inside[1]) - np.log(outside[0] / outside[1]))
        yield {
            "first": arms[0],
            "second": arms[1],
            "ratio": math.exp(log_ratio),
            "dispersion": number(model.scale),
            "error": number(error),
            "interval": [math.exp(log_ratio - half), math.exp(log_ratio + half)],
            "t_p": float(2 * st.t.sf(abs(log_ratio) / error, df)),
            "permutation_p": permutation_p(statistics, log_ratio),
        }


def families(rng):
    for _ in range(10):
        p = np.round(rng.beta(0.5, 2, int(rng.integers(1, 15))), 4)
        yield {
            "p": numbers(p),
            "bh": numbers(multipletests(p, method="fdr_bh")[1]),
            "holm": numbers(multipletests(p, method="holm")[1]),
        }


def strata_of_shares(rng):
    for _ in range(12):
        tables, strata = [], []
        for _ in range(int(rng.integers(1, 6))):
            n1, n0 = (int(n) for n in rng.integers(3, 200, 2))
            a, b = int(rng.integers(1, n1)), int(rng.integers(1, n0))
            strata.append([[a, n1], [b, n0]])
            tables.append([[a, n1 - a], [b, n0 - b]])
        table = StratifiedTable([np.array(t, float) for t in tables])
        weights, rds, variances, spread, r, s = [], [], [], 0.0, 0.0, 0.0
        for (a, n1), (b, n0) in strata:
            n = n1 + n0
            weights.append(n1 * n0 / n)
            rds.append(a / n1 - b / n0)
            top = a * (n1 - a) * n0**3 + b * (n0 - b) * n1**3
            variances.append(top / (n1 * n0 * n**2))
            spread += (n1 * n0 * (a + b) - a * b * n) / n**2
            r, s = r + a * n0 / n, s + b * n1 / n
        rd = np.average(rds, weights=weights)
        error = math.sqrt(sum(variances)) / sum(weights)
        half = Z * math.sqrt(spread / (r * s))
        mix = [n1 + n0 for (_, n1), (_, n0) in strata]
        test = table.test_null_odds(correction=False)
        yield {
            "strata": strata,
            "rd": number(rd),
            "rd_interval": numbers([max(rd - Z * error, -1), min(rd + Z * error, 1)]),
            "or": number(table.oddsratio_pooled),
            "or_interval": numbers(table.oddsratio_pooled_confint()),
            "rr": number(table.riskratio_pooled),
            "rr_interval": [r / s * math.exp(-half), r / s * math.exp(half)],
            "chi_squared": number(test.statistic),
            "p": number(test.pvalue),
            "standardized": [
                number(np.average([a / n1 for (a, n1), _ in strata], weights=mix)),
                number(np.average([b / n0 for _, (b, n0) in strata], weights=mix)),
            ],
        }


def bell_mccaffrey(trials, arm, stratum, service):
    """Coefficient of the arm with intercepts of strata, its bias-reduced cluster-robust error (CR2)
    and Satterthwaite's degrees of freedom, with the matrices of single trials as they are defined."""
    design = np.column_stack([stratum == s for s in np.unique(stratum)] + [arm]).astype(float)
    model = sm.OLS(trials, design).fit()
    bread = np.linalg.inv(design.T @ design)
    unexplained = np.eye(len(trials)) - design @ bread @ design.T
    variance, columns = 0.0, []
    for one in np.unique(service):
        own = service == one
        values, vectors = np.linalg.eigh(unexplained[np.ix_(own, own)])
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        weights = root @ design[own] @ bread[:, -1]
        variance += (weights @ model.resid[own]) ** 2
        columns.append(unexplained[:, own] @ weights)
    spread = np.linalg.eigvalsh(np.array(columns) @ np.array(columns).T)
    return model.params[-1], math.sqrt(variance), spread.sum() ** 2 / (spread**2).sum()


def strata_of_clusters(rng):
    for at in range(12):
        strata = []
        for _ in range(int(rng.integers(1, 4))):
            fewest = 1 if at % 2 else 2
            arms, rate = [], rng.uniform(0.1, 0.5)
            for _ in range(2):
                trials = rng.integers(2, 25, int(rng.integers(fewest, 4)) + (not strata))
                events = rng.binomial(trials, rng.beta(4 * rate, 4 * (1 - rate), len(trials)))
                arms.append([[int(a), int(n)] for a, n in zip(events, trials)])
            strata.append({"first": arms[0], "second": arms[1]})
        services = [
            (a, n, arm, place)
            for place, s in enumerate(strata)
            for arm, services in ((1, s["first"]), (0, s["second"]))
            for a, n in services
        ]
        trials = np.concatenate([[1.0] * a + [0.0] * (n - a) for a, n, _, _ in services])
        counts = [n for _, n, _, _ in services]
        arm, stratum, service = (
            np.repeat(values, counts)
            for values in ([s[2] for s in services], [s[3] for s in services], range(len(services)))
        )
        difference, error, df = bell_mccaffrey(trials, arm, stratum, service)
        sizes = [(len(s["first"]), len(s["second"])) for s in strata]
        statistics = []
        for masks in itertools.product(*[relabellings(m + n, m) for m, n in sizes]):
            arms = np.repeat(np.concatenate(masks).astype(float), counts)
            other, spread, _ = bell_mccaffrey(trials, arms, stratum, service)
            statistics.append(other / spread)
        half = st.t.ppf(0.975, df) * error
        yield {
            "strata": strata,
            "rd": number(difference),
            "error": number(error),
            "df": number(df),
            "interval": [max(difference - half, -1.0), min(difference + half, 1.0)],
            "t_p": float(2 * st.t.sf(abs(difference) / error, df)),
            "permutation_p": permutation_p(statistics, difference / error),
        }


def strata_of_values(rng):
    for _ in range(8):
        strata = [
            {"first": hours(rng, int(rng.integers(1, 4))), "second": hours(rng, int(rng.integers(2, 4)))}
            for _ in range(int(rng.integers(2, 4)))
        ]

        def weighted(arms):
            weights = [len(x) * len(y) / (len(x) + len(y)) for x, y in arms]
            differences = [np.log(x).mean() - np.log(y).mean() for x, y in arms]
            return np.average(differences, weights=weights)

        observed = weighted([(s["first"], s["second"]) for s in strata])
        choices = []
        for s in strata:
            pooled = np.array(s["first"] + s["second"])
            masks = relabellings(len(pooled), len(s["first"]))
            choices.append([(pooled[mask], pooled[~mask]) for mask in masks])
        statistics = [weighted(arms) for arms in itertools.product(*choices)]
        yield {"strata": strata, "log_difference": number(observed), "p": permutation_p(statistics, observed)}


def balances(rng):
    for _ in range(8):
        first, second = hours(rng, int(rng.integers(2, 12))), hours(rng, int(rng.integers(2, 12)))
        deviation = math.sqrt((np.var(first, ddof=1) + np.var(second, ddof=1)) / 2)
        m, n = (int(v) for v in rng.integers(3, 40, 2))
        a, b = int(rng.integers(1, m)), int(rng.integers(1, n))
        spread = math.sqrt((a / m * (1 - a / m) + b / n * (1 - b / n)) / 2)
        yield {
            "first": first,
            "second": second,
            "of_values": number((np.mean(first) - np.mean(second)) / deviation),
            "shares": [[a, m], [b, n]],
            "of_shares": (a / m - b / n) / spread,
        }


def befores_and_afters(rng):
    for _ in range(10):
        groups = [
            [[before, after] for before, after in zip(hours(rng, size), hours(rng, size))]
            for size in rng.integers(2, 9, 2)
        ]
        changes = [[after - before for before, after in group] for group in groups]
        test = st.ttest_ind(*changes, equal_var=False)
        ends = test.confidence_interval(0.95)
        yield {
            "adopters": groups[0],
            "controls": groups[1],
            "effect": number(np.mean(changes[0]) - np.mean(changes[1])),
            "t": number(test.statistic),
            "df": number(test.df),
            "p": number(test.pvalue),
            "interval": numbers(ends),
        }


def effects_by_cohort(panel, not_yet):
    """ATT(g, t) straight from its definition; g is None for services that never adopt."""
    periods = len(panel[0][1])
    effects = {}
    for g in sorted({g for g, _ in panel if g}):
        for t in range(periods):
            if t == g - 1:
                continue

            def changes(members):
                seen = [y for y in members if y[t] is not None and y[g - 1] is not None]
                return [y[t] - y[g - 1] for y in seen]

            treated = changes([y for own, y in panel if own == g])
            if not_yet:
                free = changes([y for own, y in panel if own is None or own > max(t, g - 1)])
            else:
                free = changes([y for own, y in panel if own is None])
            if treated and free:
                effects[g, t] = (np.mean(treated) - np.mean(free), len(treated))
    return effects


def simple_effect(effects):
    after = [(effect, n) for (g, t), (effect, n) in effects.items() if t >= g]
    return np.average([e for e, _ in after], weights=[n for _, n in after])


def panels(rng):
    for at in range(8):
        periods, panel = int(rng.integers(4, 7)), []
        dates = [1 + int(d) for d in rng.integers(1, periods - 1, 3)] + [None] * 2
        dates += [dates[0]] if at % 2 else []
        for g in dates:
            level, slope = rng.uniform(20, 50), rng.normal(0, 1)
            y = level + slope * np.arange(periods) + rng.normal(0, 1, periods)
            if g:
                y[g:] -= rng.uniform(2, 6)
            y = [round(float(v), 2) for v in y]
            if at >= 4 and rng.uniform() < 0.4:
                y[int(rng.integers(0, periods))] = None
            panel.append((g, y))
        case = {"panel": [{"adopted_in": g, "outcomes": y} for g, y in panel]}
        for name, not_yet in [("never", False), ("not_yet", True)]:
            effects = effects_by_cohort(panel, not_yet)
            observed = simple_effect(effects)
            groups, events = {}, {}
            for (g, t), (effect, n) in effects.items():
                if t >= g:
                    groups.setdefault(g, []).append(effect)
                events.setdefault(t - g, []).append((effect, n))
            sizes = {g: sum(own == g for own, _ in panel) for g in groups}
            outcomes = [y for _, y in panel]
            statistics = [
                simple_effect(effects_by_cohort(list(zip(order, outcomes)), not_yet))
                for order in set(itertools.permutations(dates))
            ]
            case[name] = {
                "effects": [[g, t, number(e)] for (g, t), (e, _) in effects.items()],
                "simple": number(observed),
                "overall": number(
                    np.average(
                        [np.mean(groups[g]) for g in groups], weights=[sizes[g] for g in groups]
                    )
                ),
                "event_study": {
                    str(since): number(np.average([e for e, _ in v], weights=[n for _, n in v]))
                    for since, v in events.items()
                },
                "randomization_p": permutation_p(statistics, observed),
            }
        yield case


def promoters(rng):
    for _ in range(10):
        counts = [int(v) for v in rng.integers(1, 60, 3)]
        n = sum(counts)
        people = n + int(rng.integers(1, 80))

        def ends(answers, weights, factor=1.0):
            centre = np.average(answers, weights=weights)
            spread = np.average((np.array(answers) - centre) ** 2, weights=weights)
            error = math.sqrt(spread / sum(weights)) * factor
            return [100 * max(centre - Z * error, -1), 100 * min(centre + Z * error, 1)]

        added = [counts[0] + 0.75, counts[1] + 1.5, counts[2] + 0.75]
        factor = math.sqrt((people - n) / (people - 1))
        yield {
            "counts": counts,
            "people": people,
            "score": 100 * (counts[0] - counts[2]) / n,
            "wald": numbers(ends([1, 0, -1], counts)),
            "adjusted": numbers(ends([1, 0, -1], added)),
            "of_population": numbers(ends([1, 0, -1], counts, factor)),
        }


def means(rng):
    for _ in range(8):
        values = numbers(rng.integers(1, 6, int(rng.integers(4, 40))))
        ends = st.t.interval(0.95, len(values) - 1, np.mean(values), st.sem(values))
        yield {"values": values, "mean": number(np.mean(values)), "interval": numbers(ends)}


def spreads(rng):
    for _ in range(8):
        uses = numbers(np.round(rng.exponential(10, int(rng.integers(2, 12))), 1))
        uses[0] += 1.0
        k = len(uses)
        gaps = np.abs(np.subtract.outer(uses, uses)).sum()
        yield {
            "uses": uses,
            "evenness": number(st.entropy(uses) / math.log(k)),
            "gini": number(gaps / (2 * k * sum(uses))),
        }


def survivals(rng):
    for _ in range(10):
        count = int(rng.integers(5, 40))
        times = np.round(rng.exponential(10, count), 0) + 1
        happened = rng.uniform(size=count) < 0.7
        happened[0] = True
        fit = KaplanMeierFitter().fit(times, happened)
        ends = median_survival_times(fit.confidence_interval_).iloc[0]
        # Where nobody is left the curve has no variance, and so its interval no end.
        ends = [end if fit.predict(end) > 0 else math.inf for end in ends]
        at = float(np.quantile(times[happened], 0.4))
        limits = fit.confidence_interval_
        row = limits[limits.index <= at].iloc[-1]
        surviving = fit.predict(at)
        # Where the curve meets one half, floating point alone decides for the library.
        close = bool(np.any(np.abs(fit.survival_function_.iloc[:, 0] - 0.5) < 1e-9))
        yield {
            "times": numbers(times),
            "happened": [bool(v) for v in happened],
            "at": at,
            "share": number(1 - surviving),
            "interval": numbers([1 - row.iloc[1], 1 - row.iloc[0]]),
            "median": None if close else number(fit.median_survival_time_),
            "is_close": close,
            "median_ends": numbers(ends),
        }


def sizes(rng):
    for _ in range(8):
        p1, p2 = (round(float(p), 3) for p in rng.uniform(0.02, 0.9, 2))
        mean = (p1 + p2) / 2
        level = Z * math.sqrt(2 * mean * (1 - mean))
        power = st.norm.ppf(0.8) * math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
        yield {"p1": p1, "p2": p2, "n": math.ceil((level + power) ** 2 / (p1 - p2) ** 2)}


METHODS = [
    quantiles, shares, share_pairs, clustered, two_arms, tied_arms, large_arms, bootstraps,
    poisson_ratios, quasi_poissons, families, strata_of_shares, strata_of_values, balances,
    befores_and_afters, panels, promoters, means, spreads, survivals, sizes, sampled_bootstraps,
    strata_of_clusters, poisson_rates,
]  # fmt: skip


def main():
    cases = {
        method.__name__: list(method(np.random.default_rng(seed)))
        for seed, method in enumerate(METHODS, start=1)
    }
    # One case a line: readable differences, and no line for each number.
    sys.stdout.write("{")
    for at, (name, of_method) in enumerate(cases.items()):
        rows = ",\n".join(json.dumps(case, allow_nan=False) for case in of_method)
        sys.stdout.write(f"{',' if at else ''}\n{json.dumps(name)}: [\n{rows}\n]")
    sys.stdout.write("\n}\n")


if __name__ == "__main__":
    main()
