"""Made from `proto/orderkeep/v1` by `python -m tests.architecture.protobuf_code`; nothing here is by hand."""
