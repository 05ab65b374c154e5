"""A server's dialect: pure steps from OpenAI's body to the one that the profile's facts ask for."""
