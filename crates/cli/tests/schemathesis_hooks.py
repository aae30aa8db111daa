"""Real data for calls that are valid in form: counts of the example, a job that exists, both kinds of answer.

The server is at REFCAST_TEST_SERVER; REFCAST_TEST_KEY holds a key where it asks for one."""

import io
import os
import time
from itertools import count
from urllib.parse import parse_qsl, urlsplit

import pyarrow.ipc
import requests
import schemathesis

SERVER = os.environ["REFCAST_TEST_SERVER"]
KEY = os.environ.get("REFCAST_TEST_KEY")
BASE = "gem-1-bulk"
MODEL = f"{BASE}_reference-conditioning"
ARROW = "application/vnd.apache.arrow.stream"

session = requests.Session()
if KEY:
    session.headers["Authorization"] = f"Bearer {KEY}"


def called(method, path, **more):
    answer = session.request(method, SERVER + path, timeout=60, **more)
    answer.raise_for_status()
    return answer.json()


def finished_job():
    """The id of a job that is ready, and the parameters of its download."""
    job = called("POST", f"/api/models/{MODEL}/predict", json=EXAMPLE)["modelQueryId"]
    while True:
        status = called("GET", f"/api/model-queries/{job}/status")
        if status["status"] == "ready":
            return job, dict(parse_qsl(urlsplit(status["downloadUrl"]).query))
        assert status["status"] != "failed", status
        time.sleep(0.1)


MODELS = [model["model_id"] for model in called("GET", "/api/models")["models"]]
EXAMPLES = {model: called("GET", f"/api/models/{model}/example-query")["example_query"] for model in MODELS}
EXAMPLE = EXAMPLES[MODEL]
JOB, PERMISSION = finished_job()
turns = count()


def meant(query):
    """Makes a query that has the right form one that can be answered, and soon; and the model that answers it."""
    query["inputs"] = query["inputs"][:3]
    kind = asked_for(query["inputs"][0])
    known = EXAMPLES.get(kind, EXAMPLE)["inputs"][0]
    for part in query["inputs"]:
        for name in ("counts", "sample_id", "metadata"):
            if name in part:
                part[name] = known.get(name, EXAMPLE["inputs"][0].get(name, part[name]))
        part.pop("gene_ids", None)
        if kind != f"{BASE}_predict-metadata":
            part["num_samples"] = (part.get("num_samples") or 1) % 5 + 1
    query.pop("fields", None)
    if kind in {MODEL, f"{BASE}_condition-on-sample-ids"}:
        query["fixed_total_count"] = query.get("total_count") is not None
    return kind if kind in EXAMPLES else None


def asked_for(part):
    """The model id that an input of this form is for."""
    if "sample_id" in part:
        return f"{BASE}_condition-on-sample-ids"
    if "counts" not in part:
        return BASE
    return MODEL if "metadata" in part else f"{BASE}_predict-metadata"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Some valid calls, so that what is made up is sent as well."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    turn = next(turns)
    if case.path_parameters and "id" in case.path_parameters and case.method != "DELETE" and turn % 2 == 0:
        case.path_parameters["id"] = JOB
        if case.path.endswith("/result"):
            case.query.update(PERMISSION)
    if case.path.endswith("/predict"):
        if turn % 4 != 3:
            case.path_parameters["model_id"] = meant(case.body) or case.path_parameters["model_id"]
            # Nearly all are made of one character, for bodies that differ.
            if "Idempotency-Key" in case.headers:
                case.headers["Idempotency-Key"] = f"{turn}{case.headers['Idempotency-Key']}"[:255]
        # The links of the stateful phase begin at a job.
        if turn % 2 and case.meta.phase.name.value != "stateful":
            case.headers["Accept"] = ARROW


@schemathesis.check
def arrow_stream_is_whole(context, response, case):
    if response.headers.get("content-type", [""])[0] == ARROW:
        pyarrow.ipc.open_stream(io.BytesIO(response.content)).read_all()


@schemathesis.deserializer(ARROW)
def described(context, response):
    """The schema says no more than that it is bytes."""
    return ""
