"""Loads an exported file with LiteLLM and makes one call. Run by a Python that has it: FILE MODEL."""

import sys

import litellm
import yaml

with open(sys.argv[1]) as file:
    config = yaml.safe_load(file)
router = litellm.Router(
    model_list=config["model_list"], **config.get("router_settings", {}), num_retries=0
)
messages = [{"role": "user", "content": "Hello"}]
answer = router.completion(model=sys.argv[2], messages=messages)
print("ANSWER", answer.choices[0].message.content)
