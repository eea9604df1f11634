"""Writes scenes/library/warehouse_aisle.usda and the layers of scenes/library/warehouse_aisle/.

An aisle between two rows of pallet racking, with a counterbalance truck that carries a load.
Standard library only. Run it without arguments to write the files, with --check to compare.
Sections and clearances follow common practice for adjustable pallet racking: bays of 2.7 m for three
EUR pallets, beams 120 x 50 mm, upright frames 1.1 m deep. The truck lifts 2 t and weighs 3.6 t itself;
its masses, gains and limits are assumed, of the size usual for such trucks.
"""

import math
import sys

from asset import Asset
from make_components import CARTON
from scene_files import looks, write_all
from warehouse_truck import LIFT, truck

DIR = "warehouse_aisle"
BAYS, BAY, UPRIGHT = 4, 2.7, 0.1       # bays per row, clear width, width of an upright
PITCH = BAY + UPRIGHT
DEPTH, HEIGHT = 1.1, 5.6               # of an upright frame
LEVELS = (1.6, 3.1, 4.6)               # tops of the beams
AISLE = 4.0                            # between the faces of the two rows
ROW_Y = AISLE / 2 + DEPTH / 2
PALLET = 0.144

# --- the rack --------------------------------------------------------------------------------------


def rack_frame():
    a = Asset(f"{DIR}/rack_frame.usda", "RackFrame",
              "Upright frame of a pallet rack, 1.1 m deep, 5.6 m high, uprights 100 x 70 mm, braced. Origin on the\n"
              "    floor under its middle, depth along y.", kind="subcomponent")
    a.begin_root()
    for i, y in enumerate((-1, 1)):
        middle = y * (DEPTH / 2 - 0.035)
        a.box(f"Upright{i}", (UPRIGHT, 0.07, HEIGHT), (0, middle, HEIGHT / 2), "RackBlue", "SteelContact")
        a.box(f"Foot{i}", (0.14, 0.12, 0.006), (0, middle, 0.003), "DarkSteel", purpose="render")
    inner = DEPTH - 0.14
    for i in range(6):
        low, rise = 0.25 + 0.9 * i, 0.7
        length = math.hypot(inner, rise)
        angle = math.degrees(math.atan2(rise, inner)) * (1 if i % 2 == 0 else -1)
        a.box(f"Brace{i}", (0.03, round(length, 5), 0.03), (0, 0, low + rise / 2), "Galvanised",
              turn=("X", round(angle, 5)))
    return a.finish()


def rack_beam():
    a = Asset(f"{DIR}/rack_beam.usda", "RackBeam",
              "Box beam of a pallet rack, 2.7 m long, 120 x 50 mm. Origin in the middle of its upper edge.",
              kind="subcomponent")
    a.begin_root()
    a.box("Box", (BAY, 0.05, 0.12), (0, 0, -0.06), "BeamOrange", "SteelContact")
    for i, x in enumerate((-1, 1)):
        a.box(f"Connector{i}", (0.004, 0.06, 0.2), (x * (BAY / 2 - 0.003), 0, -0.06), "BeamOrange", purpose="render")
    a.comment("Location labels.")
    a.instancer("Labels", [("Label", lambda: a.box("Label", (0.1, 0.001, 0.06), paint="Paper"))],
                [(x, y, -0.06) for x in (-0.9, 0, 0.9) for y in (-0.0256, 0.0256)])
    return a.finish()


def rack_bay():
    a = Asset(f"{DIR}/rack_bay.usda", "RackBay",
              "One bay: a frame at its start and the beams of three levels. Origin on the floor at the frame, the\n"
              "    bay along x. Frames and beams are instances within the instanced bay.")
    a.begin_root()
    a.put("Frame", f"{DIR}/rack_frame.usda", instanceable=True)
    for k, z in enumerate(LEVELS):
        for side, y in (("Front", -0.525), ("Back", 0.525)):
            a.put(f"{side}Beam{k}", f"{DIR}/rack_beam.usda", (PITCH / 2, y, z), instanceable=True)
    return a.finish()


def rack_row():
    a = Asset(f"{DIR}/rack_row.usda", "RackRow",
              "Four bays and the closing frame, with a guard at each end. Stands still; front of the bays at -y.",
              kind="group")
    a.begin_root()
    for i in range(BAYS):
        a.put(f"Bay{i}", f"{DIR}/rack_bay.usda", (round(i * PITCH, 4), 0, 0), instanceable=True)
    a.put("LastFrame", f"{DIR}/rack_frame.usda", (round(BAYS * PITCH, 4), 0, 0), instanceable=True)
    with a.group("Guards", kind="component"):
        for i, x in enumerate((-0.3, BAYS * PITCH + 0.3)):
            a.box(f"Rail{i}", (0.1, 1.2, 0.3), (round(x, 4), 0, 0.25), "SafetyYellow", "SteelContact")
            for j, y in enumerate((-0.55, 0.55)):
                a.box(f"Post{i}{j}", (0.12, 0.12, 0.1), (round(x, 4), y, 0.05), "SafetyYellow", "SteelContact")
    return a.finish()


# --- the loads -------------------------------------------------------------------------------------

GOODS = {"cartons": (480, 0.56), "drums": (890, 0.52), "wrapped": (620, 0.6)}  # mass [kg] and height of its centre


def goods_cartons(a):
    a.comment("Three layers of eight; for the eye a point instancer, for contact one box.")
    places = [(round((i - 1.5) * 0.3, 3), (j - 0.5) * 0.4, PALLET + 0.25 * k + 0.125)
              for k in range(3) for j in range(2) for i in range(4)]
    a.instancer("Cartons", [("Carton", lambda: a.box("Carton", (CARTON[1], CARTON[0], CARTON[2]), paint="Cardboard"))],
                places, within="Goods")
    a.box("Hull", (1.195, 0.795, 0.75), (0, 0, PALLET + 0.375), grip="CardboardContact", purpose="guide")


def goods_drums(a):
    for i, (x, y) in enumerate(((-0.3, -0.2), (0.3, -0.2), (0.3, 0.2), (-0.3, 0.2))):
        # Four small drums side by side within the pallet's outline.
        a.cylinder(f"Drum{i}", 0.195, 0.76, "Z", (x, y, PALLET + 0.38), "DrumBlue", "SteelContact")
        a.cylinder(f"Lid{i}", 0.18, 0.012, "Z", (x, y, PALLET + 0.766), "DarkSteel", purpose="render")


def goods_wrapped(a):
    a.box("Core", (1.14, 0.76, 0.95), (0, 0, PALLET + 0.475), "Cardboard")
    a.box("Film", (1.16, 0.78, 0.96), (0, 0, PALLET + 0.48), "StretchFilm", "CardboardContact")


def unit_load():
    a = Asset(f"{DIR}/unit_load.usda", "UnitLoad",
              "A pallet with goods strapped to it: one rigid body. Origin on the floor under the pallet, x along\n"
              "    its 1200 mm. The pallet is the common one with its own rigid body struck from the list of schemas.\n"
              "    Variant set goods: cartons, drums or wrapped.",
              apis=["PhysicsRigidBodyAPI", "PhysicsMassAPI"],
              meta=['prepend variantSets = "goods"', "variants = {", '    string goods = "cartons"', "}"])
    a.begin_root()
    with a.prim('def "Pallet"', metadata=[
            'delete apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"]', "instanceable = true",
            f"prepend references = {a.asset('components/eur_pallet.usda')}"]):
        pass

    def variant(name, write):
        def inner():
            mass, height = GOODS[name]
            a.mass(mass, (0, 0, height))
            with a.group("Goods"):
                write(a)
        return name, inner

    return a.finish_with_variants("goods", [variant("cartons", goods_cartons), variant("drums", goods_drums),
                                            variant("wrapped", goods_wrapped)])


def bay_load():
    a = Asset(f"{DIR}/bay_load.usda", "BayLoad",
              "The twelve unit loads of one bay: three on the floor, three on each level, asleep until touched.\n"
              "    Same origin as the bay.\n"
              "    Variant set load: full, half or empty.", kind="group",
              meta=['prepend variantSets = "load"', "variants = {", '    string load = "full"', "}"])
    a.begin_root()
    names, rests = list(GOODS), ["bool physics:startsAsleep = 1"]

    def load(kept):
        def write():
            if not kept:
                a.line("# Nothing stored.")
            for k, z in enumerate((0.0, *LEVELS)):
                for i in range(3):
                    if kept == 2 or (kept == 1 and (i + k) % 2 == 0):
                        # Heavy goods stay low.
                        goods = "drums" if k == 0 and i != 1 else names[2 * ((i + k) % 2)]
                        a.put(f"Load_{k}{i}", f"{DIR}/unit_load.usda", (round(PITCH / 2 + (i - 1) * 0.9, 4), 0, z),
                              ("Z", 90), instanceable=True, variants=[("goods", goods)], lines=rests)
        return write

    return a.finish_with_variants("load", [("full", load(2)), ("half", load(1)), ("empty", load(0))])


# --- the small things ------------------------------------------------------------------------------


def roll_cage():
    a = Asset(f"{DIR}/roll_cage.usda", "RollCage",
              "Roll cage, 0.8 x 0.7 x 1.7 m, 38 kg, on four ball castors (spherical joints), with cartons in it.")
    a.begin_root()
    r, wheels_at = 0.06, [(x, y) for x in (-0.33, 0.33) for y in (-0.28, 0.28)]
    with a.body("frame", 36):
        a.box("Floor", (0.8, 0.7, 0.04), (0, 0, 0.17), "Galvanised", "SteelContact")
        for side, y in (("Left", 0.34), ("Right", -0.34)):
            a.box(f"{side}Wall", (0.8, 0.02, 1.5), (0, y, 0.94), "GuardMesh", "SteelContact")
        a.box("BackWall", (0.02, 0.66, 1.5), (-0.39, 0, 0.94), "GuardMesh", "SteelContact")
    for i, (x, y) in enumerate(wheels_at):
        with a.body(f"ball_{i}", 0.5, (x, y, r)):
            a.sphere("Ball", r, paint="Rubber", grip="RubberContact")
    with a.scope("Joints"):
        for i, (x, y) in enumerate(wheels_at):
            a.joint("Spherical", f"castor_{i}", "frame", f"ball_{i}", (x, y, r), axis="Z")
    for i, (x, z) in enumerate(((-0.15, 0.19), (-0.15, 0.44), (0.2, 0.19), (0.2, 0.44))):
        a.put(f"Carton_{i}", "components/carton.usda", (x, 0, z), ("Z", 90), instanceable=True)
    return a.finish()


def hanging_sign():
    a = Asset(f"{DIR}/hanging_sign.usda", "HangingSign",
              "A sign of the aisle, 8 kg, on two chains: distance joints that are just taut. Origin on the floor.")
    a.begin_root()
    z, chain = 4.0, 0.8
    with a.body("board", 8, (0, 0, z)):
        a.box("Plate", (0.02, 1.6, 0.5), paint="SignBlue", grip="SteelContact")
        for i, y in enumerate((-0.35, 0, 0.35)):
            a.box(f"Glyph{i}", (0.024, 0.12, 0.3), (0, y, 0), "Paper", purpose="render")
        for i, y in enumerate((-0.7, 0.7)):
            a.box(f"Chain{i}", (0.012, 0.012, chain), (0, y, 0.25 + chain / 2), "BrightSteel", purpose="render")
    with a.scope("Joints"):
        for i, y in enumerate((-0.7, 0.7)):
            a.joint("Distance", f"chain_{i}", "", "board", (0, y, z + 0.25 + chain), (0, y, 0.25),
                    lines=["float physics:minDistance = -1", f"float physics:maxDistance = {chain:g}"])
    return a.finish()


# --- the layers of the aisle -------------------------------------------------------------------------

TRUCK_AT = (3.2, 0, 0)
ROWS = (("Left", ROW_Y, 0), ("Right", -ROW_Y, 180))


def layout():
    a = Asset(f"{DIR}/layout.usda", "Cell", "What stands where in the aisle, which runs along x.",
              kind="assembly", meta=['prepend variantSets = "load"'])
    a.begin_root()
    length = BAYS * PITCH
    with a.group("Plant", kind="group"):
        with a.group("Building", kind="component"):
            a.box("Floor", (length + 9, 9, 0.1), (length / 2 - 1.5, 0, -0.05), "Concrete", "ConcreteContact")
            for i, y in enumerate((-1.75, 1.75)):
                a.box(f"Line{i}", (length, 0.1, 0.002), (length / 2, y, 0.001), "FloorYellow")
            a.box("SignBeam", (0.1, 2 * ROW_Y, 0.16), (-0.8, 0, 5.13), "RackBlue", "SteelContact")
            for i, y in enumerate((-ROW_Y, ROW_Y)):
                a.box(f"SignPost{i}", (0.1, 0.1, 5.05), (-0.8, y, 2.525), "RackBlue", "SteelContact")
            a.instancer("Luminaires", [("Strip", lambda: a.box("Strip", (2.0, 0.12, 0.08), paint="LampGlow"))],
                        [(round(1.4 + PITCH * i, 3), 0, 6.0) for i in range(BAYS)], within="Plant/Building")
        for side, y, turn in ROWS:
            x = length if turn else 0
            a.put(f"Row{side}", f"{DIR}/rack_row.usda", (round(x, 4), y, 0), ("Z", turn) if turn else None,
                  instanceable=True)
    with a.group("Goods", kind="group"):
        for side, y, turn in ROWS:
            with a.group(side, kind="group"):
                for i in range(BAYS):
                    x = length - i * PITCH if turn else i * PITCH
                    a.put(f"Bay{i}", f"{DIR}/bay_load.usda", (round(x, 4), y, 0), ("Z", turn) if turn else None)
        a.put("OnForks", f"{DIR}/unit_load.usda", (TRUCK_AT[0] + 0.42 + 0.02 + 0.605, 0, 0.06 + LIFT + 0.04 - 0.1),
              instanceable=True, variants=[("goods", "wrapped")])
    a.put("Truck", f"{DIR}/truck.usda", TRUCK_AT, arc="payload")
    with a.group("Extras", kind="group"):
        a.put("RollCage", f"{DIR}/roll_cage.usda", (-2.2, -1.4, 0), ("Z", 20))
        a.put("Sign", f"{DIR}/hanging_sign.usda", (-0.8, 0, 0))
        for i, (x, y) in enumerate(((-1.5, 1.2), (-1.5, 2.0), (-2.3, 2.0))):
            a.put(f"Cone_{i}", "components/traffic_cone.usda", (x, y, 0), instanceable=True)

    def bays(choose):
        def write():
            with a.prim('over "Goods"'):
                for side, _, _ in ROWS:
                    with a.prim(f'over "{side}"'):
                        for i in range(BAYS):
                            meta = ["variants = {", f'    string load = "{choose(i)}"', "}"]
                            with a.prim(f'over "Bay{i}"', metadata=meta):
                                pass
        return write

    mixed = ("full", "half", "empty", "half")
    a.variants("load", [("full", bays(lambda i: "full")), ("mixed", bays(lambda i: mixed[i])),
                        ("empty", bays(lambda i: "empty"))])
    return a.finish()


def physics():
    a = Asset(f"{DIR}/physics.usda", "Cell", "Physics of the aisle as a whole.", head="over", kind=None)
    a.begin_root()
    with a.prim('def PhysicsScene "PhysicsScene"'):
        a.line("vector3f physics:gravityDirection = (0, 0, -1)", "float physics:gravityMagnitude = 9.81",
               "custom double halle:scene:timeStep = 0.004")
    a.comment("The truck stands with its brakes on.")
    with a.prim('over "Truck"'), a.prim('over "Joints"'):
        for side in ("left", "right"):
            with a.prim(f'over "drive_{side}"'):
                a.line("float drive:angular:physics:damping = 70", "float drive:angular:physics:maxForce = 3000")
    a.comment("Parts of the truck run inside each other; racks, floor and posts stand still.")
    with a.scope("Physics"):
        a.collision_group("Still", ["Plant"], ["Still"])
        a.collision_group("Vehicle", ["Truck"], ["Vehicle"])
        a.collision_group("Loose", ["Goods", "Extras"])
    return a.finish()


def root():
    a = Asset("warehouse_aisle.usda", "Cell",
              "A warehouse aisle: two rows of pallet racking with unit loads, a counterbalance truck with a load on\n"
              "    its forks, a roll cage, a sign on chains. Metres, kilograms, z up. Layers, strongest first:\n"
              "    physics, looks, layout. Variant set load: full, mixed or empty racks; each bay and each unit load\n"
              "    has a set of its own. The truck is a payload.", head="over", kind=None,
              sublayers=[f"{DIR}/{n}.usda" for n in ("physics", "looks", "layout")],
              apis=["CollectionAPI:stored", "CollectionAPI:moving"],
              meta=["variants = {", '    string load = "mixed"', "}"])
    a.begin_root()
    a.comment("What lies in the racks, and everything that moves.")
    a.line('uniform token collection:stored:expansionRule = "expandPrims"')
    a.line(*a.targets("collection:stored:includes", ["Goods"]))
    a.line(*a.targets("collection:stored:excludes", ["Goods/OnForks"]))
    a.line('uniform token collection:moving:expansionRule = "expandPrims"')
    a.line(*a.targets("collection:moving:includes", ["Goods", "Truck", "Extras"]))
    return a.finish()


CAMERAS = [("Overview", (-6.6, -0.9, 2.7), (3.2, 0.15, 1.75), 25.0), ("Truck", (6.9, -1.5, 2.2), (3.2, 0.0, 0.9), 24.0)]
LAMPS = [(f"Strip{i}", (1.4 + PITCH * i, 0, 5.95), (2.0, 0.12), 60) for i in range(BAYS)]


def layers():
    return [("warehouse_aisle.usda", root())] + [(f"{DIR}/{name}.usda", text) for name, text in (
        ("layout", layout()), ("physics", physics()), ("looks", looks(f"{DIR}/looks.usda", CAMERAS, LAMPS)),
        ("rack_frame", rack_frame()), ("rack_beam", rack_beam()), ("rack_bay", rack_bay()), ("rack_row", rack_row()),
        ("unit_load", unit_load()), ("bay_load", bay_load()), ("truck", truck()), ("roll_cage", roll_cage()),
        ("hanging_sign", hanging_sign()))]


if __name__ == "__main__":
    sys.exit(write_all(layers(), "make_warehouse_aisle.py"))
