"""Runs the recorded observations of a controller through a policy and compares the actions.

Usage: recorded_actions.py POLICY.onnx ROLLOUTS.parquet CONTROLLER TOLERANCE
"""

import json
import sys

import numpy
import onnxruntime
import pyarrow.parquet

policy, rollouts, controller, tolerance = sys.argv[1:]
table = pyarrow.parquet.read_table(rollouts)
chosen = numpy.array(table["controller"].to_pylist()) == controller


def columns(prefix):
    names = [name for name in table.column_names if name.startswith(prefix)]
    values = numpy.stack([table[name].to_numpy()[chosen] for name in names], axis=1)
    return [name.removeprefix(prefix) for name in names], values.astype(numpy.float32)


seen, observation = columns("observation.")
acts, recorded = columns("action.")
session = onnxruntime.InferenceSession(policy, providers=["CPUExecutionProvider"])
about = session.get_modelmeta().custom_metadata_map
assert [entry["name"] for entry in json.loads(about["halle.observation"])] == seen, seen
assert [entry["name"] for entry in json.loads(about["halle.action"])] == acts, acts
(action,) = session.run(["action"], {"observation": observation})
worst = numpy.abs(action - recorded).max()
assert worst <= float(tolerance), f"actions differ by {worst}"
# A policy that does nothing would pass as well.
assert numpy.abs(recorded).max() > 0.0
print(f"{len(action)} rows")
