"""What usd-core makes of robots: bodies, joints, and poses of the bodies at given joint positions.

Standard input: one JSON object per line, {"file": path, "positions": [{joint path: [numbers]}]}; one
number for a joint with one axis (rad or m), a quaternion (w first) for a ball, six (turning about x, y
and z, then sliding) for a joint with single degrees of freedom. Standard output: one line for each:
answer {"bodies": {path: {...}}, "joints": {path: {...}}, "loop": whether joints close one, "warnings": [...],
"poses": [{body path: [group, x, y, z, qw, qx, qy, qz]}]} in metres, z up, or {"refused": why}. Bodies of
a group are joined; group 0 stands in the world, others are seen from the first of their bodies.

Joints are taken from usd-core's physics descriptors, transforms are chained in a few lines of our own.
Exit code 2: numpy or usd-core is not installed.
"""

import json
import sys

try:
    import numpy as np
    from pxr import Tf, Usd, UsdGeom, UsdPhysics, UsdUtils, UsdValidation
except ImportError:
    sys.exit(2)


def rigid(matrix, meters):
    """Column-vector pose of a transform without its scale: Gram-Schmidt from the first axis on."""
    m = np.array(matrix).T
    made = np.eye(4)
    x = m[:3, 0] / np.linalg.norm(m[:3, 0])
    y = m[:3, 1] - x * (x @ m[:3, 1])
    y /= np.linalg.norm(y)
    made[:3, :3] = np.column_stack([x, y, np.cross(x, y)])
    made[:3, 3] = m[:3, 3] * meters
    return made


def about(axis, angle):
    """Rodrigues' formula."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    made = np.eye(4)
    made[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return made


def turned(w, v):
    """The rotation of a quaternion of any length."""
    v = np.array(v, dtype=float)
    norm = np.linalg.norm(v)
    if w * w + norm * norm < 1e-18:
        return np.eye(4)
    axis = v / norm if norm > 0 else np.array([0.0, 0.0, 1.0])
    return about(axis, 2 * np.arctan2(norm, w))


def numbers(pose):
    """x, y, z, qw, qx, qy, qz; the quaternion is the eigenvector of Bar-Itzhack's matrix."""
    r = pose[:3, :3]
    k = np.array(
        [
            [r[0, 0] - r[1, 1] - r[2, 2], r[0, 1] + r[1, 0], r[0, 2] + r[2, 0], r[2, 1] - r[1, 2]],
            [r[0, 1] + r[1, 0], r[1, 1] - r[0, 0] - r[2, 2], r[1, 2] + r[2, 1], r[0, 2] - r[2, 0]],
            [r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], r[2, 2] - r[0, 0] - r[1, 1], r[1, 0] - r[0, 1]],
            [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], np.trace(r)],
        ]
    )
    x, y, z, w = np.linalg.eigh(k)[1][:, 3]
    return [*pose[:3, 3], w, x, y, z]


def plain(value):
    """A number as JSON has it; infinities as text."""
    value = float(value)
    return value if np.isfinite(value) else str(value)


class Robot:
    def __init__(self, file):
        delegate = UsdUtils.CoalescingDiagnosticDelegate()
        self.stage = Usd.Stage.Open(file)
        self.meters = UsdGeom.GetStageMetersPerUnit(self.stage)
        up = UsdGeom.GetStageUpAxis(self.stage)
        self.up = np.eye(4) if up == "Z" else about(np.array([1.0, 0.0, 0.0]), np.pi / 2)
        load = getattr(UsdPhysics, "UsdPhysicsLoadStageFromPrimRange", None) or UsdPhysics.LoadUsdPhysicsFromRange
        self.cache = UsdGeom.XformCache()
        self.bodies, self.joints, self.invalid = {}, {}, []
        for kind, (paths, descriptions) in load(self.stage, ["/"]).items():
            kind = str(kind).split(".")[-1]
            for path, desc in zip(paths, descriptions):
                if not desc.isValid:
                    self.invalid.append(str(path))
                if kind == "RigidBody" and desc.rigidBodyEnabled:
                    prim = self.stage.GetPrimAtPath(path)
                    pose = self.up @ rigid(self.cache.GetLocalToWorldTransform(prim), self.meters)
                    self.bodies[str(path)] = (pose, desc.kinematicBody, prim)
                elif kind.endswith("Joint"):
                    self.joints[str(path)] = (kind, desc)
        self.warnings = [d.commentary for d in delegate.TakeUncoalescedDiagnostics()]

    def side(self, desc, end):
        """The body that moves with one side, or nothing, and the joint frame seen from it."""
        turn = getattr(desc, f"localPose{end}Orientation")
        frame = turned(turn.GetReal(), turn.GetImaginary())
        frame[:3, 3] = np.array(getattr(desc, f"localPose{end}Position"), dtype=float) * self.meters
        path = str(getattr(desc, f"body{end}"))
        if path not in self.bodies:
            # The world, or a prim that is no body.
            still = self.stage.GetPrimAtPath(path) if path else None
            if not still:
                return None, self.up @ frame
            return None, self.up @ rigid(self.cache.GetLocalToWorldTransform(still), self.meters) @ frame
        pose, kinematic, _ = self.bodies[path]
        return (None, pose @ frame) if kinematic else (path, frame)

    def motion(self, kind, desc, position):
        made = np.eye(4)
        if position is None or kind == "FixedJoint":
            return made
        if kind in ("RevoluteJoint", "PrismaticJoint"):
            unit = np.eye(3)["XYZ".index(str(desc.axis).split(".")[-1])]
            if kind == "RevoluteJoint":
                return about(unit, position[0])
            made[:3, 3] = unit * position[0]
            return made
        if kind == "SphericalJoint":
            return turned(position[0], position[1:])
        for k in range(3):
            made = about(np.eye(3)[k], position[k]) @ made
        made[:3, 3] = position[3:]
        return made

    def edges(self):
        """Joints between two different parts, with the frames on both sides."""
        for path, (kind, desc) in self.joints.items():
            if kind in ("DistanceJoint", "CustomJoint") or desc.excludeFromArticulation or not desc.jointEnabled:
                continue
            (zero, in_zero), (one, in_one) = self.side(desc, 0), self.side(desc, 1)
            if zero != one:
                yield path, kind, desc, zero, one, in_zero, in_one

    def tree(self):
        """Joints in the order in which they place bodies, from what stands still on."""
        edges, placed, steps = list(self.edges()), {}, []
        still = [p for p, (_, kinematic, _) in self.bodies.items() if kinematic]
        starts = [None, *[p for p in self.bodies if p not in still]]
        for group, start in enumerate(s for s in starts):
            if start in placed:
                continue
            placed[start], open_ = group, [start]
            while open_:
                near = open_.pop(0)
                for edge in edges:
                    for far, other, back in ((edge[4], edge[3], False), (edge[3], edge[4], True)):
                        if other == near and far not in placed:
                            placed[far] = group
                            steps.append((edge, near, far, back))
                            open_.append(far)
        return placed, steps, still, len(edges) > len(steps)

    def poses(self, tree, positions):
        placed, steps, still, _ = tree
        found = {p: np.eye(4) for p in placed}
        for (path, kind, desc, _, _, in_zero, in_one), near, far, back in steps:
            between = in_zero @ self.motion(kind, desc, positions.get(path)) @ np.linalg.inv(in_one)
            found[far] = found[near] @ (np.linalg.inv(between) if back else between)
        made = {p: [placed[p], *numbers(pose)] for p, pose in found.items() if p is not None}
        made.update({p: [0, *numbers(self.bodies[p][0])] for p in still})
        return made

    def weights(self):
        made = {}
        for path, (_, _, prim) in self.bodies.items():
            api = UsdPhysics.MassAPI(prim)
            if not api:
                made[path] = None
                continue
            turn = api.GetPrincipalAxesAttr().Get()
            axes = turned(turn.GetReal(), turn.GetImaginary())[:3, :3]
            inertia = axes @ np.diag(np.array(api.GetDiagonalInertiaAttr().Get(), dtype=float)) @ axes.T
            center = api.GetCenterOfMassAttr().Get()
            made[path] = {
                "mass": api.GetMassAttr().Get(),
                "center": [plain(v) for v in center],
                "inertia": inertia.flatten().tolist(),
            }
        return made

    def facts(self):
        made = {}
        for path, (kind, desc) in self.joints.items():
            row = {"kind": kind, "bodies": [str(desc.body0), str(desc.body1)], "excluded": desc.excludeFromArticulation}
            if kind in ("RevoluteJoint", "PrismaticJoint"):
                limit, drive = desc.limit, desc.drive
                row["limit"] = [plain(limit.lower), plain(limit.upper)] if limit.enabled else None
                row["drive"] = None
                if drive.enabled:
                    given = (drive.stiffness, drive.damping, drive.forceLimit, drive.targetPosition, drive.targetVelocity)
                    row["drive"] = [plain(v) for v in given]
            made[path] = row
        return made


def complaints(stage):
    """Of all validators of usd-core but the one for packages."""
    registry = UsdValidation.ValidationRegistry()
    names = [m.name for m in registry.GetAllValidatorMetadata() if not m.isSuite]
    names = [n for n in names if "PackageEncapsulation" not in n]
    errors = UsdValidation.ValidationContext(registry.GetOrLoadValidatorsByName(names)).Validate(stage)
    return [f"{e.GetName()}: {e.GetMessage()}" for e in errors]


def judge(task):
    try:
        robot = Robot(task["file"])
    except Tf.ErrorException as error:
        return {"refused": str(error)}
    tree = robot.tree()
    made = {
        "bodies": robot.weights(),
        "joints": robot.facts(),
        "loop": tree[3],
        "invalid": robot.invalid,
        "warnings": robot.warnings,
        "poses": [robot.poses(tree, p) for p in task["positions"]],
    }
    if task.get("validate"):
        made["complaints"] = complaints(robot.stage)
    return made


for line in sys.stdin:
    # The libraries may print as they like: answers stand on lines of their own kind.
    print("answer " + json.dumps(judge(json.loads(line))), flush=True)
