"""The use cases over gRPC, by the contracts in `proto/`; served by the API's process on its own port."""
