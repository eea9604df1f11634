"""Poses of the bodies of USD stages at given joint positions, by usd-core and a few lines of our own.

Standard input: JSON, a list of {"file": path, "positions": [{joint path: position}]}, positions in rad
or m. Standard output: JSON, for each file a list with {body path: [group, x, y, z, qw, qx, qy, qz]} for
each of its positions, in metres, z up. Bodies of one group are joined; group 0 is fixed to the world
and its poses are world poses, those of other groups are seen from the first of their bodies.
Exit code 2: numpy or usd-core is not installed.
"""

import json
import sys

try:
    import numpy as np
    from pxr import Usd, UsdGeom, UsdPhysics
except ImportError:
    sys.exit(2)

AXES = {"X": 0, "Y": 1, "Z": 2}


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


def turned(q):
    """The rotation of a quaternion of any length."""
    w, v = q.GetReal(), np.array(q.GetImaginary(), dtype=float)
    length = np.sqrt(w * w + v @ v)
    if length < 1e-9:
        return np.eye(4)
    norm = np.linalg.norm(v)
    axis = v / norm if norm > 0 else np.array([0.0, 0.0, 1.0])
    return about(axis, 2 * np.arctan2(norm, w))


class Plant:
    def __init__(self, file):
        self.stage = Usd.Stage.Open(file)
        self.meters = UsdGeom.GetStageMetersPerUnit(self.stage)
        self.cache = UsdGeom.XformCache()
        up = UsdGeom.GetStageUpAxis(self.stage)
        self.up = np.eye(4) if up == "Z" else about(np.array([1.0, 0.0, 0.0]), np.pi / 2)
        self.bodies, self.joints = {}, []
        for prim in Usd.PrimRange.Stage(self.stage, Usd.TraverseInstanceProxies()):
            if prim.IsA(UsdPhysics.Joint):
                joint = UsdPhysics.Joint(prim)
                excluded = joint.GetExcludeFromArticulationAttr().Get()
                carries = not prim.IsA(UsdPhysics.DistanceJoint)
                if joint.GetJointEnabledAttr().Get() and carries and not excluded:
                    self.joints.append(prim)
            elif self.is_body(prim):
                self.bodies[str(prim.GetPath())] = self.pose(prim)

    def is_body(self, prim):
        api = UsdPhysics.RigidBodyAPI(prim)
        return bool(api) and api.GetRigidBodyEnabledAttr().Get()

    def pose(self, prim):
        return self.up @ rigid(self.cache.GetLocalToWorldTransform(prim), self.meters)

    def side(self, joint, end):
        """The body that moves with one side, or nothing, and the joint frame seen from it."""
        position = np.array(joint.GetAttribute(f"physics:localPos{end}").Get(), dtype=float)
        turn = turned(joint.GetAttribute(f"physics:localRot{end}").Get())
        targets = joint.GetRelationship(f"physics:body{end}").GetForwardedTargets()
        if not targets:
            turn[:3, 3] = position * self.meters
            return None, self.up @ turn
        prim = self.stage.GetPrimAtPath(targets[0])
        world = np.array(self.cache.GetLocalToWorldTransform(prim)).T
        frame = self.pose(prim) @ turn
        frame[:3, 3] = (self.up @ (world @ np.array([*position, 1.0]) * self.meters))[:3]
        while prim and not prim.IsPseudoRoot() and not self.is_body(prim):
            prim = prim.GetParent()
        path = str(prim.GetPath())
        if path not in self.bodies or UsdPhysics.RigidBodyAPI(prim).GetKinematicEnabledAttr().Get():
            return None, frame
        return path, np.linalg.inv(self.bodies[path]) @ frame

    def motion(self, joint, position):
        made = np.eye(4)
        axis = joint.GetAttribute("physics:axis").Get() if joint.HasAttribute("physics:axis") else "X"
        unit = np.eye(3)[AXES[axis]]
        if joint.IsA(UsdPhysics.RevoluteJoint):
            return about(unit, position)
        if joint.IsA(UsdPhysics.PrismaticJoint):
            made[:3, 3] = unit * position
        return made

    def poses(self, positions):
        edges = []
        for joint in self.joints:
            (zero, in_zero), (one, in_one) = self.side(joint, 0), self.side(joint, 1)
            if zero != one:
                step = self.motion(joint, positions.get(str(joint.GetPath()), 0.0))
                between = in_zero @ step @ np.linalg.inv(in_one)
                edges.append((zero, one, between))
        placed, group = {}, 0
        starts = [(None, np.eye(4))] + [(path, np.eye(4)) for path in self.bodies]
        for start, pose in starts:
            if start in placed:
                continue
            placed[start] = (group, pose)
            open_ = [start]
            while open_:
                near = open_.pop(0)
                for zero, one, between in edges:
                    for a, b, step in ((zero, one, between), (one, zero, np.linalg.inv(between))):
                        if a == near and b not in placed:
                            placed[b] = (group, placed[near][1] @ step)
                            open_.append(b)
            group += 1
        del placed[None]
        return {path: [number, *numbers(pose)] for path, (number, pose) in placed.items()}


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


def judge(task):
    plant = Plant(task["file"])
    return [plant.poses(positions) for positions in task["positions"]]


json.dump([judge(task) for task in json.load(sys.stdin)], sys.stdout)
