"""Opens a USD stage with usd-core and says in one line whether anything is wrong with it.

Needs usd-core in the Python that runs it. Exit code 0: no complaint. 1: complaints, listed on stderr.
2: wrong usage, or usd-core is not installed.
"""

import contextlib
import os
import sys
import tempfile

# Only asked of files that are to be archived into a package.
SKIPPED = {"usdUtilsValidators:PackageEncapsulationValidator"}


@contextlib.contextmanager
def stderr_as_problems(problems):
    """Whatever the libraries print to stderr, warnings included, is a complaint."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            problems.extend(line for line in file.read().decode(errors="replace").splitlines() if line)


def opened(path, problems):
    """The stage, with every warning that opening it raised added to `problems`."""
    from pxr import Tf, Usd

    try:
        stage = Usd.Stage.Open(path)
    except Tf.ErrorException as error:
        problems.append(f"cannot open: {error}")
        return None
    problems.extend(str(e) for e in stage.GetCompositionErrors())
    return stage


def validate(stage, problems):
    """Runs every validator that usd-core ships; returns how many there were."""
    from pxr import UsdValidation

    registry = UsdValidation.ValidationRegistry()
    names = [m.name for m in registry.GetAllValidatorMetadata() if not m.isSuite and m.name not in SKIPPED]
    context = UsdValidation.ValidationContext(registry.GetOrLoadValidatorsByName(names))
    for error in context.Validate(stage):
        sites = ", ".join(str(s.GetPrim().GetPath()) for s in error.GetSites() if s.IsPrim())
        problems.append(f"{error.GetValidator().GetMetadata().name}: {error.GetMessage()} {sites}")
    return len(names)


def metadata(stage, problems):
    """Units and up axis must be said, not assumed."""
    from pxr import UsdGeom, UsdPhysics

    if not UsdGeom.StageHasAuthoredMetersPerUnit(stage):
        problems.append("metersPerUnit is not authored")
    if not stage.HasAuthoredMetadata(UsdGeom.Tokens.upAxis):
        problems.append("upAxis is not authored")
    if not UsdPhysics.StageHasAuthoredKilogramsPerUnit(stage):
        problems.append("kilogramsPerUnit is not authored")


def physics(stage, problems):
    """Parses all UsdPhysics objects; returns how many there are. Each must be valid."""
    from pxr import UsdPhysics

    if hasattr(UsdPhysics, "UsdPhysicsLoadStageFromPrimRange"):
        found = UsdPhysics.UsdPhysicsLoadStageFromPrimRange(stage, ["/"])
    else:
        found = UsdPhysics.LoadUsdPhysicsFromRange(stage, ["/"])
    count = 0
    for kind, (paths, descriptions) in found.items():
        for path, description in zip(paths, descriptions):
            count += 1
            if not description.isValid:
                problems.append(f"{path}: not a valid {kind}")
    return count


def main():
    if len(sys.argv) != 2:
        print("usage: check_usd.py SCENE", file=sys.stderr)
        return 2
    try:
        import pxr  # noqa: F401
    except ImportError:
        print("check_usd.py: usd-core is not installed in this Python", file=sys.stderr)
        return 2
    problems = []
    with stderr_as_problems(problems):
        stage = opened(sys.argv[1], problems)
        if stage is not None:
            metadata(stage, problems)
            validators = validate(stage, problems)
            objects = physics(stage, problems)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"{sys.argv[1]}: {len(problems)} complaints")
        return 1
    prims = sum(1 for _ in stage.Traverse())
    print(f"{sys.argv[1]}: {prims} prims, {objects} physics objects, {validators} validators, no complaint")
    return 0


if __name__ == "__main__":
    sys.exit(main())
