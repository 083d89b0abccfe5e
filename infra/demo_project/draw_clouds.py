"""Draws the demo project's pictures, so that it needs no network and nobody's photographs.

`python -m infra.demo_project.draw_clouds` writes 18 SVG skies to chalicelib/web/static/demo/cloudspotter/ and the
tasks that show them to tasks.csv. The same seed gives the same bytes.
"""

import csv
import random
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
PICTURES = HERE.parent.parent / "chalicelib" / "web" / "static" / "demo" / "cloudspotter"
SEED = 1803  # the year in which Luke Howard named the clouds
EACH = 3
ANSWERS = 3  # wanted of each sky
QUESTION = "Which kind of cloud is this?"
WIDTH, HEIGHT = 640, 400

SKIES = (("#2f78c4", "#bfe0f7"), ("#3d8bd4", "#d7ecfa"), ("#27609f", "#f3d9b8"), ("#4a90c9", "#e9f2f7"))
PLACES = ("Lisbon", "Tromsø", "Valparaíso", "Kyoto", "Nairobi", "Reykjavík", "Galway", "Hobart", "Oaxaca", "Tbilisi",
          "Bergen", "Cusco", "Split", "Sapporo", "Dakar", "Ushuaia", "Łódź", "Quito")  # fmt: skip


def sky(dice: random.Random) -> str:
    top, bottom = dice.choice(SKIES)
    return (
        f'<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="{top}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient></defs>' + whole('fill="url(#sky)"')
    )


def whole(look: str) -> str:
    """The whole picture in one look."""
    return f'<rect width="{WIDTH}" height="{HEIGHT}" {look}/>'


def ellipse(cx: float, cy: float, rx: float, ry: float, fill: str) -> str:
    return f'<ellipse cx="{cx:.0f}" cy="{cy:.0f}" rx="{rx:.0f}" ry="{ry:.0f}" fill="{fill}"/>'


def land(dice: random.Random) -> str:
    """A strip of hills along the lower edge."""
    heights = [dice.randint(345, 378) for _ in range(7)]
    points = " ".join(f"{index * WIDTH // 6},{height}" for index, height in enumerate(heights))
    shade = dice.choice(("#2d4a3a", "#39523b", "#2b4350"))
    return f'<polygon points="0,{HEIGHT} {points} {WIDTH},{HEIGHT}" fill="{shade}"/>'


def vapour(name: str, frequency: str, seed: int, gain: float, floor: float, octaves: int = 5) -> str:
    """A filter that turns noise into white cloud: where noise * gain - floor is above 0 there is vapour."""
    return (
        f'<filter id="{name}" x="0" y="0" width="1" height="1">'
        f'<feTurbulence type="fractalNoise" baseFrequency="{frequency}" numOctaves="{octaves}" seed="{seed}"/>'
        f'<feColorMatrix values="0 0 0 0 1  0 0 0 0 1  0 0 0 0 1  {gain} 0 0 0 -{floor}"/></filter>'
    )


def ragged(name: str, seed: int, strength: int, blur: float) -> str:
    """A filter that frays the outline of round shapes."""
    return (
        f'<filter id="{name}" x="-.2" y="-.2" width="1.4" height="1.4">'
        f'<feTurbulence type="fractalNoise" baseFrequency=".022" numOctaves="5" seed="{seed}" result="noise"/>'
        f'<feDisplacementMap in="SourceGraphic" in2="noise" scale="{strength}" '
        f'xChannelSelector="R" yChannelSelector="G"/>'
        f'<feGaussianBlur stdDeviation="{blur}"/></filter>'
    )


def puff(dice: random.Random, x: float, y: float, size: float, count: int) -> str:
    """A heap of round puffs with a flat base: shadow below, light above."""
    shadow, light = [], []
    for _ in range(count):
        across = dice.uniform(-1, 1)
        radius = size * dice.uniform(0.22, 0.42) * (1.15 - abs(across) * 0.6)
        cx, cy = x + across * size, y - dice.uniform(0, 0.75) * size * (1 - abs(across)) - radius * 0.4
        shadow.append(f'<circle cx="{cx:.0f}" cy="{cy + radius * 0.3:.0f}" r="{radius:.0f}" fill="#a9b9cc"/>')
        light.append(f'<circle cx="{cx:.0f}" cy="{cy:.0f}" r="{radius * 0.93:.0f}" fill="#fff"/>')
    return "".join(shadow + light)


def cumulus(dice: random.Random) -> str:
    heaps = [(dice.uniform(110, 230), 270, 85), (dice.uniform(380, 540), 285, 105), (dice.uniform(260, 400), 165, 55)]
    clouds = "".join(f'<g filter="url(#fray)">{puff(dice, x, y, size, 26)}</g>' for x, y, size in heaps)
    return sky(dice) + ragged("fray", dice.randint(1, 99), 26, 1.4) + clouds + land(dice)


def cirrus(dice: random.Random) -> str:
    tilt, frequency = dice.randint(-24, -8), dice.choice(("0.0035 0.045", "0.003 0.06"))
    veil = vapour("veil", frequency, dice.randint(1, 99), 3.6, 1.75)
    streaks = f'<rect x="-200" y="-250" width="1100" height="800" filter="url(#veil)" transform="rotate({tilt})"/>'
    return sky(dice) + veil + f'<g opacity=".92">{streaks}</g>' + land(dice)


def stratus(dice: random.Random) -> str:
    grey = dice.choice(("#9aa5b1", "#a8adb5", "#8e9aa8"))
    veil = vapour("veil", "0.0022 0.014", dice.randint(1, 99), 1.3, 0.45, 3)
    mist = (
        '<defs><linearGradient id="mist" x2="0" y2="1"><stop offset=".6" stop-color="#d5dade" stop-opacity="0"/>'
        '<stop offset="1" stop-color="#d5dade"/></linearGradient></defs>'
    )
    sheets = whole(f'fill="{grey}"') + whole('filter="url(#veil)" opacity=".7"')
    return veil + sheets + land(dice) + mist + whole('fill="url(#mist)"')


def cumulonimbus(dice: random.Random) -> str:
    x, lean = dice.uniform(260, 380), dice.choice((-1, 1))
    tower = "".join(puff(dice, x + lean * step * 4, 300 - step * 38, 118 - step * 6, 16) for step in range(6))
    anvil = "".join(
        ellipse(x + lean * offset, 74 + dice.uniform(-8, 8), dice.uniform(110, 150), 22, "#f4f7fa")
        for offset in (-40, 20, 90, 150)
    )
    base = ellipse(x, 306, 190, 34, "#4e5a6b")
    fall = "".join(f"M{x + dice.uniform(-150, 150):.0f} {dice.uniform(318, 332):.0f}l-12 44" for _ in range(60))
    drops = f'<path d="{fall}" stroke="#5f6f84" stroke-width="2" opacity=".6"/>'
    cloud = f'<g filter="url(#fray)">{anvil}{tower}{base}</g>'
    return sky(dice) + ragged("fray", dice.randint(1, 99), 34, 1.6) + drops + cloud + land(dice)


def altocumulus(dice: random.Random) -> str:
    veil = vapour("veil", dice.choice(("0.018 0.034", "0.022 0.03", "0.016 0.04")), dice.randint(1, 99), 7.5, 3.6, 2)
    flock = '<rect x="-100" y="-150" width="900" height="700" filter="url(#veil)" transform="skewX(-14)"/>'
    return sky(dice) + veil + f'<g opacity=".95">{flock}</g>' + land(dice)


def lenticular(dice: random.Random) -> str:
    x, y = dice.uniform(270, 380), dice.uniform(120, 150)
    lenses = "".join(
        ellipse(x + dice.uniform(-14, 14), y + step * 24, 190 - step * 26, 26 - step * 2, colour)
        for step, colour in enumerate(("#fdfefe", "#eef3f8", "#dbe4ee", "#c6d3e1"))
    )
    smooth = '<filter id="smooth" y="-.4" width="1.2" height="1.8"><feGaussianBlur stdDeviation="6 4"/></filter>'
    peak = x + dice.uniform(-60, 60)
    ridge = f"{peak - 40:.0f} 268l24 14L{peak:.0f} 244l30 36 22-10"
    rock = f'<path d="M{peak - 240:.0f} 400L{ridge}L{peak + 250:.0f} 400z" fill="#3d4a5c"/>'
    snow = f'<path d="M{ridge} 18 16-34-4-26 8-28-10-40 2z" fill="#f3f6fa"/>'
    return sky(dice) + smooth + f'<g filter="url(#smooth)">{lenses}</g>' + rock + snow


KINDS: tuple[Callable[[random.Random], str], ...] = (cumulus, cirrus, stratus, cumulonimbus, altocumulus, lenticular)


def picture(kind: Callable[[random.Random], str], dice: random.Random) -> str:
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{kind(dice)}</svg>\n'


def pictures() -> list[str]:
    """The skies in the order of the tasks: shuffled, so that neighbours differ."""
    dice = random.Random(SEED)
    drawn = [picture(kind, dice) for kind in KINDS for _ in range(EACH)]
    dice.shuffle(drawn)
    return drawn


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (HERE / "tasks.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("image", "place", "question", "n_answers"))
        for number, (drawn, place) in enumerate(zip(pictures(), PLACES, strict=True), start=1):
            (PICTURES / f"sky-{number:02}.svg").write_text(drawn, encoding="utf-8")
            rows.writerow((f"/static/demo/cloudspotter/sky-{number:02}.svg", place, QUESTION, ANSWERS))


if __name__ == "__main__":
    main()
