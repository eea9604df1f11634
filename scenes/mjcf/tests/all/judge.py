"""What MuJoCo makes of MJCF files: one line of JSON per file.

Exit code 2 says that MuJoCo or NumPy is not there. Meshes and textures whose files are missing are
taken out first, with the geoms that use them; static bodies are kept apart.
"""

import json
import os
import sys

try:
    import mujoco
    import numpy
except ImportError:
    sys.exit(2)

POSES = 100


def find(spec, folder, subfolder, file):
    places = [os.path.join(folder, subfolder, file), os.path.join(folder, file)]
    return any(os.path.isfile(place) for place in places)


def without_missing(path):
    spec = mujoco.MjSpec.from_file(path)
    folder = os.path.dirname(path)
    spec.compiler.fusestatic = False
    spec.compiler.alignfree = False
    gone = set()
    # MuJoCo's own reader of text STL is stricter than ours: such meshes stay in and are refused.
    for mesh in list(spec.meshes):
        if mesh.file and not any(
            find(spec, folder, sub, os.path.basename(mesh.file))
            for sub in (spec.compiler.meshdir, os.path.dirname(mesh.file), "assets", "")
        ):
            gone.add(mesh.name)
            spec.delete(mesh)
    for geom in list(spec.geoms):
        if geom.meshname in gone:
            spec.delete(geom)
    for texture in list(spec.textures):
        if texture.file and not find(spec, folder, spec.compiler.texturedir, texture.file):
            name = texture.name
            for material in list(spec.materials):
                material.textures = ["" if t == name else t for t in material.textures]
            spec.delete(texture)
    model = spec.compile()
    kinds = (mujoco.mjtGeom.mjGEOM_MESH, mujoco.mjtGeom.mjGEOM_SDF)
    fitted = {g.id for g in spec.geoms if g.meshname and g.type not in kinds}
    return model, bool(gone), fitted


def name(model, kind, index):
    return mujoco.mj_id2name(model, kind, index) or ""


def inertia(model, body):
    turn = numpy.zeros(9)
    mujoco.mju_quat2Mat(turn, model.body_iquat[body])
    turn = turn.reshape(3, 3)
    return (turn @ numpy.diag(model.body_inertia[body]) @ turn.T).flatten().tolist()


def bodies(model):
    return [
        {
            "name": name(model, mujoco.mjtObj.mjOBJ_BODY, k),
            "parent": int(model.body_parentid[k]),
            "mass": float(model.body_mass[k]),
            "center": model.body_ipos[k].tolist(),
            "inertia": inertia(model, k),
            "gravcomp": float(model.body_gravcomp[k]),
            "mocap": bool(model.body_mocapid[k] >= 0),
        }
        for k in range(1, model.nbody)
    ]


def joints(model):
    rows = []
    for k in range(model.njnt):
        dof, at = int(model.jnt_dofadr[k]), int(model.jnt_qposadr[k])
        first = lambda array, i: float(numpy.ravel(array[i])[0])
        rows.append(
            {
                "name": name(model, mujoco.mjtObj.mjOBJ_JOINT, k),
                "type": ["free", "ball", "slide", "hinge"][int(model.jnt_type[k])],
                "body": int(model.jnt_bodyid[k]),
                "axis": model.jnt_axis[k].tolist(),
                "pos": model.jnt_pos[k].tolist(),
                "range": model.jnt_range[k].tolist() if model.jnt_limited[k] else None,
                "stiffness": first(model.jnt_stiffness, k),
                "damping": first(model.dof_damping, dof),
                "armature": float(model.dof_armature[dof]),
                "frictionloss": float(model.dof_frictionloss[dof]),
                "ref": float(model.qpos0[at]),
                "springref": float(model.qpos_spring[at]),
            }
        )
    return rows


def actuators(model):
    rows = []
    for k in range(model.nu):
        rows.append(
            {
                "name": name(model, mujoco.mjtObj.mjOBJ_ACTUATOR, k),
                "transmission": int(model.actuator_trntype[k]),
                "joint": int(model.actuator_trnid[k][0]),
                "gear": float(model.actuator_gear[k][0]),
                "gaintype": int(model.actuator_gaintype[k]),
                "biastype": int(model.actuator_biastype[k]),
                "gain": model.actuator_gainprm[k][:3].tolist(),
                "bias": model.actuator_biasprm[k][:3].tolist(),
                "ctrlrange": model.actuator_ctrlrange[k].tolist()
                if model.actuator_ctrllimited[k]
                else None,
                "forcerange": model.actuator_forcerange[k].tolist()
                if model.actuator_forcelimited[k]
                else None,
                "frcrange": model.jnt_actfrcrange[int(model.actuator_trnid[k][0])].tolist()
                if int(model.actuator_trntype[k]) == 0
                and model.jnt_actfrclimited[int(model.actuator_trnid[k][0])]
                else None,
            }
        )
    return rows


def kinematics(model):
    data = mujoco.MjData(model)
    random = numpy.random.default_rng(7)
    rows = []
    for pose in range(POSES):
        qpos = model.qpos0.copy()
        for k in range(model.njnt if pose else 0):
            at, kind = int(model.jnt_qposadr[k]), int(model.jnt_type[k])
            turn = random.normal(size=4)
            if kind == 0:
                qpos[at : at + 3] = random.uniform(-2, 2, 3)
                qpos[at + 3 : at + 7] = turn / numpy.linalg.norm(turn)
            elif kind == 1:
                qpos[at : at + 4] = turn / numpy.linalg.norm(turn)
            else:
                qpos[at] = random.uniform(-3, 3)
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        rows.append(
            {
                "qpos": qpos.tolist(),
                "xpos": data.xpos[1:].flatten().tolist(),
                "xquat": data.xquat[1:].flatten().tolist(),
            }
        )
    return rows


def geoms(model, fitted):
    return [
        {
            "fitted": k in fitted,
            "name": name(model, mujoco.mjtObj.mjOBJ_GEOM, k),
            "body": int(model.geom_bodyid[k]),
            "type": int(model.geom_type[k]),
            "size": model.geom_size[k].tolist(),
            "pos": model.geom_pos[k].tolist(),
            "quat": model.geom_quat[k].tolist(),
            "contype": int(model.geom_contype[k]),
            "conaffinity": int(model.geom_conaffinity[k]),
        }
        for k in range(model.ngeom)
    ]


def one(path):
    try:
        model, gone, fitted = without_missing(path)
    except Exception as error:  # MuJoCo says what it refuses by several types.
        return {"path": path, "refused": str(error)}
    return {
        "path": path,
        "gone": gone,
        "gravity": [0.0, 0.0, 0.0]
        if model.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_GRAVITY
        else model.opt.gravity.tolist(),
        "timestep": float(model.opt.timestep),
        "bodies": bodies(model),
        "joints": joints(model),
        "actuators": actuators(model),
        "geoms": geoms(model, fitted),
        "sites": int(model.nsite),
        "sensors": int(model.nsensor),
        "poses": kinematics(model),
    }


for argument in sys.argv[1:]:
    print(json.dumps(one(argument)))
