"""The cities of the demo network: real places, so that maps, distances and climates make sense."""

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A city. ``weight`` is its relative market; latitude and longitude are in degrees (WGS 84)."""

    name: str
    region: str
    lat: float
    lon: float
    weight: float
    lead_days: tuple[int, int]

    @property
    def climate(self) -> int:
        """0 south, 1 middle, 2 north: how strongly the year is felt."""
        return int(self.lat > 27) + int(self.lat > 34)


CITIES = (
    City("上海", "华东", 31.23, 121.47, 2.0, (2, 5)),
    City("北京", "华北", 39.90, 116.41, 1.9, (3, 6)),
    City("广州", "华南", 23.13, 113.26, 1.7, (3, 7)),
    City("深圳", "华南", 22.54, 114.06, 1.7, (3, 7)),
    City("杭州", "华东", 30.27, 120.15, 1.4, (2, 5)),
    City("苏州", "华东", 31.30, 120.62, 1.4, (2, 5)),
    City("南京", "华东", 32.06, 118.80, 1.2, (2, 5)),
    City("宁波", "华东", 29.87, 121.55, 1.0, (2, 5)),
    City("合肥", "华东", 31.82, 117.23, 0.9, (3, 6)),
    City("福州", "华东", 26.08, 119.30, 0.8, (3, 7)),
    City("厦门", "华东", 24.48, 118.09, 0.8, (3, 7)),
    City("南昌", "华东", 28.68, 115.86, 0.7, (3, 7)),
    City("济南", "华东", 36.65, 117.12, 0.9, (3, 7)),
    City("青岛", "华东", 36.07, 120.38, 1.0, (3, 7)),
    City("天津", "华北", 39.13, 117.20, 1.1, (3, 7)),
    City("石家庄", "华北", 38.04, 114.51, 0.8, (4, 8)),
    City("太原", "华北", 37.87, 112.55, 0.7, (4, 8)),
    City("郑州", "华中", 34.75, 113.62, 1.2, (3, 7)),
    City("武汉", "华中", 30.59, 114.31, 1.3, (3, 6)),
    City("长沙", "华中", 28.23, 112.94, 1.1, (3, 7)),
    City("成都", "西南", 30.57, 104.07, 1.4, (4, 8)),
    City("重庆", "西南", 29.56, 106.55, 1.4, (4, 8)),
    City("昆明", "西南", 25.04, 102.71, 0.8, (5, 10)),
    City("贵阳", "西南", 26.65, 106.63, 0.7, (5, 10)),
    City("西安", "西北", 34.34, 108.94, 1.1, (4, 8)),
    City("兰州", "西北", 36.06, 103.83, 0.5, (6, 11)),
    City("乌鲁木齐", "西北", 43.83, 87.62, 0.5, (8, 15)),
    City("沈阳", "东北", 41.80, 123.43, 0.9, (4, 8)),
    City("哈尔滨", "东北", 45.80, 126.53, 0.7, (5, 10)),
)

# The thirtieth city has one dealer only, on an island that a boat reaches when the weather allows.
ISLAND = City("舟山", "华东", 30.73, 122.45, 0.2, (9, 16))
