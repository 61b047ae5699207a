"""The kind of a model's output, its task and its roles, from a page that speaks of them in one way or another."""

from __future__ import annotations

import pytest

from tests.transcribe.invented import PROMPT, drafted, page, reviews_of, row

IMAGE = row("image", "string (uri)", "The source.", "required")
FPS = row("fps", "integer", "Frames each second.\n\nDefault: 7Range: 1 - 60")
FRAMES = row("frames", "integer", "How many frames.\n\nDefault: 14\nAllowed values :\n1425")


def sends(**values: object) -> dict[str, object]:
    return {"prompt": "a lamp", **values}


@pytest.mark.parametrize(
    ("title", "slug", "returns", "media", "task"),
    [
        ("Acme Lantern", "acme-lantern", "Image", "image", "text-to-image"),
        ("Acme Lantern", "acme-lantern", "Video", "video", "text-to-video"),
        ("Acme Lantern", "acme-lantern", "Audio", "audio", "text-to-audio"),
        ("Acme Murmur", "murmur-tts", "Audio", "audio", "text-to-speech"),
        ("Acme Lantern", "acme-lantern", "Text", "text", "text-generation"),
        ("Acme Lantern", "acme-lantern", "3D Model", "model3d", "text-to-3d"),
        ("Acme Lantern", "acme-lantern", "image/png", "image", "text-to-image"),
        ("Acme Lantern Text to Image", "acme-lantern", "Text/JSON", "image", "text-to-image"),
        ("Acme Lantern", "acme-txt2img", "Text/JSON", "image", "text-to-image"),
        ("Acme Reel Text to Video", "acme-reel", "Text/JSON", "video", "text-to-video"),
        ("Acme Reel", "acme-reel-t2v", "Text/JSON", "video", "text-to-video"),
        ("Acme Reel", "acme-text2video", "Text/JSON", "video", "text-to-video"),
        ("Acme Murmur Text-to-Speech", "acme-murmur", "Text/JSON", "audio", "text-to-speech"),
        ("Acme Choir", "acme-music", "Text/JSON", "audio", "text-to-audio"),
        ("Acme Ear", "acme-transcribe", "Text/JSON", "json", "speech-to-text"),
        ("Acme Vector Embedding", "acme-vector", "Text/JSON", "json", "embeddings"),
        ("Acme Parrot Chat", "acme-parrot", "Text/JSON", "text", "text-generation"),
        ("Acme Clay Text to 3D", "acme-clay", "Text/JSON", "model3d", "text-to-3d"),
    ],
)
def test_the_response_type_or_else_the_words_for_the_task(
    title: str, slug: str, returns: str, media: str, task: str
) -> None:
    result = drafted(page(PROMPT, title=title, slug=slug, returns=returns))
    assert (result.spec["output"]["media"], result.spec["task"]) == (media, task)
    assert result.reviews == []


@pytest.mark.parametrize(
    ("title", "returns", "says"),
    [
        ("Acme Reel Text to Video", "Image", "'Text to Video' is a word for another kind of output, video"),
        ("Acme Lantern Text to Image", "Audio", "'Text to Image' is a word for another kind of output, image"),
        ("Acme Lantern", "Text/JSON", "the kind of its output, json, was concluded from its response type"),
        ("Acme Lantern", "", "the kind of its output, image, was concluded from nothing that the page says"),
    ],
)
def test_unclear_kinds_of_output_are_reviewed(title: str, returns: str, says: str) -> None:
    result = drafted(page(PROMPT, title=title, returns=returns))
    assert any(says in message for message in reviews_of(result, "/output"))


@pytest.mark.parametrize(
    ("rows", "sample", "media", "task"),
    [
        ((PROMPT, FPS, FRAMES), sends(fps=7, frames=14), "video", "text-to-video"),
        ((IMAGE, FPS, FRAMES), {"image": "https://acme.example/a.png", "fps": 7}, "video", "image-to-video"),
        ((PROMPT, row("guidance_scale", "number"), row("scheduler", "string")), sends(), "image", "text-to-image"),
        ((PROMPT, row("voice", "string"), row("speaker", "string")), sends(), "audio", "text-to-speech"),
        ((row("messages", "array"),), {"messages": []}, "text", "text-generation"),
    ],
)
def test_parameters_decide_the_kind_of_output_if_no_words_do(
    rows: tuple[str, ...], sample: dict[str, object], media: str, task: str
) -> None:
    result = drafted(page(*rows, title="Acme Thing", slug="acme-thing", returns="Text/JSON", sample=sample))
    assert (result.spec["output"]["media"], result.spec["task"]) == (media, task)
    assert not any("concluded" in message for message in reviews_of(result))


def test_one_parameter_is_not_enough() -> None:
    result = drafted(page(PROMPT, row("voice", "string"), title="Acme Thing", slug="acme-thing", returns="Text/JSON"))
    assert result.spec["output"]["media"] == "audio"
    assert reviews_of(result, "/output") == ["the kind of its output, audio, was concluded from its parameters"]


@pytest.mark.parametrize(("name", "media"), [("out.mp4", "video"), ("a/b.wav", "audio"), ("x.glb", "model3d")])
def test_the_file_that_the_sample_writes(name: str, media: str) -> None:
    after = f'with open("{name}", "wb") as file:\n    file.write(response.content)\n'
    result = drafted(page(PROMPT, title="Acme Thing", slug="acme-thing", returns="Text/JSON", after=after))
    assert result.spec["output"]["media"] == media


def test_a_menu_does_not_name_the_task() -> None:
    text = page(PROMPT, title="Acme Thing", slug="acme-thing", returns="Text/JSON")
    menu = "Text to Video\nText to Speech\nText to Image\n"
    result = drafted(text.replace("A line about it.", f"{menu}\nA line about it."))
    assert result.spec["output"]["media"] == "json"
    assert drafted(text.replace("A line about it.", "Turns text into speech.")).spec["output"]["media"] == "audio"


def test_roles_of_a_video() -> None:
    rows = (
        IMAGE,
        row("base64", "boolean"),
        row("duration", "string", 'Length.\n\nDefault: "5"\nAllowed values :\n"5""10"'),
        FPS,
        FRAMES,
        row("output_format", "string", 'Format.\n\nDefault: "mp4"\nAllowed values :\n"mp4""webm"'),
    )
    sample = {"image": "https://acme.example/a.png", "duration": "5", "fps": 7, "frames": "14"}
    result = drafted(page(*rows, title="Acme Reel Image to Video", slug="acme-reel", returns="Video", sample=sample))
    assert result.spec["output"] == {
        "media": "video",
        "format": "output_format",
        "base64": "base64",
        "duration": "duration",
        "frames": "frames",
        "frame_rate": "fps",
    }
    assert result.spec["input"]["properties"]["frames"]["x-accepts-text"] is True
    assert "errata" not in result.spec
    assert result.reviews == []


@pytest.mark.parametrize(
    ("flag", "sample", "task"),
    [
        ("optional", {"prompt": "A tram"}, "text-to-video"),
        ("optional", {"prompt": "A tram", "image": "https://acme.example/a.png"}, "image-to-video"),
        ("required", {"prompt": "A tram"}, "image-to-video"),
    ],
)
def test_an_image_that_is_not_needed_does_not_name_the_task(flag: str, sample: dict[str, str], task: str) -> None:
    image = row("image", "string (uri)", "The first frame; leave it out for text alone.", flag)
    result = drafted(page(PROMPT, image, title="Acme Reel", slug="acme-reel", returns="Video", sample=sample))
    assert result.spec["task"] == task


@pytest.mark.parametrize(
    ("values", "has_role"),
    [
        ('"16:9""9:16""1:1"', True),
        ('"auto""4:3""21:9"', True),
        ('"16:9 (wide)""9:16 (tall)"', True),
        ('"wide 1344x768""tall 768x1344"', False),
        ('"landscape""portrait"', False),
        ('"16:9""a photo of a cat"', False),
    ],
)
def test_the_role_of_a_shape(values: str, has_role: bool) -> None:
    shape = row("aspect", "string", f"Shape.\n\nAllowed values :\n{values}")
    result = drafted(page(PROMPT, shape, title="Acme Reel", slug="acme-text-to-video", returns="Video"))
    assert (result.spec["output"].get("aspect_ratio") == "aspect") is has_role


def test_roles_of_sound() -> None:
    text = row("text", "string", "What to say.", "required")
    voice, length = row("voice", "string"), row("length", "integer", "Length in seconds.")
    response = row("response_format", "string", 'Format.\n\nDefault: "mp3"\nAllowed values :\n"mp3""wav"')
    result = drafted(
        page(text, length, response, voice, slug="acme-tts", title="Acme", returns="Audio", sample={"text": "Hi"})
    )
    output = {"media": "audio", "format": "response_format", "duration": "length", "text": "text"}
    assert result.spec["output"] == output
    lyrics = row("lyrics", "string")
    result = drafted(page(PROMPT, lyrics, slug="acme-music", title="Acme", returns="Audio"))
    assert result.spec["output"] == {"media": "audio", "text": "lyrics"}
    result = drafted(page(PROMPT, slug="acme-music", title="Acme", returns="Audio"))
    assert result.spec["output"] == {"media": "audio"}


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("API Format\n\nOpenAI\n\n", "openai"),
        ("API Format: Anthropic Messages\n\n", "anthropic"),
        ("API Format\n\nGoogle Gemini\n\n", "gemini"),
        ("API Format\n\nOpenAI compatible (not Anthropic)\n\n", "openai"),
    ],
)
def test_roles_of_a_chat(label: str, value: str) -> None:
    rows = (row("messages", "array", flag="required"), row("prompt", "string"))
    result = drafted(page(*rows, returns="Text/JSON", title="Acme", sample={"messages": []}, extra=label))
    output = {"media": "text", "messages": "messages", "prompt": "prompt", "api_format": value}
    assert result.spec["output"] == output
    assert result.reviews == []


def test_an_unknown_chat_format() -> None:
    result = drafted(page(PROMPT, returns="Text", title="Acme", extra="API Format\n\nParrotTalk\n\n"))
    assert "api_format" not in result.spec["output"]
    assert reviews_of(result, "/output") == ["the API format 'ParrotTalk' is not known"]


SCHEMA = """Response Schema

{"type": "object", "title": "X", "required": ["data", "gone"],
 "properties": {"data": {"type": "array", "items": {"type": "number", "minimum": 0}}, "n": {"type": ["integer", "null"]}}}

"""


def test_the_schema_of_a_json_answer() -> None:
    result = drafted(page(PROMPT, title="Acme Embedding", returns="Text/JSON", extra=SCHEMA))
    assert result.spec["output"] == {
        "media": "json",
        "schema": {
            "type": "object",
            "required": ["data"],
            "properties": {
                "data": {"type": "array", "items": {"type": "number"}},
                "n": {"type": ["integer", "null"]},
            },
        },
    }
    assert reviews_of(result) == ["the schema of the response has parts that were left out: minimum"]


@pytest.mark.parametrize("text", ["{", "{}", '{"data": [0.1]}', '{"type": "strange"}'])
def test_what_is_no_schema(text: str) -> None:
    result = drafted(page(PROMPT, title="Acme Embedding", returns="Text/JSON", extra=f"Response Schema\n\n{text}\n\n"))
    assert "schema" not in result.spec["output"]
    assert len(reviews_of(result, "/output")) == 1


@pytest.mark.parametrize(
    ("returns", "values", "preset", "unnamed"),
    [
        ("Video", ["480p", "720p", "4k"], True, []),
        ("Video", ["480p", "auto"], True, ["auto"]),
        ("Image", ["1024x1024", "768x512", "4k"], True, ["4k"]),
        ("Image", ["1K", "2K", "4K"], False, []),
        ("Image", ["1024x1024", "wide", "tall", "huge"], False, ["wide", "tall", "huge"]),
    ],
)
def test_a_size_without_pixels_is_reviewed_and_the_others_keep_their_role(
    returns: str, values: list[str], preset: bool, unnamed: list[str]
) -> None:
    listed = "".join(f'"{value}"' for value in values)
    sizes = row("resolution", "string", f"How large.\n\nAllowed values :\n{listed}")
    result = drafted(page(PROMPT, sizes, returns=returns, sample=sends(resolution=values[0])))
    assert (result.spec["output"].get("size_preset") == "resolution") is preset
    said = [message for message in reviews_of(result) if "name no size in pixels" in message]
    assert len(said) == bool(unnamed)
    assert all(repr(value) in said[0] for value in unnamed)
