"""Chromium as the tests drive it: headless, with or without JavaScript, in the size and colours asked for."""

import base64
import json
import os
import pathlib
import shutil
from collections.abc import Callable

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from local_run import eventually


class Browser(webdriver.Chrome):
    def __init__(self, javascript: bool, *switches: str) -> None:
        self.javascript = javascript
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        options.add_argument("--headless=new")
        options.add_argument("--hide-scrollbars")
        options.add_argument("--disable-dev-shm-usage")
        for switch in switches:
            options.add_argument(switch)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.add_experimental_option(
            "prefs", {"profile.managed_default_content_settings.javascript": 1 if javascript else 2}
        )
        # A frame that is still streaming must not hold a command up.
        options.page_load_strategy = "none"
        super().__init__(options, webdriver.ChromeService(shutil.which("chromedriver")))
        self.look_like_a_desk()

    def look(self, width: int, height: int, scale: float = 1, mobile: bool = False, dark: bool = False) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
        self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def look_like_a_desk(self, dark: bool = False) -> None:
        self.look(1100, 800, dark=dark)

    def look_like_a_phone(self, dark: bool = False) -> None:
        self.look(360, 740, scale=2, mobile=True, dark=dark)

    def see(self, css: str, text: str = "", seconds: float = 20) -> WebElement:
        """The first element that is shown and holds the text, as soon as there is one."""

        def seen() -> WebElement | None:
            found = self.find_elements(By.CSS_SELECTOR, css)
            return next((e for e in found if e.is_displayed() and text in e.text), None)

        return eventually(lambda: self.quietly(seen), seconds, f"{css!r} with {text!r} at {self.current_url}")

    def quietly(self, look: Callable[[], object]) -> object:
        """What `look` sees; None while the page is just being exchanged."""
        try:
            return look()
        except (StaleElementReferenceException, WebDriverException):
            return None

    def record_toasts(self) -> None:
        """From now on every toast of this tab is written down, over all the pages that it goes to."""
        source = """
            const note = (text) => sessionStorage.setItem("toasts",
                JSON.stringify([...JSON.parse(sessionStorage.getItem("toasts") ?? "[]"), text]));
            new MutationObserver((changes) => {
                for (const { addedNodes } of changes) for (const node of addedNodes)
                    if (node.classList?.contains("toast")) note(node.querySelector("p").textContent);
            }).observe(document, { childList: true, subtree: true });
        """
        self.recorder = self.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})

    def stop_recording(self) -> None:
        self.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", self.recorder)

    def toasts(self) -> list[str]:
        """Every toast since the recording began."""
        return json.loads(self.execute_script("return sessionStorage.getItem('toasts') ?? '[]'"))

    def follows(self) -> None:
        """Waits until parley.js has taken the page over."""
        eventually(lambda: self.quietly(lambda: self.execute_script(
            "return document.readyState === 'complete' && !document.querySelector('.replaced')"
            " && !!document.querySelector('article[data-discussion]')"
        )), what=f"parley.js follows {self.current_url}")

    def texts(self, css: str) -> list[str]:
        return [element.text for element in self.find_elements(By.CSS_SELECTOR, css)]

    def in_frame(self, look: Callable[[], object]) -> object:
        """Looks at what is being said: in the frame, or in the page, where parley.js shows it in its place."""
        if self.javascript:
            return look()
        self.switch_to.frame(self.see("iframe"))
        try:
            return look()
        finally:
            self.switch_to.default_content()

    def picture(self, path: pathlib.Path, whole: bool = True) -> None:
        size = self.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        options: dict = {"format": "png"}
        if whole:
            clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
            options |= {"clip": clip, "captureBeyondViewport": True}
        path.write_bytes(base64.b64decode(self.execute_cdp_cmd("Page.captureScreenshot", options)["data"]))
