"""LangChain: prompt | model | parser, invoked and streamed."""

from __future__ import annotations

from pathlib import Path

from openai_compatible.demo.screen import Screen

__all__ = ["show"]

CODE = """\
llm = ChatOpenAICompatible(model="local/tiny")
chain = ChatPromptTemplate.from_messages([("system", "Answer shortly."), ("human", "{question}")])
chain = chain | llm | StrOutputParser()
"""


def show(screen: Screen, config: Path) -> None:
    """Invoke and stream one chain."""
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate

    from langchain_openai_compatible import ChatOpenAICompatible

    screen.part("LangChain: a chain")
    screen.code(CODE)
    llm = ChatOpenAICompatible(model="local/tiny", config=config, temperature=0)
    prompt = ChatPromptTemplate.from_messages([("system", "Answer shortly."), ("human", "{question}")])
    chain = prompt | llm | StrOutputParser()
    question = {"question": "Say hello."}
    screen.result("chain.invoke", chain.invoke(question))
    screen.pieces("chain.stream", chain.stream(question))
    message = llm.invoke("Say hello.")
    if usage := message.usage_metadata:
        screen.result("tokens", f"{usage['input_tokens']} in, {usage['output_tokens']} out")
    record = message.response_metadata.get("openai_compatible", {})
    screen.result("record", ", ".join(f"{name}={value}" for name, value in record.items() if value))
