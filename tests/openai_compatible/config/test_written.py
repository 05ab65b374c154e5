"""A provider with references in any field can be changed where their variables are not set."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.file import read
from openai_compatible.errors import ConfigError

HEAD = '[[providers]]\nname = "a"\nbase_url = "${PLACE}/v1"\n'


@pytest.mark.parametrize(
    "more",
    [
        'proxy = "${PROXY}"',
        'api_key_file = "${HOME}/key"',
        'headers = { X-Team = "Bearer ${TEAM}" }',
        'extra_body = { user = ["${USER_NAME}"] }',
        'tls = { ca_bundle = "${HOME}/ca.pem" }',
        '[providers.models.m]\nbase_url = "http://${HOST}/v1"',
    ],
)
def test_a_provider_whose_variables_are_not_set_can_be_edited(more: str) -> None:
    file = ProviderFile(f"{HEAD}{more}\n")
    file.patch("a", {"priority": 1})
    assert more in file.text


@pytest.mark.parametrize(
    "more", ['max_retries = "x"', 'adapt = "${WORD}"', 'tls = { verify = "${SWITCH}" }']
)
def test_text_is_refused_in_the_place_of_a_number_or_a_word(more: str) -> None:
    with pytest.raises(ConfigError):
        ProviderFile(f"{HEAD}{more}\n").patch("a", {"priority": 1})


@pytest.mark.parametrize(
    ("more", "line", "said"),
    [
        ('dialect = { max_tokens_feld = "x" }', 4, "Did you mean 'max_tokens_field'?"),
        ("dialect = { max_tokens_field = 3 }", 4, "cannot be 3"),
        ("[providers.models.m.dialect]\n\nnobody = 1", 6, "there is no dialect fact 'nobody'"),
    ],
)
def test_a_fact_that_there_is_not_is_told_with_its_line(
    monkeypatch: pytest.MonkeyPatch, more: str, line: int, said: str
) -> None:
    monkeypatch.setenv("PLACE", "http://127.0.0.1:1")
    with pytest.raises(ConfigError) as caught:
        read(f"{HEAD}{more}\n", Path("p.toml"))
    assert str(caught.value).startswith(f"p.toml:{line}: provider 'a': ")
    assert said in str(caught.value)
