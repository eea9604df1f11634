#!/usr/bin/env python3
"""Runs MuJoCo beside halle on the same machine in the same minute and prints one JSON line.

    python3 tools/bench/peer_mujoco.py MODEL.xml [HALLE]

MODEL.xml is a six-axis arm in MJCF (the UR10e of MuJoCo Menagerie, say); HALLE is the halle binary,
`target/release/halle` if left out. Needs `mujoco` and `numpy`.

What is compared: physics substeps per second. halle's figure holds the whole polishing control step
(substeps with pad contact, inverse kinematics, removal map, observation, reward, reset), divided into
its substeps; MuJoCo's holds its step alone, with random controls. Rounds of both alternate, so that a
machine that slows down slows both.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import time

import mujoco
import numpy as np
from mujoco import rollout

ROUNDS = 5


def peer(path, threads, batch=16, steps=400):
    """Physics steps per second of MuJoCo's own threaded rollout."""
    model = mujoco.MjModel.from_xml_path(path)
    data = [mujoco.MjData(model) for _ in range(threads)]
    if model.nkey:
        mujoco.mj_resetDataKeyframe(model, data[0], 0)
    mujoco.mj_forward(model, data[0])
    size = mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_FULLPHYSICS)
    state = np.zeros(size)
    mujoco.mj_getState(model, data[0], state, mujoco.mjtState.mjSTATE_FULLPHYSICS)
    random = np.random.default_rng(0)
    low, high = model.actuator_ctrlrange.T
    half = np.where(model.actuator_ctrllimited > 0, (high - low) / 2, 1.0)
    control = data[0].ctrl + 0.1 * half * random.uniform(-1, 1, (batch, steps, model.nu))
    initial = np.tile(state, (batch, 1))
    out = np.zeros((batch, steps, size))
    sensors = np.zeros((batch, steps, model.nsensordata))
    with rollout.Rollout(nthread=threads if threads > 1 else 0) as run:
        run.rollout(model, data, initial, control[:, :20].copy())
        began = time.perf_counter()
        run.rollout(model, data, initial, control, state=out, sensordata=sensors)
        seconds = time.perf_counter() - began
    return batch * steps / seconds, model.opt.timestep, int(np.isnan(out).any())


def ours(binary):
    """Physics substeps per second of `halle bench`, by threads."""
    line = subprocess.run([binary, "bench", "--backend", "cpu", "--seconds", "1"],
                          check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    result = json.loads(line)
    each = result["substeps_per_control_step"]
    rates = [run["control_steps_per_s"] * each for run in result["physics_with_task"]]
    return rates[0], rates[-1], result["machine"]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    binary = sys.argv[2] if len(sys.argv) > 2 else "target/release/halle"
    one, two, peer_one, peer_two, bad = [], [], [], [], 0
    for _ in range(ROUNDS):
        first, last, machine = ours(binary)
        one.append(first)
        two.append(last)
        for rates, threads in ((peer_one, 1), (peer_two, 2)):
            rate, step, nans = peer(sys.argv[1], threads)
            rates.append(rate)
            bad += nans
    middle = statistics.median
    print(json.dumps({
        "machine": machine,
        "mujoco": mujoco.__version__,
        "model": pathlib.Path(sys.argv[1]).name,
        "mujoco_time_step_s": step,
        "mujoco_nan_runs": bad,
        "halle_substeps_per_s": {"1 thread": middle(one), "all threads": middle(two)},
        "mujoco_steps_per_s": {"1 thread": middle(peer_one), "2 threads": middle(peer_two)},
        "ratio_1_thread": middle(a / b for a, b in zip(one, peer_one)),
        "ratio_all_threads": middle(a / b for a, b in zip(two, peer_two)),
        "rounds": ROUNDS,
    }))


if __name__ == "__main__":
    main()
