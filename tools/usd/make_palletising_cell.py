"""Writes scenes/library/palletising_cell.usda and the layers of scenes/library/palletising_cell/.

A four-axis palletising arm takes cartons off a conveyor and stacks them on EUR pallets.
Standard library only. Run it without arguments to write the files, with --check to compare.
Masses, gains and limits of the arm are assumed, of the size usual for such arms of about 80 kg payload.
"""

import math
import sys

from asset import IDENTITY, Asset, box_inertia, extrude, rot_y
from make_components import CARTON
from scene_files import looks, write_all
from usda_text import add, mat_mul, mat_vec, rot_z

HOME_DIR = "palletising_cell"
PICK_X, BELT_TOP, PALLET_TOP = 1.5, 0.8, 0.144
PLINTH = 0.3
PITCH = (0.4, 0.3, CARTON[2])          # the module on which the cartons stand

# --- the arm: angles at home from the position of the gripper ------------------------------------

SHOULDER, LOWER, UPPER = (0.25, 0, 0.3), 0.95, 1.15
TURRET_Z, WRIST, GRIP_FACE = 0.4, (0.2, 0, -0.12), -0.16


def home_angles():
    """Turret, lower arm, upper arm, wrist plate, flange [rad]: gripper over the pick position.

    A two-bar linkage in closed form; the wrist plate stays level, as the parallelogram of such an arm keeps it.
    """
    goal_z = BELT_TOP + CARTON[2] + 0.25 - GRIP_FACE - WRIST[2]
    dx = PICK_X - WRIST[0] - SHOULDER[0]
    dz = goal_z - (PLINTH + TURRET_Z + SHOULDER[2])
    span = math.hypot(dx, dz)
    elbow = math.acos((LOWER ** 2 + UPPER ** 2 - span ** 2) / (2 * LOWER * UPPER))
    lean = math.acos((LOWER ** 2 + span ** 2 - UPPER ** 2) / (2 * LOWER * span))
    q2 = math.pi / 2 - math.atan2(dz, dx) - lean
    q3 = math.pi / 2 - elbow
    return [round(v, 9) for v in (0.0, q2, q3, -(q2 + q3), math.pi / 2)]


# name, parent, origin in the parent, axis, mass, centre of mass, size for the inertia
LINKS = [
    ("turret", "base", (0, 0, TURRET_Z), "Z", 310, (0.05, 0, 0.2), (0.6, 0.55, 0.5)),
    ("lower_arm", "turret", SHOULDER, "Y", 140, (0, 0, 0.45), (0.3, 0.25, 1.15)),
    ("upper_arm", "lower_arm", (0, 0, LOWER), "Y", 120, (0.35, 0, 0), (1.4, 0.22, 0.24)),
    ("wrist", "upper_arm", (UPPER, 0, 0), "Y", 32, (0.12, 0, -0.02), (0.35, 0.2, 0.2)),
    ("flange", "wrist", WRIST, "Z", 12, (0, 0, -0.03), (0.16, 0.16, 0.08)),
]
# limits [deg], stiffness [N m/rad], damping [N m s/rad], torque [N m], speed [deg/s], armature, friction
JOINTS = [
    ((-180, 180), 8e5, 4e4, 9000, 130, 40, 60),
    ((-45, 85), 1.5e6, 5e4, 16000, 110, 60, 80),
    ((-50, 120), 1e6, 3e4, 10000, 120, 40, 60),
    ((-130, 130), 3e5, 6e3, 3000, 200, 6, 10),
    ((-350, 350), 6e4, 1.2e3, 900, 300, 2, 4),
]


def link_poses(angles):
    poses = {"base": (IDENTITY, (0.0, 0.0, 0.0))}
    for (name, parent, origin, axis, *_), q in zip(LINKS, angles):
        turn, at = poses[parent]
        spun = rot_z(q) if axis == "Z" else rot_y(q)
        poses[name] = (mat_mul(turn, spun), add(at, mat_vec(turn, origin)))
    return poses


def link_shapes(a, name):
    paint, grip = "RobotOrange", "SteelContact"
    if name == "turret":
        a.cylinder("Ring", 0.3, 0.14, "Z", (0, 0, 0.07), "DarkSteel", grip)
        profile = [(-0.28, 0.14), (0.4, 0.14), (0.4, 0.36), (0.2, 0.46), (-0.1, 0.42), (-0.28, 0.26)]
        points, faces = extrude([(z, x) for x, z in profile][::-1], "Y", -0.13, 0.13)
        a.mesh("Casting", points, faces, paint, grip)
        a.cylinder("ShoulderMotor", 0.11, 0.2, "Y", (SHOULDER[0], -0.25, SHOULDER[2]), "DarkSteel", purpose="render")
    elif name == "lower_arm":
        for side, y in (("Left", 0.16), ("Right", -0.16)):
            a.box(f"{side}Cheek", (0.16, 0.05, 1.02), (0, y, 0.475), paint)
        a.cylinder("Web", 0.06, 0.28, "Y", (0, 0, 0.6), paint)
        a.box("LevelRod", (0.04, 0.03, 0.95), (-0.14, 0.2, 0.475), "DarkSteel", purpose="render")
        a.capsule("Hull", 0.15, 0.62, "Z", (0, 0, 0.5), grip=grip, purpose="guide")
    elif name == "upper_arm":
        profile = [(-0.28, -0.1), (0.3, -0.13), (1.15, -0.07), (1.15, 0.07), (0.3, 0.13), (-0.28, 0.1)]
        points, faces = extrude([(z, x) for x, z in profile][::-1], "Y", -0.1, 0.1)
        a.mesh("Casting", points, faces, paint, grip)
        a.cylinder("ElbowMotor", 0.1, 0.18, "Y", (-0.2, 0.18, 0), "DarkSteel", purpose="render")
    elif name == "wrist":
        a.cylinder("Hinge", 0.09, 0.24, "Y", (0, 0, 0), paint)
        a.box("Plate", (0.3, 0.16, 0.12), (0.14, 0, -0.03), paint)
        a.box("Hull", (0.38, 0.24, 0.18), (0.1, 0, 0), grip=grip, purpose="guide")
    else:
        a.cylinder("Disc", 0.08, 0.07, "Z", (0, 0, -0.025), "DarkSteel", grip)


def palletiser():
    angles = home_angles()
    a = Asset(f"{HOME_DIR}/palletiser.usda", "Palletiser",
              "Four-axis palletising arm, 2.5 m reach, about 80 kg payload with gripper, with a vacuum gripper.\n"
              "    The origin is the foot of the base. Link frames stand in the joints; bodies are side by side,\n"
              "    posed at home, gripper over the pick position. The parallelogram that keeps the wrist plate\n"
              "    level is written as a driven joint (`level`). Gains are per degree, as UsdPhysics asks.",
              apis=["PhysicsArticulationRootAPI"])
    a.begin_root()
    with a.body("base", 260, centre=(0, 0, 0.18), moments=box_inertia(260, (0.6, 0.6, 0.4))):
        a.box("Foot", (0.7, 0.7, 0.05), (0, 0, 0.025), "DarkSteel", "SteelContact")
        a.cylinder("Column", 0.28, 0.35, "Z", (0, 0, 0.225), "RobotOrange", "SteelContact")
        a.box("Connectors", (0.14, 0.3, 0.2), (-0.32, 0, 0.16), "DarkSteel", purpose="render")
    poses = link_poses(angles)
    for name, parent, _, _, mass, centre, size in LINKS:
        grand = [link[1] for link in LINKS if link[0] == parent]
        with a.body(name, mass, poses[name][1], poses[name][0], centre, box_inertia(mass, size), filtered=grand):
            link_shapes(a, name)
    flange_turn, flange_at = poses["flange"]
    a.comment("Area gripper: a foam pad over a vacuum box.")
    with a.body("gripper", 38, flange_at, flange_turn, (0, 0, -0.1), box_inertia(38, (0.42, 0.32, 0.12)),
                filtered=["wrist"]):
        a.box("Adapter", (0.18, 0.18, 0.03), (0, 0, -0.075), "BrightSteel")
        a.box("VacuumBox", (0.42, 0.32, 0.05), (0, 0, -0.115), "MachineGrey", "SteelContact")
        a.box("Foam", (0.4, 0.3, 0.02), (0, 0, -0.15), "Rubber", "RubberContact")
    with a.scope("Joints"):
        a.comment("A joint whose body is the arm's own root holds on to the floor wherever the arm is put.")
        a.joint("Fixed", "foot", "", "base")
        for link, joint, angle, label in zip(LINKS, JOINTS, angles, ("turn", "lower", "upper", "level", "spin")):
            limits, stiffness, damping, torque, *vendor = joint
            a.joint("Revolute", label, link[1], link[0], link[2], axis=link[3], limits=limits,
                    drive=(stiffness, damping, torque, math.degrees(angle)), vendor=vendor)
        a.joint("Fixed", "tool", "flange", "gripper")
    return a.finish()


# --- goods ---------------------------------------------------------------------------------------


def layer_places(turned):
    """Places of one layer: eight cartons with their 400 side across, or six with it along the pallet."""
    if turned:
        return [((i - 1) * PITCH[0], (j - 0.5) * PITCH[1], 0) for j in range(2) for i in range(3)]
    return [((i - 1.5) * PITCH[1], (j - 0.5) * PITCH[0], 90) for j in range(2) for i in range(4)]


LAYERS = ("one", "two", "three")


def pallet_load():
    a = Asset(f"{HOME_DIR}/pallet_load.usda", "PalletLoad",
              "A pallet with cartons on it. Variant set pattern: `column` (three layers of eight, one above the\n"
              "    other), `crossed` (the middle layer is six cartons lying the other way, which ties the columns) or\n"
              "    `empty`. Variant set layers takes the upper layers away; it is listed first and so is stronger.",
              kind="group", meta=['prepend variantSets = ["layers", "pattern"]', "variants = {",
                                  '    string layers = "three"', '    string pattern = "column"', "}"])
    a.begin_root()
    a.put("Pallet", "components/eur_pallet.usda", instanceable=True)

    def keep(count):
        def write():
            if count == 3:
                a.line("# All layers.")
            for name in LAYERS[count:]:
                with a.prim(f'over "Layer_{name}"', metadata=["active = false"]):
                    pass
        return write

    def pattern(crossed):
        def write():
            for k, name in enumerate(LAYERS):
                with a.group(f"Layer_{name}", (0, 0, PALLET_TOP + k * PITCH[2]), kind="group"):
                    for i, (x, y, turn) in enumerate(layer_places(crossed and k == 1)):
                        a.put(f"Carton_{i}", "components/carton.usda", (round(x, 4), round(y, 4), 0),
                              ("Z", turn) if turn else None, instanceable=True)
        return write

    a.variants("layers", list(zip(LAYERS, map(keep, (1, 2, 3)))))
    a.variants("pattern", [("column", pattern(False)), ("crossed", pattern(True)),
                           ("empty", lambda: a.line("# Nothing on it."))])
    return a.finish()


# --- guarding ------------------------------------------------------------------------------------


def fence():
    a = Asset(f"{HOME_DIR}/fence.usda", "Fence",
              "Guard fence of the cell, 6 x 6 m, open for the infeed at +x and, between light curtains, for the\n"
              "    fork truck at -y and +y. The panels are instances.", kind="group")
    a.begin_root()
    panels = []
    for side, y in (("Right", -3.0), ("Left", 3.0)):
        panels += [(f"{side}{i}", (x, y, 0), 0, "full") for i, x in enumerate((-2.5, -1.5, 1.5, 2.5))]
    panels += [(f"Back{i}", (-2.5, -3.0 + i, 0), 90, "full") for i in range(6)]
    panels += [(f"Front{i}", (3.5, y, 0), 90, "full") for i, y in enumerate((-3.0, -2.0, 1.0, 2.0))]
    panels += [("FrontRight", (3.5, -1.0, 0), 90, "half"), ("FrontLeft", (3.5, 0.5, 0), 90, "half")]
    for name, at, turn, width in panels:
        a.put(name, "components/fence_panel.usda", at, ("Z", turn) if turn else None, instanceable=True,
              variants=[("width", width)])
    for side, y in (("Right", -3.0), ("Left", 3.0)):
        with a.group(f"{side}Curtain", (0.5, y, 0), kind="component"):
            for end, x in (("Sender", -0.9), ("Receiver", 0.9)):
                a.box(end, (0.08, 0.08, 1.2), (x, 0, 0.9), "SafetyYellow", "SteelContact")
                a.box(f"{end}Foot", (0.2, 0.2, 0.3), (x, 0, 0.15), "DarkSteel", "SteelContact")
    a.comment("The free end posts beside the infeed and the pallet doors.")
    with a.group("EndPosts", kind="component"):
        for i, (x, y) in enumerate(((3.5, -0.5), (3.5, 3.0), (-0.5, -3.0), (-0.5, 3.0))):
            a.box(f"Post{i}", (0.06, 0.06, 2.0), (x, y, 1.0), "SafetyYellow", "SteelContact")
    return a.finish()


def guarding(a):
    def fenced():
        with a.prim('over "Guarding"'):
            a.put("Fence", f"{HOME_DIR}/fence.usda", arc="payload")

    def open_cell():
        with a.prim('over "Guarding"'):
            scanned_field(a)

    return [("fenced", fenced), ("open", open_cell)]


def scanned_field(a):
    with a.group("Scanners", kind="component"):
        for i, (x, y) in enumerate(((0.9, -0.9), (-0.9, 0.9))):
            a.box(f"Scanner{i}", (0.12, 0.12, 0.18), (x, y, 0.25), "SafetyYellow", "SteelContact")
            a.box(f"Bracket{i}", (0.16, 0.16, 0.16), (x, y, 0.08), "DarkSteel", "SteelContact")
    edge = [(-2.4 + 0.4 * i, y, 0.001) for y in (-2.8, 2.8) for i in range(15)]
    sides = [(x, -2.6 + 0.4 * i, 0.001) for x in (-2.6, 3.4) for i in range(14)]
    a.comment("Dashes on the floor around the field that the scanners watch.")
    a.instancer("Dashes", [
        ("Along", lambda: a.box("Along", (0.25, 0.08, 0.002), paint="FloorYellow")),
        ("Across", lambda: a.box("Across", (0.08, 0.25, 0.002), paint="FloorYellow"))],
        [tuple(round(v, 3) for v in p) for p in edge + sides], [0] * len(edge) + [1] * len(sides), within="Guarding")


# --- the layers of the cell ------------------------------------------------------------------------


def layout():
    a = Asset(f"{HOME_DIR}/layout.usda", "Cell",
              "What stands where in the palletising cell. x runs from the robot against the flow of the cartons.",
              kind="assembly", meta=['prepend variantSets = "guarding"'])
    a.begin_root()
    with a.group("Plant", kind="group"):
        with a.group("Building", kind="component"):
            a.box("Floor", (13, 9, 0.1), (1.5, 0, -0.05), "Concrete", "ConcreteContact")
            a.box("Plinth", (0.9, 0.9, PLINTH), (0, 0, PLINTH / 2), "MachineGrey", "SteelContact")
        with a.group("PalletStops", kind="component"):
            for side, y in (("Right", -1.75), ("Left", 1.75)):
                inner = y - math.copysign(0.44, y)
                a.box(f"{side}Stop0", (0.3, 0.06, 0.12), (0.1, inner, 0.06), "SafetyYellow", "SteelContact")
                a.box(f"{side}Stop1", (0.3, 0.06, 0.12), (0.8, inner, 0.06), "SafetyYellow", "SteelContact")
                a.box(f"{side}Stop2", (0.06, 0.3, 0.12), (-0.19, y, 0.06), "SafetyYellow", "SteelContact")
        with a.group("Magazine", (-1.75, 0, 0), kind="component"):
            for i, (x, y) in enumerate(((-0.44, -0.66), (0.44, -0.66), (0.44, 0.66), (-0.44, 0.66))):
                a.box(f"Guide{i}", (0.05, 0.1, 1.6), (x, y, 0.8), "SafetyYellow", "SteelContact")
        with a.group("Cabinet", (-1.9, -2.3, 0), kind="component"):
            a.box("Housing", (0.8, 0.6, 1.9), (0, 0, 0.95), "MachineGrey", "SteelContact")
            a.box("Door", (0.72, 0.01, 1.75), (0, 0.303, 0.98), "RobotWhite", purpose="render")
    with a.group("Guarding", kind="group"):
        pass
    with a.group("Conveyors", kind="group"):
        back = ("Z", 180)
        a.put("Pick", "components/belt_conveyor.usda", (1.8, 0, 0), back)
        a.put("Infeed0", "components/roller_conveyor.usda", (3.3, 0, 0), back)
        a.put("Infeed1", "components/roller_conveyor.usda", (5.3, 0, 0), back)
        with a.group("EndStop", (1.33, 0, 0), kind="component"):
            a.box("Plate", (0.02, 0.5, 0.1), (0, 0, 0.86), "SafetyYellow", "SteelContact")
            a.box("Bracket", (0.03, 0.3, 0.1), (-0.025, 0, 0.76), "DarkSteel")
    a.put("Robot", f"{HOME_DIR}/palletiser.usda", (0, 0, PLINTH), arc="payload")
    with a.group("Goods", kind="group"):
        a.put("LoadLeft", f"{HOME_DIR}/pallet_load.usda", (0.45, 1.75, 0))
        a.put("LoadRight", f"{HOME_DIR}/pallet_load.usda", (0.45, -1.75, 0),
              variants=[("layers", "two"), ("pattern", "crossed")])
        with a.group("EmptyPallets", kind="group"):
            for i in range(4):
                a.put(f"Pallet_{i}", "components/eur_pallet.usda", (-1.75, 0, round(i * PALLET_TOP, 4)), ("Z", 90),
                      instanceable=True)
        a.comment("Cartons on their way: one to be picked, seven behind it. Some are lighter than the rest.")
        with a.group("Infeed", (0, 0, BELT_TOP), kind="group"):
            for i in range(8):
                light = ["float physics:mass = 5.5"] if i in (2, 5) else []
                a.put(f"Carton_{i}", "components/carton.usda", (round(PICK_X + 0.6 * i, 4), 0.01 * (i % 3 - 1), 0),
                      ("Z", 90), instanceable=True, lines=light, variants=[("label", "plain" if light else "shipping")])
    a.variants("guarding", guarding(a))
    return a.finish()


def physics():
    a = Asset(f"{HOME_DIR}/physics.usda", "Cell",
              "Physics of the palletising cell as a whole: scene, groups, and what differs from the parts.",
              head="over", kind=None)
    a.begin_root()
    with a.prim('def PhysicsScene "PhysicsScene"'):
        a.line("vector3f physics:gravityDirection = (0, 0, -1)", "float physics:gravityMagnitude = 9.81",
               "custom double halle:scene:timeStep = 0.005")
    a.comment("The belt at the robot runs faster than its maker's default, so that the cartons part.")
    with a.prim('over "Conveyors"'), a.prim('over "Pick"'), a.prim('over "Bed"'):
        a.line("vector3f physxSurfaceVelocity:surfaceVelocity = (0.5, 0, 0)")
    a.comment("The base is bolted to the plinth.")
    with a.prim('over "Robot"'), a.prim('over "base"', ["PhysicsFilteredPairsAPI"]):
        a.line(*a.targets("physics:filteredPairs", ["Plant/Building/Plinth"]))
    a.comment("What stands still does not meet itself; the arm's own links are kept apart by its limits.")
    with a.scope("Physics"):
        a.collision_group("Still", ["Plant", "Guarding", "Conveyors"], ["Still"])
        a.collision_group("Arm", ["Robot"], ["Arm"])
        a.collision_group("Loose", ["Goods"])
    return a.finish()


def root():
    a = Asset("palletising_cell.usda", "Cell",
              "A conveyor and palletising cell. Cartons come along a roller conveyor and a belt; a four-axis arm\n"
              "    stacks them on two EUR pallets; empty pallets wait behind it. Metres, kilograms, z up.\n"
              "    Layers, strongest first: physics, looks, layout. Variant set guarding: fenced or open; each pallet\n"
              "    load has the sets pattern and layers. The arm and the fence are payloads.", head="over", kind=None,
              sublayers=[f"{HOME_DIR}/{n}.usda" for n in ("physics", "looks", "layout")],
              apis=["CollectionAPI:pickable", "CollectionAPI:moving"],
              meta=["variants = {", '    string guarding = "fenced"', "}"])
    a.begin_root()
    a.comment("What the gripper may take, and everything that moves.")
    a.line('uniform token collection:pickable:expansionRule = "explicitOnly"')
    a.line(*a.targets("collection:pickable:includes", [f"Goods/Infeed/Carton_{i}" for i in range(8)]))
    a.line('uniform token collection:moving:expansionRule = "expandPrims"')
    a.line(*a.targets("collection:moving:includes", ["Goods", "Robot"]))
    a.line(*a.targets("collection:moving:excludes", ["Robot/Joints", "Robot/Materials"]))
    return a.finish()


CAMERAS = [("Overview", (5.6, -6.4, 4.2), (0.9, 0.0, 0.7), 30.0), ("Gripper", (3.0, -1.9, 2.3), (1.1, 0.0, 1.1), 35.0)]
LAMPS = [(f"Panel{i}", (x, y, 5.0), (0.4, 2.4), 14)
         for i, (x, y) in enumerate(((-1, -1.5), (-1, 1.5), (2.5, -1.5), (2.5, 1.5)))]


def layers():
    return [("palletising_cell.usda", root())] + [(f"{HOME_DIR}/{name}.usda", text) for name, text in (
        ("layout", layout()), ("physics", physics()), ("looks", looks(f"{HOME_DIR}/looks.usda", CAMERAS, LAMPS)),
        ("palletiser", palletiser()), ("pallet_load", pallet_load()), ("fence", fence()))]


if __name__ == "__main__":
    sys.exit(write_all(layers(), "make_palletising_cell.py"))
