"""Every way in which the shop draws. A line that ends in a code is one that `check-callers` has to name."""

import functools
import acme.vendored.pictures
import segmind
from acme.vendored.pictures import SegmindClient, run, submit_async as queue
from acme.vendored.pictures.client import SegmindClient as Again
from httpx2 import Client

from .clients import CHANGED, STEPS, borrowed, fresh, shared


def direct(prompt: str, client: SegmindClient) -> None:
    client.tinysd1_5_txt2img.generate(prompt="fog")
    client.tinysd1_5_txt2img.generate(prompt=prompt, samples=4, seed=-1, options=None)
    client.tinysd1_5_txt2img.generate(prompt=prompt, samples=5)  #: C004
    client.tinysd1_5_txt2img.generate(prompt=prompt, samples=True)  #: C004
    client.tinysd1_5_txt2img.generate(prompt=prompt, img_width=500, img_height=-1)  #: C004 C004
    client.tinysd1_5_txt2img.generate()  #: C003
    client.tinysd1_5_txt2img.generate(prompt=prompt, stepz=3, extra_parameters={"stepz": 4})  #: C002
    client.tinysd1_5_txt2img.generate(extra_parameters={"prompt": "fog"})
    client.tinysd1_5_txt2img.generate("fog")  #: C003 C004
    client.tinysd1_5_txt2img.submit(prompt="fög", samples=9)  #: C004
    client.tinysd1_5_txt2img.generate(prompt="fog", scheduler="nobody knows")  #: N001


def literals(client: SegmindClient) -> None:
    client.tinysd1_5_txt2img.generate(**{"prompt": "fog", "samples": 9})  #: C004
    client.tinysd1_5_txt2img.generate(**dict(prompt="fog", stepz=9))  #: C002
    client.tinysd1_5_txt2img.generate(prompt="fog", num_inference_steps=STEPS)  #: C004
    client.tinysd1_5_txt2img.generate(prompt="fog", num_inference_steps=CHANGED)  #: N001


def models(client: SegmindClient) -> None:
    client.tinysd_txt2img.generate(prompt="fog")  #: C001
    client.stable_diffusion_3_medium_txt2img.generate(prompt="fog")  #: C001
    client.base_url.encode()
    client.close()


def by_slug(slug: str) -> None:
    run("tinysd1.5-txt2img", prompt="fog", samples=9)  #: C004
    queue("tinysd1.5-txt2img")  #: C003
    run("tinysd1.5-txt2im", prompt="fog")  #: C001
    run(slug, prompt="fog")  #: N001
    run("somebody-elses-model", prompt="fog")  #: N001
    run("tinysd1.5-txt2img", prompt="fog", stepz=3)  #: N002
    acme.vendored.pictures.run("tinysd1.5-txt2img", prompt="fog", samples=9)  #: C004


def reached() -> None:
    with SegmindClient() as client:
        client.tinysd1_5_txt2img.generate(prompt="fog", samples=9)  #: C004
        model = client.tinysd1_5_txt2img
        draw = model.generate
    model.submit(prompt="fog", samples=9)  #: C004
    draw(prompt="fog", samples=9)  #: C004
    with borrowed() as lent, Again() as again:
        lent.tinysd1_5_txt2img.generate(prompt="fog", samples=9)  #: C004
        again.run_sync("tinysd1.5-txt2img", prompt="fog", samples=9)  #: C004
    fresh().tinysd1_5_txt2img.generate(samples=9, prompt="fog")  #: C004
    shared.tinysd1_5_txt2img.generate(samples=9, prompt="fog")  #: C004
    (known := acme.vendored.pictures.SegmindClient()).run("tinysd1.5-txt2img")  #: C003
    known.run("tinysd1.5-txt2img")  #: C003


def guessed(app, name, given) -> None:  # type: ignore[no-untyped-def]
    app.state.client.tinysd1_5_txt2img.generate(prompt="fog", samples=9)  #: C004
    app.state.client.tinysd_txt2img.generate(prompt="fog", samples=9)
    getattr(shared, name).generate(prompt="fog")  #: N001
    shared.tinysd1_5_txt2img.generate(**given)  #: N001
    shared.tinysd1_5_txt2img.generate(samples=9, **given)  #: C004 N001
    functools.partial(shared.tinysd1_5_txt2img.generate, prompt="fog")  #: N001


def of_others(client: Client) -> None:
    segmind.run("tinysd1.5-txt2img", samples=9)
    client.tinysd.generate(samples=9)
    run = client.get
    run("tinysd1.5-txt2img", samples=9)


# ruff: noqa
