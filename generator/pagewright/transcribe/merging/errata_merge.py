"""Bring the errata of a spec up to date with a page: those that expired go, those that still hold stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...specs.pointers import tokens
from ...specs.values import among, is_list, is_mapping, same
from ..changes.claims import QUOTED, plain
from ..changes.page_facts import SAMPLE_TEXT
from .yaml_text import YamlText

_IN_PROSE = ("minimum", "maximum", "multipleOf")
_UNCOMPARED = ("/latency_s", "/summary", "/task", "/example")


@dataclass(slots=True)
class Errata:
    """The errata of a spec that is being updated from a page. `data` is the spec with the new facts, `said` are the facts of the page,
    `before` those last read from it; `drafted` and `drafted_before` are the errata of the two drafts."""

    yaml: YamlText
    data: Mapping[str, Any]
    page: str
    said: Mapping[str, Any]
    before: Mapping[str, Any]
    drafted: Mapping[str, Mapping[str, Any]]
    drafted_before: Mapping[str, Mapping[str, Any]]
    added: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def settle(self) -> None:
        """Edit the errata in the text. New ones are appended."""
        seen: set[str] = set()
        errata: list[dict[str, Any]] = self.data.get("errata", [])
        entries = list(enumerate(errata))
        for index, erratum in reversed(entries):
            pages = [erratum["page"]] if isinstance(erratum["page"], str) else list(erratum["page"])
            if self.page in pages:
                seen.add(plain(erratum["at"]))
                self._settle(index, erratum, pages)
            elif not self._reaches(erratum):
                self._drop(index, erratum, [])
            else:
                self._follow(index, erratum)
        for key, erratum in self.drafted.items():
            if key not in seen and self._is_new(key, erratum):
                self.added.append(dict(erratum))
        for erratum in self.added:
            if self._used(erratum) or erratum["used"] is None:
                self.yaml.append("/errata", erratum)

    def _settle(self, index: int, erratum: Mapping[str, Any], pages: list[str]) -> None:
        at = str(erratum["at"])
        key = plain(at)
        if not self._reaches(erratum):
            self._drop(index, erratum, pages)
            return
        kept = next((new for new in self.added if plain(new["at"]) == key), None)
        if kept is not None:
            self.added.remove(kept)
            self._set(index, erratum, pages, kept["documented"], self._value(at), str(kept["why"]))
            return
        if (
            at in _UNCOMPARED
            or at.endswith("/x-accepts-text")
            or (QUOTED.search(at) and key not in self.said)
            or self._is_sample_text(key)
        ):
            return
        fact, value = self.said.get(key), self._value(at)
        if (
            erratum["documented"] is None
            and fact is None
            and key.rpartition("/")[2] in _IN_PROSE
            and self._prose(index, erratum, pages)
        ):
            return
        if same(erratum["documented"], fact):
            was_drafted = key in self.drafted_before and key not in self.drafted
            if (
                was_drafted
                and same(value, fact)
                and same(self.drafted_before[key]["documented"], erratum["documented"])
            ):
                self._drop(index, erratum, pages)
            elif not same(value, erratum["used"]):
                self._set(index, erratum, pages, fact, value)
            return
        if (same(fact, value) and key not in self.drafted) or self._only_default_is_more(fact, value, key):
            self._drop(index, erratum, pages)
        else:
            self._set(index, erratum, pages, fact, value)

    def _prose(self, index: int, erratum: Mapping[str, Any], pages: list[str]) -> bool:
        """Follow a rule that the description states and the table does not."""
        at = str(erratum["at"])
        head, _, keyword = at.rpartition("/")
        rule = f"{head}/prose/{keyword}"
        if same(self.said.get(rule), self.before.get(rule)) or erratum.get("basis") != "page":
            return False
        if rule in self.said:
            self.yaml.set(at, self.said[rule])
            self._set(index, erratum, pages, None, self.said[rule])
        else:
            self.yaml.delete(at)
            self._drop(index, erratum, pages)
        return True

    def _follow(self, index: int, erratum: Mapping[str, Any]) -> None:
        """Keep an erratum about another page true to the value that the spec has now."""
        at = str(erratum["at"])
        value = self._value(at)
        if same(value, erratum["used"]):
            return
        if same(erratum["documented"], value):
            self._drop(index, erratum, [])
        else:
            self.yaml.set(f"/errata/{index}/used", value)

    def _set(
        self, index: int, erratum: Mapping[str, Any], pages: list[str], documented: Any, used: Any, why: str = ""
    ) -> None:
        """Change what an erratum says of this page; one about several pages is parted."""
        if len(pages) > 1 and not (same(documented, erratum["documented"]) and same(used, erratum["used"])):
            self._leave(index, pages)
            self.added.append(
                {**erratum, "page": self.page, "documented": documented, "used": used, "why": why or erratum["why"]}
            )
            return
        for key, value in (("documented", documented), ("used", used)):
            if not same(value, erratum[key]):
                self.yaml.set(f"/errata/{index}/{key}", value)

    def _drop(self, index: int, erratum: Mapping[str, Any], pages: list[str]) -> None:
        if len(pages) > 1 and self._reaches(erratum):
            self._leave(index, pages)
        else:
            self.yaml.delete(f"/errata/{index}")

    def _leave(self, index: int, pages: list[str]) -> None:
        rest = [page for page in pages if page != self.page]
        self.yaml.set(f"/errata/{index}/page", rest[0] if len(rest) == 1 else rest)

    def _is_new(self, key: str, erratum: Mapping[str, Any]) -> bool:
        if key in _UNCOMPARED and key != "/example":
            return False
        before = self.drafted_before.get(key)
        if before and same(before["documented"], erratum["documented"]) and same(before["used"], erratum["used"]):
            return False
        if any(plain(added["at"]) == key for added in self.added):
            return False
        return self._used(erratum)

    def _used(self, erratum: Mapping[str, Any]) -> bool:
        return self._reaches(erratum) and same(self._value(str(erratum["at"])), erratum["used"])

    def _value(self, at: str) -> Any:
        found = list(self._walk(at))
        return found[-1] if len(found) == len(tokens(at)) else None

    def _reaches(self, erratum: Mapping[str, Any]) -> bool:
        """Return whether the spec still has what the erratum's place is in."""
        at = str(erratum["at"])
        return len(list(self._walk(at))) >= len(tokens(at)) - 1

    def _walk(self, at: str) -> Iterator[Any]:
        data: Any = self.data
        for part in tokens(at):
            if not is_mapping(data) or part not in data:
                return
            data = data[part]
            yield data

    def _is_sample_text(self, key: str) -> bool:
        return self.said.get(key) == SAMPLE_TEXT or (
            key.endswith("/default") and bool(self.said.get(key.removesuffix("default") + SAMPLE_TEXT))
        )

    def _only_default_is_more(self, fact: Any, value: Any, key: str) -> bool:
        """Return whether a list has only the default beside the values on the page, which needs no erratum."""
        if not is_list(fact) or not is_list(value):
            return False
        default = self._value(key.removesuffix("values") + "default")
        return all(among(item, value) for item in fact) and all(among(item, [*fact, default]) for item in value)
