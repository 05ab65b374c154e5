export GROQ_API_KEY="gsk_..."
gptme --model groq "Explain quantum computing"
