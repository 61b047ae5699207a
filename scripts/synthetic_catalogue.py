"""Makes a workspace with any number of models, to try at the size of a real catalogue what is made from four.

    python scripts/synthetic_catalogue.py DEST --models 500 [--slugs catalogue.tsv]

The repository's own models come first, then invented ones: real slugs where the provider's catalogue is at hand, invented
ones otherwise; parameter sets after the kinds of models there are (images from text and from images, upscaling, video,
sound, chat, …), with bounds, lists, lists cut short, images as input, nested objects and errata. The same seed gives the
same files, and a smaller catalogue is part of a bigger one.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SEED = 2406
HEAD = "# yaml-language-server: $schema=../../schema/model.schema.json\n"

Schema = dict[str, Any]


def _text(about: str, **more: Any) -> Schema:
    return {"type": "string", "description": about, **more}


def _whole(about: str, default: int | None, low: int | None = None, high: int | None = None, **more: Any) -> Schema:
    return _number(about, default, low, high, type="integer", **more)


def _number(about: str, default: float | None, low: float | None, high: float | None, **more: Any) -> Schema:
    bounds = {"default": default, "minimum": low, "maximum": high}
    return {"type": "number", "description": about, **{k: v for k, v in bounds.items() if v is not None}, **more}


def _object(about: str, **parts: Schema) -> Schema:
    return {"type": "object", "description": about, "required": list(parts), "properties": parts}


def _flag(about: str, default: bool) -> Schema:
    return {"type": "boolean", "description": about, "default": default}


_LONG = (
    "A watercolour of a harbour at dawn, fishing boats with red hulls, gulls over the breakwater, soft light from the left, "
    "visible brush strokes, 35mm, highly detailed, the words “Guten Morgen” on a sail"
)
_SAMPLERS = ["euler", "euler_ancestral", "heun", "dpm_2", "dpm_2_ancestral", "lms", "dpm_fast", "dpmpp_sde", "ddim"]
_RATIOS = ["1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21"]
_PRESETS = ["custom", "square 1024x1024", "landscape 1344x768", "portrait 768x1344"]
_SIZE = {"minimum": 64, "maximum": 2048}
_IMAGE = _text("The image to start from, as the address of a JPEG, PNG or WebP file.", format="uri")
_SEED = _whole("Start value of the random numbers; with -1 the service picks one.", -1)
_PROMPT = _text("What to make, in words.", default=_LONG)
_NEGATIVE = _text("What to keep out of the image.", default="low quality, blurry, watermark")
_BASE64 = _flag("Answer with JSON that holds the image as base64 instead of with the image itself.", False)
_FORMAT = _text("File format of the answer.", default="jpeg", enum=["jpeg", "png", "webp"])
_ROLE, _CONTENT = _text("Who speaks.", enum=["system", "user", "assistant"]), _text("What is said.")
_GLB = _text("File format of the answer.", default="glb", enum=["glb"])
_SHAPE = {
    "type": "object",
    "description": "Shape.",
    "properties": {"type": _text("Kind.", enum=["text", "json_object"])},
}
_MESSAGE = _object("One turn of the conversation.", role=_ROLE, content=_CONTENT)

#: Parameters by kind of model: those that are always there and required, then those that a model may have.
_KINDS: dict[str, tuple[str, dict[str, Schema], dict[str, Schema]]] = {
    "text-to-image": (
        "image",
        {"prompt": _PROMPT},
        {
            "negative_prompt": _NEGATIVE,
            "sampler": _text("Sampling method.", default="euler", **{"x-known-values": _SAMPLERS, "x-known-total": 26}),
            "scheduler": _text("Noise schedule.", default="simple", enum=["normal", "karras", "simple", "beta"]),
            "aspect_ratio": _text(
                "Named size; with 'custom', width and height decide.", default="custom", enum=_PRESETS
            ),
            "width": _whole("Width of the image in pixels.", 1024, **_SIZE, multipleOf=8),
            "height": _whole("Height of the image in pixels.", 1024, **_SIZE, multipleOf=8),
            "samples": _whole("How many images to draw.", 1, 1, 8),
            "num_inference_steps": _whole("How many denoising steps to take.", 30, 10, 100),
            "guidance_scale": _number("How closely the image keeps to the prompt.", 7.5, 0.1, 25),
            "seed": _SEED,
            "image_format": _FORMAT,
            "image_quality": _whole("Quality of the compression.", 95, 10, 100),
            "base64": _BASE64,
            "loras": {"type": "array", "description": "Addresses of adapters.", "items": _text("One.", format="uri")},
        },
    ),
    "image-to-image": (
        "image",
        {"image": _IMAGE, "prompt": _PROMPT},
        {
            "mask": _text("White where the image may change.", format="uri"),
            "negative_prompt": _NEGATIVE,
            "strength": _number("How far the result may depart from the image.", 0.75, 0, 1),
            "style": _text("A look.", default="none", enum=["none", "anime", "3d model", "café noir", "o'clock"]),
            "steps": _whole("How many denoising steps to take.", 25, 5, 80),
            "guidance_scale": _number("How closely the image keeps to the prompt.", 7.5, 1, 25),
            "seed": _SEED,
            "ip-adapter": _flag("Whether the image's style is kept.", True),
            "image_format": _FORMAT,
            "quality": _whole("Quality of the compression.", 95, 10, 100),
            "base64": _BASE64,
        },
    ),
    "upscale": (
        "image",
        {"image": _IMAGE},
        {
            "scale": _whole("How many times wider and higher.", 2, enum=[2, 4, 8]),
            "face_enhance": _flag("Whether faces are redrawn.", False),
            "denoise": _number("How much noise is taken out.", 0.5, 0, 1),
            "image_format": _FORMAT,
            "base64": _BASE64,
        },
    ),
    "text-to-video": (
        "video",
        {"prompt": _PROMPT},
        {
            "negative_prompt": _NEGATIVE,
            "duration": _whole("Length in seconds.", 5, enum=[5, 10]),
            "resolution": _text("Lines of the image.", default="720p", enum=["480p", "720p", "1080p"]),
            "aspect_ratio": _text("Shape of the image.", default="16:9", enum=_RATIOS),
            "fps": _whole("Images a second.", 24, 8, 60),
            "camera": _text("How it moves.", **{"x-known-values": ["pan left", "pan right", "orbit", "static"]}),
            "generate_audio": _flag("Whether there is sound.", True),
            "seed": _SEED,
        },
    ),
    "audio": (
        "audio",
        {"text": _text("What to say or play.", maxLength=5000)},
        {
            "voice": _text("Who speaks.", default="nova", enum=["alloy", "echo", "fable", "nova", "onyx"]),
            "speed": _number("How fast.", 1.0, 0.25, 4),
            "language": _text("A two-letter code.", default="en", minLength=2, maxLength=5),
            "format": _text("File format of the answer.", default="mp3", enum=["mp3", "wav", "ogg"]),
            "class": _text("A class of voices.", default="narration"),
        },
    ),
    "3d": ("model3d", {"image": _IMAGE}, {"format": _GLB, "seed": _SEED}),
    "chat": (
        "text",
        {"messages": {"type": "array", "description": "The conversation so far.", "minItems": 1, "items": _MESSAGE}},
        {
            "temperature": _number("How far the answer may stray.", 1.0, 0, 2),
            "max_tokens": _whole("Length of the answer.", 4096, 1, 128000),
            "stop": {"type": "array", "description": "Texts that end it.", "items": _text("One."), "maxItems": 4},
            "frequency_penalty": _number("How much repetition is avoided.", 0, -2, 2),
            "response_format": _SHAPE,
            "seed": _whole("Start value of the random numbers.", None),
            "stream": _flag("Whether the answer comes in parts.", False),
        },
    ),
    "read": (
        "json",
        {"media": _text("Address of what is to be read.", format="uri")},
        {
            "question": _text("What to find out.", default="What is to be seen?"),
            "detail": _text("How closely to look.", default="auto", enum=["low", "high", "auto"]),
            "timeout": _whole("How many seconds the service may take.", 60, 1, 600),
            "top_k": _whole("How many answers.", 5, 1, 50),
        },
    ),
}
#: By words of the catalogue's category; the first that is there decides.
_CATEGORIES = {
    "3d": "3d",
    "text-to-image": "text-to-image",
    "audio-to-text": "read",
    "video": "text-to-video",
    "audio": "audio",
    "voice": "audio",
    "llm": "chat",
    "image-to-text": "read",
    "embed": "read",
    "to": "image-to-image",
}
_SIDES = {"width": ("width",), "height": ("height",), "count": ("samples",)}
_IMAGES = {**_SIDES, "format": ("image_format",), "quality": ("image_quality", "quality"), "base64": ("base64",)}
#: By medium: the parameters that decide a part of the output.
_OUTPUTS: dict[str, dict[str, tuple[str, ...]]] = {
    "image": _IMAGES,
    "video": {"duration": ("duration",), "size_preset": ("resolution",), "frame_rate": ("fps",)},
    "audio": {"text": ("text",), "duration": ("seconds",), "format": ("format",)},
    "text": {"messages": ("messages",), "prompt": ("prompt",)},
    "json": {},
    "model3d": {"format": ("format",)},
}
#: The answer of models that read an image.
_ANSWER = _object("One answer.", label=_text("What is seen."), score={"type": "number"})
_READING = _object("The answers.", answers={"type": "array", "minItems": 1, "items": _ANSWER})


def invented_slugs() -> Iterator[tuple[str, str, float]]:
    """Invent slug, category and price in the style of the catalogue, for machines without it."""
    categories = {
        "txt2img": "text-to-image",
        "img2img": "image-to-image",
        "tts": "text-to-audio",
        "chat": "llm",
        "image-to-3d": "image-to-3d",
    }
    for version in ("1", "1.5", "2", "2.1", "3", "xl"):
        for family in ("acme-paint", "boreal", "cinder-sd", "dune", "ember", "fjord-flux", "glint", "Harbor_Vector"):
            for task in (
                "txt2img",
                "img2img",
                "upscale",
                "image-to-video",
                "text-to-video",
                "tts",
                "chat",
                "vision",
                "image-to-3d",
            ):
                for variant in ("", "-turbo"):
                    yield f"{family}-{version}-{task}{variant}", categories.get(task, task), 0.01


def listed_slugs(path: Path) -> Iterator[tuple[str, str, float]]:
    """Return slug, category and price from the catalogue, a tab-separated table.

    Raises:
        SystemExit: It can't be read, or is no such table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                yield row["slug"], row["category"].lower(), float(row["mean_cost_usd"] or 0)
    except OSError as error:
        raise SystemExit(f"{path}: {error.strerror}.") from None
    except (KeyError, AttributeError, ValueError, csv.Error):
        raise SystemExit(f"{path}: no table with the columns slug, category and mean_cost_usd.") from None


def spec(slug: str, category: str, price: float) -> Schema:
    """An invented spec that contradicts itself nowhere without an erratum; depends on its arguments alone."""
    chance = random.Random(f"{SEED} {slug}")
    upscaler = any(word in slug for word in ("upscale", "esrgan", "enhance", "bg-removal", "restore"))
    kind = "upscale" if upscaler else next((k for word, k in _CATEGORIES.items() if word in category), "read")
    media, always, maybe = _KINDS[kind]
    chosen = [name for name in maybe if chance.random() < 0.8]
    properties = deepcopy({**always, **{name: maybe[name] for name in chosen}})
    for schema in properties.values():
        schema["description"] += chance.choice(["", "", " The page recommends to leave this as it is."])
    page = f"{slug}.spaced"
    output: Schema = {"media": media}
    for key, names in _OUTPUTS[media].items():
        for name in names:
            if name in properties:
                output[key] = name
    if media == "json":
        output["schema"] = _READING
    if kind == "text-to-image" and "aspect_ratio" in properties:
        output["size_preset"] = "aspect_ratio"
    example = {name: _sample(schema) for name, schema in properties.items() if name in always or chance.random() < 0.6}
    made: Schema = {
        "slug": slug,
        "title": slug.replace("-", " ").replace("_", " ").title(),
        "summary": f"An invented model of the kind {kind}, to try the size of a catalogue.",
        "task": kind,
        "pages": [page],
        "sync": {"method": "POST", "path": f"/v1/{slug}"},
        "async": {"method": "POST", "path": f"/v2/{slug}", "basis": "sdk"},
        "price_usd": round(price, 6),
        "latency_s": round(chance.uniform(0.8, 300), 2),
        "input": {"type": "object", "required": list(always), "properties": properties},
        "output": output,
        "example": example,
    }
    if chance.random() < 0.1 and kind != "read":
        del made["sync"]
    made["errata"] = list(_errata(made, page, chance))
    return made


def _sample(schema: Schema) -> Any:
    if "default" in schema:
        return schema["default"]
    if schema["type"] == "array":
        return [_sample(schema["items"])]
    if schema["type"] == "object":
        return {name: _sample(entry) for name, entry in schema["properties"].items()}
    if schema["type"] == "string":
        values = schema.get("enum") or schema.get("x-known-values")
        address = schema.get("format") == "uri"
        return values[0] if values else "https://example.com/harbour.jpeg" if address else "A lighthouse in fog"
    return schema.get("minimum", 7)


def _errata(made: Schema, page: str, chance: random.Random) -> Iterator[Schema]:
    """Return the contradictions within the invented page: always in defaults of required parameters, sometimes in bounds."""
    block = made["input"]
    for name, schema in block["properties"].items():
        place = f"/input/properties/{name}"
        if name in block["required"] and "default" in schema:
            why = "A required parameter that carries a default; it is the sample's own."
            yield _erratum(f"{place}/default", page, schema["default"], schema["default"], why)
        for bound in ("minimum", "maximum"):
            if bound in schema and chance.random() < 0.15:
                why = f"The page's own sample sends a value beyond the {bound} that its table prints."
                yield _erratum(f"{place}/{bound}", page, 0, schema[bound], why)


def _erratum(at: str, page: str, documented: Any, used: Any, why: str) -> Schema:
    return {"at": at, "page": page, "documented": documented, "used": used, "basis": "page", "why": why}


class _PlainDumper(yaml.SafeDumper):
    """Specs have no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_spec(folder: Path, made: Schema) -> Path:
    """Writes a spec as the file that its slug names."""
    path = folder / f"{made['slug']}.yaml"
    text = yaml.dump(made, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def make_workspace(dest: Path, models: int, slugs: Path | None = None) -> None:
    """A workspace at `dest` with that many models, templates and the lock; what `pagewright --root DEST` works on.

    Raises:
        SystemExit: There is something at `dest`, or so many models are not to be had; then nothing is written.
    """
    if os.path.lexists(dest):
        raise SystemExit(f"{dest} is there already; name a folder that is not.")
    entries = _chosen(ROOT / "specs" / "segmind" / "models", models, slugs)
    dest.parent.mkdir(parents=True, exist_ok=True)
    # Made beside its place, so that nothing half made is ever there.
    with TemporaryDirectory(dir=dest.parent, prefix=f".{dest.name}.") as stage:
        made = Path(stage, dest.name)
        for name in ("specs", "templates"):
            shutil.copytree(ROOT / name, made / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy2(ROOT / "requirements.lock", made)
        _write(made / "specs" / "segmind" / "models", entries)
        made.rename(dest)


def add_models(folder: Path, models: int, slugs: Path | None = None) -> None:
    """Fills `folder` up with invented specs until there are `models`."""
    _write(folder, _chosen(folder, models, slugs))


def _write(folder: Path, entries: Iterable[tuple[str, str, float]]) -> None:
    for entry in entries:
        write_spec(folder, spec(*entry))


def _chosen(folder: Path, models: int, slugs: Path | None) -> list[tuple[str, str, float]]:
    """Return what is missing in `folder` for this many models."""
    there = {path.stem for path in folder.glob("*.yaml")}
    listed = sorted(set(listed_slugs(slugs) if slugs else invented_slugs()))
    random.Random(SEED).shuffle(listed)
    listed = [entry for entry in listed if entry[0] not in there]
    wanted = models - len(there)
    if not 0 <= wanted <= len(listed):
        raise SystemExit(f"{models} models are not to be had: {len(there)} are there, {len(listed)} slugs are known.")
    return listed[:wanted]


def known_slugs() -> Path | None:
    """Return the provider's catalogue, beside the folder that PAGEWRIGHT_PAGES names, if it is there."""
    pages = os.environ.get("PAGEWRIGHT_PAGES")
    path = Path(pages).parent / "catalogue.tsv" if pages else None
    return path if path and path.is_file() else None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Make a workspace with many models.")
    parser.add_argument("dest", type=Path, help="a folder that is not there yet")
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--slugs", type=Path, default=known_slugs(), help="the provider's catalogue, as a table")
    asked = parser.parse_args(arguments)
    try:
        make_workspace(asked.dest, asked.models, asked.slugs)
    except OSError as error:
        raise SystemExit(f"{asked.dest}: {error.strerror or error}.") from None


if __name__ == "__main__":
    main()
