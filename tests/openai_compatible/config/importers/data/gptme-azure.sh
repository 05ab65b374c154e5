export AZURE_API_KEY="..."
gptme --model azure-gpt4 "Write a Python function to sort a list"
