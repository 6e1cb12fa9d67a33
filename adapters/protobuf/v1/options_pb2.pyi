# mypy: ignore-errors
from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor
EVENT_FIELD_NUMBER: _ClassVar[int]
event: _descriptor.FieldDescriptor
MAY_BE_ABSENT_FIELD_NUMBER: _ClassVar[int]
may_be_absent: _descriptor.FieldDescriptor
MAY_BE_NULL_FIELD_NUMBER: _ClassVar[int]
may_be_null: _descriptor.FieldDescriptor

class EventOption(_message.Message):
    __slots__ = ("type", "version", "topic")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    type: str
    version: int
    topic: str
    def __init__(self, type: _Optional[str] = ..., version: _Optional[int] = ..., topic: _Optional[str] = ...) -> None: ...
