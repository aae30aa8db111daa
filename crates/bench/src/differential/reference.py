"""The moderated t of a port of limma: prints what `tests.rs` expects.

Run: pip install inmoose==0.9.1, then python reference.py
"""

import numpy as np
import pandas as pd
from inmoose.limma import eBayes, lmFit, squeezeVar
from scipy import stats

GENES = 40
SHOWN = [0, 5, 17, 39]


def wobble(a, b):
    """The same in both languages: from -0.5 to 0.5, of no pattern that matters."""
    return ((a * 7919 + b * 104729 + a * b * 31 + a * a * 17) % 1009) / 1009 - 0.5


def sample(seed, treated, spread):
    """ln(1 + CPM) of a sample: a level by gene, an effect on each third gene, and noise whose size
    differs between genes by a factor of up to `spread`."""
    noise = [spread ** (2 * wobble(77, g)) for g in range(GENES)]
    effect = [2 * wobble(55, g) if treated and g % 3 == 0 else 0 for g in range(GENES)]
    return [3 + 0.1 * g + effect[g] + 0.3 * noise[g] * wobble(seed, g) for g in range(GENES)]


def show(name, values, design):
    """Row by gene: change, t, p, q."""
    fit = lmFit(pd.DataFrame(np.array(values).T), design)
    last = lambda frame: np.asarray(frame)[:, -1]
    change, degrees, variance = last(fit.coefficients), fit.df_residual, np.asarray(fit.sigma) ** 2
    squeezed = squeezeVar(variance.copy(), degrees)
    prior = float(squeezed["df_prior"])
    if np.isfinite(prior):
        fit = eBayes(fit)
        t, p = last(fit.t), last(fit.p_value)
    else:
        # Its eBayes stops here at the B-statistic, which is not asked for; t and p as it would go on.
        t = change / last(fit.stdev_unscaled) / np.sqrt(squeezed["var_post"])
        p = 2 * stats.t.sf(np.abs(t), np.sum(degrees))
    q = stats.false_discovery_control(p)
    print(name, "df_prior", prior, "s2_prior", float(np.squeeze(squeezed["var_prior"])))
    for g in SHOWN:
        print("   ", g, [f"{x[g]:.10e}" for x in (change, t, p, q)])
    print("    found", [int(g) for g in np.flatnonzero(q < 0.05)])


def changes(spread):
    return [np.subtract(sample(s, True, spread), sample(s + 50, False, spread)) for s in (1, 2, 3)]


ONE = pd.DataFrame({"change": np.ones(3)})
TWO = pd.DataFrame({"base": np.ones(5), "change": [1.0, 1.0, 0.0, 0.0, 0.0]})
for spread in (6, 1):
    show(f"paired, spread {spread}:", changes(spread), ONE)
    groups = [sample(s, True, spread) for s in (1, 2)] + [sample(s, False, spread) for s in (51, 52, 53)]
    show(f"two group, spread {spread}:", groups, TWO)
flat = changes(6)
for row in flat:
    row[5] = 0.25
show("paired, gene 5 without variance:", flat, ONE)
