"""Link poses of URDFs at given joint positions, by MuJoCo and by a few lines of our own.

Standard input: JSON, a list of {"file": path, "positions": [{joint: position}]}; a position is a list
of one number (revolute, prismatic), three (planar: angle, then x and y in the plane) or six (floating:
roll, pitch, yaw, then x, y, z). Standard output: JSON, for each file {"own": [...], "mujoco": [...] or
null}, with {link: [x, y, z, qw, qx, qy, qz]} for each of its positions. Names are as prims have them.
Exit code 2: numpy is not installed.
"""

import functools
import json
import re
import sys
import xml.etree.ElementTree as tree

try:
    import numpy as np
except ImportError:
    sys.exit(2)

TYPES_OF_MUJOCO = {"fixed", "revolute", "continuous", "prismatic"}


def triple(element, name, default):
    text = None if element is None else element.get(name)
    return np.array([float(w) for w in text.split()] if text else default)


def about(axis, angle):
    """Rodrigues' formula."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def from_rpy(rpy):
    x, y, z = np.eye(3)
    return about(z, rpy[2]) @ about(y, rpy[1]) @ about(x, rpy[0])


def place(rotation, shift):
    made = np.eye(4)
    made[:3, :3] = rotation
    made[:3, 3] = shift
    return made


def motion(joint, position):
    kind = joint.get("type")
    axis = triple(joint.find("axis"), "xyz", [1.0, 0.0, 0.0])
    if kind in ("revolute", "continuous"):
        return place(about(axis, position[0]), np.zeros(3))
    if kind == "prismatic":
        return place(np.eye(3), axis / np.linalg.norm(axis) * position[0])
    if kind == "floating":
        return place(from_rpy(position[:3]), position[3:])
    if kind == "planar":
        # The plane's axes are x and y, turned with z the shortest way to the normal; for a normal that
        # points down, after a half turn about y.
        normal = axis / np.linalg.norm(axis)
        half = about(np.array([0.0, 1.0, 0.0]), np.pi if normal[2] < 0 else 0.0)
        across = np.cross(half[:, 2], normal)
        angle = np.arcsin(np.clip(np.linalg.norm(across), 0.0, 1.0))
        turn = about(across, angle) @ half if angle > 1e-12 else half
        inside = place(about(np.array([0.0, 0.0, 1.0]), position[0]), [position[1], position[2], 0.0])
        frame = place(turn, np.zeros(3))
        return frame @ inside @ np.linalg.inv(frame)
    return np.eye(4)


def resolved(joints, positions):
    """Positions with those of the followers."""

    def of(name):
        mimic = joints[name].find("mimic")
        if mimic is not None and joints[name].get("type") != "fixed":
            leader = of(mimic.get("joint"))[0]
            return [float(mimic.get("multiplier", 1)) * leader + float(mimic.get("offset", 0))]
        return positions.get(name, [0.0])

    return {name: of(name) for name in joints}


def own(robot, joints, positions):
    carried = {j.find("child").get("link"): j for j in joints.values()}

    @functools.cache
    def pose(link):
        joint = carried.get(link)
        if joint is None:
            return np.eye(4)
        origin = joint.find("origin")
        step = place(from_rpy(triple(origin, "rpy", [0.0] * 3)), triple(origin, "xyz", [0.0] * 3))
        return pose(joint.find("parent").get("link")) @ step @ motion(joint, positions[joint.get("name")])

    return {link.get("name"): numbers(pose(link.get("name"))) for link in robot.findall("link")}


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


def by_mujoco(robot, joints, all_positions):
    """None where MuJoCo is not installed or does not read the robot."""
    try:
        import mujoco
    except ImportError:
        return None
    if any(j.get("type") not in TYPES_OF_MUJOCO for j in joints.values()):
        return None
    # Only the tree matters: shapes and what MuJoCo does not know go, every link weighs something.
    for link in robot.findall("link"):
        for child in list(link):
            link.remove(child)
        inertial = tree.SubElement(link, "inertial")
        tree.SubElement(inertial, "mass", value="1")
        tree.SubElement(inertial, "inertia", ixx="1", iyy="1", izz="1", ixy="0", ixz="0", iyz="0")
    for child in list(robot):
        if child.tag not in ("link", "joint"):
            robot.remove(child)
    for joint in joints.values():
        for mimic in joint.findall("mimic"):
            joint.remove(mimic)
    settings = tree.SubElement(robot, "mujoco")
    tree.SubElement(settings, "compiler", fusestatic="false")
    try:
        model = mujoco.MjModel.from_xml_string(tree.tostring(robot, encoding="unicode"))
    except ValueError as error:
        print(error, file=sys.stderr)
        return None
    data = mujoco.MjData(model)
    poses = []
    for positions in all_positions:
        for name, position in positions.items():
            joint = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, name)
            if joint >= 0:
                data.qpos[model.jnt_qposadr[joint]] = position[0]
        mujoco.mj_kinematics(model, data)
        bodies = range(1, model.nbody)
        poses.append({model.body(b).name: [*data.xpos[b], *data.xquat[b]] for b in bodies})
    return poses


def name_as_prim(element):
    name = re.sub("[^A-Za-z0-9]", "_", element.get("name"))
    return f"_{name}" if name[:1].isdigit() else name


def judge(path, wanted):
    with open(path, encoding="utf-8") as file:
        # A misspelt declaration is no reason to stop.
        robot = tree.fromstring(re.sub(r"^\s*<\?xml.*?\?>", "", file.read()))
    for element in [*robot.findall("link"), *robot.findall("joint")]:
        element.set("name", name_as_prim(element))
        for end in ("parent", "child"):
            if element.find(end) is not None:
                link = element.find(end)
                link.set("name", link.get("link"))
                link.set("link", name_as_prim(link))
    for mimic in robot.iter("mimic"):
        mimic.set("name", mimic.get("joint"))
        mimic.set("joint", name_as_prim(mimic))
    joints = {j.get("name"): j for j in robot.findall("joint")}
    positions = [resolved(joints, p) for p in wanted]
    result = {"own": [own(robot, joints, p) for p in positions]}
    result["mujoco"] = by_mujoco(robot, joints, positions)
    return result


def main():
    json.dump([judge(task["file"], task["positions"]) for task in json.load(sys.stdin)], sys.stdout)


main()
