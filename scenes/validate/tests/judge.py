#!/usr/bin/env python3
"""What usd-core's own validators say about files: one JSON object, error names by file.

Exit code 2: no usd-core with validators here."""
import json
import sys

try:
    from pxr import Usd, UsdValidation
except ImportError:
    sys.exit(2)

registry = UsdValidation.ValidationRegistry()
context = UsdValidation.ValidationContext(registry.GetOrLoadAllValidators())
found = {}
for name in sys.argv[1:]:
    stage = Usd.Stage.Open(name)
    found[name] = sorted({error.GetName() for error in context.Validate(stage)})
print(json.dumps(found))
