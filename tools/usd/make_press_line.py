"""Writes scenes/library/press_line.usda and the layers of scenes/library/press_line/.

Two straight-side presses of 250 t in line; a six-axis robot loads the first and another transfers parts.
Standard library only. Run it without arguments to write the files, with --check to compare.
Masses, gains and limits are assumed, of the size usual for such machines. Forming itself is not modelled.
"""

import math
import sys

from asset import Asset, box_inertia, extrude
from scene_files import looks, write_all
from transfer_robot import BLANK, BLANKS, PLINTH, REACH, TABLE_TOP, transfer_robot

DIR = "press_line"
SPACING = 5.2                          # from press to press along the flow, x
DIE_TOP = 1.15
BLANK_MASS = round(BLANK[0] * BLANK[1] * BLANK[2] * 7850, 3)

# --- the press ------------------------------------------------------------------------------------

STROKE, RAM_UP, RAM_MASS, DIE_MASS = 0.6, 2.185, 3800, 1200


def press_frame():
    a = Asset(f"{DIR}/press_frame.usda", "PressFrame",
              "Frame of a straight-side press: bed, bolster, four columns, crown. Bolster 1.6 x 1.8 m at 0.85 m.\n"
              "    The window for the parts is along x. Stands still.", kind="subcomponent")
    a.begin_root()
    a.box("Bed", (2.2, 2.9, 0.7), (0, 0, 0.35), "MachineBlue", "SteelContact")
    a.box("Bolster", (1.6, 1.8, 0.15), (0, 0, 0.775), "BrightSteel", "SteelContact")
    for i, (x, y) in enumerate(((-0.87, -1.22), (0.87, -1.22), (0.87, 1.22), (-0.87, 1.22))):
        a.box(f"Column{i}", (0.46, 0.46, 2.7), (x, y, 2.05), "MachineBlue", "SteelContact")
        a.box(f"Gib{i}", (0.1, 0.03, 1.6), (math.copysign(0.69, x), math.copysign(0.965, y), 2.5), "BrightSteel",
              purpose="render")
    profile = [(-1.1, 3.4), (1.1, 3.4), (1.1, 4.3), (0.8, 4.7), (-0.8, 4.7), (-1.1, 4.3)]
    points, faces = extrude([(z, x) for x, z in profile][::-1], "Y", -1.45, 1.45)
    a.mesh("Crown", points, faces, "MachineBlue", "SteelContact")
    a.cylinder("Flywheel", 0.65, 0.22, "Y", (0, 1.58, 4.05), "DarkSteel", purpose="render")
    a.box("Motor", (0.5, 0.4, 0.4), (0.3, 1.2, 4.95), "DarkSteel", purpose="render")
    bolts = [(x, y, 0.71) for y in (-1.4, 1.4) for x in (-0.5, -0.25, 0, 0.25, 0.5)]
    a.comment("Bed bolts.")
    a.instancer("Bolts", [("Bolt", lambda: a.cylinder("Bolt", 0.022, 0.03, "Z", paint="DarkSteel"))], bolts)
    return a.finish()


def press():
    a = Asset(f"{DIR}/press.usda", "Press",
              "Straight-side press, 250 t, stroke 600 mm, with a die set. Origin on the floor under the middle.\n"
              "    The ram slides on a prismatic joint with a drive; 0 is the top dead centre. The frame is an\n"
              "    instance; the ram is not, since a moving body may not stand inside one. Variant set stroke:\n"
              "    open (ram up) or closed (ram down, 65 mm over the lower die).",
              meta=['prepend variantSets = "stroke"', "variants = {", '    string stroke = "open"', "}"])
    a.begin_root()
    a.put("Frame", f"{DIR}/press_frame.usda", instanceable=True)
    with a.group("LowerDie", (0, 0, 0.85)):
        a.box("Shoe", (1.3, 1.3, 0.12), (0, 0, 0.06), "DieCast", "SteelContact")
        a.box("Block", (1.0, 0.7, 0.18), (0, 0, 0.21), "DieCast", "SteelContact")
        for i, (x, y) in enumerate(((-0.56, -0.56), (0.56, -0.56), (0.56, 0.56), (-0.56, 0.56))):
            a.cylinder(f"Pillar{i}", 0.05, 0.3, "Z", (x, y, 0.27), "BrightSteel", purpose="render")
    a.comment("Where the moving parts stand is said by the variants.")
    with a.body("ram", RAM_MASS):
        a.box("Slide", (1.4, 1.84, 0.9), (0, 0, 0.45), "MachineGrey", "SteelContact")
        for i, y in enumerate((-0.5, 0.5)):
            a.cylinder(f"Connection{i}", 0.14, 0.9, "Z", (0, y, 1.3), "BrightSteel", purpose="render")
    with a.body("upper_die", DIE_MASS):
        a.box("Shoe", (1.3, 1.3, 0.15), (0, 0, -0.075), "DieCast", "SteelContact")
        a.box("Block", (1.0, 0.7, 0.22), (0, 0, -0.26), "DieCast", "SteelContact")
    with a.scope("Joints"):
        a.joint("Prismatic", "slide", "", "ram", (0, 0, RAM_UP), axis="Z", limits=(-STROKE, 0),
                drive=(2e7, 6e5, 2.5e6), vendor=(0.5, 0, 0), apis=["PhysicsJointStateAPI:linear"])
        a.joint("Fixed", "clamp", "ram", "upper_die")

    def at_stroke(position):
        def write():
            for name in ("ram", "upper_die"):
                with a.prim(f'over "{name}"'):
                    a.place((0, 0, RAM_UP + position))
            with a.prim('over "Joints"'), a.prim('over "slide"'):
                a.line(f"float drive:linear:physics:targetPosition = {position:g}",
                       f"float state:linear:physics:position = {position:g}")
        return write

    return a.finish_with_variants("stroke", [("open", at_stroke(0)), ("closed", at_stroke(-STROKE))])


# --- goods ----------------------------------------------------------------------------------------


def blank():
    a = Asset(f"{DIR}/blank.usda", "Blank", "A blank of sheet steel, 800 x 500 x 4 mm. Origin under its middle.",
              apis=["PhysicsRigidBodyAPI", "PhysicsMassAPI"])
    a.begin_root()
    a.line(f"float physics:mass = {BLANK_MASS:g}")
    a.box("Sheet", BLANK, (0, 0, BLANK[2] / 2), "SheetSteel", "OiledSheetContact")
    return a.finish()


def panel():
    a = Asset(f"{DIR}/panel.usda", "Panel",
              "A pressed panel: a shallow hat with a brim, 800 x 500 x 60 mm, as heavy as its blank. Low-poly mesh,\n"
              "    convex hull as collider.", apis=["PhysicsRigidBodyAPI", "PhysicsMassAPI"])
    a.begin_root()
    a.line(f"float physics:mass = {BLANK_MASS:g}", "point3f physics:centerOfMass = (0, 0, 0.035)")
    rings = [(0.4, 0.25, 0), (0.4, 0.25, 0.004), (0.36, 0.21, 0.008), (0.31, 0.17, 0.06)]
    points = [(sx * x, sy * y, z) for x, y, z in rings for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    faces = [(3, 2, 1, 0), (12, 13, 14, 15)]
    faces += [(4 * k + i, 4 * k + (i + 1) % 4, 4 * k + 4 + (i + 1) % 4, 4 * k + 4 + i)
              for k in range(3) for i in range(4)]
    a.mesh("Hat", points, faces, "SheetSteel", "OiledSheetContact")
    return a.finish()


# --- the crane ------------------------------------------------------------------------------------

ROPE, BOOM_Z = 1.5, 3.6


def jib_crane():
    a = Asset(f"{DIR}/jib_crane.usda", "JibCrane",
              "Pillar jib crane for dies, 500 kg, boom 3 m. The boom slews (revolute), the trolley runs (prismatic),\n"
              "    the block hangs on a rope (distance joint, just taut) and the hook swivels under it (spherical).")
    a.begin_root()
    with a.group("Pillar"):
        a.cylinder("Foot", 0.35, 0.03, "Z", (0, 0, 0.015), "DarkSteel", "SteelContact")
        a.cylinder("Tube", 0.14, 3.45, "Z", (0, 0, 1.755), "SafetyYellow", "SteelContact")
    with a.body("boom", 240, (0, 0, BOOM_Z), centre=(1.3, 0, 0), moments=box_inertia(240, (3.2, 0.15, 0.25))):
        a.cylinder("Hub", 0.18, 0.2, "Z", paint="SafetyYellow", grip="SteelContact")
        a.box("Beam", (2.9, 0.12, 0.22), (1.6, 0, 0), "SafetyYellow", "SteelContact")
    with a.body("trolley", 45, (2.2, 0, BOOM_Z - 0.2), moments=box_inertia(45, (0.3, 0.2, 0.15)), centre=(0, 0, 0)):
        a.box("Hoist", (0.3, 0.2, 0.14), paint="DarkSteel", grip="SteelContact")
    with a.body("block", 14, (2.2, 0, BOOM_Z - 0.2 - 0.07 - ROPE - 0.1)):
        a.box("Sheave", (0.08, 0.16, 0.2), paint="SafetyYellow", grip="SteelContact")
    with a.body("hook", 6, (2.2, 0, BOOM_Z - 0.2 - 0.07 - ROPE - 0.3), centre=(0, 0, -0.03)):
        a.capsule("Shank", 0.018, 0.08, "Z", (0, 0, 0), "DarkSteel", "SteelContact")
        a.capsule("Bowl", 0.022, 0.08, "Y", (0, 0, -0.09), "DarkSteel", "SteelContact")
    with a.scope("Joints"):
        a.joint("Revolute", "slew", "", "boom", (0, 0, BOOM_Z), axis="Z", limits=(-120, 120), drive=(0, 400, 800),
                lines=["float drive:angular:physics:targetVelocity = 0"])
        a.joint("Prismatic", "travel", "boom", "trolley", (2.2, 0, -0.2), axis="X", limits=(-1.6, 0.6),
                drive=(2e4, 3e3, 2000, 0))
        a.joint("Distance", "rope", "trolley", "block", (0, 0, -0.07), (0, 0, 0.1), lines=[
            "float physics:minDistance = -1", f"float physics:maxDistance = {ROPE:g}"])
        a.joint("Spherical", "swivel", "block", "hook", (0, 0, -0.12), (0, 0, 0.08), axis="Z", lines=[
            "float physics:coneAngle0Limit = 60", "float physics:coneAngle1Limit = 60"])
    return a.finish()


# --- the layers of the line -------------------------------------------------------------------------


def table(a, name, x, paint):
    with a.group(name, (x, -REACH, 0), kind="component"):
        a.box("Top", (1.0, 0.7, 0.04), (0, 0, TABLE_TOP - 0.02), paint, "SteelContact")
        for i, (lx, ly) in enumerate(((-0.45, -0.3), (0.45, -0.3), (0.45, 0.3), (-0.45, 0.3))):
            a.box(f"Leg{i}", (0.06, 0.06, TABLE_TOP - 0.04), (lx, ly, (TABLE_TOP - 0.04) / 2), paint, "SteelContact")
        for i, (px, py) in enumerate(((-0.44, 0), (0.44, 0), (0, -0.29), (0, 0.29))):
            a.cylinder(f"Pin{i}", 0.02, 0.1, "Z", (px, py, TABLE_TOP + 0.05), "BrightSteel", "SteelContact")


def plant(a):
    with a.group("Plant", kind="group", apis=["CollectionAPI:marks", "MaterialBindingAPI"]):
        a.comment("The marks on the floor get their paint from a binding of the whole collection.")
        a.line('uniform token collection:marks:expansionRule = "expandPrims"',
               *a.targets("collection:marks:includes", ["Plant/Walkway"]))
        a.used["FloorYellow"] = True
        a.line(f"rel material:binding:collection:marks = [</{a.root}/Plant.collection:marks>, "
               f"</{a.root}/Materials/FloorYellow>]")
        with a.group("Building", kind="component"):
            a.box("Floor", (17, 10, 0.1), (3.4, 0, -0.05), "Concrete", "ConcreteContact")
            for i, x in enumerate((-SPACING / 2, SPACING / 2)):
                a.box(f"Plinth{i}", (1.0, 1.0, PLINTH), (x, 0, PLINTH / 2), "MachineGrey", "SteelContact")
        with a.group("Walkway", kind="component"):
            for i, y in enumerate((-4.0, -4.9)):
                a.box(f"Line{i}", (16, 0.1, 0.002), (3.4, y, 0.001))
        table(a, "DestackTable", -SPACING / 2, "MachineBlue")
        table(a, "CentringTable", SPACING / 2, "MachineGrey")
        with a.group("Controls", (8.0, 2.4, 0), kind="component"):
            for i in range(3):
                a.box(f"Cabinet{i}", (0.78, 0.6, 2.0), (0.8 * i, 0, 1.0), "MachineGrey", "SteelContact")


def goods(a):
    with a.group("Goods", kind="group"):
        with a.group("Stack", (-SPACING / 2, -REACH, TABLE_TOP), kind="group"):
            for i in range(BLANKS):
                a.put(f"Blank_{i}", f"{DIR}/blank.usda", (0, 0, round(i * BLANK[2], 6)), instanceable=True)
        with a.group("InWork", kind="group"):
            for i, x in enumerate((0, SPACING)):
                a.put(f"Panel_{i}", f"{DIR}/panel.usda", (x, 0, DIE_TOP), instanceable=True)
        with a.group("OnBelt", (0, 0, 0.8), kind="group"):
            for i, x in enumerate((7.05, 8.1)):
                a.put(f"Panel_{i}", f"{DIR}/panel.usda", (x, 0, 0), instanceable=True)
        a.put("Pallet", "components/eur_pallet.usda", (10.6, 0, 0), ("Z", 90), instanceable=True)
        with a.group("Packed", (10.6, 0, 0.144), kind="group"):
            for i in range(8):
                # Two stacks of four, a hair apart.
                a.put(f"Panel_{i}", f"{DIR}/panel.usda", (0, (i // 4 - 0.5) * 0.52, round(0.06 * (i % 4), 3)),
                      instanceable=True)


def fence_panels(a):
    a.comment("One fence around the line, open where the parts leave.")
    rows = [(f"Front{i}", (-4.6 + i, -3.4, 0), 0) for i in range(11)]
    rows += [(f"Rear{i}", (-4.6 + i, 3.4, 0), 0) for i in range(11)]
    rows += [(f"Start{i}", (-4.6, -3.4 + i, 0), 90) for i in range(6)]
    rows += [(f"End{i}", (6.4, y, 0), 90) for i, y in enumerate((-3.4, -2.4, -1.4, 0.4, 1.4, 2.4))]
    for name, at, turn in rows:
        a.put(name, "components/fence_panel.usda", at, ("Z", turn) if turn else None, instanceable=True)
    a.put("StartLast", "components/fence_panel.usda", (-4.6, 2.6, 0), ("Z", 90), instanceable=True,
          variants=[("width", "half")])


def guarding(a):
    def fenced():
        with a.prim('over "Guarding"'), a.group("Fence", kind="group"):
            fence_panels(a)

    def open_line():
        with a.prim('over "Guarding"'), a.group("Cones", kind="group"):
            for i in range(8):
                a.put(f"Cone_{i}", "components/traffic_cone.usda", (-3.4 + 1.4 * i, -3.4, 0), instanceable=True)

    return [("fenced", fenced), ("open", open_line)]


def layout():
    a = Asset(f"{DIR}/layout.usda", "Cell", "What stands where in the press line. Parts flow along x.",
              kind="assembly", meta=['prepend variantSets = "guarding"'])
    a.begin_root()
    plant(a)
    with a.group("Guarding", kind="group"):
        pass
    with a.group("Presses", kind="group"):
        a.put("Forming", f"{DIR}/press.usda")
        a.put("Trimming", f"{DIR}/press.usda", (SPACING, 0, 0))
    with a.group("Robots", kind="group"):
        for name, x in (("Loader", -SPACING / 2), ("Transfer", SPACING / 2)):
            a.put(name, f"{DIR}/transfer_robot.usda", (x, 0, PLINTH), arc="payload")
    with a.group("Exit", kind="group"):
        for i in range(3):
            a.put(f"Belt{i}", "components/belt_conveyor.usda", (7.0 + i, 0, 0))
    a.put("Crane", f"{DIR}/jib_crane.usda", (SPACING / 2, 2.6, 0), ("Z", 15), arc="payload")
    goods(a)
    a.variants("guarding", guarding(a))
    return a.finish()


def physics():
    a = Asset(f"{DIR}/physics.usda", "Cell", "Physics of the press line as a whole.", head="over", kind=None)
    a.begin_root()
    with a.prim('def PhysicsScene "PhysicsScene"'):
        a.line("vector3f physics:gravityDirection = (0, 0, -1)", "float physics:gravityMagnitude = 9.81",
               "custom double halle:scene:timeStep = 0.004")
    a.comment("Both robots are bolted to their plinths.")
    with a.prim('over "Robots"'):
        for i, name in enumerate(("Loader", "Transfer")):
            with a.prim(f'over "{name}"'), a.prim('over "base"', ["PhysicsFilteredPairsAPI"]):
                a.line(*a.targets("physics:filteredPairs", [f"Plant/Building/Plinth{i}"]))
    a.comment("The exit belts share one speed.")
    with a.prim('over "Exit"'):
        for i in range(3):
            with a.prim(f'over "Belt{i}"'), a.prim('over "Bed"'):
                a.line("vector3f physxSurfaceVelocity:surfaceVelocity = (0.25, 0, 0)")
    a.comment("The boom turns about its own pillar; rams run in their gibs.")
    with a.scope("Physics"):
        a.collision_group("Still", ["Plant", "Exit"], ["Still"])
        a.collision_group("Guard", ["Guarding"])
        a.collision_group("Machines", ["Presses"], ["Still", "Machines"])
        a.collision_group("Arms", ["Robots/Loader", "Robots/Transfer"])
        a.collision_group("Hoist", ["Crane"], ["Hoist"])
        a.collision_group("Loose", ["Goods"])
    return a.finish()


def root():
    a = Asset("press_line.usda", "Cell",
              "A press line: two straight-side presses, a robot that loads, a robot that transfers, an exit belt, a\n"
              "    jib crane for the dies. Metres, kilograms, z up. Layers, strongest first: physics, looks, layout.\n"
              "    Variant set guarding: fenced or open; each press has the set stroke. The trimming press stands\n"
              "    closed here. Robots and crane are payloads.", head="over", kind=None,
              sublayers=[f"{DIR}/{n}.usda" for n in ("physics", "looks", "layout")],
              apis=["CollectionAPI:blanks", "CollectionAPI:moving"],
              meta=["variants = {", '    string guarding = "fenced"', "}"])
    a.begin_root()
    a.comment("The blanks to be formed, and everything that moves.")
    a.line('uniform token collection:blanks:expansionRule = "explicitOnly"')
    a.line(*a.targets("collection:blanks:includes", [f"Goods/Stack/Blank_{i}" for i in range(BLANKS)]))
    a.line('uniform token collection:moving:expansionRule = "expandPrims"')
    a.line(*a.targets("collection:moving:includes", ["Goods", "Robots", "Crane", "Presses/Forming/ram",
                                                     "Presses/Forming/upper_die", "Presses/Trimming/ram",
                                                     "Presses/Trimming/upper_die"]))
    a.line(*a.targets("collection:moving:excludes", ["Crane/Pillar"]))
    closed = ["variants = {", '    string stroke = "closed"', "}"]
    with a.prim('over "Presses"'), a.prim('over "Trimming"', metadata=closed):
        pass
    return a.finish()


CAMERAS = [("Overview", (11.2, -9.0, 6.2), (3.4, 0.0, 1.2), 26.0),
           ("Transfer", (4.0, -3.2, 2.3), (2.3, -0.7, 1.25), 22.0)]
LAMPS = [(f"Panel{i}", (-2.6 + 2.6 * i, y, 6.5), (0.4, 3.0), 18) for i, y in enumerate((-1.5, 1.5, -1.5, 1.5))]


def layers():
    return [("press_line.usda", root())] + [(f"{DIR}/{name}.usda", text) for name, text in (
        ("layout", layout()), ("physics", physics()), ("looks", looks(f"{DIR}/looks.usda", CAMERAS, LAMPS)),
        ("transfer_robot", transfer_robot()), ("press_frame", press_frame()), ("press", press()), ("blank", blank()),
        ("panel", panel()), ("jib_crane", jib_crane()))]


if __name__ == "__main__":
    sys.exit(write_all(layers(), "make_press_line.py"))
