"""The six-axis robot of the press line: its pose over the table, its bodies and joints.

Masses, gains and limits are assumed, of the size usual for such robots of about 200 kg payload.
"""

import math

from asset import IDENTITY, Asset, box_inertia, extrude, rot_y
from usda_text import add, mat_mul, mat_vec, rot_x, rot_z

PLINTH, TABLE_TOP = 0.3, 0.7
REACH = 1.9                            # from the robot's axis to the middle of its table
BLANK, BLANKS = (0.8, 0.5, 0.004), 6   # size of a blank, and how many lie on the table
CLEARANCE = 0.35                       # from the topmost blank to the cups at home
TOOL_LENGTH = 0.33                     # from flange to the cups' faces

# --- the chain, in metres ---------------------------------------------------------------------------

BASE_Z, SHOULDER, LOWER, UPPER, FOREARM, FLANGE = 0.4, (0.35, 0, 0.35), 1.15, 0.4, 0.8, 0.22


def home_angles():
    """Six angles [rad]: tool level over the table at -y. Closed form: two bars, then the wrist points down."""
    goal_z = TABLE_TOP + BLANKS * BLANK[2] + CLEARANCE + TOOL_LENGTH + FLANGE
    dx, dz = REACH - SHOULDER[0], goal_z - (PLINTH + BASE_Z + SHOULDER[2])
    far, span = UPPER + FOREARM, math.hypot(dx, dz)
    elbow = math.acos((LOWER ** 2 + far ** 2 - span ** 2) / (2 * LOWER * far))
    lean = math.acos((LOWER ** 2 + span ** 2 - far ** 2) / (2 * LOWER * span))
    q2 = math.pi / 2 - math.atan2(dz, dx) - lean
    q3 = math.pi / 2 - elbow
    return [round(v, 9) for v in (-math.pi / 2, q2, q3, 0.0, math.pi / 2 - q2 - q3, math.pi / 2)]


# name, parent, origin in the parent, axis, mass, centre of mass, size for the inertia
LINKS = [
    ("carousel", "base", (0, 0, BASE_Z), "Z", 420, (0.1, 0, 0.2), (0.8, 0.6, 0.5)),
    ("link_arm", "carousel", SHOULDER, "Y", 230, (0, 0, 0.5), (0.3, 0.3, 1.4)),
    ("upper_arm", "link_arm", (0, 0, LOWER), "Y", 190, (0.08, 0, 0), (0.7, 0.4, 0.35)),
    ("forearm", "upper_arm", (UPPER, 0, 0), "X", 75, (0.35, 0, 0), (0.8, 0.22, 0.22)),
    ("wrist", "forearm", (FOREARM, 0, 0), "Y", 28, (0.06, 0, 0), (0.25, 0.16, 0.16)),
    ("flange", "wrist", (FLANGE, 0, 0), "X", 9, (-0.03, 0, 0), (0.06, 0.16, 0.16)),
]
# limits [deg], stiffness [N m/rad], damping [N m s/rad], torque [N m], speed [deg/s], armature, friction
JOINTS = [
    ((-170, 170), 1.5e6, 7e4, 15000, 110, 60, 90),
    ((-60, 85), 2e6, 8e4, 18000, 95, 80, 110),
    ((-70, 140), 1.2e6, 4e4, 12000, 100, 50, 80),
    ((-300, 300), 1.5e5, 3e3, 2200, 170, 6, 12),
    ((-125, 125), 1.5e5, 3e3, 2200, 120, 6, 12),
    ((-350, 350), 6e4, 1e3, 1200, 190, 3, 6),
]
SPIN = {"X": rot_x, "Y": rot_y, "Z": rot_z}


def link_poses(angles):
    poses = {"base": (IDENTITY, (0.0, 0.0, 0.0))}
    for (name, parent, origin, axis, *_), q in zip(LINKS, angles):
        turn, at = poses[parent]
        poses[name] = (mat_mul(turn, SPIN[axis](q)), add(at, mat_vec(turn, origin)))
    return poses


def link_shapes(a, name):
    paint, grip = "RobotWhite", "SteelContact"
    if name == "carousel":
        a.cylinder("Ring", 0.34, 0.12, "Z", (0, 0, 0.06), "DarkSteel", grip)
        profile = [(-0.3, 0.12), (0.3, 0.12), (0.52, 0.25), (0.52, 0.45), (0.25, 0.52), (-0.3, 0.3)]
        points, faces = extrude([(z, x) for x, z in profile][::-1], "Y", -0.16, 0.16)
        a.mesh("Casting", points, faces, paint, grip)
        a.cylinder("MotorOne", 0.1, 0.3, "Z", (-0.2, 0.1, 0.42), "DarkSteel", purpose="render")
    elif name == "link_arm":
        a.box("Plate", (0.28, 0.12, 1.2), (0, 0.22, 0.56), paint)
        for part, z in (("Foot", 0), ("Head", LOWER)):
            a.cylinder(part, 0.17, 0.26, "Y", (0, 0.15, z), paint)
        a.capsule("Hull", 0.15, 1.05, "Z", (0, 0.2, 0.57), grip=grip, purpose="guide")
        a.capsule("Balancer", 0.07, 0.55, "Z", (-0.22, -0.1, 0.4), "DarkSteel", purpose="render")
    elif name == "upper_arm":
        a.cylinder("Elbow", 0.18, 0.3, "Y", (0, 0, 0), paint)
        a.box("Housing", (0.65, 0.28, 0.3), (0.06, 0, 0.03), paint, grip)
        for i, y in enumerate((-0.08, 0.08)):
            a.cylinder(f"Motor{i}", 0.055, 0.22, "X", (-0.36, y, 0.05), "DarkSteel", purpose="render")
    elif name == "forearm":
        a.capsule("Tube", 0.1, 0.62, "X", (0.36, 0, 0), paint, grip)
        for side, y in (("Left", 0.09), ("Right", -0.09)):
            a.box(f"{side}Fork", (0.2, 0.05, 0.16), (FOREARM - 0.06, y, 0), paint, purpose="render")
    elif name == "wrist":
        a.sphere("Ball", 0.085, (0, 0, 0), paint, grip)
        a.cylinder("Neck", 0.07, 0.14, "X", (0.12, 0, 0), "DarkSteel", grip)
    else:
        a.cylinder("Disc", 0.08, 0.03, "X", (-0.015, 0, 0), "BrightSteel", grip)


def transfer_robot():
    angles = home_angles()
    a = Asset("press_line/transfer_robot.usda", "TransferRobot",
              "Six-axis transfer robot, 2.7 m reach, about 200 kg payload, with a suction frame for sheet metal.\n"
              "    The origin is the foot of the base. Link frames stand in the joints; at zero the link arm is\n"
              "    upright and the forearm along x. Posed at home: tool level over the table at -y. Gains are per\n"
              "    degree, as UsdPhysics asks. The cup bar hangs on a joint with one free axis, the level\n"
              "    compensator: a spring pushes it out against its stop.",
              apis=["PhysicsArticulationRootAPI"])
    a.begin_root()
    with a.body("base", 380, centre=(0, 0, 0.18), moments=box_inertia(380, (0.7, 0.7, 0.4))):
        a.box("Foot", (0.8, 0.8, 0.05), (0, 0, 0.025), "DarkSteel", "SteelContact")
        a.cylinder("Column", 0.3, 0.35, "Z", (0, 0, 0.225), "RobotWhite", "SteelContact")
    poses = link_poses(angles)
    for name, parent, _, _, mass, centre, size in LINKS:
        grand = [link[1] for link in LINKS if link[0] == parent]
        with a.body(name, mass, poses[name][1], poses[name][0], centre, box_inertia(mass, size), filtered=grand):
            link_shapes(a, name)
    turn, at = poses["flange"]
    with a.body("tool", 40, at, turn, (0.08, 0, 0), box_inertia(40, (0.16, 0.9, 0.3)), filtered=["wrist"]):
        a.cylinder("Adapter", 0.06, 0.12, "X", (0.06, 0, 0), "MachineGrey", "SteelContact")
        a.box("Boom", (0.06, 0.7, 0.06), (0.15, 0, 0), "BrightSteel", "SteelContact")
    a.comment("Cups point along x of the flange, which is down at home.")
    with a.body("cup_bar", 12, add(at, mat_vec(turn, (0.24, 0, 0))), turn, (0.03, 0, 0),
                box_inertia(12, (0.09, 0.66, 0.36)), filtered=["flange"]):
        a.box("Frame", (0.03, 0.66, 0.36), (0, 0, 0), "MachineGrey", "SteelContact")
        for i, (y, z) in enumerate(((-0.28, -0.14), (0.28, -0.14), (0.28, 0.14), (-0.28, 0.14))):
            a.cylinder(f"Cup{i}", 0.04, 0.06, "X", (0.06, y, z), "Rubber", "RubberContact")
    with a.scope("Joints"):
        a.comment("A joint whose body is the robot's own root holds on to the floor wherever the robot is put.")
        a.joint("Fixed", "foot", "", "base")
        for i, (link, joint, angle) in enumerate(zip(LINKS, JOINTS, angles)):
            limits, stiffness, damping, torque, *vendor = joint
            a.joint("Revolute", f"axis_{i + 1}", link[1], link[0], link[2], axis=link[3], limits=limits,
                    drive=(stiffness, damping, torque, math.degrees(angle)), vendor=vendor)
        a.joint("Fixed", "tool_mount", "flange", "tool")
        a.free_joint("compensator", "tool", "cup_bar", {"transX": (-0.03, 0)}, [("transX", (8000, 250, 600, 0))],
                     at0=(0.24, 0, 0))
    return a.finish()
