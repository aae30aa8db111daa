"""The scores that cell-eval gives a small simulated case: writes golden.json beside this file.

Run: pip install cell-eval==0.8.2, then python golden.py (Python 3.11 or later)
"""

import json
import os
import tempfile
from importlib.metadata import version

import anndata
import numpy as np
import pandas as pd
import polars as pl
from cell_eval import MetricsEvaluator

PERTURBATIONS, GENES, SAMPLES, CONTROLS = 12, 60, 4, 5
NAMES = [f"p{p:02}" for p in range(PERTURBATIONS)]


def wobble(a, b):
    """The same in both languages: from -0.5 to 0.5, of no pattern that matters."""
    return ((a * 7919 + b * 104729 + a * b * 31 + a * a * 17) % 1009) / 1009 - 0.5


def profile(seed, change):
    return [2 + 0.05 * g + change(g) + 0.2 * wobble(seed, g) for g in range(GENES)]


def effect(p, g):
    """What all perturbations share, and what is the perturbation's own."""
    return wobble(301, g) + wobble(400 + p, g)


def predicted_effect(p, g):
    """The shared part, a fifth of the own, and error: more of it for later perturbations."""
    return wobble(301, g) + 0.2 * wobble(400 + p, g) + 0.2 * p * wobble(500 + p, g)


controls = [profile(900 + s, lambda g: 0) for s in range(CONTROLS)]
real = [profile(10 * p + s, lambda g: effect(p, g)) for p in range(PERTURBATIONS) for s in range(SAMPLES)]
predicted = [profile(200 + 10 * p + s, lambda g: predicted_effect(p, g)) for p in range(PERTURBATIONS) for s in range(SAMPLES)]
nothing = [np.mean(controls, axis=0)] * len(real)


def data(treated):
    names = ["control"] * CONTROLS + [name for name in NAMES for _ in range(SAMPLES)]
    return anndata.AnnData(np.array(controls + list(treated)), obs=pd.DataFrame({"target": names}, index=[str(i) for i in range(len(names))]),
                           var=pd.DataFrame(index=[f"g{g}" for g in range(GENES)]))


def changes(treated):
    return np.array(treated).reshape(PERTURBATIONS, SAMPLES, GENES).mean(1) - np.mean(controls, axis=0)


def table(change, fdr):
    """Differential expression as cell-eval takes it: which genes changed is given, so that the metrics and not the tests are compared."""
    rows = [(NAMES[p], f"g{g}", float(change[p, g]), float(fdr[p, g])) for p in range(PERTURBATIONS) for g in range(GENES)]
    frame = pl.DataFrame(rows, schema=["target", "feature", "log2_fold_change", "fdr"], orient="row")
    return frame.with_columns(pl.col("fdr").alias("p_value"))


def scores(treated):
    true, said = changes(real), changes(treated)
    with tempfile.TemporaryDirectory() as folder:
        evaluator = MetricsEvaluator(
            data(treated), data(real), control_pert="control", pert_col="target", num_threads=1, outdir=folder,
            de_real=table(true, np.where(np.abs(true) > 0.25, 0.01, 0.5)), de_pred=table(said, np.exp(-np.abs(said))))
        results, _ = evaluator.compute(profile="full", skip_metrics=["clustering_agreement", "pearson_edistance"], write_csv=False)
    return results.sort("perturbation")


def main():
    found, base = scores(predicted), scores(nothing)
    assert found["perturbation"].to_list() == NAMES
    names = ["pearson_delta", "de_direction_match", "de_spearman_lfc_sig", "pr_auc",
             "discrimination_score_l1", "discrimination_score_l2", "discrimination_score_cosine"]
    golden = {name: [round(x, 9) for x in found[name].cast(pl.Float64).to_list()] for name in names}
    golden["mse_delta"] = [round(x, 9) for x in found["mse_delta"].to_list()]
    golden["mse_delta_of_no_change"] = [round(x, 9) for x in base["mse_delta"].to_list()]
    golden = {"cell-eval": version("cell-eval"), **golden}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as file:
        file.write("{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items()) + "\n}\n")


main()
