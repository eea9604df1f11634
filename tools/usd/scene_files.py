"""What the composed scenes have in common: the layer of lights and cameras, and writing or comparing files."""

import pathlib
import sys

from asset import Asset
from usda_text import Vec, transpose

LIBRARY = pathlib.Path(__file__).resolve().parents[2] / "scenes" / "library"


def look_at(eye, target):
    """Rotation of a camera at `eye` that looks at `target` along its -z axis, x level."""
    z = Vec(*[e - v for e, v in zip(eye, target)]).unit()
    x = Vec(-z[1], z[0], 0.0).unit()
    y = (z[1] * x[2] - z[2] * x[1], z[2] * x[0] - z[0] * x[2], z[0] * x[1] - z[1] * x[0])
    return transpose([list(x), list(y), list(z)])


def looks(file, cameras, lamps):
    """The layer with lights and cameras, as all three scenes write it."""
    a = Asset(file, "Cell", "Lights and cameras. Cameras look along their -z axis.", head="over", kind=None)
    a.begin_root()
    with a.scope("Lights"):
        with a.prim('def DomeLight "Sky"'):
            a.line("color3f inputs:color = (0.8, 0.88, 1)", "float inputs:intensity = 0.5")
        for name, at, size, power in lamps:
            with a.prim(f'def RectLight "{name}"'):
                a.line(f"float inputs:width = {size[0]:g}", f"float inputs:height = {size[1]:g}",
                       f"float inputs:intensity = {power:g}", "color3f inputs:color = (1, 0.96, 0.9)")
                a.place(at)
        with a.prim('def DistantLight "Sun"'):
            a.line("float inputs:angle = 2", "float inputs:intensity = 1.5", "color3f inputs:color = (1, 0.94, 0.84)")
            a.place(turn=look_at((1.5, -2.5, 3.0), (0, 0, 0)))
    with a.scope("Cameras"):
        for name, eye, target, focal in cameras:
            with a.prim(f'def Camera "{name}"'):
                a.line(f"float focalLength = {focal:g}", "float horizontalAperture = 36",
                       "float verticalAperture = 20.25", "float2 clippingRange = (0.05, 100)")
                a.place(eye, look_at(eye, target))
    return a.finish()


def write_all(layers, script):
    """Writes the layers, or with --check compares them with the files; the exit code."""
    arguments = sys.argv[1:]
    if arguments not in ([], ["--check"]):
        print(f"usage: {script} [--check]", file=sys.stderr)
        return 2
    different = []
    for file, text in layers:
        path = LIBRARY / file
        if not arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            different.append(file)
    if arguments:
        for file in different:
            print(f"{file}: differs from the output of {script}")
        print(f"{script}: {len(layers) - len(different)} of {len(layers)} files equal")
    else:
        print(f"wrote {len(layers)} files: {sum(len(text) for _, text in layers)} bytes")
    return 1 if different else 0
