"""Contrasts, their moderation and covariance by definition, with numpy alone: prints what
`tests.rs` expects.

Run: python reference.py
"""

import numpy as np

GENES = 60


def wobble(a, b):
    """The same in both languages: from -0.5 to 0.5, of no pattern that matters."""
    return ((a * 7919 + b * 104729 + a * b * 31 + a * a * 17) % 1009) / 1009 - 0.5


def value(sample, gene, donor, effect):
    base = 0.25 + 0.125 * gene
    size = {"": 0.0, "A": 0.5 * wobble(501, gene), "B": 0.5 * wobble(501, gene) + 0.25 * wobble(502, gene)}[effect]
    return base + size + wobble(100 + donor, gene) + 1.25 * wobble(sample, gene)


# Samples of the study `pairs`: (donor, condition, controls); of `line`: cultures sharing controls.
PAIRS = [(0, "", []), (0, "A", [0]), (0, "B", [0]), (1, "", []), (1, "A", [3]), (1, "B", [3]),
         (2, "", []), (2, "A", [6]), (2, "B", [6]), (3, "", []), (3, "A", [9])]
LINE = [(7, "", []), (7, "", []), (7, "", []), (7, "A", [0, 1, 2]), (7, "A", [0, 1, 2]),
        (7, "A", [0, 1, 2]), (7, "B", [0, 1, 2]), (7, "B", [0, 1, 2])]
MEASURED = {"pairs": 60, "line": 50}


def groups(study, samples, first):
    values = np.array([[value(first + at, g, donor, condition) for g in range(GENES)]
                       for at, (donor, condition, _) in enumerate(samples)])
    values[:, MEASURED[study]:] = 0
    made = []
    for name in "AB":
        of = [(at, s) for at, s in enumerate(samples) if s[1] == name]
        controls = np.array([values[s[2]].mean(0) for _, s in of])
        change = np.array([values[at] for at, _ in of]) - controls
        distinct = sorted({c for _, s in of for c in s[2]})
        shared = len(of) > 1 and sum(len(s[2]) for _, s in of) >= 2 * len(distinct)
        made.append(dict(study=study, change=change, mean=change.mean(0), control=controls.mean(0),
                         donors=[s[0] for _, s in of], controls=distinct, shared=shared,
                         scale=1 / len(of) + (1 / len(distinct) if shared else 0)))
    return made


ALL = groups("pairs", PAIRS, 0) + groups("line", LINE, 20)
for group in ALL:
    n, measured = len(group["change"]), MEASURED[group["study"]]
    variance = group["change"].var(0, ddof=1)
    order = np.argsort(group["control"][:measured], kind="stable")
    prior = np.zeros(GENES)
    size = -(-measured // 20)
    for start in range(0, measured, size):
        prior[order[start:start + size]] = variance[order[start:start + size]].mean()
    group["deviation"] = np.maximum(np.sqrt((30 * prior + (n - 1) * variance) / (30 + n - 1)), 0.01)


def expressed(a, b):
    genes = min(MEASURED[a["study"]], MEASURED[b["study"]])
    return np.flatnonzero(np.minimum(a["control"], b["control"])[:genes] > np.float32(0.53))


def error_correlation(a, b):
    if a is b:
        return 1.0
    if a["study"] != b["study"]:
        return 0.0
    if a["shared"] or b["shared"]:
        common = len(set(a["controls"]) & set(b["controls"]))
        variance = lambda x: 1 / len(x["change"]) + 1 / len(x["controls"])
        share = common / len(a["controls"]) / len(b["controls"])
        return share / np.sqrt(variance(a) * variance(b))
    both = [d for d in a["donors"] if d in b["donors"]]
    genes = expressed(a, b)
    residual = lambda x: np.concatenate([(x["change"][x["donors"].index(d)] - x["mean"])[genes] for d in both])
    x, y = residual(a), residual(b)
    overlap = len(both) / np.sqrt(len(a["donors"]) * len(b["donors"]))
    return overlap * (x @ y) / np.sqrt((x @ x) * (y @ y))


def signal(a, b):
    genes = expressed(a, b)
    scale = error_correlation(a, b) * np.sqrt(a["scale"] * b["scale"])
    return (a["mean"] * b["mean"] - scale * a["deviation"] * b["deviation"])[genes].mean()


def reproducibility(group):
    genes = expressed(group, group)
    change = group["change"][:, genes]
    n = len(change)
    common = (group["deviation"][genes] ** 2).mean() / len(group["controls"]) if group["shared"] else 0
    product = change @ change.T / len(genes) - common
    by_donor = (product.sum(1) - np.diag(product)) / (n - 1)
    u = by_donor.mean()
    error = 2 * by_donor.var(ddof=1) / n
    return 0.0 if u <= 0 else 0.85 if n == 2 else u * u / (u * u + error)


for group in ALL:
    print("mean, deviation of genes 3, 20, 49:", [round(float(x), 7) for g in (3, 20, 49)
                                                  for x in (group["mean"][g], group["deviation"][g])])
print("reproducibility:", [round(float(reproducibility(group)), 7) for group in ALL])
print("error correlation:", [[round(float(error_correlation(a, b)), 7) for b in ALL] for a in ALL])
print("signal:", [[round(float(signal(a, b)), 7) for b in ALL] for a in ALL])
