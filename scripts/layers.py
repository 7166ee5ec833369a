#!/usr/bin/env python3
"""Checks that the arrows between our crates, and to what only one of them may use, stay as drawn
in ARCHITECTURE.md. Reads the manifests through `cargo metadata`, offline."""

import json
import subprocess
import sys

# From a crate to those it may use.
ARROWS = {
    "milepost": {
        "milepost-analytics",
        "milepost-events",
        "milepost-lake",
        "milepost-report",
        "milepost-sources",
    },
    "milepost-analytics": {"milepost-events"},
    "milepost-benches": {"milepost-analytics", "milepost-events"},
    "milepost-events": set(),
    "milepost-lake": {"milepost-events"},
    "milepost-report": set(),
    "milepost-sources": {"milepost-events"},
}

# What belongs to some crates alone.
OWNED = {
    "charts-rs": {"milepost-report"},
    "clap": {"milepost"},
    "croner": {"milepost"},
    "csv": {"milepost", "milepost-analytics", "milepost-sources"},
    "datafusion": {"milepost", "milepost-analytics", "milepost-benches", "milepost-lake"},
    "datafusion-postgres": {"milepost"},
    "deltalake": {"milepost-lake"},
    "gix": {"milepost-sources"},
    "indicatif": {"milepost"},
    "lettre": {"milepost"},
    "minijinja": {"milepost-report"},
    "object_store": {"milepost", "milepost-lake"},
    "octocrab": {"milepost-sources"},
    "reqwest": {"milepost", "milepost-sources"},
    "rustyline": {"milepost"},
    "sqllogictest": {"milepost-analytics"},
}


def main() -> int:
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    faults = []
    for package in metadata["packages"]:
        name = package["name"]
        if name not in ARROWS:
            faults.append(f"{name} is not drawn: add it to ARCHITECTURE.md and scripts/layers.py")
            continue
        for dependency in package["dependencies"]:
            if dependency["kind"] == "dev":
                continue
            used = dependency["name"]
            if used in ARROWS and used not in ARROWS[name]:
                faults.append(f"{name} must not use {used}")
            if used in OWNED and name not in OWNED[used]:
                faults.append(f"{name} must not use {used}: it belongs to {sorted(OWNED[used])}")
    for fault in faults:
        print(f"layers: {fault}", file=sys.stderr)
    if not faults:
        print(f"layers: {len(metadata['packages'])} crates stand as drawn")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
