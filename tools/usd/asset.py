"""Writes one layer of a composed asset: shapes, bodies, joints, references, variants, materials.

Metres, kilograms, z up. Paths in a layer start at its root prim, so that a reference can carry them.
"""

import contextlib
import math
import os

from usda_text import Text, Vec, number, quat_from_matrix, rot_x, rot_z

MATERIALS = "components/materials.usda"
IDENTITY = rot_z(0)


def rot_y(angle):
    c, s = math.cos(angle), math.sin(angle)
    return [[c, 0, s], [0, 1, 0], [-s, 0, c]]


TURNS = {"X": rot_x, "Y": rot_y, "Z": rot_z}


def spin(axis, degrees):
    """Rotation matrix about a coordinate axis."""
    return TURNS[axis](math.radians(degrees))


def box_inertia(mass, size):
    """Principal moments of a solid box about its centre."""
    x, y, z = size
    return tuple(mass / 12 * v for v in (y * y + z * z, x * x + z * z, x * x + y * y))


def quat_text(matrix, digits=9):
    return str(Vec(*quat_from_matrix(matrix), digits=digits))


def extrude(profile, axis, low, high):
    """Points and faces of a convex or concave profile, counter-clockwise, pulled along an axis.

    The profile's two coordinates are the ones that follow the axis cyclically (X: y, z; Y: z, x; Z: x, y).
    """
    k = "XYZ".index(axis)

    def place(pair, along):
        point = [0.0, 0.0, 0.0]
        point[k], point[(k + 1) % 3], point[(k + 2) % 3] = along, pair[0], pair[1]
        return tuple(point)

    n = len(profile)
    points = [place(p, low) for p in profile] + [place(p, high) for p in profile]
    faces = [tuple(reversed(range(n))), tuple(range(n, 2 * n))]
    faces += [(i, (i + 1) % n, n + (i + 1) % n, n + i) for i in range(n)]
    return points, faces


class Asset(Text):
    """One layer; `file` is its path below the library, `root` the name of its default prim."""

    def __init__(self, file, root, doc, head="def Xform", kind="component", apis=(), sublayers=(), meta=()):
        super().__init__()
        self.file, self.root, self.used = file, root, {}
        self.raw("#usda 1.0")
        lines = [f'doc = """{doc}"""', f'defaultPrim = "{root}"', "kilogramsPerUnit = 1", "metersPerUnit = 1"]
        if sublayers:
            lines.append("subLayers = [")
            lines += [f"    {self.asset(s)}" + ("," if s != sublayers[-1] else "") for s in sublayers]
            lines.append("]")
        lines.append('upAxis = "Z"')
        self.open("", metadata=lines)
        self.root_line = (f'{head} "{root}"', apis, [*([f'kind = "{kind}"'] if kind else []), *meta])

    def begin_root(self):
        self.open(*self.root_line)

    def asset(self, target):
        """The asset path of another file of the library as this layer must write it."""
        relative = os.path.relpath(target, os.path.dirname(self.file) or ".").replace(os.sep, "/")
        return f"@{relative if relative.startswith('.') else './' + relative}@"

    @contextlib.contextmanager
    def prim(self, head, apis=(), metadata=()):
        self.open(head, apis, metadata)
        yield self
        self.close()

    def scope(self, name, head="Scope"):
        return self.prim(f'def {head} "{name}"')

    @contextlib.contextmanager
    def braces(self, text):
        """A block whose brace stands on its own line's end, as variant sets and variants are written."""
        self.lines.append("    " * self.depth + text + " {")
        self.depth += 1
        self.fresh = True
        yield self
        self.close()

    def variants(self, name, choices):
        """`choices`: pairs of a variant's name and the function that writes its contents."""
        self.lines.append("")
        with self.braces(f'variantSet "{name}" ='):
            for choice, write in choices:
                with self.braces(f'"{choice}"'):
                    write()

    # --- placing ----------------------------------------------------------------------------------

    def place(self, at=(0, 0, 0), turn=None, scale=None):
        """Transform ops; `turn` is (axis, degrees) or a rotation matrix."""
        order = []
        if any(at):
            self.line(f"double3 xformOp:translate = {Vec(*at, digits=12)}")
            order.append("translate")
        if isinstance(turn, tuple):
            self.line(f"double xformOp:rotate{turn[0]} = {number(turn[1])}")
            order.append(f"rotate{turn[0]}")
        elif turn is not None:
            self.line(f"quatd xformOp:orient = {quat_text(turn, 15)}")
            order.append("orient")
        if scale:
            self.line(f"double3 xformOp:scale = {Vec(*scale)}")
            order.append("scale")
        if order:
            names = ", ".join(f'"xformOp:{o}"' for o in order)
            self.line(f"uniform token[] xformOpOrder = [{names}]")

    @contextlib.contextmanager
    def group(self, name, at=(0, 0, 0), turn=None, kind=None, purpose=None, apis=()):
        with self.prim(f'def Xform "{name}"', apis, [f'kind = "{kind}"'] if kind else []):
            if purpose:
                self.line(f'uniform token purpose = "{purpose}"')
            self.place(at, turn)
            yield self

    @contextlib.contextmanager
    def refer(self, name, target, at=(0, 0, 0), turn=None, scale=None, instanceable=False, arc="references",
              variants=(), apis=(), lines=(), head="def"):
        """A prim brought in by a reference or payload; a target starting with < is in this layer."""
        path = target if target.startswith("<") else self.asset(target)
        meta = ["instanceable = true"] if instanceable else []
        meta.append(f"prepend {arc} = {path}")
        if variants:
            meta.append("variants = {")
            meta += [f'    string {k} = "{v}"' for k, v in variants] + ["}"]
        with self.prim(f'{head} "{name}"', apis, meta):
            self.line(*lines)
            self.place(at, turn, scale)
            yield self

    def put(self, *args, **more):
        with self.refer(*args, **more):
            pass

    # --- materials --------------------------------------------------------------------------------

    def bind(self, paint, grip=None):
        lines = []
        for name, slot in ((paint, "material:binding"), (grip, "material:binding:physics")):
            if name:
                self.used[name] = True
                lines.append(f"rel {slot} = </{self.root}/Materials/{name}>")
        return lines

    def finish(self):
        """Writes the materials that were bound, closes the root prim and returns the text."""
        if self.used:
            self.comment("Looks and contact materials; each is a reference into the common file.")
            with self.scope("Materials"):
                for name in sorted(self.used):
                    path = f"{self.asset(MATERIALS)}</Materials/{name}>"
                    self.line(f'def "{name}" (prepend references = {path})', "{", "}")
        self.close()
        return self.text()

    def finish_with_variants(self, name, choices):
        """Like `finish`, with one variant set at the end whose materials are gathered too."""
        self.variants(name, choices)
        return self.finish()

    # --- shapes -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def shape(self, kind, name, paint=None, grip=None, purpose=None, apis=(), approximation=None):
        names = [*apis]
        if paint or grip:
            names.append("MaterialBindingAPI")
        if grip:
            names.append("PhysicsCollisionAPI")
        if approximation:
            names.append("PhysicsMeshCollisionAPI")
        with self.prim(f'def {kind} "{name}"', names):
            if purpose:
                self.line(f'uniform token purpose = "{purpose}"')
            self.line(*self.bind(paint, grip))
            if approximation:
                self.line(f'uniform token physics:approximation = "{approximation}"')
            yield self

    def box(self, name, size, at=(0, 0, 0), paint=None, grip=None, turn=None, purpose=None, lines=()):
        with self.shape("Cube", name, paint, grip, purpose):
            self.line("double size = 1", "float3[] extent = [(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)]", *lines)
            self.place(at, turn, size)

    def round(self, kind, name, radius, length, axis, at=(0, 0, 0), paint=None, grip=None, turn=None, purpose=None):
        """A cylinder or capsule; the capsule's length is without its caps."""
        half = length / 2 + (radius if kind == "Capsule" else 0)
        corner = Vec(*[half if a == axis else radius for a in "XYZ"], digits=7)
        with self.shape(kind, name, paint, grip, purpose):
            self.line(f'uniform token axis = "{axis}"', f"double radius = {number(radius)}",
                      f"double height = {number(length)}", f"float3[] extent = [{corner.negated()}, {corner}]")
            self.place(at, turn)

    def cylinder(self, *args, **more):
        self.round("Cylinder", *args, **more)

    def capsule(self, *args, **more):
        self.round("Capsule", *args, **more)

    def sphere(self, name, radius, at=(0, 0, 0), paint=None, grip=None, purpose=None):
        corner = Vec(radius, radius, radius)
        with self.shape("Sphere", name, paint, grip, purpose):
            self.line(f"double radius = {number(radius)}", f"float3[] extent = [{corner.negated()}, {corner}]")
            self.place(at)

    def mesh(self, name, points, faces, paint=None, grip=None, at=(0, 0, 0), turn=None, purpose=None,
             approximation="convexHull"):
        low = [min(p[i] for p in points) for i in range(3)]
        high = [max(p[i] for p in points) for i in range(3)]
        with self.shape("Mesh", name, paint, grip, purpose, approximation=approximation if grip else None):
            self.line('uniform token subdivisionScheme = "none"',
                      f"float3[] extent = [{Vec(*low, digits=7)}, {Vec(*high, digits=7)}]")
            self.array("int[] faceVertexCounts", [str(len(f)) for f in faces], 24)
            self.array("int[] faceVertexIndices", [str(i) for f in faces for i in f], 24)
            self.array("point3f[] points", [str(Vec(*p, digits=7)) for p in points], 4)
            self.place(at, turn)

    def instancer(self, name, prototypes, places, order=None, turns=None, within=""):
        """A point instancer; `prototypes` are pairs of name and writer, `order` which one stands where.

        `within` is its parent's path below the root; within a variant USD takes no relative target.
        """
        points = [Vec(*p, digits=7) for p in places]
        with self.prim(f'def PointInstancer "{name}"'):
            home = "/".join(filter(None, (within, name, "Prototypes")))
            self.line(*self.targets("prototypes", [f"{home}/{n}" for n, _ in prototypes]))
            self.array("int[] protoIndices", [str(i) for i in order or [0] * len(points)], 24)
            self.array("point3f[] positions", [str(p) for p in points], 4)
            if turns:
                self.array("quath[] orientations", [quat_text(m, 6) for m in turns], 4)
            with self.scope("Prototypes"):
                for _, write in prototypes:
                    write()

    # --- physics ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def body(self, name, mass=None, at=(0, 0, 0), turn=None, centre=None, moments=None, kinematic=False, apis=(),
             lines=(), filtered=()):
        names = ["PhysicsRigidBodyAPI", *(["PhysicsMassAPI"] if mass else []), *apis]
        if filtered:
            names.append("PhysicsFilteredPairsAPI")
        with self.prim(f'def Xform "{name}"', names):
            if kinematic:
                self.line("bool physics:kinematicEnabled = 1")
            if mass:
                self.mass(mass, centre, moments)
            if filtered:
                targets = ", ".join(f"</{self.root}/{f}>" for f in filtered)
                self.line(f"rel physics:filteredPairs = {'[' + targets + ']' if len(filtered) > 1 else targets}")
            self.line(*lines)
            self.place(at, turn)
            yield self

    def mass(self, mass, centre=None, moments=None):
        self.line(f"float physics:mass = {number(mass)}")
        if centre is not None:
            self.line(f"point3f physics:centerOfMass = {Vec(*centre)}")
        if moments is not None:
            self.line(f"float3 physics:diagonalInertia = {Vec(*moments, digits=6)}",
                      "quatf physics:principalAxes = (1, 0, 0, 0)")

    def joint(self, kind, name, body0, body1, at0=(0, 0, 0), at1=(0, 0, 0), axis=None, limits=None, drive=None,
              vendor=None, turn0=None, apis=(), lines=()):
        """Joint between two prims below the root ("" is the root itself, which stands still).

        `limits`: (low, high) in degrees or metres. `drive`: (stiffness, damping, force, target) in N m/rad or
        N/m, written per degree for angles. `vendor`: (largest speed [deg/s or m/s], armature [kg m^2
        or kg], friction [N m or N]), in the words of Newton's schema.
        """
        angular = kind == "Revolute"
        slot = "angular" if angular else "linear"
        names = [*apis, *([f"PhysicsDriveAPI:{slot}"] if drive else []), *(["NewtonJointAPI"] if vendor else [])]
        if drive and len(drive) > 3:
            names.append(f"PhysicsJointStateAPI:{slot}")
        with self.prim(f'def Physics{kind}Joint "{name}"', names):
            for i, body in enumerate((body0, body1)):
                self.line(f"rel physics:body{i} = </{'/'.join(filter(None, (self.root, body)))}>")
            self.line(f"point3f physics:localPos0 = {Vec(*at0)}", f"point3f physics:localPos1 = {Vec(*at1)}",
                      f"quatf physics:localRot0 = {quat_text(turn0 or IDENTITY)}",
                      "quatf physics:localRot1 = (1, 0, 0, 0)")
            if axis:
                self.line(f'uniform token physics:axis = "{axis}"')
            if limits:
                self.line(f"float physics:lowerLimit = {number(limits[0])}",
                          f"float physics:upperLimit = {number(limits[1])}")
            if drive:
                self.drive(slot, drive, math.pi / 180 if angular else 1)
            if vendor:
                speed, armature, friction = vendor
                self.line(f"float newton:velocityLimit = {number(speed)}",
                          f"float newton:armature = {number(armature)}",
                          f"float newton:friction = {number(friction)}")
            self.line(*lines)

    def free_joint(self, name, body0, body1, axes, drives=(), at0=(0, 0, 0), at1=(0, 0, 0), turn0=None):
        """A joint with limits per axis: `axes` gives (low, high) of the free ones, all others are locked.

        `drives`: pairs of axis and (stiffness, damping, force, target), linear axes only.
        """
        every = ("transX", "transY", "transZ", "rotX", "rotY", "rotZ")
        names = [f"PhysicsLimitAPI:{e}" for e in every] + [f"PhysicsDriveAPI:{e}" for e, _ in drives]
        with self.prim(f'def PhysicsJoint "{name}"', names):
            for i, (body, at, turn) in enumerate(((body0, at0, turn0), (body1, at1, None))):
                self.line(f"rel physics:body{i} = </{'/'.join(filter(None, (self.root, body)))}>",
                          f"point3f physics:localPos{i} = {Vec(*at)}",
                          f"quatf physics:localRot{i} = {quat_text(turn or IDENTITY)}")
            for axis in every:
                # A low limit above the high one is how UsdPhysics locks an axis.
                low, high = axes.get(axis, (1, -1))
                self.line(f"float limit:{axis}:physics:low = {number(low)}",
                          f"float limit:{axis}:physics:high = {number(high)}")
            for axis, (stiffness, damping, force, target) in drives:
                self.line(f'uniform token drive:{axis}:physics:type = "force"',
                          f"float drive:{axis}:physics:stiffness = {number(stiffness)}",
                          f"float drive:{axis}:physics:damping = {number(damping)}",
                          f"float drive:{axis}:physics:maxForce = {number(force)}",
                          f"float drive:{axis}:physics:targetPosition = {number(target)}")

    def drive(self, slot, drive, per_unit=1):
        stiffness, damping, force = drive[:3]
        prefix = f"drive:{slot}:physics"
        self.line(f'uniform token {prefix}:type = "force"',
                  f"float {prefix}:stiffness = {number(stiffness * per_unit, 7)}",
                  f"float {prefix}:damping = {number(damping * per_unit, 7)}",
                  f"float {prefix}:maxForce = {number(force)}")
        if len(drive) > 3:
            self.line(f"float {prefix}:targetPosition = {number(drive[3], 9)}",
                      f"float state:{slot}:physics:position = {number(drive[3], 9)}",
                      f"float state:{slot}:physics:velocity = 0")

    def collision_group(self, name, members, filtered=()):
        """`members` below the root prim, `filtered` names of groups that do not touch this one."""
        with self.prim(f'def PhysicsCollisionGroup "{name}"', ["CollectionAPI:colliders"]):
            self.line(*self.targets("collection:colliders:includes", members))
            if filtered:
                self.line(*self.targets("physics:filteredGroups", [f"Physics/{f}" for f in filtered]))

    def targets(self, name, members):
        paths = [f"</{self.root}/{m}>" for m in members]
        return [f"rel {name} = {paths[0]}"] if len(paths) == 1 else [f"rel {name} = [", *[
            f"    {p}" + ("," if p != paths[-1] else "") for p in paths], "]"]
