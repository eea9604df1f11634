"""Opens a stage with usd-core, expands it, parses its physics, and prints one JSON line.

    python3 tools/bench/peer_usd.py SCENE

Needs `usd-core`. What is timed: `Usd.Stage.Open`, a walk over all prims with instances expanded, and
`UsdPhysics.LoadUsdPhysicsFromRange`, each by itself, in a process of its own.
"""
import json
import resource
import sys
import time

from pxr import Usd, UsdPhysics

begin = time.perf_counter()
stage = Usd.Stage.Open(sys.argv[1])
opened = time.perf_counter()
prims = sum(1 for _ in Usd.PrimRange.Stage(stage, Usd.TraverseInstanceProxies()))
walked = time.perf_counter()
parse = getattr(UsdPhysics, "LoadUsdPhysicsFromRange", None) or UsdPhysics.UsdPhysicsLoadStageFromPrimRange
found = parse(stage, ["/"])
parsed = time.perf_counter()
print(json.dumps({
    "usd": ".".join(map(str, Usd.GetVersion())),
    "prims": prims,
    "physics_objects": sum(len(paths) for paths, _ in found.values()),
    "open_s": opened - begin,
    "walk_s": walked - opened,
    "physics_s": parsed - walked,
    "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}))
