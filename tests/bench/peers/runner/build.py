"""Builds what is measured, and installs the JavaScript drivers with their libraries beside it."""
import shutil
import subprocess
import sys

JAVASCRIPT_FILES = ("*.mjs", "package.json", "package-lock.json", ".npmrc")


def _run(command, cwd=None):
    done = subprocess.run([str(word) for word in command], cwd=cwd, check=False, stdout=sys.stderr)
    return done.returncode == 0


def build_programs(tree, root):
    if not (tree.build / "CMakeCache.txt").exists():
        _run(["cmake", "--preset", "release"], cwd=root)
    if not _run(["cmake", "--build", tree.build, "--target", "swarmqd", "swarm", "bench_drivers"]):
        sys.exit("the build failed; see above")


def install_javascript(tree):
    """Without it their cells say what is missing."""
    if not shutil.which("npm"):
        print("npm is not there; BullMQ and graphile-worker cannot be measured", file=sys.stderr)
        return
    tree.javascript.mkdir(exist_ok=True)
    for pattern in JAVASCRIPT_FILES:
        for file in (tree.here / "javascript").glob(pattern):
            shutil.copy(file, tree.javascript)
    if not _run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=tree.javascript):
        print("npm ci failed; BullMQ and graphile-worker cannot be measured", file=sys.stderr)
