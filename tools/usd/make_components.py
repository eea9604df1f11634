"""Writes scenes/library/components/: the parts that the composed scenes share.

Standard library only. Run it without arguments to write the files, with --check to compare.
Sizes follow common practice: EUR pallet of EN 13698-1, cartons on the 600 x 400 mm module, straight
conveyors 0.8 m high, fence panels 2 m high. Shapes and texts are our own.
"""

import math
import sys

from asset import Asset, extrude
from scene_files import write_all
from usda_text import Text, Vec, number

PAINTS = [  # name, base colour, roughness, metallic, opacity, glow
    ("Concrete", (0.36, 0.37, 0.38), 0.9, 0, 1, None),
    ("FloorYellow", (0.95, 0.75, 0.05), 0.8, 0, 1, None),
    ("SafetyYellow", (0.93, 0.71, 0.06), 0.5, 0, 1, None),
    ("GuardMesh", (0.12, 0.13, 0.14), 0.7, 0, 0.3, None),
    ("MachineGrey", (0.45, 0.48, 0.5), 0.5, 0, 1, None),
    ("MachineBlue", (0.09, 0.25, 0.42), 0.45, 0, 1, None),
    ("DarkSteel", (0.12, 0.12, 0.13), 0.5, 0.4, 1, None),
    ("BrightSteel", (0.7, 0.71, 0.72), 0.25, 0.95, 1, None),
    ("Galvanised", (0.6, 0.62, 0.63), 0.45, 0.7, 1, None),
    ("RobotOrange", (0.9, 0.33, 0.05), 0.4, 0, 1, None),
    ("RobotWhite", (0.86, 0.86, 0.84), 0.4, 0, 1, None),
    ("RackBlue", (0.06, 0.17, 0.45), 0.5, 0, 1, None),
    ("BeamOrange", (0.92, 0.4, 0.04), 0.5, 0, 1, None),
    ("TruckRed", (0.66, 0.06, 0.05), 0.4, 0, 1, None),
    ("Rubber", (0.03, 0.03, 0.03), 0.95, 0, 1, None),
    ("Belt", (0.05, 0.07, 0.06), 0.9, 0, 1, None),
    ("Cardboard", (0.64, 0.46, 0.28), 0.9, 0, 1, None),
    ("Tape", (0.8, 0.7, 0.5), 0.3, 0, 1, None),
    ("Paper", (0.92, 0.92, 0.9), 0.8, 0, 1, None),
    ("PineWood", (0.76, 0.58, 0.36), 0.85, 0, 1, None),
    ("StretchFilm", (0.8, 0.84, 0.88), 0.15, 0, 0.55, None),
    ("DrumBlue", (0.04, 0.2, 0.5), 0.4, 0, 1, None),
    ("SheetSteel", (0.63, 0.65, 0.67), 0.2, 0.9, 1, None),
    ("DieCast", (0.3, 0.33, 0.28), 0.6, 0.5, 1, None),
    ("SignBlue", (0.02, 0.18, 0.55), 0.5, 0, 1, None),
    ("LampGlow", (0.9, 0.9, 0.85), 0.5, 0, 1, (1, 0.97, 0.9)),
]
GRIPS = [  # name, static friction, dynamic friction, restitution, density [kg/m3]
    ("SteelContact", 0.45, 0.4, 0.05, 7850),
    ("OiledSheetContact", 0.2, 0.15, 0, 7850),
    ("ConcreteContact", 0.7, 0.6, 0, 2400),
    ("WoodContact", 0.6, 0.5, 0, 500),
    ("CardboardContact", 0.5, 0.45, 0, 275),
    ("RubberContact", 0.9, 0.8, 0, 1200),
    ("BeltContact", 0.7, 0.6, 0, 1200),
    ("RollerContact", 0.4, 0.35, 0, 7850),
]


def materials():
    t = Text()
    t.raw("#usda 1.0")
    t.open("", metadata=[
        'doc = """Looks (UsdPreviewSurface) and contact materials (UsdPhysics) of the library.',
        'Friction pairs are means of both partners: carton on belt 0.53, pallet on fork 0.45."""',
        'defaultPrim = "Materials"', "kilogramsPerUnit = 1", "metersPerUnit = 1", 'upAxis = "Z"'])
    t.open('def Scope "Materials"')
    for name, colour, rough, metal, opacity, glow in PAINTS:
        t.open(f'def Material "{name}"')
        t.line(f"token outputs:surface.connect = </Materials/{name}/Surface.outputs:surface>")
        t.open('def Shader "Surface"')
        t.line('uniform token info:id = "UsdPreviewSurface"', f"color3f inputs:diffuseColor = {Vec(*colour)}",
               f"float inputs:roughness = {number(rough)}", f"float inputs:metallic = {number(metal)}")
        if opacity != 1:
            t.line(f"float inputs:opacity = {number(opacity)}")
        if glow:
            t.line(f"color3f inputs:emissiveColor = {Vec(*glow)}")
        t.line("token outputs:surface")
        t.close()
        t.close()
    for name, static, dynamic, bounce, density in GRIPS:
        t.open(f'def Material "{name}"', ["PhysicsMaterialAPI"])
        t.line(f"float physics:staticFriction = {number(static)}", f"float physics:dynamicFriction = {number(dynamic)}",
               f"float physics:restitution = {number(bounce)}", f"float physics:density = {number(density)}")
        t.close()
    t.close()
    return t.text()


CARTON = (0.395, 0.295, 0.25)  # outer size; the 5 mm below the module leave room between neighbours
CARTON_MASS = 8.0


def carton():
    a = Asset("components/carton.usda", "Carton",
              "A closed carton of the 400 x 300 mm module, 250 mm high, 8 kg. Origin under its middle.\n"
              "    The rigid body sits on the root, so that the prim can be instanced as a whole.",
              apis=["PhysicsRigidBodyAPI", "PhysicsMassAPI"],
              meta=['prepend variantSets = "label"', "variants = {", '    string label = "shipping"', "}"])
    a.begin_root()
    a.line(f"float physics:mass = {number(CARTON_MASS)}")
    x, y, z = CARTON
    a.box("Box", CARTON, (0, 0, z / 2), "Cardboard", "CardboardContact")
    a.box("Tape", (x + 0.001, 0.05, 0.0005), (0, 0, z), "Tape", purpose="render")

    def label():
        a.box("Label", (0.0005, 0.105, 0.148), (x / 2, -0.05, 0.14), "Paper", purpose="render")

    def plain():
        a.line("# No label.")

    return a.finish_with_variants("label", [("shipping", label), ("plain", plain)])


def eur_pallet():
    a = Asset("components/eur_pallet.usda", "EurPallet",
              "EUR pallet, 1200 x 800 x 144 mm, 25 kg. Origin on the floor under its middle, x along 1200.\n"
              "    Every board and block is an instance of one timber, so that an instanced pallet holds nested\n"
              "    instances. Four guide boxes are the colliders: the deck and three runners with the fork\n"
              "    openings, 100 mm high, between them.",
              apis=["PhysicsRigidBodyAPI", "PhysicsMassAPI"])
    a.open('class Xform "_Timber"', metadata=['kind = "subcomponent"'])
    a.open('def Cube "Wood"', ["MaterialBindingAPI"])
    a.line("double size = 1", "float3[] extent = [(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)]",
           "rel material:binding = </_Timber/PineWood>")
    a.close()
    a.line("", f'def "PineWood" (prepend references = {a.asset("components/materials.usda")}</Materials/PineWood>)',
           "{", "}")
    a.close()
    a.begin_root()
    a.line("float physics:mass = 25")
    with a.group("Boards"):
        boards = [(f"Bottom{i}", (0, y, 0.011), (1.2, w, 0.022)) for i, (y, w) in enumerate(RUNNERS)]
        boards += [(f"Block{3 * j + i}", (x, y, 0.061), (0.145, w, 0.078))
                   for j, x in enumerate((-0.5275, 0, 0.5275)) for i, (y, w) in enumerate(RUNNERS)]
        boards += [(f"Stringer{i}", (x, 0, 0.111), (0.145, 0.8, 0.022)) for i, x in enumerate((-0.5275, 0, 0.5275))]
        boards += [(f"Deck{i}", (0, y, 0.133), (1.2, w, 0.022)) for i, (y, w) in enumerate(DECK)]
        for name, at, size in boards:
            a.put(name, "</_Timber>", at, scale=size, instanceable=True)
    with a.group("Colliders", purpose="guide"):
        a.box("Deck", (1.2, 0.8, 0.044), (0, 0, 0.122), grip="WoodContact")
        for i, (y, w) in enumerate(RUNNERS):
            a.box(f"Runner{i}", (1.2, w, 0.1), (0, y, 0.05), grip="WoodContact")
    return a.finish()


RUNNERS = [(-0.35, 0.1), (0, 0.145), (0.35, 0.1)]  # y and width of the pallet's runners
DECK = [(-0.3275, 0.145), (-0.165, 0.1), (0, 0.145), (0.165, 0.1), (0.3275, 0.145)]  # and of its deck boards


def conveyor_leg():
    a = Asset("components/conveyor_leg.usda", "ConveyorLeg",
              "A pair of legs of a conveyor, 0.58 m apart, with foot plates and a cross bar. Stands still.",
              kind="subcomponent")
    a.begin_root()
    for side, y in (("Left", 0.29), ("Right", -0.29)):
        a.box(f"{side}Post", (0.06, 0.04, 0.64), (0, y, 0.33), "MachineGrey", "SteelContact")
        a.box(f"{side}Foot", (0.12, 0.1, 0.01), (0, y, 0.005), "DarkSteel", purpose="render")
    a.box("Bar", (0.04, 0.54, 0.04), (0, 0, 0.2), "MachineGrey", purpose="render")
    return a.finish()


def conveyor_frame():
    a = Asset("components/conveyor_frame.usda", "ConveyorFrame",
              "Side members, guide rails and legs of a straight conveyor; top of rollers or belt 0.8 m.\n"
              "    Variant set length: 1 m or 2 m. The legs are instances within the instanced frame.",
              kind="subcomponent",
              meta=['prepend variantSets = "length"', "variants = {", '    string length = "two"', "}"])
    a.begin_root()

    def frame(length, legs):
        def write():
            for side, y in (("Left", 0.29), ("Right", -0.29)):
                a.box(f"{side}Member", (length, 0.04, 0.14), (0, y, 0.72), "MachineBlue", "SteelContact")
                a.box(f"{side}Rail", (length, 0.02, 0.05), (0, y, 0.865), "BrightSteel", "SteelContact")
                for i, x in enumerate(legs):
                    a.box(f"{side}Bracket{i}", (0.03, 0.015, 0.06), (x, y, 0.815), "MachineGrey", purpose="render")
            for i, x in enumerate(legs):
                a.put(f"Leg{i}", "components/conveyor_leg.usda", (x, 0, 0), instanceable=True)
        return write

    return a.finish_with_variants("length", [
        ("one", frame(0.99, (-0.35, 0.35))), ("two", frame(1.99, (-0.85, 0, 0.85)))])


def roller_conveyor():
    a = Asset("components/roller_conveyor.usda", "RollerConveyor",
              "Driven roller conveyor, 2 m module, 0.5 m usable width, rollers of 50 mm 100 mm apart, top 0.8 m.\n"
              "    Goods run along x. The carrying surface is a kinematic body with a surface velocity; the\n"
              "    rollers are a point instancer for the eye.")
    a.begin_root()
    a.put("Frame", "components/conveyor_frame.usda", instanceable=True, variants=[("length", "two")])
    bed(a, 1.99, 0.3, "RollerContact")

    def roller(name, paint):
        return name, lambda: a.cylinder(name, 0.025, 0.52, "Y", paint=paint)

    a.comment("Every fifth roller is the one with the motor.")
    a.instancer("Rollers", [roller("Idler", "BrightSteel"), roller("Motor", "DarkSteel")],
                [(round(-0.95 + 0.1 * i, 3), 0, 0.775) for i in range(20)], [int(i % 5 == 2) for i in range(20)])
    return a.finish()


def bed(a, length, speed, grip):
    a.comment("Kinematic: it never moves, its surface does. The velocity is in the body's own axes.")
    with a.body("Bed", kinematic=True, apis=["PhysxSurfaceVelocityAPI"], lines=[
            f"vector3f physxSurfaceVelocity:surfaceVelocity = {Vec(speed, 0, 0)}",
            "bool physxSurfaceVelocity:surfaceVelocityEnabled = 1",
            "bool physxSurfaceVelocity:surfaceVelocityLocalSpace = 1"]):
        a.box("Surface", (length, 0.52, 0.05), (0, 0, 0.775), grip=grip, purpose="guide")


def belt_conveyor():
    a = Asset("components/belt_conveyor.usda", "BeltConveyor",
              "Belt conveyor, 1 m module, belt 0.5 m wide, top 0.8 m. Goods run along x with the belt, a\n"
              "    kinematic body with a surface velocity.")
    a.begin_root()
    a.put("Frame", "components/conveyor_frame.usda", instanceable=True, variants=[("length", "one")])
    bed(a, 0.99, 0.4, "BeltContact")
    with a.group("Belt"):
        a.box("Top", (0.93, 0.5, 0.006), (0, 0, 0.797), "Belt")
        a.box("Return", (0.93, 0.5, 0.006), (0, 0, 0.733), "Belt")
        for side, x in (("Head", 0.46), ("Tail", -0.46)):
            a.cylinder(f"{side}Drum", 0.032, 0.52, "Y", (x, 0, 0.765), "DarkSteel")
        a.box("Motor", (0.22, 0.1, 0.12), (0.3, -0.37, 0.72), "MachineBlue")
    return a.finish()


def fence_panel():
    a = Asset("components/fence_panel.usda", "FencePanel",
              "Guard fence, 2 m high: one post at the origin and a panel along x up to the next post.\n"
              "    Variant set width: 1 m, or half a metre.",
              meta=['prepend variantSets = "width"', "variants = {", '    string width = "full"', "}"])
    a.begin_root()
    a.box("Post", (0.06, 0.06, 2.0), (0, 0, 1.0), "SafetyYellow", "SteelContact")
    a.box("Plate", (0.14, 0.14, 0.008), (0, 0, 0.004), "DarkSteel", purpose="render")

    def panel(width):
        def write():
            middle, inner = width / 2, width - 0.08
            a.box("Wires", (inner, 0.012, 1.8), (middle, 0, 1.08), "GuardMesh", "SteelContact")
            for name, z in (("TopBar", 1.97), ("BottomBar", 0.19)):
                a.box(name, (inner, 0.03, 0.03), (middle, 0, z), "SafetyYellow", purpose="render")
            count = round(inner / 0.1)
            a.instancer("Bars", [("Bar", lambda: a.cylinder("Bar", 0.002, 1.76, "Z", paint="DarkSteel"))],
                        [(round(0.04 + inner * (i + 0.5) / count, 4), 0.008, 1.08) for i in range(count)])
        return write

    return a.finish_with_variants("width", [("full", panel(1.0)), ("half", panel(0.5))])


def traffic_cone():
    a = Asset("components/traffic_cone.usda", "TrafficCone",
              "Traffic cone, 500 mm high, 1.2 kg, with a convex hull around its low-poly mesh.",
              apis=["PhysicsRigidBodyAPI", "PhysicsMassAPI"])
    a.begin_root()
    a.line("float physics:mass = 1.2", "point3f physics:centerOfMass = (0, 0, 0.12)")
    a.box("Base", (0.28, 0.28, 0.03), (0, 0, 0.015), "Rubber", "RubberContact")
    points, faces = frustum(8, 0.11, 0.025, 0.03, 0.5)
    a.mesh("Cone", points, faces, "RobotOrange", "RubberContact")
    return a.finish()


def frustum(sides, low_radius, high_radius, low, high):
    """A prism of `sides` whose top is drawn in."""
    ring = [(math.cos(2 * math.pi * i / sides), math.sin(2 * math.pi * i / sides)) for i in range(sides)]
    points, faces = extrude(ring, "Z", low, high)
    points = [(round(x * (low_radius if i < sides else high_radius), 6),
               round(y * (low_radius if i < sides else high_radius), 6), z) for i, (x, y, z) in enumerate(points)]
    return points, faces


def layers():
    return [(f"components/{name}.usda", text()) for name, text in (
        ("materials", materials), ("carton", carton), ("eur_pallet", eur_pallet), ("conveyor_leg", conveyor_leg),
        ("conveyor_frame", conveyor_frame), ("roller_conveyor", roller_conveyor), ("belt_conveyor", belt_conveyor),
        ("fence_panel", fence_panel), ("traffic_cone", traffic_cone))]


if __name__ == "__main__":
    sys.exit(write_all(layers(), "make_components.py"))
