"""MuJoCo's account of MJCF models, for the test of compiled articulated systems.

Reads a JSON list of tasks {"file": path, "qpos": [[...], ...]} from standard input and writes a list
of answers: counts, masses, the mass matrix (nv x nv, row-major) and the poses of bodies by name at
each configuration, joints, actuators, and the pairs of geoms that the filters of MuJoCo leave.
A file that MuJoCo does not load answers with {"error": text}. Ends with code 2 without MuJoCo.
"""

import json
import sys
import xml.etree.ElementTree as tree

try:
    import mujoco
    import numpy as np
except ImportError:
    sys.exit(2)


def welds(m):
    """The body that each is welded to; those that a script moves stand still as far as it knows."""
    return [0 if m.body_mocapid[w] >= 0 else int(w) for w in m.body_weldid]


def friction(m, g, h):
    """Sliding, turning and rolling friction of two geoms of one priority."""
    kept = {1: 0, 3: 1, 4: 2, 6: 3}[max(int(m.geom_condim[g]), int(m.geom_condim[h]))]
    largest = np.maximum(m.geom_friction[g], m.geom_friction[h])
    return [float(mu) if k < kept else 0.0 for k, mu in enumerate(largest)]


def pairs(m):
    """Geoms that may collide, by MuJoCo's own rules for bodies and geoms, with their friction."""
    weld = welds(m)
    parent = [weld[m.body_parentid[w]] for w in weld]
    filter_parent = not m.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_FILTERPARENT
    excluded = set(int(s) for s in m.exclude_signature)
    planes = (mujoco.mjtGeom.mjGEOM_PLANE, mujoco.mjtGeom.mjGEOM_HFIELD)
    found = []
    for g in range(m.ngeom):
        for h in range(g + 1, m.ngeom):
            a, b = m.geom_bodyid[g], m.geom_bodyid[h]
            wa, wb = weld[a], weld[b]
            if wa == wb:
                continue
            # A body that stands still is no parent to filter.
            if filter_parent and wa != 0 and wb != 0 and (wa == parent[b] or wb == parent[a]):
                continue
            signature = (min(a, b) << 16) + max(a, b)
            if signature in excluded:
                continue
            if m.geom_type[g] in planes and m.geom_type[h] in planes:
                continue
            meets = m.geom_contype[g] & m.geom_conaffinity[h]
            if meets or m.geom_contype[h] & m.geom_conaffinity[g]:
                found.append([g, h, *friction(m, g, h)])
    return found


def bare(path):
    """The model without meshes that are not there: bodies with inertials weigh the same."""
    root = tree.parse(path).getroot()
    for above in root.iter():
        for below in list(above):
            if below.tag == "mesh" or below.tag == "geom" and "mesh" in below.attrib:
                above.remove(below)
    return mujoco.MjModel.from_xml_string(tree.tostring(root, encoding="unicode"))


def answer(task):
    stripped = False
    try:
        m = mujoco.MjModel.from_xml_path(task["file"])
    except ValueError:
        try:
            m, stripped = bare(task["file"]), True
        except ValueError as error:
            return {"error": str(error)}
    d = mujoco.MjData(m)
    random = [q for q in task["qpos"] if len(q) == m.nq]
    states = []
    for qpos in random:
        d.qpos[:] = qpos
        d.qvel[:] = 0
        mujoco.mj_forward(m, d)
        full = np.zeros((m.nv, m.nv))
        if m.nv:
            mujoco.mj_fullM(m, d, full)
        bodies = {
            m.body(b).name: [*d.xpos[b], *d.xquat[b]] for b in range(1, m.nbody) if m.body(b).name
        }
        states.append(
            {"mass_matrix": full.ravel().tolist(), "bodies": bodies, "bias": d.qfrc_bias.tolist()}
        )
    scalar = [j for j in range(m.njnt) if m.jnt_type[j] >= 2]
    return {
        "stripped": stripped,
        "nq": m.nq,
        "nv": m.nv,
        "qpos0": m.qpos0.tolist(),
        "mass": float(sum(kg for kg, weld in zip(m.body_mass, welds(m)) if weld != 0)),
        "joint_kinds": m.jnt_type.tolist(),
        "damping": m.dof_damping.tolist(),
        "friction": m.dof_frictionloss.tolist(),
        "armature": m.dof_armature.tolist(),
        "stiffness": [float(np.ravel(m.jnt_stiffness[j])[0]) for j in scalar],
        "rest": [float(m.qpos_spring[m.jnt_qposadr[j]]) for j in scalar],
        "range": [
            m.jnt_range[j].tolist() if m.jnt_limited[j] else [None, None] for j in scalar
        ],
        "motors": [
            {
                "name": m.actuator(a).name,
                "gear": float(m.actuator_gear[a][0]),
                "gain": m.actuator_gainprm[a][:3].tolist(),
                "bias": m.actuator_biasprm[a][:3].tolist(),
                "on_joint": int(m.actuator_trntype[a]) == 0,
                "dof": int(m.jnt_dofadr[m.actuator_trnid[a][0]]),
            }
            for a in range(m.nu)
        ],
        "pairs": pairs(m),
        "states": states,
    }


def main():
    tasks = json.load(sys.stdin)
    json.dump([answer(task) for task in tasks], sys.stdout)


main()
