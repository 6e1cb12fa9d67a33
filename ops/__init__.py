"""What an operator drives: the command line, embedded servers, our processes, demo, doctor."""
