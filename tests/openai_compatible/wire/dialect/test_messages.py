"""Messages in a dialect: the smallest JSON before and after each step."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible.profiles.profile import with_facts
from openai_compatible.wire.dialect.steps import PLAIN, spoken

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


def said(messages: Any, **facts: Any) -> Any:
    return spoken({"messages": messages}, with_facts(PLAIN, facts)).body["messages"]


def system(text: Any, role: str = "system") -> dict[str, Any]:
    return {"role": role, "content": text}


def user(text: Any, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": text, **more}


def assistant(text: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


def tool(content: Any, call_id: str = "c") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


@pytest.mark.parametrize(
    ("fact", "before", "after"),
    [
        # developer-role
        ({"system_role": "system"}, [system("a", "developer")], [system("a")]),
        ({"system_role": "as_given"}, [system("a", "developer")], [system("a", "developer")]),
        ({"system_role": "user"}, [system("a"), system("b", "developer")], [user("a"), user("b")]),
        ({"system_role": "system"}, [{"content": "no role"}], [{"content": "no role"}]),
        ({"system_role": "system"}, [{"role": ["odd"]}], [{"role": ["odd"]}]),
        ({"system_role": "system"}, ["odd", system("a", "developer")], ["odd", system("a")]),
        # system-multiple-or-late
        (
            {"system_messages": "merge_leading"},
            [system("a"), system("b"), user("c"), system("d")],
            [system("a\n\nb"), user("c"), system("d")],
        ),
        (
            {"system_messages": "merge_all"},
            [system("a"), user("c"), system("d")],
            [system("a\n\nd"), user("c")],
        ),
        ({"system_messages": "merge_all"}, [user("c"), system("d")], [system("d"), user("c")]),
        ({"system_messages": "merge_leading"}, [system("a"), user("b")], [system("a"), user("b")]),
        ({"system_messages": "merge_leading"}, [system(""), system("b")], [system("b")]),
        (
            {"system_messages": "merge_leading"},
            [system("a"), system([{"type": "text", "text": "b"}])],
            [system([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])],
        ),
        ({"system_messages": "merge_leading"}, [system("a"), system(3)], [system("a"), system(3)]),
        # roles-must-alternate
        ({"merge_turns": True}, [user("a"), user("b")], [user("a\n\nb")]),
        ({"merge_turns": True}, [assistant("a"), assistant("b")], [assistant("a\n\nb")]),
        ({"merge_turns": True}, [user("a", name="x"), user("b")], [user("a", name="x"), user("b")]),
        (
            {"merge_turns": True},
            [assistant(None, tool_calls=[CALL]), assistant("b")],
            [assistant(None, tool_calls=[CALL]), assistant("b")],
        ),
        ({"merge_turns": True}, [user([IMAGE]), user("")], [user([IMAGE])]),
        ({"merge_turns": True}, [tool("1", "a"), tool("2", "b")], [tool("1", "a"), tool("2", "b")]),
        # tool-then-user
        (
            {"tool_then_user": False},
            [tool("1"), user("b")],
            [tool("1"), assistant("OK."), user("b")],
        ),
        ({"tool_then_user": False}, [tool("1"), assistant("b")], [tool("1"), assistant("b")]),
        # content-array-unsupported
        (
            {"text_parts": "string"},
            [user([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])],
            [user("a\nb")],
        ),
        ({"text_parts": "string"}, [user([IMAGE])], [user([IMAGE])]),
        ({"text_parts": "string"}, [user("a")], [user("a")]),
        # assistant-content-null
        (
            {"call_content": "empty"},
            [assistant(None, tool_calls=[CALL])],
            [assistant("", tool_calls=[CALL])],
        ),
        (
            {"call_content": "omit"},
            [assistant("", tool_calls=[CALL])],
            [{"role": "assistant", "tool_calls": [CALL]}],
        ),
        (
            {"call_content": "omit"},
            [{"role": "assistant", "tool_calls": [CALL]}],
            [{"role": "assistant", "tool_calls": [CALL]}],
        ),
        (
            {"call_content": "empty"},
            [assistant("", tool_calls=[CALL])],
            [assistant("", tool_calls=[CALL])],
        ),
        (
            {"call_content": "empty"},
            [assistant("a", tool_calls=[CALL]), assistant(None)],
            [assistant("a", tool_calls=[CALL]), assistant(None)],
        ),
        # message-name-field
        ({"message_names": False}, [user("a", name="x"), user("b")], [user("a"), user("b")]),
        # tool-message-images
        (
            {"tool_images": "user"},
            [tool([{"type": "text", "text": "see"}, IMAGE]), assistant("a")],
            [tool("see"), user([IMAGE]), assistant("a")],
        ),
        (
            {"tool_images": "user"},
            [tool([IMAGE], "a"), tool([IMAGE], "b")],
            [tool("The image follows.", "a"), tool("The image follows.", "b"), user([IMAGE, IMAGE])],
        ),
        ({"tool_images": "user"}, [tool("a")], [tool("a")]),
        (
            {"tool_images": "user"},
            [tool([{"type": "audio"}, IMAGE])],
            [tool([{"type": "audio"}]), user([IMAGE])],
        ),
        # pictures and sound of earlier answers
        (
            {"assistant_media": "omit"},
            [assistant([{"type": "text", "text": "see"}, IMAGE]), user([IMAGE])],
            [assistant("see"), user([IMAGE])],
        ),
        ({"assistant_media": "omit"}, [assistant([IMAGE])], [assistant("[picture left out]")]),
        (
            {"assistant_media": "omit"},
            [assistant([IMAGE], tool_calls=[CALL])],
            [assistant(None, tool_calls=[CALL])],
        ),
        (
            {"assistant_media": "images"},
            [assistant([{"type": "text", "text": "see"}, IMAGE])],
            [assistant("see", images=[IMAGE])],
        ),
        ({"assistant_media": "as_given"}, [assistant([IMAGE])], [assistant([IMAGE])]),
        (
            {"assistant_media": "audio_id"},
            [assistant("", audio_memory={"id": "a1", "transcript": "Hi"})],
            [assistant("", audio={"id": "a1"})],
        ),
        (
            {"assistant_media": "omit"},
            [assistant("", audio_memory={"id": "a1", "transcript": "Hi"})],
            [assistant("Hi")],
        ),
        # assistant-prefill
        ({"prefill": "prefix"}, [user("a"), assistant("b")], [user("a"), assistant("b", prefix=True)]),
        ({"prefill": "prefix"}, [assistant("b", prefix=True)], [assistant("b", prefix=True)]),
        ({"prefill": "prefix"}, [user("a")], [user("a")]),
        ({"prefill": "prefix"}, [], []),
        (
            {"prefill": "prefix"},
            [assistant(None, tool_calls=[CALL])],
            [assistant(None, tool_calls=[CALL])],
        ),
    ],
)
def test_a_step_changes_this_and_nothing_else(fact: dict[str, Any], before: Any, after: Any) -> None:
    assert said(before, **fact) == after


def test_vllm_continues_the_last_message_by_two_parameters() -> None:
    dialect = with_facts(PLAIN, {"prefill": "continue_final_message"})
    body = {"messages": [user("a"), assistant("b")]}
    made = spoken(body, dialect).body
    assert made == {**body, "continue_final_message": True, "add_generation_prompt": False}
    assert spoken(made, dialect).body == made
