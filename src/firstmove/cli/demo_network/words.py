"""Invented names. Common in form, rare in wording, so that they are unlikely to be anybody's."""

from numpy.random import Generator

DEALER_FIRST = "禾屿澄栖岚稷沅椿霁筠砚槿苒泊芃骁珩昱"
DEALER_SECOND = "丰源润达和盛泰隆通顺嘉联"
DEALER_FORMS = ("商贸", "贸易", "供应链", "食品商行", "百货", "日化商贸", "商贸行", "配送")
LONG_DEALER_NAME = "槿稷泊澄日用百货与饮料食品综合批发配送服务连锁有限责任公司第二分公司（城南新区仓）"

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "安宁清和若岚子墨思远雨晴一诺嘉禾明轩欣怡浩然静姝书瑶晨曦乐天芷若承泽语桐"
STORE_WORDS = (
    "邻里", "阿福", "小满", "暖阳", "四季", "转角", "东篱", "麦穗", "青石", "百味", "好日子", "橘子", "春晓", "星河",
    "梧桐", "乐家", "晴天", "老地方", "万家灯火", "街坊",
)  # fmt: skip
DISTRICTS = ("城东", "城西", "城南", "城北", "江边", "老街", "新区", "火车站", "大学城", "市场路", "湖畔", "滨河")
STORE_FORMS = {
    "便利店": ("便利店", "便民店", "小卖部"),
    "超市": ("超市", "生鲜超市", "购物中心"),
    "餐饮": ("饭馆", "茶餐厅", "火锅店", "面馆"),
    "学校": ("校园店", "学府服务部"),
    "办公": ("办公服务部", "写字楼服务站"),
}


def dealer_name(rng: Generator, *, city: str, taken: set[str]) -> str:
    """A name such as 苏州屿润商贸 that is not yet in ``taken``; adds it there."""
    while True:
        name = city + _one(rng, DEALER_FIRST) + _one(rng, DEALER_SECOND) + _one(rng, DEALER_FORMS)
        if name not in taken:
            taken.add(name)
            return name


def store_name(rng: Generator, *, segment: str) -> str:
    """A store such as 城东小满便利店."""
    return _one(rng, DISTRICTS) + _one(rng, STORE_WORDS) + _one(rng, STORE_FORMS[segment])


def person_name(rng: Generator) -> str:
    """A person such as 沈语桐."""
    start = 2 * int(rng.integers(len(GIVEN) // 2))
    return _one(rng, SURNAMES) + GIVEN[start : start + 2]


def _one(rng: Generator, choices: "str | tuple[str, ...]") -> str:
    return choices[int(rng.integers(len(choices)))]
