"""The icons that phones put on their screens, drawn of `icon.svg` by a browser: `python -m tests.support.icons`."""

from playwright.sync_api import sync_playwright

from api.pages import STATIC

ICONS = STATIC / "icons"
SIZES = {"192": (192, 0.86), "512": (512, 0.86), "maskable-512": (512, 0.62), "apple-180": (180, 0.8)}
"""Name, pixels, and what share of them the drawing takes: phones cut a circle out of a maskable icon."""


def main() -> None:
    ICONS.mkdir(exist_ok=True)
    drawing = (STATIC / "icon.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, (size, share) in SIZES.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            inner = round(size * share)
            page.set_content(
                "<style>body{margin:0;display:grid;place-items:center;height:100vh;background:#fff}"
                f"svg{{width:{inner}px;height:{inner}px}}</style>{drawing}"
            )
            page.screenshot(path=ICONS / f"icon-{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
