"""Adds up JUnit files, names the tests that failed, and prints the last line of `make test`: N passed, N failed.

    tools/count-tests.py BROKEN_RUNS FILE...

BROKEN_RUNS counts the runners that failed as a whole (a crash leaves no file, or half of one).
Exits 1 if a test failed, a runner broke, or nothing ran.
"""

import sys
import xml.etree.ElementTree as ElementTree


def main(broken: int, files: list[str]) -> int:
    passed = failed = skipped = 0
    for file in files:
        try:
            cases = list(ElementTree.parse(file).iter("testcase"))
        except (OSError, ElementTree.ParseError) as fault:
            print(f"{file}: {fault}", file=sys.stderr)
            broken = max(broken, 1)
            continue
        # The runners' own totals count issues, not tests.
        for case in cases:
            faults = case.findall("failure") + case.findall("error")
            if faults:
                failed += 1
                print(f"failed: {case.get('classname')} {case.get('name')}")
                for fault in faults:
                    print(f"    {' '.join((fault.get('message') or fault.text or '').split())[:300]}")
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
    if broken and not failed:
        failed = broken
    if passed + failed == 0:
        print("no test ran", file=sys.stderr)
        failed = 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
