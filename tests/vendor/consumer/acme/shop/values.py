"""Values that are no literals. A line that ends in a code is one that `check-callers` has to name."""

import functools
import os
from functools import partial
from typing import Literal

from acme.vendored import pictures as pics
from acme.vendored.pictures import *

from . import sizes
from .sizes import *
from .sizes import GOOD, ODD as STRANGE, Count, Size

MODELS = ("tinysd1.5-txt2img",)
BASE = {"prompt": "fog", "samples": 9}
CHANGING = {"prompt": "fog"}
CHANGING["samples"] = 9


def loops(client: SegmindClient) -> None:
    draw = client.tinysd1_5_txt2img.generate
    for size in (512, 500, 400):
        draw(prompt="x", img_width=size)  #: C004 C004
    for size in SIZES:
        draw(prompt="x", img_width=size)  #: C004
    for size in GOOD:
        draw(prompt="x", img_width=size)
    for size in GROWING:
        draw(prompt="x", img_width=size)  #: N001
    for n in range(1, 6):
        draw(prompt="x", samples=n)  #: C004
    for index, n in enumerate([1, 9]):
        draw(prompt="x", samples=n, seed=index)  #: C004
    for name, n in {"a": 1, "b": 9}.items():
        draw(prompt=name, samples=n)  #: C004
    for width, height in ((512, 768), (512, 500)):
        draw(prompt="x", img_width=width, img_height=height)  #: C004
    for n in open("counts.txt"):
        draw(prompt="x", samples=int(n))  #: N001
    [draw(prompt="x", samples=n) for n in (1, 9)]  #: C004
    for slug in MODELS:
        pics.run(slug, prompt="x", samples=9)  #: C004


def arguments(client: SegmindClient, n: int = 9, m: int = 1, *rest: int, k: int, flag: bool, s: Literal[1, 9]) -> None:
    model = client.tinysd1_5_txt2img
    model.generate(prompt="x", samples=n)  #: C004 N001
    model.generate(prompt="x", samples=m)  #: N001
    model.generate(prompt="x", samples=k)  #: N001
    model.generate(prompt="x", samples=s)  #: C004
    model.generate(prompt="x", samples=rest[0])  #: N001
    model.generate(prompt="x", seed=k, base64=flag)
    model.generate(prompt="x", samples=9 if flag else 1)  #: C004
    model.generate(prompt="x", samples=k or 9)  #: N001
    (lambda q=9: model.generate(prompt="x", samples=q))()  #: C004 N001


def enums(client: SegmindClient, size: Size, count: "Count", name: sizes.SizeName) -> None:
    model = client.tinysd1_5_txt2img
    model.generate(prompt="x", img_width=Size.ODD)  #: C004
    model.generate(prompt="x", img_width=Size.SMALL)
    model.generate(prompt="x", img_width=size)  #: C004
    model.generate(prompt="x", img_width=name)  #: C004
    model.generate(prompt="x", samples=count.value)  #: C004
    model.generate(prompt="x", samples=Count.NINE.value)  #: C004
    model.generate(prompt="x", samples=Count.ONE)  #: N001
    for each in Count:
        model.generate(prompt="x", samples=each.value)  #: C004


def elsewhere(client: SegmindClient) -> None:
    model = client.tinysd1_5_txt2img
    model.generate(prompt="x", img_width=sizes.ODD)  #: C004
    model.generate(prompt="x", img_width=STRANGE)  #: C004
    model.generate(prompt="x", img_width=sizes.SIZES[0])
    model.generate(prompt="x", img_width=sizes.SIZES[1])  #: C004
    model.generate(prompt="x", num_inference_steps=sizes.Settings.steps)  #: C004
    model.generate(prompt="x", samples=sizes.Settings.samples)  #: C004
    model.generate(prompt="x", samples=sizes.LIMIT)  #: N001
    model.generate(prompt="x", samples=len(os.environ))  #: N001
    model.generate(prompt="x", samples=min(9, 10))  #: C004
    model.generate(prompt="x", samples=10**10**10)  #: N001
    model.generate(prompt="x", samples="x" * 10**17)  #: N001
    model.generate(prompt="x", samples=sum(range(10**12)))  #: N001


def assigned(client: SegmindClient, given: int) -> None:
    model = client.tinysd1_5_txt2img
    one: int = 9
    model.generate(prompt="x", samples=one)  #: C004
    two = 1
    two = 2
    model.generate(prompt="x", samples=two)
    three = 1
    three = 9
    model.generate(prompt="x", samples=three)  #: N001
    four = 8
    four = 9
    model.generate(prompt="x", samples=four)  #: C004 C004
    five = 1
    five += 1
    model.generate(prompt="x", samples=five)  #: N001
    match given:
        case six:
            model.generate(prompt="x", samples=six)  #: N001
    seven = seven + 1
    model.generate(prompt="x", samples=seven)  #: N001
    model.generate(prompt="x", samples=nowhere)  #: N001


def handed(client: SegmindClient, **given: object) -> None:
    model = client.tinysd1_5_txt2img
    model.generate(**BASE)  #: C004
    model.generate(**{**BASE, "samples": 1})
    model.generate(**(BASE | {"stepz": 1}))  #: C002 C004
    model.generate(**CHANGING)  #: N001
    model.generate(**given)  #: N001
    partial(model.generate, samples=9)  #: C004 N001
    functools.partial(pics.run, "tinysd1.5-txt2img", samples=9)  #: C004 N001
    getattr(client, "tinysd1_5_txt2img").generate(prompt="x", samples=9)  #: C004
    getattr(client, "tinysd1_5" + "_txt2img").generate(prompt="x", samples=9)  #: N001
    draw = model.generate
    print(draw)  #: N001
    model.generate(prompt="x", scheduler="nobody knows")  #: N001


class Painter:
    steps = 10
    samples: int = 9

    def __init__(self, client: SegmindClient, size: int) -> None:
        self.client = client
        self.size = size

    def paint(self) -> None:
        self.client.tinysd1_5_txt2img.generate(prompt="x", num_inference_steps=self.steps)  #: C004
        self.client.tinysd1_5_txt2img.generate(prompt="x", samples=self.samples)  #: C004
        self.client.tinysd1_5_txt2img.generate(prompt="x", img_width=self.size)  #: N001


# ruff: noqa
