"""Compares out.h5ad, as anndata reads it, with out.json, which holds the same answer."""

import json

import anndata
import numpy as np

adata = anndata.read_h5ad("out.h5ad")
result = json.load(open("out.json"))
outputs = result["outputs"]

assert adata.shape == (len(outputs), len(result["gene_order"])), adata
assert list(adata.var_names) == result["gene_order"]
assert list(adata.var["gene_symbol"]) == result["gene_symbols"]
assert list(adata.var["observed"]) == result["observed"]
assert np.issubdtype(adata.X.dtype, np.integer), adata.X.dtype
assert (np.asarray(adata.X) == np.array([o["counts"] for o in outputs])).all()
for layer in ["effect", "effect_lower", "effect_upper"]:
    expected = np.array([o[layer] for o in outputs], dtype=np.float32)
    assert (np.asarray(adata.layers[layer]) == expected).all(), layer
for group in ["biological", "technical", "perturbation"]:
    expected = np.array([o["latents"][group] for o in outputs], dtype=np.float32)
    assert (np.asarray(adata.obsm[f"X_{group}"]) == expected).all(), group

assert list(adata.obs_names) == ["s1.1", "s1.2", "s2.1", "s2.2"], adata.obs_names
assert list(adata.obs["reference"]) == ["s1", "s1", "s2", "s2"]
assert list(adata.obs["sample"]) == [1, 2, 1, 2]
assert set(adata.obs["perturbation"]) == {"dexamethasone"}
assert set(adata.obs["perturbation_ontology_id"]) == {"CHEMBL384467"}
assert set(adata.obs["perturbation_type"]) == {"compound"}
assert set(adata.obs["seed"]) == {8}
assert list(adata.obs["library_size"]) == [sum(o["counts"]) for o in outputs]
assert list(adata.obs["support"]) == [o["support"]["level"] for o in outputs]
assert np.allclose(adata.obs["support_score"], [o["support"]["score"] for o in outputs])

assert adata.uns["model_version"] == result["model_version"]
assert adata.uns["query"]["sampling_strategy"] == "mean estimation"
assert adata.uns["alignment"]["matched"] == result["alignment"]["matched"]
assert len(adata.uns["support"]["reasons"]) > 0
