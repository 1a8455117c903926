"""Bodies of requests and answers; `Study` itself is the body of a creation."""
