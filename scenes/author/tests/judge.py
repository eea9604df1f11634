"""Says as JSON what usd-core makes of USD files: frames, attributes, physics objects, warnings.

Needs usd-core in the Python that runs it. Exit code 2: it is not installed.
"""

import json
import sys


def plain(value):
    """A value as JSON: quaternions as w, x, y, z; paths as text; numbers beyond JSON as text."""
    from pxr import Gf, Sdf

    if isinstance(value, (Gf.Quatf, Gf.Quatd, Gf.Quath)):
        return [plain(value.GetReal()), *[plain(v) for v in value.GetImaginary()]]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (Sdf.Path, Sdf.AssetPath)):
        return str(value)
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return str(value)
    if type(value) in (int, float):
        return value
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if hasattr(value, "__len__"):
        return [plain(v) for v in value]
    return str(value)


def described(thing):
    """All members of a physics description, nested ones too."""
    members = {}
    for name in dir(thing):
        value = getattr(thing, name)
        if name.startswith("_") or callable(value):
            continue
        inner = type(value).__name__
        if name in ("limit", "drive"):
            value = described(value)
        elif name in ("jointLimits", "jointDrives"):
            value = {str(v.first).split(".")[-1]: described(v.second) for v in value}
        elif "Vector" in inner or inner.startswith("Vec"):
            value = [plain(v) for v in value]
        members[name] = value if isinstance(value, dict) else plain(value)
    return members


def physics(stage):
    from pxr import UsdPhysics

    load = getattr(UsdPhysics, "UsdPhysicsLoadStageFromPrimRange", None) or UsdPhysics.LoadUsdPhysicsFromRange
    found = {}
    for kind, (paths, descriptions) in load(stage, ["/"]).items():
        kind = str(kind).split(".")[-1]
        found[kind] = {str(p): described(d) for p, d in zip(paths, descriptions)}
    return found


def judged(file):
    from pxr import Usd, UsdGeom, UsdShade, UsdUtils

    delegate = UsdUtils.CoalescingDiagnosticDelegate()
    stage = Usd.Stage.Open(file)
    frames = UsdGeom.XformCache()
    prims = {}
    for prim in stage.Traverse():
        prims[str(prim.GetPath())] = {
            "type": str(prim.GetTypeName()),
            "apis": [str(a) for a in (prim.GetPrimTypeInfo().GetAppliedAPISchemas() or [])],
            "world": [list(row) for row in frames.GetLocalToWorldTransform(prim)],
            "attributes": {a.GetName(): plain(a.Get()) for a in prim.GetAttributes() if a.HasAuthoredValue()},
            "rels": {r.GetName(): [str(t) for t in r.GetTargets()] for r in prim.GetRelationships() if r.IsAuthored()},
            "materials": {
                purpose: str(UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial(purpose)[0].GetPath())
                for purpose in ("", "physics")
            },
        }
    said = physics(stage)
    warnings = [d.commentary for d in delegate.TakeUncoalescedDiagnostics()]
    return {"prims": prims, "physics": said, "warnings": warnings, "layer": plain(stage.GetRootLayer().customLayerData)}


def main():
    try:
        import pxr  # noqa: F401
    except ImportError:
        print("judge.py: usd-core is not installed in this Python", file=sys.stderr)
        return 2
    print(json.dumps({file: judged(file) for file in sys.argv[1:]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
