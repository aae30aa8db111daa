"""The client as its users have it, against a server: ADDRESS of one without keys, ADDRESS and KEY of one with."""

import os
import sys

import requests
from pysynthbio import http_client
from pysynthbio.call_model_api import predict_query
from pysynthbio.get_example_query import get_example_query
from pysynthbio.list_models import list_models

OPEN, CLOSED, KEY = sys.argv[1:4]
EXPRESSION = {"metadata", "expression", "latents"}
for name in [name for name in os.environ if name.startswith("SYNTHESIZE_")]:
    del os.environ[name]


def raised(kind, call, *parts):
    try:
        call()
    except kind as error:
        for part in parts:
            assert part in str(error), f"no {part!r} in: {error}"
        return error
    raise AssertionError(f"no {kind.__name__}")


def hosted(model, query):
    ask = dict(model_id=model, api_base_url=OPEN, poll_interval_seconds=1)
    result = predict_query(query, **ask)
    assert set(result) == frames(model), set(result)
    assert result["expression"].shape[0] == 2
    assert (result["expression"] >= 0).all(axis=None)
    assert result["metadata"]["seed"].tolist() == [query["seed"]] * 2
    assert set(result["latents"].columns) == {"biological", "technical", "perturbation"}
    raw = predict_query(query, raw_response=True, **ask)
    assert raw["gene_order"] == list(result["expression"].columns)
    second = raw["outputs"][1]
    counts = second["decoder_sample"]["counts"] if is_annotation(model) else second["counts"]
    assert counts == result["expression"].iloc[1].tolist()
    url = predict_query(query, return_download_url=True, **ask)["download_url"]
    assert url.startswith(OPEN)
    assert requests.get(url, timeout=30).json() == raw
    changed = requests.get(url[:-1] + ("0" if url[-1] != "0" else "1"), timeout=30)
    assert changed.status_code == 403, changed.status_code
    return result


def self_hosted(model, query):
    ask = dict(model_id=model, api_base_url=OPEN, self_hosted=True)
    raw = predict_query(query, raw_response=True, **ask)
    assert raw == predict_query(query, raw_response=True, **ask), "the same seed, other bytes"
    return predict_query(query, **ask)


def is_annotation(model):
    return model.endswith("_predict-metadata")


def frames(model):
    return EXPRESSION | {"classifier_probs"} if is_annotation(model) else EXPRESSION


def twice(model, query):
    """The example for two outputs."""
    if is_annotation(model):
        query["inputs"] *= 2
    else:
        query["inputs"][0]["num_samples"] = 2
    return query


def said_of(model, result):
    """What an annotation must have: the best value of each field is the most probable, or not known."""
    for field, values in result["classifier_probs"].iloc[0].items():
        assert abs(sum(values.values()) - 1) < 1e-3, f"{model}: {field}"
        assert result["metadata"][field][0] in {max(values, key=values.get), "unknown"}, f"{model}: {field}"


def in_the_open():
    models = list_models(api_base_url=OPEN, self_hosted=True)["models"]
    assert models == list_models_with_any_key()
    assert "gem-1-bulk_reference-conditioning" in [model["model_id"] for model in models]
    for model in [model["model_id"] for model in models]:
        example = get_example_query(model, api_base_url=OPEN, self_hosted=True)
        query = twice(model, example["example_query"])
        streamed = self_hosted(model, query)
        polled = hosted(model, query)
        for frame in frames(model) - {"latents"}:
            assert streamed[frame].equals(polled[frame]), f"{model}: {frame} differs between the modes"
        if is_annotation(model):
            said_of(model, polled)


def list_models_with_any_key():
    os.environ["SYNTHESIZE_API_KEY"] = "anything"
    return list_models(api_base_url=OPEN)["models"]


def faults():
    model = "gem-1-bulk_reference-conditioning"
    query = {"inputs": [{"counts": [1, 2]}], "sampling_strategy": "guess"}
    ask = dict(api_base_url=OPEN, poll_interval_seconds=1)
    error = raised(
        http_client.ValidationError,
        lambda: predict_query(dict(query), model, **ask),
        "- inputs[0].counts: has 2 values",
        "- sampling_strategy: `guess` is not",
    )
    assert error.status_code == 422 and error.response_json["errors"]
    raised(http_client.ValidationError, lambda: predict_query(dict(query), model, self_hosted=True, **ask), "wrong_length")
    raised(http_client.NotFoundError, lambda: predict_query(dict(query), "gem-1-bulc", **ask))
    raised(http_client.NotFoundError, lambda: get_example_query("gem-1-bulc", api_base_url=OPEN))


def keys():
    os.environ["SYNTHESIZE_API_KEY"] = "refcast_no_key"
    raised(http_client.AuthenticationError, lambda: list_models(api_base_url=CLOSED), "401")
    del os.environ["SYNTHESIZE_API_KEY"]
    raised(http_client.AuthenticationError, lambda: list_models(api_base_url=CLOSED, self_hosted=True))
    os.environ["SYNTHESIZE_API_KEY"] = KEY
    assert list_models(api_base_url=CLOSED)["models"]


in_the_open()
faults()
keys()
