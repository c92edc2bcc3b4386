"""Messages to a group robot of WeCom (企业微信): https://developer.work.weixin.qq.com/document/path/91770.

A robot takes markdown of at most 4096 bytes and twenty messages a minute, answers 200 to everything, and says in its
body (``errcode``) whether it took the message.
"""

import datetime as dt
import json
from collections.abc import Sequence

MOST_BYTES = 4096
MOST_A_MINUTE = 20
MINUTE = dt.timedelta(minutes=1)
HOST = "qyapi.weixin.qq.com"
_CUT = "…"
# Its markdown knows no escape, so what would be mark-up becomes its full-width twin: a name can neither call
# everybody (<@all>) nor draw a link. An address within a name is broken, since the client would link it by itself.
_TWINS = str.maketrans({
    "<": "＜", ">": "＞", "[": "［", "]": "］", "*": "＊", "`": "｀", "#": "＃", "&": "＆", "\\": "＼",
})  # fmt: skip


def escaped(text: str) -> str:
    """One line that says what `text` says and marks up nothing: ``escaped("a<@all>") == "a＜@all＞"``."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.split()).translate(_TWINS).replace("://", "：//")


def markdown(*, title: str, lines: Sequence[str], url: str, link: str) -> str:
    """The message within `MOST_BYTES`: cut between two characters, with its link kept whole."""
    head = f"**{escaped(title)}**"
    tail = f"\n[{escaped(link)}]({url})" if url else ""
    body = "".join(f"\n> {escaped(line)}" for line in lines)
    return shortened(head + body, most=MOST_BYTES - len(tail.encode())) + tail


def shortened(text: str, *, most: int) -> str:
    """`text` in at most `most` bytes of UTF-8, with an ellipsis where something is cut off."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: most - len(_CUT.encode())].decode(errors="ignore") + _CUT


def body(content: str) -> bytes:
    return json.dumps({"msgtype": "markdown", "markdown": {"content": content}}, ensure_ascii=False).encode()


def refusal(answer: str) -> str:
    """Why the robot did not take it; empty where it did."""
    try:
        told = json.loads(answer)
        code = told["errcode"]
    except (ValueError, TypeError, KeyError):
        return "the answer is none of a WeCom robot"
    return "" if code == 0 else f"errcode {code}: {told.get('errmsg', '')}"


def frees_at(written_at: Sequence[dt.datetime], *, now: dt.datetime) -> dt.datetime | None:
    """When the robot takes one more message; None where it does so now."""
    recent = sorted(at for at in written_at if at > now - MINUTE)
    return recent[-MOST_A_MINUTE] + MINUTE if len(recent) >= MOST_A_MINUTE else None
