"""A hook of the build: no wheel without the dashboard's third-party modules."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("api", "hpsearch_api", "static", "vendor")


class DashboardHook(BuildHookInterface[Any]):  # type: ignore[misc]  # hatchling is there during builds alone
    """Stops the build where `make setup` has not been."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Looks for the modules; an editable install goes without, and the server then says what to run."""
        if version != "editable" and not any(Path(self.root, VENDOR).rglob("*.js")):
            raise SystemExit(
                f"{VENDOR} is missing: run `make setup` first, or npm ci and python api/vendor.py. "
                "HATCH_BUILD_NO_HOOKS=true builds without the dashboard."
            )
