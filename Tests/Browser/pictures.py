"""Takes pictures of every page in every state, to be looked at, and those in the README.

    PARLEY_BINARY=.build/debug/parley PYTHONPATH=Tests/Integration var/test-venv/bin/python Tests/Browser/pictures.py \\
        DIRECTORY [SCENE...]                     every page, or those of these names
    … Tests/Browser/pictures.py --readme          docs/pictures/discussion.png and start.png

What the voices say in them was written for the pictures.
"""

import pathlib
import sys

from PIL import Image

from browser import Browser
from every_page import SCENES, Scene, Stage, leave, play
from library import TOPIC
from local_run import ROOT

# Each way to look at a page: for `Browser.look`, and a zoom of 200 % is half the window at twice the density.
LOOKS = {
    "light": {"width": 1100, "height": 800},
    "dark": {"width": 1100, "height": 800, "dark": True},
    "phone": {"width": 390, "height": 844, "scale": 2, "mobile": True},
    "small": {"width": 320, "height": 640, "scale": 2, "mobile": True, "dark": True},
    "zoomed": {"width": 550, "height": 400, "scale": 2},
}


def picture(scene: Scene, stage: Stage, browser: Browser, place: pathlib.Path) -> None:
    play(scene, stage, browser)
    how = "" if browser.javascript else "-plain"
    for look, window in LOOKS.items():
        browser.look(**window)
        if not browser.find_elements("css selector", ".toast"):
            # The whole page, in a window as high as it: what sticks to the window's edge does not cover its middle.
            size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
            browser.look(**window | {"height": max(int(size["height"]), window["height"])})
        browser.picture(place / f"{scene.name}{how}-{look}.png", whole=False)
    browser.look_like_a_desk()
    leave(scene, stage, browser)


def every_page(place: pathlib.Path, names: list[str]) -> None:
    stage = Stage(pause=0.03).started()
    browsers = [Browser(javascript=True), Browser(javascript=False)]
    try:
        for scene in SCENES:
            if not names or scene.name in names:
                for browser in browsers:
                    picture(scene, stage, browser, place)
    finally:
        for browser in browsers:
            browser.quit()
        stage.close()


def readme(place: pathlib.Path) -> None:
    """A discussion that waits for its person, and the start page."""
    stage = Stage(pause=0.03).started()
    browser = Browser(javascript=True)
    try:
        shots = {"discussion": (stage.discussion(TOPIC), "#action"), "start": ("/", "#topic")}
        for name, (path, css) in shots.items():
            browser.get(stage.run.url + path)
            browser.see(css)
            # The width at which a README shows it, so that it is not scaled.
            browser.look(860, 560)
            size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
            browser.look(860, int(size["height"]))
            file = place / f"{name}.png"
            browser.picture(file)
            with Image.open(file) as image:
                image.convert("RGB").quantize(64).save(file, optimize=True)
            assert file.stat().st_size < 150_000, f"{file} is too large for a README"
    finally:
        browser.quit()
        stage.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    place = ROOT / "docs/pictures" if sys.argv[1] == "--readme" else pathlib.Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    if sys.argv[1] == "--readme":
        readme(place)
    else:
        every_page(place, sys.argv[2:])
