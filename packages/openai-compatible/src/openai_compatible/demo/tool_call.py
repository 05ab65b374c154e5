"""LangChain: the model calls a tool, gets its result and answers."""

from __future__ import annotations

from pathlib import Path

from openai_compatible.demo.screen import Screen

__all__ = ["show"]

CODE = '''\
@tool
def get_weather(city: str) -> str:
    """Weather of a city."""
answer = llm.bind_tools([get_weather]).invoke("What is the weather in Paris?")
'''


def show(screen: Screen, config: Path) -> None:
    """One round of tool calling."""
    from langchain_core.messages import BaseMessage, HumanMessage
    from langchain_core.tools import tool

    from langchain_openai_compatible import ChatOpenAICompatible

    @tool
    def get_weather(city: str) -> str:
        """Weather of a city."""
        return f"18 degrees and dry in {city}"

    screen.part("LangChain: a tool call")
    screen.code(CODE)
    llm = ChatOpenAICompatible(model="local/tiny", config=config, temperature=0).bind_tools(
        [get_weather]
    )
    messages: list[BaseMessage] = [HumanMessage("What is the weather in Paris?")]
    answer = llm.invoke(messages)
    messages.append(answer)
    for call in answer.tool_calls:
        screen.result("model calls", f"{call['name']}({call['args']})")
        returned = get_weather.invoke(call)
        screen.result("tool returns", returned.content)
        messages.append(returned)
    screen.result("model answers", llm.invoke(messages).text)
