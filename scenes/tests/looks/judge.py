"""How shapes look, as usd-core has it: one JSON object on the last line, by file and prim.

Exit code 2 says that usd-core is not there.
"""

import json
import sys

try:
    from pxr import Sdf, Usd, UsdGeom, UsdShade
except ImportError:
    sys.exit(2)

FALLBACKS = {
    "diffuseColor": [0.18] * 3,
    "emissiveColor": [0.0] * 3,
    "specularColor": [0.0] * 3,
    "metallic": 0.0,
    "roughness": 0.5,
    "clearcoat": 0.0,
    "clearcoatRoughness": 0.01,
    "opacity": 1.0,
    "opacityThreshold": 0.0,
    "ior": 1.5,
    "normal": [0.0, 0.0, 1.0],
    "displacement": 0.0,
    "occlusion": 1.0,
}


def plain(value):
    """A value as JSON has it."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value
    if isinstance(value, Sdf.AssetPath):
        return value.path
    return [plain(v) for v in value]


def source(shader, name):
    """The attribute that gives an input its value, or None."""
    attribute = shader.GetInput(name)
    if not attribute:
        return None
    found = attribute.GetValueProducingAttributes()
    return found[0] if found else None


def constant(shader, name, fallback=None):
    """The value of an input that is not fed by a shader."""
    attribute = source(shader, name)
    value = attribute.Get(Usd.TimeCode.Default()) if attribute else None
    if attribute and value is None:
        value = attribute.Get(Usd.TimeCode.EarliestTime())
    return fallback if value is None else plain(value)


def shader_of(attribute):
    """The shader that an output belongs to, and the output's name; None for a constant."""
    if attribute is None:
        return None
    name, kind = UsdShade.Utils.GetBaseNameAndType(attribute.GetName())
    if kind != UsdShade.AttributeType.Output or not attribute.GetPrim().IsA(UsdShade.Shader):
        return None
    return UsdShade.Shader(attribute.GetPrim()), name


def varname(shader):
    name = constant(shader, "varname", "") or ""
    return name[len("primvars:") :] if name.startswith("primvars:") else name


def texture(shader, output):
    image = source(shader, "file")
    path = image.Get() if image else None
    made = {
        "channel": output,
        "file": path.path if path else "",
        "resolved": path.resolvedPath if path and "<UDIM>" not in path.path else "",
        "wrap": [constant(shader, "wrapS", "useMetadata"), constant(shader, "wrapT", "useMetadata")],
        "fallback": constant(shader, "fallback", [0.0, 0.0, 0.0, 1.0]),
        "scale": constant(shader, "scale", [1.0] * 4),
        "bias": constant(shader, "bias", [0.0] * 4),
        "space": constant(shader, "sourceColorSpace", "auto"),
        "transforms": [],
        "primvar": None,
    }
    fed = shader_of(source(shader, "st"))
    while fed:
        at = fed[0]
        kind = at.GetIdAttr().Get() or ""
        if kind == "UsdTransform2d":
            step = [constant(at, "rotation", 0.0)]
            step += constant(at, "scale", [1.0, 1.0]) + constant(at, "translation", [0.0, 0.0])
            made["transforms"].insert(0, step)
            fed = shader_of(source(at, "in"))
            continue
        if kind.startswith("UsdPrimvarReader_"):
            made["primvar"] = varname(at) or None
        break
    return made


def surface(material):
    """The look of a material: inputs by name; None without a surface."""
    shader = material.ComputeSurfaceSource()[0] if material else None
    if not shader:
        return None
    if shader.GetIdAttr().Get() != "UsdPreviewSurface":
        return {}
    inputs = {}
    for name, fallback in FALLBACKS.items():
        fed = shader_of(source(shader, name))
        kind = (fed[0].GetIdAttr().Get() or "") if fed else ""
        if kind == "UsdUVTexture" and (constant(fed[0], "file", "")):
            inputs[name] = {"texture": texture(*fed)}
        elif kind.startswith("UsdPrimvarReader_") and varname(fed[0]):
            inputs[name] = {"reads": varname(fed[0])}
        elif fed:
            inputs[name] = {}
        else:
            inputs[name] = {"value": constant(shader, name, fallback)}
    inputs["useSpecularWorkflow"] = {"value": constant(shader, "useSpecularWorkflow", 0)}
    return inputs


def display(prim):
    """Display colour and opacity of a prim, its own or inherited."""
    made = {}
    for name in ("displayColor", "displayOpacity"):
        primvar = UsdGeom.PrimvarsAPI(prim).FindPrimvarWithInheritance("primvars:" + name)
        if not primvar or not primvar.HasValue():
            continue
        if primvar.GetInterpolation() == UsdGeom.Tokens.constant:
            values = primvar.ComputeFlattened()
            made[name] = plain(values[0]) if values else None
        else:
            made[name] = "own"
    return made


def triangles(prim):
    """Points and corners of the fans of a mesh, as (face, points, corners)."""
    mesh = UsdGeom.Mesh(prim)
    counts = mesh.GetFaceVertexCountsAttr().Get() or []
    points = mesh.GetFaceVertexIndicesAttr().Get() or []
    holes = set(mesh.GetHoleIndicesAttr().Get() or [])
    flip = mesh.GetOrientationAttr().Get() == UsdGeom.Tokens.leftHanded
    made, first = [], 0
    for face, count in enumerate(counts):
        for k in range(1, count - 1):
            fan = [first, first + k, first + k + 1]
            fan = [fan[0], fan[2], fan[1]] if flip else fan
            if face not in holes:
                made.append((face, [points[c] for c in fan], fan))
        first += count
    return made


def on_corners(prim, name):
    """A primvar at the corners of the first triangles; None if it is not there."""
    primvar = UsdGeom.PrimvarsAPI(prim).FindPrimvarWithInheritance("primvars:" + name)
    if not primvar or not primvar.HasValue():
        return None
    values = primvar.ComputeFlattened()
    if values is None:
        return None
    kind = primvar.GetInterpolation()
    made = []
    for face, points, corners in triangles(prim)[:40]:
        chosen = {
            "constant": [0] * 3,
            "uniform": [face] * 3,
            "vertex": points,
            "varying": points,
            "faceVarying": corners,
        }[kind]
        if max(chosen) >= len(values):
            return None
        made += [plain(values[k]) for k in chosen]
    return made


def shape(prim):
    bound = lambda p: UsdShade.MaterialBindingAPI(p).ComputeBoundMaterial("preview")[0]
    material = bound(prim)
    look = surface(material)
    made = {"look": look, "display": display(prim), "sets": {}, "corners": {}}
    looks = [look]
    if prim.IsA(UsdGeom.Mesh):
        for subset in UsdShade.MaterialBindingAPI(prim).GetMaterialBindSubsets():
            own = bound(subset.GetPrim())
            made["sets"][subset.GetPrim().GetName()] = {
                "look": surface(own),
                "faces": plain(subset.GetIndicesAttr().Get() or []),
            }
            looks.append(made["sets"][subset.GetPrim().GetName()]["look"])
        for look in looks:
            for fed in (look or {}).values():
                name = fed.get("reads") or (fed.get("texture") or {}).get("primvar")
                if name:
                    made["corners"][name] = on_corners(prim, name)
    return made


SHAPES = (
    "Cube Sphere Cylinder Cylinder_1 Capsule Capsule_1 Cone Plane Mesh".split()
)


def main():
    out = {}
    for name in sys.argv[1:]:
        try:
            stage = Usd.Stage.Open(name)
        except Exception:
            continue
        prims = Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies())
        # One file has a million prims; the first ones of a kind say it all.
        found = {}
        for prim in prims:
            if prim.GetTypeName() in SHAPES and len(found) < 20000:
                found[str(prim.GetPath())] = shape(prim)
        out[name] = found
    print(json.dumps(out))


main()
