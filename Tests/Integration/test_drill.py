"""The drill (drill.py) in a root of its own: an overlay over the running system, which is gone afterwards."""

import os
import subprocess
import sys

import pytest

from local_run import BINARY, ROOT
from scripted_provider import ScriptedProvider

# The repository and the tests' Python may lie on other disks than the root; each is put where it is known.
SCRIPT = """
mount -t tmpfs -o mode=755 none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
mount --rbind /dev /mnt/root/dev
mount -t proc proc /mnt/root/proc || mount --rbind /proc /mnt/root/proc
mount -t tmpfs -o mode=755 none /mnt/root/run
mount -t tmpfs -o mode=1777 none /mnt/root/tmp
mkdir -p /mnt/root$ROOT
mount --bind $ROOT /mnt/root$ROOT
exec chroot /mnt/root "$PYTHON" "$ROOT/Tests/Integration/drill.py" "$PROVIDER"
"""


# A long one: make test-long.
if "PARLEY_LONG_TESTS" in os.environ:

    @pytest.mark.skipif(os.geteuid() != 0, reason="an overlay needs root")
    def test_a_site_is_installed_upgraded_lost_and_brought_back(provider: ScriptedProvider) -> None:
        ran = subprocess.run(
            ["unshare", "-m", "--propagation", "private", "bash", "-euc", SCRIPT], capture_output=True, text=True,
            timeout=500,
            env=os.environ | {
                "ROOT": str(ROOT), "PROVIDER": provider.url, "PARLEY_BINARY": str(BINARY),
                "PYTHON": sys.executable, "PYTHONPATH": str(ROOT / "Tests/Integration"),
                "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin",
            },
        )
        print(ran.stdout)
        assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
        assert "drill: done" in ran.stdout
