"""Tool calls whose pieces come under the wrong index, one index, or none; names with decoration."""

import json
import time
from typing import Any

import pytest

from openai_compatible.types import ToolCallDelta
from openai_compatible.wire.chat import ChatStream, fold
from openai_compatible.wire.remarks import remarks
from openai_compatible.wire.tool_names import is_whole_name, match_name


def item(
    arguments: Any = None, name: Any = None, id: Any = None, index: Any = None, **more: Any
) -> dict[str, Any]:
    function = {k: v for k, v in (("name", name), ("arguments", arguments)) if v is not None}
    given = {k: v for k, v in (("index", index), ("id", id)) if v is not None}
    return {**given, "type": "function", "function": function, **more}


def run(wire: Any, *chunks: list[dict[str, Any]], finish: str = "tool_calls", **options: Any) -> Any:
    """Name and arguments of each call; checks that the deltas say the same."""
    events, done = wire.read(
        wire.sse(*(wire.calls(*c) for c in chunks), wire.delta({}, finish), "[DONE]"), **options
    )
    joined: dict[int, list[Any]] = {}
    for event in events:
        assert isinstance(event, ToolCallDelta)
        if event.index not in joined:
            joined[event.index] = [event.name, event.arguments]
            assert event.id
        else:
            joined[event.index][1] += event.arguments
    found = [(call.name, call.arguments) for call in done.tool_calls]
    assert [tuple(joined[i]) for i in range(len(joined))] == found
    assert len({call.id for call in done.tool_calls}) == len(found)
    return found


def whole(wire: Any, *calls: Any, **options: Any) -> Any:
    message = {"tool_calls": list(calls)}
    body = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
    return fold(json.dumps(body).encode(), wire.generic, **options)


TWO = [("f", '{"a":1}'), ("f", '{"b":2}')]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 100])
def test_a_second_object_under_one_index_is_a_second_call_wherever_it_is_cut(
    wire: Any, size: int
) -> None:
    text = '{"a":1}{"b":2}'
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert run(wire, [item("", "f", "x", 0)], *([item(p, index=0)] for p in pieces)) == TWO
    assert run(wire, [item("", "f", "x")], *([item(p)] for p in pieces)) == TWO


def test_objects_behind_each_other_in_a_whole_message_are_calls(wire: Any) -> None:
    found = whole(wire, item('{"a":1} \n{"b":2}{"c":"}{"}', "f", "x")).tool_calls
    assert [c.arguments for c in found] == ['{"a":1} \n', '{"b":2}', '{"c":"}{"}']
    assert [c.name for c in found] == ["f"] * 3


def test_a_second_object_that_was_cut_is_a_call_of_its_own(wire: Any) -> None:
    assert run(wire, [item('{"a":1}{"b":', "f", "x", 0)], finish="length") == [
        ("f", '{"a":1}'),
        ("f", '{"b":'),
    ]


def test_a_second_object_with_an_id_keeps_it(wire: Any) -> None:
    _, done = wire.read(
        wire.sse(
            wire.calls(item('{"a":1}', "f", "x", 0)),
            wire.calls(item('{"b":2}', id="y", index=0)),
            wire.delta({}, "stop"),
        )
    )
    assert [(c.id, c.arguments) for c in done.tool_calls] == [("x", '{"a":1}'), ("y", '{"b":2}')]


@pytest.mark.parametrize("again", [['{"a":1}'], ['{"a"', ":1}"], ["{}"], ["{", "}"], ['{"a": 1}']])
def test_an_object_that_comes_again_is_no_second_call(wire: Any, again: list[str]) -> None:
    chunks = [[item(piece, index=0)] for piece in ['{"a":1}', *again]]
    assert run(wire, [item("", "f", "x", 0)], *chunks) == TWO[:1]


def test_braces_inside_a_text_split_nothing(wire: Any) -> None:
    text = '{"code": "if (x) {}{y}} {"}'
    for size in (1, 3, 100):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert run(wire, *([item(p, "f", "x", 0)] for p in pieces)) == [("f", text)]


def test_the_tail_of_a_call_under_an_index_that_nothing_opened_goes_on_with_it(wire: Any) -> None:
    assert run(
        wire,
        [item('{"a":1}', "f", "x", 0)],
        [item('{"b"', "g", "y", 0)],
        [item(":2", index=1)],
        [item("}", index=1)],
        [item("{}", "h", "z", 1)],
    ) == [("f", '{"a":1}'), ("g", '{"b":2}'), ("h", "{}")]


def test_a_new_object_under_an_index_that_nothing_opened_is_a_call_of_the_same_tool(wire: Any) -> None:
    head = [item('{"a":1}', "f", "x", 0)]
    assert run(wire, head, [item('{"b"', index=1)], [item(":2}", index=1)]) == TWO
    named = [item('{"b":2}', index=1)], [item("", "g", index=1)]
    assert run(wire, head, *named) == [("f", '{"a":1}'), ("g", '{"b":2}')]
    assert run(wire, head, [item('{"b":2}', index=1)], [item("{}", "g", "y", 2)]) == [*TWO, ("g", "{}")]


@pytest.mark.parametrize("ids", [("x", "y"), (None, None)])
@pytest.mark.parametrize("names", [("f", "g"), ("f", "f")])
def test_heads_without_index_in_one_array_take_their_arguments_by_place(
    wire: Any, ids: Any, names: Any
) -> None:
    heads = [item("", name, id) for name, id in zip(names, ids, strict=True)]
    assert run(
        wire, heads, [item('{"a":'), item('{"b":')], [item("1}"), item("2}")], [item(""), item(None)]
    ) == [(names[0], '{"a":1}'), (names[1], '{"b":2}')]


def test_heads_that_are_repeated_by_place_are_the_same_calls(wire: Any) -> None:
    assert (
        run(
            wire,
            [item("", "f"), item("", "f")],
            [item('{"a":', "f"), item('{"b":', "f")],
            [item("1}", "f"), item("2}", "f")],
        )
        == TWO
    )


def test_one_piece_without_index_or_more_than_heads_belong_to_the_call_opened_last(wire: Any) -> None:
    heads = [item("", "f", "x"), item("", "g", "y")]
    assert run(wire, heads, [item("{")], [item("}")]) == [("f", ""), ("g", "{}")]
    assert run(wire, [item("", "f", "x")], [item("{"), item("}")]) == [("f", "{}")]


def test_a_tail_and_the_next_head_in_one_array(wire: Any) -> None:
    assert run(wire, [item('{"a"', "f", "x")], [item(":1}"), item('{"b":2}', "g", "y")]) == [
        ("f", '{"a":1}'),
        ("g", '{"b":2}'),
    ]
    assert run(wire, [item('{"a"', "f", "x", 0)], [item(":1}", index=0), item("{}", "g", "y", 1)]) == [
        ("f", '{"a":1}'),
        ("g", "{}"),
    ]


def test_two_heads_under_one_index_in_one_array_are_two_calls(wire: Any) -> None:
    assert run(wire, [item("", "f", index=0), item("", "f", index=0)], [item("{}", index=0)]) == [
        ("f", ""),
        ("f", "{}"),
    ]


def test_pieces_of_one_call_in_one_array_are_joined(wire: Any) -> None:
    pieces = [item('{"a"', index=0), item(":1}", index=0), item("{}", index=1)]
    assert run(wire, [item("", "f", "x", 0)], [item("", "g", "y", 1)], pieces) == [
        ("f", '{"a":1}'),
        ("g", "{}"),
    ]


@pytest.mark.parametrize("index", [0, None])
def test_a_call_that_never_gets_a_name_is_left_out_and_the_record_says_so(wire: Any, index: Any) -> None:
    _, done = wire.read(
        wire.sse(wire.delta({"content": "Hi"}), wire.calls(item('{"a":1}', index=index), finish="stop"))
    )
    assert (done.text, done.tool_calls, done.finish_reason) == ("Hi", (), "stop")
    assert done.choices[0].extra["nameless_tool_calls"] == [{"id": None, "arguments": '{"a":1}'}]
    assert "1 tool call without a name was left out" in [fact for fact, _ in remarks(done)]


def test_an_object_behind_a_nameless_call_is_nameless_too(wire: Any) -> None:
    _, done = wire.read(wire.sse(wire.calls(item('{"a":1}{"b":2}', index=0), finish="stop")))
    assert [one["arguments"] for one in done.choices[0].extra["nameless_tool_calls"]] == [
        '{"a":1}',
        '{"b":2}',
    ]


def test_items_that_say_nothing_among_others_are_passed_over(wire: Any) -> None:
    assert run(wire, [item(""), item("{}", "f", "x"), item(None)]) == [("f", "{}")]
    found = whole(wire, item(""), item("{}", "f", "x"), {}).tool_calls
    assert [c.name for c in found] == ["f"]


@pytest.mark.parametrize(
    "decorated",
    [
        "functions.search",
        "functions.search:0",
        "search:12",
        "search<|channel|>commentary",
        "search<|channel|>json",
        " search\n",
        "\tsearch",
        '"search"',
        "`search`",
        "search()",
        "default_api.search",
        "default_api:search",
        "tool.search",
        "assistant<|channel|>commentary to=functions.search",
        " functions.search<|constrain|>json",
    ],
)
def test_a_decorated_name_is_matched_to_the_offered_one(wire: Any, decorated: str) -> None:
    tools = ["search", "find"]
    assert match_name(decorated, tools) == "search"
    assert run(wire, [item("{}", decorated, "x", 0)], tools=tools) == [("search", "{}")]
    assert run(wire, [item("{", decorated)], [item("}", decorated)], tools=tools) == [("search", "{}")]
    assert whole(wire, item("{}", decorated), tools=tools).tool_calls[0].name == "search"


@pytest.mark.parametrize("name", ["research", "search2", "functions.other", ":3", "", "search.find"])
def test_another_name_stays_as_it_is(name: str) -> None:
    assert match_name(name, ["search"]) == name


def test_an_offered_name_that_looks_decorated_stays() -> None:
    assert match_name("functions.search", ["functions.search", "search"]) == "functions.search"
    assert match_name("functions.search", []) == "functions.search"


@pytest.mark.parametrize(
    "pieces", [["func", "tions.", "search"], [" sea", "rch\n"], ["search", "<|channel|>x"]]
)
def test_a_decorated_name_in_pieces_is_matched(wire: Any, pieces: list[str]) -> None:
    chunks = [[item("", piece, "x", 0)] for piece in pieces]
    assert run(wire, *chunks, [item("{}", index=0)], tools=["search"]) == [("search", "{}")]
    assert not is_whole_name("func", ["search"])


def custom(input: Any = None, name: Any = None, id: Any = None, index: Any = None) -> dict[str, Any]:
    given = {k: v for k, v in (("index", index), ("id", id)) if v is not None}
    inner = {k: v for k, v in (("name", name), ("input", input)) if v is not None}
    return {**given, "type": "custom", "custom": inner}


def test_a_custom_tool_keeps_its_name_and_its_input(wire: Any) -> None:
    text = 'print("a")\n{}{}'
    call = whole(wire, custom(text, "python", "x")).tool_calls[0]
    assert (call.id, call.name, call.extra) == ("x", "python", {"type": "custom"})
    assert json.loads(call.arguments) == {"input": text}
    for size in (1, 4, 100):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        ((name, arguments),) = run(
            wire, [custom("", "python", "x", 0)], *([custom(p, index=0)] for p in pieces)
        )
        assert (name, json.loads(arguments)) == ("python", {"input": text})
    assert run(wire, [custom(None, "python", "x", 0)]) == [("python", '{"input": ""}')]


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_a_custom_input_that_was_cut_is_no_json(wire: Any, finish: str) -> None:
    assert run(wire, [custom("rm -r /tmp", "shell", "x", 0)], finish=finish) == [
        ("shell", '{"input": "rm -r /tmp')
    ]


def test_custom_and_function_calls_beside_each_other(wire: Any) -> None:
    assert run(wire, [custom("a", "c", "x", 0)], [item("{}", "f", "y", 1)], [custom("b", index=0)]) == [
        ("c", '{"input": "ab"}'),
        ("f", "{}"),
    ]


@pytest.mark.parametrize("text", ['{"a":%d}', "}{", "} ", "{} {", '{"a":{}} {'])
def test_many_objects_or_braces_under_one_index_cost_linear_time(wire: Any, text: str) -> None:
    def cost(count: int) -> float:
        piece = "".join(text % n if "%" in text else text for n in range(count))
        data = wire.sse(wire.calls(item('{"a":', "f", "x", 0)), wire.calls(item(piece, index=0)))
        begin = time.process_time()
        ChatStream(wire.generic).feed(data)
        return time.process_time() - begin

    cost(100)
    assert min(cost(20_000) for _ in range(2)) < 0.02 + 8 * min(cost(5_000) for _ in range(3))


def test_a_custom_call_repeated_without_ids_is_the_same_call(wire: Any) -> None:
    assert run(
        wire,
        [custom("a", "c", "x", 0)],
        [custom("b", "c", None, 0)],
        [custom("", "c", None, 0)],
        [item("{}", index=7)],
    ) == [("c", '{"input": "ab{}"}')]
    heads = [item("{}", "f", "x", 1), item('{"a":1}', "f", "y", 0)]
    assert run(wire, heads, [item('{"b":2}', index=0)]) == [
        ("f", "{}"),
        ("f", '{"a":1}'),
        ("f", '{"b":2}'),
    ]
