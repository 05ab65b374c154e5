"""Tool calls in every way servers cut, number and name them."""

import json
import time
from typing import Any

import pytest

from openai_compatible.types import ToolCallDelta
from openai_compatible.wire.arguments import Arguments, parse_arguments
from openai_compatible.wire.chat import ChatStream, fold


def item(
    arguments: Any = None, name: Any = None, id: Any = None, index: Any = None, **more: Any
) -> dict[str, Any]:
    function = {k: v for k, v in (("name", name), ("arguments", arguments)) if v is not None}
    given = {k: v for k, v in (("index", index), ("id", id)) if v is not None}
    return {**given, "type": "function", "function": function, **more}


def run(wire: Any, *chunks: list[dict[str, Any]], **options: Any) -> list[tuple[str, str, str]]:
    """(id, name, arguments) of each call; checks that the deltas say the same."""
    events, done = wire.read(
        wire.sse(*(wire.calls(*c) for c in chunks), wire.delta({}, "tool_calls"), "[DONE]"), **options
    )
    found = [(call.id, call.name, call.arguments) for call in done.tool_calls]
    joined: dict[int, list[str]] = {}
    for event in events:
        assert isinstance(event, ToolCallDelta)
        if event.index not in joined:
            assert event.id is not None
            assert event.name is not None
            joined[event.index] = [event.id, event.name, event.arguments]
        else:
            assert (event.id, event.name) == (None, None)
            joined[event.index][2] += event.arguments
    assert [tuple(joined[i]) for i in range(len(joined))] == found
    return found


def test_openais_own_deltas(wire: Any) -> None:
    assert run(
        wire,
        [item("", "f", "a", 0)],
        [item('{"x"', index=0)],
        [item(": 1}", index=0)],
        [item("", "g", "b", 1)],
        [item("{}", index=1)],
    ) == [("a", "f", '{"x": 1}'), ("b", "g", "{}")]


def test_deltas_without_index(wire: Any) -> None:
    assert run(wire, [item("", "f", "a")], [item('{"x":1}')], [item("{", "g", "b")], [item("}")]) == [
        ("a", "f", '{"x":1}'),
        ("b", "g", "{}"),
    ]


def test_deltas_without_index_that_name_their_call_by_id(wire: Any) -> None:
    assert run(
        wire, [item("{", "f", "a")], [item("{", "g", "b")], [item("}", id="a")], [item("}", id="b")]
    ) == [
        ("a", "f", "{}"),
        ("b", "g", "{}"),
    ]


def test_every_delta_with_index_0_and_different_ids(wire: Any) -> None:
    assert run(wire, [item('{"x":1}', "f", "a", 0)], [item("", "g", "b", 0)], [item("{}", index=0)]) == [
        ("a", "f", '{"x":1}'),
        ("b", "g", "{}"),
    ]


def test_two_calls_with_index_0_that_go_on_by_id(wire: Any) -> None:
    assert run(
        wire,
        [item("{", "f", "a", 0)],
        [item("{", "g", "b", 0)],
        [item("}", "f", "a", 0)],
        [item("}", "g", "b", 0)],
    ) == [("a", "f", "{}"), ("b", "g", "{}")]


def test_index_0_for_all_without_ids(wire: Any) -> None:
    found = run(
        wire,
        [item('{"x":1}', "f", index=0)],
        [item('{"x":2}', "f", index=0)],
        [item("{}", "g", index=0)],
    )
    assert [(name, arguments) for _, name, arguments in found] == [
        ("f", '{"x":1}'),
        ("f", '{"x":2}'),
        ("g", "{}"),
    ]
    assert len({call_id for call_id, _, _ in found}) == 3


def test_id_and_name_repeated_in_each_delta(wire: Any) -> None:
    assert run(
        wire, [item("", "f", "a", 0)], [item('{"x"', "f", "a", 0)], [item(":1}", "f", "a", 0)]
    ) == [("a", "f", '{"x":1}')]
    assert run(wire, [item("", "f", "a", 0)], [item('{"x":1}', "", "", 0)]) == [("a", "f", '{"x":1}')]
    ((_, name, arguments),) = run(
        wire, [item("", "f", index=0)], [item('{"x"', "f", index=0)], [item(":1}", "f", index=0)]
    )
    assert (name, arguments) == ("f", '{"x":1}')


def test_a_fresh_id_in_each_delta_of_one_call(wire: Any) -> None:
    assert run(
        wire, [item("", "f", "a", 0)], [item('{"x"', id="b", index=0)], [item(":1}", "f", "c", 0)]
    ) == [("a", "f", '{"x":1}')]


def test_whole_calls_in_one_delta(wire: Any) -> None:
    assert run(wire, [item("{}", "f", "a", 0), item("[]", "g", "b", 1)]) == [
        ("a", "f", "{}"),
        ("b", "g", "[]"),
    ]
    found = run(wire, [item('{"x":1}', "f"), item('{"x":2}', "f"), item("{}", "g")])
    assert [arguments for _, _, arguments in found] == ['{"x":1}', '{"x":2}', "{}"]


def test_a_name_later_than_its_id(wire: Any) -> None:
    assert run(wire, [item(id="a", index=0)], [item('{"x":', index=0)], [item("1}", "f", index=0)]) == [
        ("a", "f", '{"x":1}')
    ]
    assert run(wire, [item(id="a")], [item(name="f")], [item("{}")]) == [("a", "f", "{}")]


def test_an_id_later_than_its_name(wire: Any) -> None:
    ((call_id, name, arguments),) = run(wire, [item("", "f", index=0)], [item("{}", id="late", index=0)])
    assert (name, arguments) == ("f", "{}")
    assert call_id.startswith("call_")
    assert run(wire, [item("{}")], [item("", "f", "a")]) == [("a", "f", "{}")]


def test_an_id_later_than_its_call_without_index_is_the_next_call(wire: Any) -> None:
    assert [name for _, name, _ in run(wire, [item("{}", "f")], [item("{}", "g", "b")])] == ["f", "g"]


@pytest.mark.parametrize("missing", [{}, {"id": None}, {"id": ""}])
def test_missing_ids_are_invented_and_unique(wire: Any, missing: dict[str, Any]) -> None:
    done = fold(
        json.dumps(
            {
                "choices": [
                    {
                        "message": {
                            "tool_calls": [
                                {**missing, "function": {"name": "f", "arguments": "{}"}},
                                {**missing, "function": {"name": "f", "arguments": "{}"}},
                            ]
                        }
                    }
                ]
            }
        ).encode(),
        wire.generic,
    )
    one, two = (call.id for call in done.tool_calls)
    assert one.startswith("call_")
    assert one != two


def test_one_id_for_two_calls_is_made_two(wire: Any) -> None:
    found = run(wire, [item("{}", "f", "a", 0), item("{}", "g", "a", 1)])
    assert [name for _, name, _ in found] == ["f", "g"]
    assert found[0][0] == "a"
    assert found[1][0] != "a"


def test_an_index_that_grows_with_each_delta_of_one_call(wire: Any) -> None:
    assert run(wire, [item("{", "f", "a", 0)], [item("}", id="a", index=1)]) == [("a", "f", "{}")]


def test_numbers_as_ids_and_digits_as_indexes(wire: Any) -> None:
    assert run(wire, [item("{", "f", 17, "0")], [item("}", index="0")]) == [("17", "f", "{}")]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"city": "Köln"}, '{"city":"Köln"}'),
        (None, ""),
        ("", ""),
        ([], "[]"),
        (7, "7"),
        ('"{}"', '"{}"'),
        ("{bad", "{bad"),
    ],
)
def test_arguments_of_any_type_become_text(wire: Any, arguments: Any, text: str) -> None:
    call = {"id": "a", "function": {"name": "f", "arguments": arguments}}
    assert (
        fold(json.dumps({"choices": [{"message": {"tool_calls": [call]}}]}).encode(), wire.generic)
        .tool_calls[0]
        .arguments
        == text
    )
    assert run(wire, [{"index": 0, **call}]) == [("a", "f", text)]


def test_arguments_as_objects_in_later_deltas(wire: Any) -> None:
    assert run(wire, [item("", "f", "a", 0)], [item({"x": 1}, index=0)]) == [("a", "f", '{"x":1}')]


def test_the_legacy_function_call(wire: Any) -> None:
    def chunk(**call: Any) -> dict[str, Any]:
        return wire.delta({"function_call": call})  # type: ignore[no-any-return]

    _, done = wire.read(
        wire.sse(
            chunk(name="f", arguments=""),
            chunk(arguments='{"x":'),
            chunk(arguments="1}"),
            wire.delta({}, "function_call"),
        )
    )
    assert [(c.name, c.arguments) for c in done.tool_calls] == [("f", '{"x":1}')]
    assert done.finish_reason == "tool_calls"


def test_a_legacy_call_beside_the_same_tool_call_is_one(wire: Any) -> None:
    both = {"function_call": {"name": "f", "arguments": "{}"}, "tool_calls": [item("{}", "f", "a", 0)]}
    alone = {"function_call": {"name": "f", "arguments": "{}"}}
    _, done = wire.read(wire.sse(wire.delta(both), wire.delta(alone, "stop")))
    assert len(done.tool_calls) == 1


@pytest.mark.parametrize("odd", [None, "x", 7, [], {}, [None], ["x"], [[]], [{}], [{"index": 1}]])
def test_odd_tool_calls_say_nothing(wire: Any, odd: Any) -> None:
    _, done = wire.read(
        wire.sse(wire.delta({"content": "a", "tool_calls": odd, "function_call": odd}, "stop"))
    )
    assert (done.text, done.tool_calls, done.finish_reason) == ("a", (), "stop")


def test_one_call_that_is_an_object_instead_of_a_list(wire: Any) -> None:
    _, done = wire.read(wire.sse(wire.delta({"tool_calls": item("{}", "f", "a", 0)}, "stop")))
    assert done.tool_calls[0].name == "f"


def test_a_call_without_a_function_object_is_read_flat(wire: Any) -> None:
    assert run(wire, [{"id": "a", "name": "f", "arguments": {"x": 1}}]) == [("a", "f", '{"x":1}')]


def test_unknown_keys_of_a_call_are_kept(wire: Any) -> None:
    signed = {"extra_content": {"google": {"thought_signature": "s"}}}
    first, later = item("", "f", "a", 0, **signed), item("{}", index=0, more=[1])
    first["function"]["strict"] = True
    flat = {"id": "b", "name": "g", "arguments": "", "index": 1, "x": 1}
    _, done = wire.read(
        wire.sse(wire.calls(first), wire.calls(later), wire.calls(flat), wire.delta({}, "tool_calls"))
    )
    assert done.tool_calls[0].extra == {**signed, "strict": True, "more": [1]}
    assert done.tool_calls[1].extra == {"x": 1}


def test_a_name_cut_into_pieces_is_joined_when_the_tools_are_known(wire: Any) -> None:
    pieces = [item("", "get_", "a", 0)], [item("", "weather", index=0)], [item("{}", index=0)]
    assert run(wire, *pieces, tools={"get_weather", "get_time"}) == [("a", "get_weather", "{}")]


def test_a_name_that_is_a_tool_and_the_start_of_another_is_whole(wire: Any) -> None:
    assert run(wire, [item("{}", "get", "a", 0)], tools={"get", "get_time"}) == [("a", "get", "{}")]
    assert run(wire, [item("{}", "ge", "a", 0)], tools={"get"}) == [("a", "ge", "{}")]


def test_calls_of_two_choices_are_apart(wire: Any) -> None:
    one, two = (
        wire.calls(item("{}", "f", "a", 0), finish="stop"),
        wire.calls(item("{}", "g", "b", 0), finish="stop"),
    )
    two["choices"][0]["index"] = 1
    events, done = wire.read(wire.sse(one, two))
    assert [c.tool_calls[0].name for c in done.choices] == ["f", "g"]
    assert [e.choice for e in events] == [0, 1]


# -- arguments sent again


def test_arguments_that_grow_from_delta_to_delta(wire: Any) -> None:
    grown = ['{"city":', '{"city":"Par', '{"city":"Paris"}', '{"city":"Paris"}']
    assert run(wire, *([item(text, "f", "a", 0)] for text in grown)) == [("a", "f", '{"city":"Paris"}')]


def test_arguments_sent_whole_once_more_at_the_end(wire: Any) -> None:
    for last in ('{"x": 1}', '{"x":1}', "{}"):
        assert run(
            wire,
            [item("", "f", "a", 0)],
            [item('{"x"', index=0)],
            [item(": 1}", index=0)],
            [item(last, index=0)],
        ) == [("a", "f", '{"x": 1}')]


def test_done_without_a_finish_reason_gives_out_what_was_held_back(wire: Any) -> None:
    stream = ChatStream(wire.generic)
    stream.feed(wire.sse(*(wire.calls(item(p, "f", "a", 0)) for p in ('{"a":', '{"a":1}'))))
    assert stream.partial().choices[0].extra["unfinished_tool_calls"][0]["arguments"] == '{"a":'
    assert stream.feed(wire.sse("[DONE]")) == [ToolCallDelta(0, None, None, "1}")]
    assert stream.close().tool_calls[0].arguments == '{"a":1}'


def test_a_piece_like_the_ones_before_that_is_no_repetition(wire: Any) -> None:
    for pieces in (
        ['{"a":', '{"a":', "1}}"],
        ['{"a":', '{"a":1}', "}"],
        ["[", "[", "1]]"],
        ['{"a":', '{"a":1}}'],
    ):
        assert run(wire, [item("", "f", "a", 0)], *([item(p, index=0)] for p in pieces)) == [
            ("a", "f", "".join(pieces))
        ]


def test_pieces_that_say_everything_again_are_known_as_soon_as_they_cannot_go_on() -> None:
    def given(*pieces: str) -> list[str]:
        arguments = Arguments()
        return [arguments.add(piece) for piece in pieces]

    assert given('{"a":1}', '{"a":1}', "x") == ['{"a":1}', "", "x"]
    assert given('{"a":1}', '{"a":1} ', "x", "y") == ['{"a":1}', " ", "x", "y"]
    assert given('{"a', '{"ab', '{"abc', "d", '{"abcd') == ['{"a', "b", "c", "d", '{"abcd']
    assert given('{"a":', '{"a":"x', '{"a":"xy"}') == ['{"a":', "", '"xy"}']
    assert given('{"a":', '{"a":', '{"a":1}}}') == ['{"a":', "", ""]


def test_doubt_does_not_last() -> None:
    arguments = Arguments()
    given = [arguments.add("[") for _ in range(50)]
    assert "".join(given) == "[" * 50
    assert given[-1] == "["


def test_a_brace_after_a_brace_inside_a_text_goes_on() -> None:
    arguments = Arguments()
    pieces = ['{"code": "if(x){}', "{y}", '"}']
    assert [arguments.add(piece) for piece in pieces] == pieces
    other = Arguments()
    assert [other.add(piece) for piece in ('{"a":1}', '{"b":2}', "{x")] == ['{"a":1}', '{"b":2}', "{x"]


def test_a_name_repeated_without_an_id_inside_the_arguments_goes_on(wire: Any) -> None:
    ((_, name, arguments),) = run(wire, [item('{"a":', "f", index=0)], [item('{"b":1}}', "f", index=0)])
    assert (name, arguments) == ("f", '{"a":{"b":1}}')


def test_a_brace_after_finished_arguments_that_is_no_repetition_is_kept() -> None:
    arguments = Arguments()
    assert [arguments.add(piece) for piece in ('{"a":1}', "{x")] == ['{"a":1}', "{x"]


def test_long_arguments_cost_linear_time(wire: Any) -> None:
    def cost(count: int) -> float:
        piece = wire.sse(wire.calls(item(' "abc",', index=0)))
        stream = ChatStream(wire.generic)
        stream.feed(wire.sse(wire.calls(item("[", "f", "a", 0))))
        begin = time.process_time()
        for _ in range(count):
            stream.feed(piece)
        stream.flush()
        return (time.process_time() - begin) / count

    cost(200)
    assert cost(16_000) < 4 * min(cost(1_000) for _ in range(3))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        (" ", {}),
        ("null", {}),
        ("{}", {}),
        ('{"a": 1}', {"a": 1}),
        ('"{\\"a\\": 1}"', {"a": 1}),
        ('""', {}),
        ('"x"', None),
        ("[]", None),
        ("7", None),
        ('{"a"', None),
        ("[" * 100_000, None),
    ],
)
def test_arguments_are_parsed_without_raising(text: str, value: dict[str, Any] | None) -> None:
    assert parse_arguments(text) == value
