"""The contracts as protobuf: made code in `v1`, and the way between messages and JSON."""
