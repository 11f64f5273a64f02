"""Rate limits, and the client networks that they count by."""
