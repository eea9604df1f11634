"""The counterbalance truck of the warehouse aisle, and the drawing of its parts."""

import math

from asset import Asset, box_inertia, extrude

FILE = "warehouse_aisle/truck.usda"
FRONT, REAR, BASE = 0.27, 0.22, 1.6    # wheel radii, wheelbase
LIFT = 0.15                            # height of the carriage above its lowest place


def chassis(a):
    with a.body("chassis", 1500, centre=(-0.75, 0, 0.55), moments=box_inertia(1500, (1.9, 1.0, 0.9))):
        profile = [(-1.45, 0.25), (0.1, 0.16), (0.2, 0.16), (0.2, 0.75), (-0.3, 0.62), (-0.4, 0.95), (-1.45, 1.0)]
        points, faces = extrude([(z, x) for x, z in profile][::-1], "Y", -0.34, 0.34)
        a.mesh("Body", points, faces, "TruckRed", purpose="render")
        a.box("Hull", (1.5, 0.68, 0.72), (-0.7, 0, 0.61), grip="SteelContact", purpose="guide")
        for side, y in (("Left", 0.47), ("Right", -0.47)):
            a.box(f"{side}Step", (0.75, 0.24, 0.12), (-0.72, y, 0.42), "DarkSteel", "SteelContact")
            a.box(f"{side}FrontPost", (0.06, 0.06, 1.35), (0.0, math.copysign(0.42, y), 1.4), "DarkSteel",
                  turn=("Y", -8))
            a.box(f"{side}RearPost", (0.06, 0.06, 1.15), (-1.35, math.copysign(0.42, y), 1.5), "DarkSteel")
        a.box("Roof", (1.35, 0.95, 0.05), (-0.68, 0, 2.09), "DarkSteel", "SteelContact")
        a.cylinder("Wheel", 0.17, 0.03, "Z", (-0.28, 0, 1.08), "Rubber", purpose="render")
    profile = [(-2.05, 0.3), (-1.5, 0.24), (-1.5, 1.0), (-1.9, 0.95), (-2.05, 0.75)]
    points, faces = extrude([(z, x) for x, z in profile][::-1], "Y", -0.5, 0.5)
    a.comment("The counterweight is a body of its own, so that a variant of the truck can change it.")
    with a.body("counterweight", 1050, centre=(-1.76, 0, 0.6), moments=box_inertia(1050, (0.5, 1.0, 0.7))):
        a.mesh("Casting", points, faces, "DarkSteel", "SteelContact")


def mast(a):
    size = {"outer_mast": 260, "inner_mast": 190, "carriage": 130, "forks": 110}
    with a.body("outer_mast", size["outer_mast"], (0.3, 0, 0.3), centre=(0, 0, 0.8),
                moments=box_inertia(260, (0.15, 0.8, 2.0))):
        for side, y in (("Left", 0.33), ("Right", -0.33)):
            a.box(f"{side}Rail", (0.12, 0.07, 2.0), (0, y, 0.85), "DarkSteel", "SteelContact")
        for name, z in (("Foot", -0.1), ("Head", 1.8)):
            a.box(name, (0.06, 0.6, 0.1), (-0.03, 0, z), "DarkSteel", purpose="render")
    with a.body("inner_mast", size["inner_mast"], (0.3, 0, 0.3), centre=(0, 0, 0.8),
                moments=box_inertia(190, (0.12, 0.6, 1.95))):
        for side, y in (("Left", 0.255), ("Right", -0.255)):
            a.box(f"{side}Rail", (0.1, 0.06, 1.95), (0, y, 0.86), "MachineGrey", "SteelContact")
        a.cylinder("Cylinder", 0.045, 1.7, "Z", (-0.04, 0, 0.75), "BrightSteel", purpose="render")
        a.box("Head", (0.06, 0.45, 0.08), (0, 0, 1.8), "MachineGrey", purpose="render")
    lift = (0.42, 0, 0.06 + LIFT)
    with a.body("carriage", size["carriage"], lift, centre=(-0.02, 0, 0.3), moments=box_inertia(130, (0.1, 0.9, 0.6))):
        for name, z in (("LowerBar", 0.08), ("UpperBar", 0.45)):
            a.box(name, (0.04, 0.95, 0.1), (-0.04, 0, z), "DarkSteel", "SteelContact")
        for i in range(5):
            a.box(f"Backrest{i}", (0.03, 0.03, 0.7), (-0.04, 0.22 * (i - 2), 0.85), "DarkSteel", purpose="render")
        a.box("BackrestTop", (0.03, 0.95, 0.04), (-0.04, 0, 1.2), "DarkSteel", "SteelContact")
    with a.body("forks", size["forks"], lift, centre=(0.3, 0, 0.1), moments=box_inertia(110, (1.2, 0.5, 0.4))):
        for side, y in (("Left", 0.19), ("Right", -0.19)):
            a.box(f"{side}Blade", (1.15, 0.1, 0.04), (0.575, y, 0.02), "BrightSteel", "SteelContact")
            a.box(f"{side}Shank", (0.04, 0.1, 0.5), (0, y, 0.25), "BrightSteel", "SteelContact")


def wheels(a):
    def wheel(name, mass, radius, width, at):
        moments = (mass * (3 * radius ** 2 + width ** 2) / 12, mass * radius ** 2 / 2,
                   mass * (3 * radius ** 2 + width ** 2) / 12)
        with a.body(name, mass, at, centre=(0, 0, 0), moments=moments):
            a.cylinder("Tyre", radius, width, "Y", paint="Rubber", grip="RubberContact")
            a.cylinder("Rim", radius * 0.55, width + 0.004, "Y", paint="RobotWhite", purpose="render")

    for side, y in (("left", 0.47), ("right", -0.47)):
        wheel(f"front_{side}", 55, FRONT, 0.2, (0, y, FRONT))
        with a.body(f"knuckle_{side}", 30, (-BASE, math.copysign(0.34, y), REAR), centre=(0, 0, 0),
                    moments=(0.3, 0.3, 0.3)):
            a.cylinder("Pin", 0.05, 0.2, "Z", (0, 0, 0.05), "DarkSteel")
        wheel(f"rear_{side}", 40, REAR, 0.16, (-BASE, math.copysign(0.44, y), REAR))


def truck_joints(a):
    with a.scope("Joints"):
        a.joint("Fixed", "ballast", "chassis", "counterweight")
        a.comment("Mast: tilt 6 degrees forward, 8 back; two stages of 1.5 m each; side shift 100 mm.")
        a.joint("Revolute", "tilt", "chassis", "outer_mast", (0.3, 0, 0.3), axis="Y", limits=(-8, 6),
                drive=(5e6, 2e5, 80000, 0), vendor=(6, 0, 0))
        a.joint("Prismatic", "lift_mast", "outer_mast", "inner_mast", axis="Z", limits=(0, 1.5),
                drive=(4e6, 1e5, 60000, 0), vendor=(0.5, 0, 0))
        a.joint("Prismatic", "lift_carriage", "inner_mast", "carriage", (0.12, 0, -0.24), axis="Z", limits=(0, 1.5),
                drive=(4e6, 1e5, 60000, LIFT), vendor=(0.5, 0, 0))
        a.joint("Prismatic", "side_shift", "carriage", "forks", axis="Y", limits=(-0.1, 0.1),
                drive=(5e5, 2e4, 8000, 0), vendor=(0.1, 0, 0))
        a.comment("Front wheels are driven: speed drives, at a standstill. Rear wheels are steered and roll freely.")
        for side, y in (("left", 1), ("right", -1)):
            a.joint("Revolute", f"drive_{side}", "chassis", f"front_{side}", (0, 0.47 * y, FRONT), axis="Y",
                    drive=(0, 1500, 1200), vendor=(700, 2, 5),
                    lines=["float drive:angular:physics:targetVelocity = 0"])
            a.joint("Revolute", f"steer_{side}", "chassis", f"knuckle_{side}", (-BASE, 0.34 * y, REAR), axis="Z",
                    limits=(-78, 78), drive=(4e4, 1.5e3, 3000, 0), vendor=(90, 0.5, 5))
            a.joint("Revolute", f"roll_{side}", f"knuckle_{side}", f"rear_{side}", (0, 0.1 * y, 0), axis="Y",
                    vendor=(900, 0.2, 2))
        a.comment("The seat with its driver, 100 kg, rides on a spring of 20 N/mm that carries it in the middle.")
        a.free_joint("seat_spring", "chassis", "seat", {"transZ": (-0.04, 0.04)},
                     [("transZ", (19620, 1200, 4000, 0.05))], at0=(-0.95, 0, 1.02))


def truck():
    a = Asset(FILE, "Truck",
              "Counterbalance truck, 2 t at 500 mm, 3.6 t with its driver. Origin on the floor under the front axle,\n"
              "    forks along x. Bodies side by side; the tree hangs on the chassis, which is free. Gains are per\n"
              "    degree, as UsdPhysics asks.", apis=["PhysicsArticulationRootAPI"])
    a.begin_root()
    chassis(a)
    mast(a)
    wheels(a)
    with a.body("seat", 100, (-0.95, 0, 1.02), centre=(0.05, 0, 0.2), moments=box_inertia(100, (0.5, 0.5, 0.6))):
        a.box("Cushion", (0.48, 0.48, 0.12), (0, 0, 0.06), "Rubber")
        a.box("Back", (0.1, 0.46, 0.5), (-0.22, 0, 0.34), "Rubber", turn=("Y", -8))
    truck_joints(a)
    return a.finish()
