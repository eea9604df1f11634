"""What Newton makes of robots: bodies, joints, and poses of the bodies at given joint positions.

Standard input and output are as those of `by_usd_core.py`, with {"bodies": {path: {"mass", "center",
"inertia"}}, "joints": {path: {"kind", "bodies", "limit", "drive", ...}}, "loose": joints outside of every
articulation, "poses": ...}. Exit code 2: Newton, or what it reads USD with, is not installed.
"""

import json
import sys
import warnings

try:
    import newton
    import newton_usd_schemas  # noqa: F401
    import numpy as np
    import pxr  # noqa: F401
    import warp as wp
    from newton.usd import SchemaResolverMjc, SchemaResolverNewton, SchemaResolverPhysx
except ImportError:
    sys.exit(2)


def plain(value):
    """A number as JSON has it; infinities as text."""
    value = float(value)
    return value if np.isfinite(value) else str(value)


def built(file):
    """A builder with the file, by all schemas that Newton reads, and what it warns of."""
    builder = newton.ModelBuilder()
    newton.solvers.SolverMuJoCo.register_custom_attributes(builder)
    resolvers = [SchemaResolverNewton(), SchemaResolverPhysx(), SchemaResolverMjc()]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        builder.add_usd(file, schema_resolvers=resolvers)
    return builder, sorted({str(w.message) for w in said})


def bodies(builder):
    made = {}
    for k, path in enumerate(builder.body_label):
        made[path] = {
            "mass": plain(builder.body_mass[k]),
            "center": [plain(v) for v in builder.body_com[k]],
            "inertia": [plain(v) for v in np.array(builder.body_inertia[k]).flatten()],
        }
    return made


def spans(builder, starts, total, joint):
    end = starts[joint + 1] if joint + 1 < len(starts) else len(total)
    return starts[joint], end


def joints(builder):
    made = {}
    body = lambda k: builder.body_label[k] if k >= 0 else ""
    for k, path in enumerate(builder.joint_label):
        first, end = spans(builder, builder.joint_qd_start, builder.joint_qd, k)
        of = lambda values: [plain(v) for v in values[first:end]]
        made[path] = {
            "kind": newton.JointType(builder.joint_type[k]).name,
            "bodies": [body(builder.joint_parent[k]), body(builder.joint_child[k])],
            "lower": of(builder.joint_limit_lower),
            "upper": of(builder.joint_limit_upper),
            "stiffness": of(builder.joint_target_ke),
            "damping": of(builder.joint_target_kd),
            "effort": of(builder.joint_effort_limit),
            "armature": of(builder.joint_armature),
            "friction": of(builder.joint_friction),
            "passive": of(builder.joint_damping),
            "speed": of(builder.joint_velocity_limit),
            "loose": builder.joint_articulation[k] < 0,
        }
    return made


def row(builder, positions, home):
    """All coordinates of the model with the given joints moved."""
    made = home.copy()
    for k, path in enumerate(builder.joint_label):
        given = positions.get(path)
        first, end = spans(builder, builder.joint_q_start, builder.joint_q, k)
        kind = newton.JointType(builder.joint_type[k]).name
        if given is None or kind == "FREE":
            continue
        if kind == "BALL":
            made[first:end] = [*given[1:], given[0]]
        elif len(given) == 1 and end - first == 1:
            made[first] = given[0]
        elif kind == "D6":
            # Sliding first; the axes that are locked have no coordinate.
            made[first:end] = ([given[i] for i in (3, 4, 5, 0, 1, 2) if given[i] != 0.0] + [0.0] * 6)[: end - first]
    return made


def judge(task):
    try:
        builder, said = built(task["file"])
    except Exception as error:  # Newton says what it refuses by several types.
        return {"refused": f"{type(error).__name__}: {error}"}
    made = {"bodies": bodies(builder), "joints": joints(builder), "warnings": said, "poses": []}
    if not builder.body_label:
        return made
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = builder.finalize(device="cpu")
    except Exception as error:
        made["unfinished"] = f"{type(error).__name__}: {error}"
        return made
    state, still = model.state(), wp.zeros_like(model.joint_qd)
    home = np.array(builder.joint_q, dtype=np.float32)
    for positions in task["positions"]:
        q = wp.array(row(builder, positions, home), dtype=wp.float32, device="cpu")
        newton.eval_fk(model, q, still, state)
        found = state.body_q.numpy()
        made["poses"].append(
            {
                path: [plain(v) for v in (*found[k][:3], found[k][6], *found[k][3:6])]
                for k, path in enumerate(builder.body_label)
            }
        )
    return made


wp.config.quiet = True
wp.init()
for line in sys.stdin:
    print("answer " + json.dumps(judge(json.loads(line))), flush=True)
