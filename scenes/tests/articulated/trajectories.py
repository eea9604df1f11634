"""MuJoCo's motion of arms under given joint torques, for the test of trajectories.

Reads a JSON list of tasks {"file": path, "qpos": start, "torques": [[...], ...], "hold": s} from
standard input: each row of torques acts for `hold` seconds. Writes a list of answers: the positions at
the end in double precision, by the fourth-order integrator at a tenth of a millisecond ("end") and by
the model's own integrator at one millisecond ("usual"), without contacts, limits, joint friction,
equalities and actuators. Ends with code 2 without MuJoCo.
"""

import json
import sys
import xml.etree.ElementTree as tree

try:
    import mujoco
except ImportError:
    sys.exit(2)


def loaded(path):
    """The model, without meshes where they are not there: bodies with inertials weigh the same."""
    try:
        return mujoco.MjModel.from_xml_path(path)
    except ValueError:
        root = tree.parse(path).getroot()
        for above in root.iter():
            for below in list(above):
                if below.tag == "mesh" or below.tag == "geom" and "mesh" in below.attrib:
                    above.remove(below)
        return mujoco.MjModel.from_xml_string(tree.tostring(root, encoding="unicode"))


def answer(task):
    m = loaded(task["file"])
    off = mujoco.mjtDisableBit
    for flag in (
        off.mjDSBL_CONTACT,
        off.mjDSBL_LIMIT,
        off.mjDSBL_FRICTIONLOSS,
        off.mjDSBL_EQUALITY,
        off.mjDSBL_ACTUATION,
    ):
        m.opt.disableflags |= flag
    own = m.opt.integrator
    return {
        "end": run(m, task, 1e-4, mujoco.mjtIntegrator.mjINT_RK4),
        "usual": run(m, task, 1e-3, own),
    }


def run(m, task, step, integrator):
    m.opt.timestep = step
    m.opt.integrator = integrator
    d = mujoco.MjData(m)
    d.qpos[:] = task["qpos"]
    for row in task["torques"]:
        d.qfrc_applied[:] = row
        for _ in range(round(task["hold"] / step)):
            mujoco.mj_step(m, d)
    return d.qpos.tolist()


json.dump([answer(task) for task in json.load(sys.stdin)], sys.stdout)
