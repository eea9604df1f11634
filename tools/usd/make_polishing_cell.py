"""Writes scenes/library/polishing_cell.usda.

The scene is one text file that people read and edit by eye; this script keeps its numbers
consistent: inertias in principal axes, body poses at the home position, mesh arrays, extents.
Standard library only. Run it without arguments to write the file, with --check to compare.

Facts of the arm (kinematics, masses, inertias, limits) are Universal Robots' published UR10e values.
"""

import math
import pathlib
import sys

from usda_text import (
    Vec, Text, add, diagonalise, mat_mul, mat_vec, number, quat_from_matrix, rot_x, rot_z, transpose,
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "scenes" / "library" / "polishing_cell.usda"

# --- the plant, in metres ----------------------------------------------------------------------

BASE_HEIGHT = 0.60                 # top of the pedestal; the robot's base stands here
WORKPIECE = (0.75, 0.0, 0.86)      # centre of the surface, in the world
HOME_GAP = 0.03                    # from workpiece to pad at home
PAD_OFFSET = 0.16                  # from flange to pad face
PATCH_HALF = (0.18, 0.15)
POLISH_HALF = (0.10, 0.07)
PATCH_CELLS = (36, 30)
BODY_BOTTOM = -0.05                # underside of the part in its own frame


def height(x, y):
    """The saddle: bent up along x, down along y, and not symmetric."""
    return 0.30 * x * x - 0.45 * y * y + 0.4 * x**3 - 0.3 * x * x * y


# --- the arm ------------------------------------------------------------------------------------

# name, origin in the parent link, roll about x, mass, centre of mass, roll of the inertia frame,
# inertia (xx, xy, xz, yy, yz, zz) in that frame
HALF_PI = math.pi / 2
LINKS = [
    ("shoulder", (0, 0, 0.1807), 0.0, 7.369, (0.021, -0.027, 0.0), HALF_PI,
     (0.03408, 2e-05, -0.00425, 0.03529, 8e-05, 0.02156)),
    ("upper_arm", (0, 0, 0), HALF_PI, 13.051, (-0.2327, 0.0, 0.158), 0.0,
     (0.02814, 5e-05, -0.01561, 0.77068, 2e-05, 0.76943)),
    ("forearm", (-0.6127, 0, 0), 0.0, 3.989, (-0.33155, 0.0, 0.068), 0.0,
     (0.01014, 8e-05, 0.00916, 0.30928, 0.0, 0.30646)),
    ("wrist_1", (-0.57155, 0, 0.17415), 0.0, 2.1, (0.0, -0.018, 0.007), HALF_PI,
     (0.00296, -1e-05, 0.0, 0.00222, -0.00024, 0.00258)),
    ("wrist_2", (0, -0.11985, 0), HALF_PI, 1.98, (0.0, 0.018, -0.007), -HALF_PI,
     (0.00296, -1e-05, 0.0, 0.00222, -0.00024, 0.00258)),
    ("wrist_3", (0, 0.11655, 0), -HALF_PI, 0.615, (0.0, 0.0, -0.026), 0.0,
     (0.0004, 0.0, 0.0, 0.00041, 0.0, 0.00034)),
]
# name, limit [deg], torque [N m], speed [deg/s], stiffness [N m/rad], damping [N m s/rad],
# armature [kg m^2], joint damping [N m s/rad], joint friction [N m]
JOINTS = [
    ("shoulder_pan", 360, 330, 120, 20000, 1000, 1.0, 10.0, 4.0),
    ("shoulder_lift", 360, 330, 120, 20000, 1000, 1.0, 10.0, 4.0),
    ("elbow", 180, 150, 180, 20000, 500, 0.6, 5.0, 2.5),
    ("wrist_1", 360, 54, 180, 6000, 100, 0.2, 2.0, 0.8),
    ("wrist_2", 360, 54, 180, 6000, 100, 0.2, 2.0, 0.8),
    ("wrist_3", 360, 54, 180, 6000, 100, 0.2, 2.0, 0.8),
]


def forward(q):
    """World poses (rotation, translation) of the six links."""
    rotation, position = rot_z(math.pi), (0.0, 0.0, BASE_HEIGHT)
    poses = []
    for (_, origin, roll, *_), angle in zip(LINKS, q):
        position = add(position, mat_vec(rotation, origin))
        rotation = mat_mul(mat_mul(rotation, rot_x(roll)), rot_z(angle))
        poses.append((rotation, position))
    return poses


def pad_error(q):
    """Six numbers that vanish when the pad hangs over the workpiece, its face down."""
    rotation, position = forward(q)[-1]
    pad = add(position, mat_vec(rotation, (0, 0, PAD_OFFSET)))
    goal = add(WORKPIECE, (0, 0, HOME_GAP))
    z = mat_vec(rotation, (0, 0, 1))
    x = mat_vec(rotation, (1, 0, 0))
    return [pad[0] - goal[0], pad[1] - goal[1], pad[2] - goal[2], z[0], z[1], x[1]]


def solve(a, b):
    """Solves a small linear system by elimination with row pivots."""
    n = len(b)
    rows = [list(r) + [v] for r, v in zip(a, b)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, n):
            factor = rows[k][i] / rows[i][i]
            rows[k] = [u - factor * v for u, v in zip(rows[k], rows[i])]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - sum(rows[i][k] * x[k] for k in range(i + 1, n))) / rows[i][i]
    return x


def home_angles():
    """Joint angles in degrees: elbow up, pad over the workpiece; Newton's method."""
    q = [math.radians(v) for v in (-13, -82, 105, -113, -90, 77)]
    for _ in range(40):
        error, step = pad_error(q), 1e-7
        columns = []
        for j in range(6):
            moved = list(q)
            moved[j] += step
            columns.append([(u - v) / step for u, v in zip(pad_error(moved), error)])
        q = [v - d for v, d in zip(q, solve([list(r) for r in zip(*columns)], error))]
    rotation, _ = forward(q)[-1]
    if max(abs(v) for v in pad_error(q)) > 1e-9 or mat_vec(rotation, (0, 0, 1))[2] > 0:
        raise SystemExit("no home position found")
    return [round(math.degrees(v), 6) for v in q]


# --- pieces of text -----------------------------------------------------------------------------


def binding(material, physics=None):
    lines = [f"rel material:binding = </Cell/Materials/{material}>"]
    if physics:
        lines.append(f"rel material:binding:physics = </Cell/Materials/{physics}>")
    return lines


def gprim(t, kind, name, centre, size, material, collide=True, physics=None, turn=None, note=None):
    """A box (size), cylinder or capsule (radius, length, axis)."""
    apis = ["MaterialBindingAPI"] + (["PhysicsCollisionAPI"] if collide else [])
    if note:
        t.line(f"# {note}")
    t.open(f'def {kind} "{name}"', apis)
    if kind == "Cube":
        t.line("double size = 1")
        t.line("float3[] extent = [(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)]")
    else:
        radius, length, axis = size
        half = length / 2 + (radius if kind == "Capsule" else 0)
        corner = Vec(*[half if a == axis else radius for a in "XYZ"])
        t.line(f'uniform token axis = "{axis}"')
        t.line(f"double radius = {number(radius)}")
        t.line(f"double height = {number(length)}")
        t.line(f"float3[] extent = [{corner.negated()}, {corner}]")
    t.line(*binding(material, physics))
    order = []
    if any(centre):
        t.line(f"double3 xformOp:translate = {Vec(*centre)}")
        order.append('"xformOp:translate"')
    if turn is not None:
        t.line(f"double xformOp:rotateZ = {number(turn)}")
        order.append('"xformOp:rotateZ"')
    if kind == "Cube":
        t.line(f"double3 xformOp:scale = {Vec(*size)}")
        order.append('"xformOp:scale"')
    if order:
        t.line(f"uniform token[] xformOpOrder = [{', '.join(order)}]")
    t.close()


def mass_lines(t, mass, centre, rotation, inertia):
    xx, xy, xz, yy, yz, zz = inertia
    moments, axes = diagonalise([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    axes = mat_mul(rotation, axes)
    t.line(f"float physics:mass = {number(mass)}")
    t.line(f"point3f physics:centerOfMass = {Vec(*centre)}")
    t.line(f"float3 physics:diagonalInertia = {Vec(*moments, digits=9)}")
    t.line(f"quatf physics:principalAxes = {Vec(*quat_from_matrix(axes), digits=9)}")


def pose_lines(t, rotation, position):
    t.line(f"double3 xformOp:translate = {Vec(*position, digits=12)}")
    t.line(f"quatd xformOp:orient = {Vec(*quat_from_matrix(rotation), digits=15)}")
    t.line('uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:orient"]')


def header(t):
    t.raw('#usda 1.0')
    t.open("", metadata=[
        'doc = """A robot cell for polishing: a six-axis arm with a compliant disc pad on a spindle',
        'over a saddle-shaped part. Real size. Link frames stand at the joints, as published for the',
        'UR10e; masses, inertias, limits, torques and speeds are the published ones too. The shapes are',
        'our own. The halle: properties are described in scenes/HALLE_SCHEMA.md."""',
        'defaultPrim = "Cell"', "kilogramsPerUnit = 1", "metersPerUnit = 1", 'upAxis = "Z"'])


PAINTS = [  # name, base colour, roughness, metallic, opacity
    ("Concrete", (0.33, 0.34, 0.35), 0.9, 0, 1),
    ("FencePaint", (0.93, 0.71, 0.06), 0.5, 0, 1),
    ("FenceMesh", (0.16, 0.17, 0.18), 0.7, 0, 0.35),
    ("TablePaint", (0.22, 0.27, 0.32), 0.6, 0, 1),
    ("PedestalPaint", (0.12, 0.13, 0.14), 0.6, 0, 1),
    ("ArmGrey", (0.72, 0.74, 0.76), 0.35, 0.3, 1),
    ("ArmBlue", (0.16, 0.42, 0.68), 0.4, 0, 1),
    ("Aluminium", (0.80, 0.81, 0.82), 0.3, 0.9, 1),
    ("ToolDark", (0.06, 0.06, 0.07), 0.5, 0.2, 1),
    ("PadFelt", (0.90, 0.36, 0.08), 0.95, 0, 1),
    ("PartSteel", (0.58, 0.63, 0.68), 0.22, 0.85, 1),
]
GRIPS = [  # name, static friction, dynamic friction, restitution, density
    ("SteelContact", 0.6, 0.5, 0.1, 7850),
    ("PolishContact", 0.3, 0.25, 0, 7850),
    ("PadContact", 0.3, 0.25, 0, 400),
]


def materials(t):
    t.comment("Looks (UsdPreviewSurface) and contact materials (UsdPhysics).")
    t.open('def Scope "Materials"')
    for name, colour, rough, metal, opacity in PAINTS:
        t.open(f'def Material "{name}"')
        t.line(f"token outputs:surface.connect = </Cell/Materials/{name}/Surface.outputs:surface>")
        t.open('def Shader "Surface"')
        t.line('uniform token info:id = "UsdPreviewSurface"')
        t.line(f"color3f inputs:diffuseColor = {Vec(*colour)}")
        t.line(f"float inputs:roughness = {number(rough)}", f"float inputs:metallic = {number(metal)}")
        if opacity != 1:
            t.line(f"float inputs:opacity = {number(opacity)}")
        t.line("token outputs:surface")
        t.close()
        t.close()
    for name, static, dynamic, bounce, density in GRIPS:
        t.open(f'def Material "{name}"', ["PhysicsMaterialAPI"])
        t.line(f"float physics:staticFriction = {number(static)}")
        t.line(f"float physics:dynamicFriction = {number(dynamic)}")
        t.line(f"float physics:restitution = {number(bounce)}")
        t.line(f"float physics:density = {number(density)}")
        t.close()
    t.close()


def collision_groups(t):
    t.comment("Shapes of one group do not collide with each other; the cell stands still anyway.")
    t.open('def Scope "Groups"')
    for name, members in (("Arm", ["Robot"]), ("Plant", ["Plant"]), ("Part", ["Workpiece"])):
        t.open(f'def PhysicsCollisionGroup "{name}"', ["CollectionAPI:colliders"])
        targets = ", ".join(f"</Cell/{m}>" for m in members)
        t.line(f"rel collection:colliders:includes = {targets}")
        others = {"Arm": "Arm", "Plant": "Plant", "Part": "Plant"}[name]
        t.line(f"rel physics:filteredGroups = </Cell/Groups/{others}>")
        t.close()
    t.close()


def plant(t):
    t.comment("What stands still: floor, fence, table, fixture, pedestal. Open side at -y.")
    t.open('def Xform "Plant"')
    steel = "SteelContact"
    gprim(t, "Cube", "Floor", (0.4, 0, -0.025), (6, 6, 0.05), "Concrete", physics=steel)
    t.open('def Xform "Fence"')
    posts = [(-0.8, -1.2), (-0.8, 0), (-0.8, 1.2), (0.4, 1.2), (1.6, 1.2), (1.6, 0), (1.6, -1.2)]
    for i, (x, y) in enumerate(posts):
        gprim(t, "Cube", f"Post{i}", (x, y, 1.0), (0.06, 0.06, 2.0), "FencePaint", physics=steel)
    for i, (a, b) in enumerate(zip(posts, posts[1:])):
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, 1.05)
        size = (0.02, 1.1, 1.7) if a[0] == b[0] else (1.1, 0.02, 1.7)
        gprim(t, "Cube", f"Panel{i}", middle, size, "FenceMesh", physics=steel)
    t.close()
    t.open('def Xform "Table"')
    t.line("double3 xformOp:translate = (0.85, 0, 0)", 'uniform token[] xformOpOrder = ["xformOp:translate"]')
    gprim(t, "Cube", "Top", (0, 0, 0.73), (0.8, 1.1, 0.04), "TablePaint", physics=steel)
    for i, (x, y) in enumerate([(-0.35, -0.5), (0.35, -0.5), (0.35, 0.5), (-0.35, 0.5)]):
        gprim(t, "Cube", f"Leg{i}", (x, y, 0.355), (0.06, 0.06, 0.71), "TablePaint", physics=steel)
    t.close()
    t.open('def Xform "Fixture"')
    t.line(f"double3 xformOp:translate = {Vec(WORKPIECE[0], WORKPIECE[1], 0.75)}",
           'uniform token[] xformOpOrder = ["xformOp:translate"]')
    gprim(t, "Cube", "Plate", (0, 0, 0.01), (0.44, 0.38, 0.02), "Aluminium", physics=steel)
    for i, (x, y) in enumerate([(-0.14, -0.11), (0.14, -0.11), (0.14, 0.11), (-0.14, 0.11)]):
        gprim(t, "Cylinder", f"Support{i}", (x, y, 0.04), (0.02, 0.04, "Z"), "Aluminium", physics=steel)
    for i, x in enumerate([-0.195, 0.195]):
        gprim(t, "Cube", f"Stop{i}", (x, 0, 0.05), (0.02, 0.06, 0.06), "Aluminium", physics=steel)
    t.close()
    t.open('def Xform "Pedestal"')
    gprim(t, "Cube", "Foot", (0, 0, 0.0125), (0.5, 0.5, 0.025), "PedestalPaint", physics=steel)
    gprim(t, "Cylinder", "Column", (0, 0, 0.305), (0.11, 0.56, "Z"), "PedestalPaint", physics=steel)
    gprim(t, "Cylinder", "Head", (0, 0, 0.5925), (0.14, 0.015, "Z"), "PedestalPaint", physics=steel)
    t.close()
    t.close()


def mesh_lines(t, points, counts, indices, normals=None):
    low = [min(p[i] for p in points) for i in range(3)]
    high = [max(p[i] for p in points) for i in range(3)]
    t.line('uniform token subdivisionScheme = "none"')
    t.line(f"float3[] extent = [{Vec(*low, digits=7)}, {Vec(*high, digits=7)}]")
    t.array("int[] faceVertexCounts", [str(c) for c in counts], 20)
    t.array("int[] faceVertexIndices", [str(i) for i in indices], 20)
    t.array("point3f[] points", [str(Vec(*p, digits=7)) for p in points], 4)
    if normals:
        t.array("normal3f[] normals", [str(Vec(*n, digits=6)) for n in normals], 4)
        t.lines[-1] += ' (\n' + '    ' * (t.depth + 1) + 'interpolation = "vertex"\n' + '    ' * t.depth + ')'


def patch_points():
    nx, ny = PATCH_CELLS
    grid = [(round(-PATCH_HALF[0] + 2 * PATCH_HALF[0] * i / nx, 9),
             round(-PATCH_HALF[1] + 2 * PATCH_HALF[1] * j / ny, 9))
            for j in range(ny + 1) for i in range(nx + 1)]
    return [(x, y, round(height(x, y), 7)) for x, y in grid]


def patch_normals(points):
    step, normals = 1e-6, []
    for x, y, _ in points:
        sx = (height(x + step, y) - height(x - step, y)) / (2 * step)
        sy = (height(x, y + step) - height(x, y - step)) / (2 * step)
        length = math.sqrt(1 + sx * sx + sy * sy)
        normals.append((-sx / length, -sy / length, 1 / length))
    return normals


def workpiece(t):
    nx, ny = PATCH_CELLS
    points = patch_points()
    t.comment("The part. Its frame is the surface's: z out of the material, origin in the middle.",
              "z = 0.30 x^2 - 0.45 y^2 + 0.4 x^3 - 0.3 x^2 y on 37 x 31 points, 10 mm apart.")
    t.open('def Xform "Workpiece"')
    t.line(f"double3 xformOp:translate = {Vec(*WORKPIECE)}",
           'uniform token[] xformOpOrder = ["xformOp:translate"]')
    apis = ["MaterialBindingAPI", "PhysicsCollisionAPI", "PhysicsMeshCollisionAPI"]
    t.open('def Mesh "Surface"', apis)
    t.line("# Polish the middle; take off ten micrometres.", "custom bool halle:polish:enabled = 1",
           f"custom double2 halle:polish:halfExtent = {Vec(*POLISH_HALF)}",
           "custom double halle:polish:targetRemoval = 6e-06")
    t.line(*binding("PartSteel", "PolishContact"))
    t.line('uniform token physics:approximation = "none"')
    row = nx + 1
    quads = [v for j in range(ny) for i in range(nx)
             for v in (j * row + i, j * row + i + 1, (j + 1) * row + i + 1, (j + 1) * row + i)]
    mesh_lines(t, points, [4] * (nx * ny), quads, patch_normals(points))
    t.close()
    rim = [i for i in range(nx)] + [nx + j * row for j in range(ny)] \
        + [ny * row + nx - i for i in range(nx)] + [(ny - j) * row for j in range(ny)]
    top = [points[i] for i in rim]
    skirt = top + [(x, y, BODY_BOTTOM) for x, y, _ in top]
    n = len(rim)
    sides = [v for k in range(n) for v in (k, n + k, n + (k + 1) % n, (k + 1) % n)]
    floor = [2 * n - 1 - k for k in range(n)]
    t.comment("Side walls and underside of the part.")
    t.open('def Mesh "Body"', apis)
    t.line(*binding("PartSteel", "PolishContact"))
    t.line('uniform token physics:approximation = "none"')
    mesh_lines(t, skirt, [4] * n + [n], sides + floor)
    t.close()
    t.close()


# shapes of each link in its own frame: kind, name, centre, (radius, length, axis), paint
SHAPES = {
    "base": [("Cylinder", "Flange", (0, 0, 0.01), (0.10, 0.02, "Z"), "ArmGrey"),
             ("Cylinder", "Foot", (0, 0, 0.055), (0.075, 0.07, "Z"), "ArmGrey")],
    "shoulder": [("Cylinder", "Turret", (0, 0, 0.0), (0.078, 0.17, "Z"), "ArmGrey"),
                 ("Cylinder", "Collar", (0, -0.07, 0), (0.074, 0.04, "Y"), "ArmBlue")],
    "upper_arm": [("Cylinder", "Shoulder", (0, 0, 0.1762), (0.076, 0.16, "Z"), "ArmGrey"),
                  ("Cylinder", "ShoulderCap", (0, 0, 0.264), (0.07, 0.016, "Z"), "ArmBlue"),
                  ("Capsule", "Tube", (-0.30635, 0, 0.1762), (0.058, 0.6127, "X"), "ArmGrey"),
                  ("Cylinder", "Elbow", (-0.6127, 0, 0.162), (0.066, 0.132, "Z"), "ArmGrey"),
                  ("Cylinder", "ElbowCap", (-0.6127, 0, 0.236), (0.06, 0.016, "Z"), "ArmBlue")],
    "forearm": [("Cylinder", "Elbow", (0, 0, 0.0383), (0.062, 0.1146, "Z"), "ArmGrey"),
                ("Cylinder", "ElbowCap", (0, 0, -0.0267), (0.056, 0.0154, "Z"), "ArmBlue"),
                ("Capsule", "Tube", (-0.285775, 0, 0.0393), (0.047, 0.57155, "X"), "ArmGrey"),
                ("Cylinder", "Wrist", (-0.57155, 0, 0.066), (0.05, 0.11, "Z"), "ArmGrey")],
    "wrist_1": [("Cylinder", "Housing", (0, 0, 0.0), (0.046, 0.104, "Z"), "ArmGrey"),
                ("Cylinder", "Cap", (0, 0, 0.058), (0.042, 0.012, "Z"), "ArmBlue"),
                ("Cylinder", "Neck", (0, -0.058, 0), (0.044, 0.026, "Y"), "ArmGrey")],
    "wrist_2": [("Cylinder", "Housing", (0, 0, 0.0), (0.046, 0.098, "Z"), "ArmGrey"),
                ("Cylinder", "Cap", (0, 0, 0.055), (0.042, 0.012, "Z"), "ArmBlue"),
                ("Cylinder", "Neck", (0, 0.058, 0), (0.044, 0.026, "Y"), "ArmGrey")],
    "wrist_3": [("Cylinder", "Housing", (0, 0, -0.024), (0.045, 0.048, "Z"), "ArmGrey")],
}


def shapes(t, link):
    for kind, name, centre, size, paint in SHAPES[link]:
        gprim(t, kind, name, centre, size, paint, physics="SteelContact")


def body_apis():
    return ["PhysicsRigidBodyAPI", "PhysicsMassAPI"]


def arm(t, home):
    t.comment("The arm. Bodies stand side by side, at the home position; joints carry the chain.")
    t.open('def Xform "Robot"', ["PhysicsArticulationRootAPI"])
    t.open('def Xform "base"', body_apis())
    mass_lines(t, 4.0, (0, 0, 0), rot_z(0), (0.0061063308908, 0, 0, 0.0061063308908, 0, 0.01125))
    pose_lines(t, rot_z(0), (0, 0, BASE_HEIGHT))
    shapes(t, "base")
    t.close()
    for (name, _, _, mass, centre, roll, inertia), (rotation, position) in zip(LINKS, forward(home)):
        t.open(f'def Xform "{name}"', body_apis())
        mass_lines(t, mass, centre, rot_x(roll), inertia)
        pose_lines(t, rotation, position)
        shapes(t, name)
        t.close()
    tool(t, forward(home)[-1])
    t.comment("Joints. Angular drives, limits and speeds are per degree, as UsdPhysics asks.",
              "Armature, joint damping and joint friction are assumed: none are published.")
    t.open('def Scope "Joints"')
    fixed_joint(t, "base_to_floor", None, "base", (0, 0, BASE_HEIGHT))
    parent = "base"
    for link, joint, angle in zip(LINKS, JOINTS, home):
        revolute_joint(t, parent, link, joint, math.degrees(angle))
        parent = link[0]
    fixed_joint(t, "wrist_3_to_tool", "wrist_3", "tool", (0, 0, 0))
    t.close()
    t.close()


def fixed_joint(t, name, parent, child, position):
    t.open(f'def PhysicsFixedJoint "{name}"')
    if parent:
        t.line(f"rel physics:body0 = </Cell/Robot/{parent}>")
    t.line(f"rel physics:body1 = </Cell/Robot/{child}>")
    t.line(f"point3f physics:localPos0 = {Vec(*position)}", "quatf physics:localRot0 = (1, 0, 0, 0)",
           "point3f physics:localPos1 = (0, 0, 0)", "quatf physics:localRot1 = (1, 0, 0, 0)")
    t.close()


def revolute_joint(t, parent, link, joint, home_deg):
    name, limit, torque, speed, stiffness, damping, armature, joint_damping, friction = joint
    per_degree = math.pi / 180
    turn = rot_z(math.pi) if parent == "base" else rot_x(link[2])
    t.open(f'def PhysicsRevoluteJoint "{name}"', ["PhysicsDriveAPI:angular"])
    t.line(f"rel physics:body0 = </Cell/Robot/{parent}>", f"rel physics:body1 = </Cell/Robot/{link[0]}>",
           'uniform token physics:axis = "Z"',
           f"point3f physics:localPos0 = {Vec(*link[1])}",
           f"quatf physics:localRot0 = {Vec(*quat_from_matrix(turn), digits=9)}",
           "point3f physics:localPos1 = (0, 0, 0)", "quatf physics:localRot1 = (1, 0, 0, 0)",
           f"float physics:lowerLimit = {number(-limit)}", f"float physics:upperLimit = {number(limit)}",
           'uniform token drive:angular:physics:type = "force"',
           f"float drive:angular:physics:stiffness = {number(stiffness * per_degree, 7)}",
           f"float drive:angular:physics:damping = {number(damping * per_degree, 7)}",
           f"float drive:angular:physics:maxForce = {number(torque)}",
           f"float drive:angular:physics:targetPosition = {number(home_deg, 9)}",
           f"custom double halle:joint:home = {number(home_deg, 12)}",
           f"custom double halle:joint:velocityLimit = {number(speed)}",
           f"custom double halle:joint:armature = {number(armature)}",
           f"custom double halle:joint:damping = {number(joint_damping * per_degree, 9)}",
           f"custom double halle:joint:friction = {number(friction)}")
    t.close()


def tool(t, flange):
    t.comment("Spindle and compliant disc pad, bolted to the flange; z points out of the pad's face.")
    t.open('def Xform "tool"', body_apis())
    mass_lines(t, 1.2, (0, 0, 0.07), rot_z(0), (0.0026, 0, 0, 0.0026, 0, 0.00075))
    pose_lines(t, *flange)
    gprim(t, "Cylinder", "Adapter", (0, 0, 0.008), (0.04, 0.016, "Z"), "Aluminium", physics="SteelContact")
    gprim(t, "Cylinder", "Spindle", (0, 0, 0.066), (0.032, 0.1, "Z"), "ToolDark", physics="SteelContact")
    gprim(t, "Cylinder", "Shaft", (0, 0, 0.126), (0.011, 0.02, "Z"), "Aluminium", physics="SteelContact")
    gprim(t, "Cylinder", "Plate", (0, 0, 0.139), (0.034, 0.006, "Z"), "ToolDark", physics="SteelContact")
    t.comment("The pad frame: origin in the middle of the face.")
    t.open('def Xform "Pad"', ["MaterialBindingAPI"])
    t.line('custom token halle:tool:kind = "disc"', "custom double halle:tool:radius = 0.0375",
           "custom double halle:tool:stiffness = 20000", "custom double halle:tool:damping = 120",
           "custom double halle:tool:preston = 1e-10", "custom double halle:tool:spindleSpeed = 3000",
           "custom double halle:tool:forceSetPoint = 20")
    t.line("rel material:binding:physics = </Cell/Materials/PadContact>")
    t.line(f"double3 xformOp:translate = (0, 0, {number(PAD_OFFSET)})",
           'uniform token[] xformOpOrder = ["xformOp:translate"]')
    gprim(t, "Cylinder", "Disc", (0, 0, -0.009), (0.0375, 0.018, "Z"), "PadFelt", physics="PadContact")
    t.close()
    t.close()


def look_at(eye, target):
    z = Vec(*[e - v for e, v in zip(eye, target)]).unit()
    x = Vec(-z[1], z[0], 0.0).unit()
    y = (z[1] * x[2] - z[2] * x[1], z[2] * x[0] - z[0] * x[2], z[0] * x[1] - z[1] * x[0])
    return transpose([list(x), list(y), list(z)])


def lights_and_cameras(t):
    t.comment("Light: a soft sky, two panels under the roof, a low sun through the open side.")
    t.open('def Scope "Lights"')
    t.open('def DomeLight "Sky"')
    t.line("color3f inputs:color = (0.80, 0.88, 1)".replace("0.80", "0.8"), "float inputs:intensity = 0.5")
    t.close()
    for name, x in (("PanelLeft", -0.2), ("PanelRight", 1.2)):
        t.open(f'def RectLight "{name}"')
        t.line("float inputs:width = 0.4", "float inputs:height = 1.6", "float inputs:intensity = 12",
               "color3f inputs:color = (1, 0.96, 0.9)", f"double3 xformOp:translate = {Vec(x, 0, 2.8)}",
               'uniform token[] xformOpOrder = ["xformOp:translate"]')
        t.close()
    t.open('def DistantLight "Sun"')
    t.line("float inputs:angle = 2", "float inputs:intensity = 1.5", "color3f inputs:color = (1, 0.94, 0.84)")
    rotation = look_at((1.5, -2.5, 3.0), (0, 0, 0))
    t.line(f"quatd xformOp:orient = {Vec(*quat_from_matrix(rotation), digits=9)}",
           'uniform token[] xformOpOrder = ["xformOp:orient"]')
    t.close()
    t.close()
    t.comment("Cameras look along their -z axis.")
    t.open('def Scope "Cameras"')
    for name, eye, target, focal in (
            ("Overview", (1.2, -3.0, 1.7), (0.42, 0.0, 0.9), 34.0),
            ("CloseUp", (1.2, -0.62, 1.22), (0.73, 0.0, 0.88), 35.0)):
        t.open(f'def Camera "{name}"')
        t.line(f"float focalLength = {number(focal)}", "float horizontalAperture = 36",
               "float verticalAperture = 20.25", "float2 clippingRange = (0.05, 50)")
        pose_lines(t, look_at(eye, target), eye)
        t.close()
    t.close()


def build():
    home = [math.radians(v) for v in home_angles()]
    t = Text()
    header(t)
    t.open('def Xform "Cell"', metadata=['kind = "assembly"'])
    t.open('def PhysicsScene "PhysicsScene"')
    t.line("vector3f physics:gravityDirection = (0, 0, -1)", "float physics:gravityMagnitude = 9.81",
           "custom double halle:scene:timeStep = 0.002")
    t.close()
    arm(t, home)
    workpiece(t)
    plant(t)
    lights_and_cameras(t)
    collision_groups(t)
    materials(t)
    t.close()
    return t.text()


def main():
    text = build()
    if sys.argv[1:] == ["--check"]:
        same = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text
        print(f"{TARGET.name}: {'equal to' if same else 'differs from'} the output of {pathlib.Path(__file__).name}")
        return 0 if same else 1
    if sys.argv[1:]:
        print("usage: make_polishing_cell.py [--check]", file=sys.stderr)
        return 2
    TARGET.write_text(text, encoding="utf-8")
    print(f"wrote {TARGET.name}: {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
