"""The only room that waits: openai, HTTP, time, asyncio."""
