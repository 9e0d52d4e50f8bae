"""Pages that ask for an island each, with the texts and the data that a page of the application would give."""

from typing import Any

from tests.support.island_pages import Island

DIRECTIONS = ["Bắc", "Đông Bắc", "Đông", "Đông Nam", "Nam", "Tây Nam", "Tây", "Tây Bắc"]
MAP_TEXTS = {
    "label": "Bản đồ",
    "zoom_in": "Phóng to",
    "zoom_out": "Thu nhỏ",
    "pin": "Vị trí camera",
    "move": "Dời vị trí",
    "turn": "Hướng nhìn",
    "at": "Vĩ độ {lat}, kinh độ {lon}.",
    "looks": "Nhìn về hướng {direction} ({bearing}°).",
    "nowhere": "Chưa chọn vị trí.",
    "sees": "Nhìn thấy nơi này",
    "away": "Ở gần nhưng không hướng về nơi này",
    "none": "Không có hình",
    "unverified": "Chưa rõ hướng nhìn",
    "share": "Có hình {share} % thời gian",
}
LAT, LON = 10.765, 106.665


def square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


BOUNDARY = feature(square(LON - 0.002, LAT - 0.002, LON + 0.002, LAT + 0.002), code="KP1")


def field(name: str, label: str, value: str = "") -> str:
    return f'<p><label for="{name}">{label}</label> <input id="{name}" name="{name}" value="{value}"></p>'


PICK = Island(
    "<form>"
    + field("lat", "Vĩ độ", str(LAT))
    + field("lon", "Kinh độ", str(LON))
    + field("bearing_deg", "Hướng", "90")
    + field("hfov_deg", "Góc nhìn", "80")
    + field("range_m", "Tầm xa", "40")
    + '<div data-mp-map="pick" data-mp-data="map-data" data-lat="lat" data-lon="lon" data-bearing="bearing_deg"'
    ' data-hfov="hfov_deg" data-range="range_m"></div></form>',
    {"map-data": {"texts": MAP_TEXTS, "directions": DIRECTIONS, "boundaries": BOUNDARY}},
    ("map.js",),
)
CAMERAS = [
    {
        "code": "C001",
        "name": "Ngõ 12 <b>",
        "lat": LAT,
        "lon": LON,
        "bearing_deg": 0,
        "hfov_deg": 90,
        "range_m": 60,
        "state": "sees",
    },
    {
        "code": "C002",
        "name": "Chợ",
        "lat": LAT + 0.0006,
        "lon": LON + 0.0006,
        "bearing_deg": 45,
        "hfov_deg": 80,
        "range_m": 40,
        "state": "away",
    },
    {
        "code": "C003",
        "name": "Trường",
        "lat": LAT - 0.0005,
        "lon": LON + 0.0006,
        "bearing_deg": 300,
        "hfov_deg": 100,
        "range_m": 50,
        "state": "none",
    },
    {"code": "C004", "name": "Bến xe", "lat": LAT - 0.0005, "lon": LON - 0.0006, "state": "unverified"},
]
SHOW = Island(
    '<ul id="cameras">'
    + "".join(
        f'<li data-camera="{one["code"]}"><label><input type="checkbox" name="camera" value="{one["code"]}" data-camera="{one["code"]}">'
        f" {one['code']}</label></li>"
        for one in CAMERAS
    )
    + '</ul><div data-mp-map="show" data-mp-data="map-data" data-list="cameras"></div>',
    {
        "map-data": {
            "texts": MAP_TEXTS,
            "cameras": CAMERAS,
            "place": {"lat": LAT + 0.0004, "lon": LON, "radius_m": 100},
            "boundaries": BOUNDARY,
        }
    },
    ("map.js",),
)

BASED = Island(
    '<div data-mp-map="show" data-mp-data="map-data"></div>',
    {
        "map-data": {
            "texts": MAP_TEXTS,
            "cameras": CAMERAS,
            "base": {"url": "/media/ground.png?z={z}&x={x}&y={y}", "attribution": "© Sở <b>A</b>", "geojson": BOUNDARY},
        }
    },
    ("map.js",),
)
FOLDED = Island(f"<details><summary>Bản đồ</summary>{SHOW.body}</details>", SHOW.data, ("map.js",))


def _cells() -> list[dict[str, Any]]:
    side = 0.00025
    return [
        feature(
            square(LON + x * side, LAT + y * side, LON + (x + 1) * side, LAT + (y + 1) * side),
            kind="cell",
            recorded=max(0, x * 6 + y - 3) / 38,
        )
        for x in range(6)
        for y in range(6)
    ]


CLASSES = [
    {"from": low, "text": text}
    for low, text in ((0, "dưới 20 %"), (0.2, "20–40 %"), (0.4, "40–60 %"), (0.6, "60–80 %"), (0.8, "từ 80 %"))
]
CELLS = Island(
    '<div data-mp-map="cells" data-mp-data="map-data"></div>',
    {
        "map-data": {
            "texts": MAP_TEXTS | {"none": "không có hình"},
            "cells": {"type": "FeatureCollection", "features": _cells()},
            "classes": CLASSES,
        }
    },
    ("map.js",),
)

TIMELINE_TEXTS = {
    "label": "Các camera theo thời gian",
    "head": "Thời điểm đang xem",
    "head_at": "{time} ngày {date}, {with} trên {all} camera có hình",
    "typed": "Đến giờ",
    "go": "Đi",
    "bad_time": "Giờ không đúng. Gõ như 21:04:30, từ {from} đến {to}.",
    "jump": "Nhảy đến",
    "gap_before": "Khoảng trống trước",
    "gap_after": "Khoảng trống kế tiếp",
    "no_gap": "Không còn khoảng trống nào.",
    "gap_at": "{camera}: không có hình từ {from} đến {to} ({reason}).",
    "back": "Về chỗ cũ",
    "marks": "Đoạn cần lấy",
    "from_here": "Từ đây",
    "to_here": "Đến đây",
    "clear": "Bỏ chọn",
    "range": "{in}–{out} (dài {length})",
    "hours": "{count} giờ",
    "minutes": "{count} phút",
    "seconds": "{count} giây",
    "bad_range": "Điểm cuối phải sau điểm đầu.",
    "zoom": "Độ rộng",
    "zoom_in": "Xem gần hơn",
    "zoom_out": "Xem rộng hơn",
    "earlier": "Sớm hơn",
    "later": "Muộn hơn",
    "table": "Danh sách đoạn có hình và khoảng trống",
    "camera": "Camera",
    "from": "Từ",
    "to": "Đến",
    "what": "Nội dung",
    "run": "có hình",
    "gap": "không có hình: {reason}",
    "hold": "được giữ lại: {text}",
    "doubt": "(giờ có thể lệch {seconds} giây)",
    "doubt_unknown": "(không rõ giờ lệch bao nhiêu)",
    "peek": "{camera}: hình lúc {time} ngày {date}",
    "peek_hint": "Đưa chuột lên dòng của camera để xem hình nhỏ.",
    "peek_close": "Đóng hình nhỏ",
    "part": "Chỉ giữ hoặc xin phần đã chọn: {in}–{out}.",
    "more_rows": "Còn {count} dòng nữa. Hãy thu hẹp thời gian.",
}
ZOOMS = [
    {"seconds": 86400, "text": "24 giờ"},
    {"seconds": 3600, "text": "1 giờ"},
    {"seconds": 300, "text": "5 phút"},
    {"seconds": 30, "text": "30 giây"},
]


def at(clock: str, day: int = 7) -> str:
    """Return a time of the sample days in March 2026, in Vietnam."""
    return f"2026-03-{day:02}T{clock}+07:00"


def timeline_data(lanes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    whole = {
        "offset_minutes": 420,
        "from": at("00:00:00"),
        "to": at("00:00:00", 8),
        "texts": TIMELINE_TEXTS,
        "zooms": ZOOMS,
    }
    return whole | {"lanes": lanes} | more


POWER = {"from": at("21:03:10"), "to": at("21:07:45"), "reason": "no_power", "text": "camera mất điện"}
LANES = [
    {
        "camera": "C001",
        "name": "Ngõ 12",
        "runs": [
            {
                "from": at("00:00:00"),
                "to": at("21:03:10"),
                "stream": 1,
                "clock_source": "sender",
                "uncertainty_us": 400_000,
            },
            {"from": at("21:07:45"), "to": at("23:00:00"), "stream": 1, "clock_source": None, "uncertainty_us": None},
        ],
        "gaps": [POWER, {"from": at("23:00:00"), "to": at("00:00:00", 8), "reason": "not_yet", "text": "chưa ghi"}],
        "holds": [{"from": at("20:00:00"), "to": at("21:00:00"), "text": "vụ 12"}],
    },
    {
        "camera": "C002",
        "name": "Chợ <b>",
        "runs": [
            {
                "from": at("06:00:00"),
                "to": at("22:00:00"),
                "stream": 2,
                "clock_source": "ntp",
                "uncertainty_us": 3_000_000,
            }
        ],
        "gaps": [
            {"from": at("00:00:00"), "to": at("06:00:00"), "reason": "off", "text": "tắt ban đêm"},
            {"from": at("22:00:00"), "to": at("00:00:00", 8), "reason": "off", "text": "tắt ban đêm"},
        ],
    },
]
TIMELINE = Island(
    '<form><input type="hidden" id="begin" name="from"><input type="hidden" id="end" name="to">'
    '<div id="line" data-mp-timeline data-mp-data="line-data" data-in="begin" data-out="end"></div></form>',
    {"line-data": timeline_data(LANES, now=at("23:00:00"), at=at("21:00:00"))},
    ("timeline.js",),
)

TILE_TEXTS = TIMELINE_TEXTS | {
    "label": "Hình của các camera",
    "controls": "Điều khiển",
    "play": "Chạy",
    "pause": "Dừng",
    "back_10": "Lùi 10 giây",
    "back_1": "Lùi 1 giây",
    "back_frame": "Lùi một hình",
    "on_frame": "Tới một hình",
    "on_1": "Tới 1 giây",
    "on_10": "Tới 10 giây",
    "rate": "Tốc độ",
    "loop": "Lặp lại đoạn đã chọn",
    "gap_here": "Không có hình {from}–{to} ({reason})",
    "viewing": "bản để xem",
    "large": "Phóng to",
    "screen": "Toàn màn hình",
    "nearer": "Gần hơn",
    "farther": "Xa hơn",
    "near": "Hình của {camera}, nhìn gần: phím mũi tên để dời",
    "hear": "Nghe",
    "hush": "Tắt tiếng",
    "no_sound": "không có tiếng",
    "volume": "Âm lượng",
    "listening": "bản để nghe",
    "sound_failed": "không phát được tiếng",
    "failed": "Trình duyệt không mở được hình của camera này.",
    "outside": "Ngoài thời gian được cấp quyền",
    "decimal": ",",
}

MANY = Island(
    '<div id="line" data-mp-timeline data-mp-data="line-data"></div>',
    {"line-data": timeline_data([{"camera": f"C{n:03}", "runs": LANES[0]["runs"]} for n in range(790)])},
    ("timeline.js",),
)

STRIPS = Island(
    '<div id="line" data-mp-timeline data-mp-data="line-data"></div>',
    {
        "line-data": timeline_data(
            [
                {
                    "camera": f"C00{n}",
                    "name": f"C00{n}",
                    "runs": [{"from": at("21:00:00"), "to": end}, {"from": at("21:10:00"), "to": at("21:15:00")}],
                    "strip": {"from": at("21:00:00"), "to": at("21:15:00"), "url": f"/strip/{n}"},
                }
                for n, end in enumerate((at("21:10:00"), at("21:10:00"), at("21:04:00")))
            ]
        )
    },
    ("timeline.js",),
)
"""Three lanes with small pictures; the third has a gap from 21:04 to 21:10."""
