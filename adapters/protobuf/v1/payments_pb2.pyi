# mypy: ignore-errors
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from adapters.protobuf.v1 import money_pb2 as _money_pb2
from adapters.protobuf.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CaptureMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAPTURE_MODE_UNSPECIFIED: _ClassVar[CaptureMode]
    CAPTURE_MODE_AUTOMATIC: _ClassVar[CaptureMode]
    CAPTURE_MODE_MANUAL: _ClassVar[CaptureMode]

class ReviewDecision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_DECISION_UNSPECIFIED: _ClassVar[ReviewDecision]
    REVIEW_DECISION_ACCEPT: _ClassVar[ReviewDecision]
    REVIEW_DECISION_SEND_BACK: _ClassVar[ReviewDecision]
    REVIEW_DECISION_DISMISS: _ClassVar[ReviewDecision]
CAPTURE_MODE_UNSPECIFIED: CaptureMode
CAPTURE_MODE_AUTOMATIC: CaptureMode
CAPTURE_MODE_MANUAL: CaptureMode
REVIEW_DECISION_UNSPECIFIED: ReviewDecision
REVIEW_DECISION_ACCEPT: ReviewDecision
REVIEW_DECISION_SEND_BACK: ReviewDecision
REVIEW_DECISION_DISMISS: ReviewDecision

class RefundedUnits(_message.Message):
    __slots__ = ("line", "quantity", "amount")
    LINE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    line: int
    quantity: int
    amount: int
    def __init__(self, line: _Optional[int] = ..., quantity: _Optional[int] = ..., amount: _Optional[int] = ...) -> None: ...

class PaymentRequested(_message.Message):
    __slots__ = ("payment_key", "attempt", "provider", "amount", "capture", "requested_at")
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    payment_key: str
    attempt: int
    provider: str
    amount: _money_pb2.Money
    capture: CaptureMode
    requested_at: _timestamp_pb2.Timestamp
    def __init__(self, payment_key: _Optional[str] = ..., attempt: _Optional[int] = ..., provider: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., capture: _Optional[_Union[CaptureMode, str]] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PaymentAuthorised(_message.Message):
    __slots__ = ("payment_key", "amount", "authorised_at")
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    AUTHORISED_AT_FIELD_NUMBER: _ClassVar[int]
    payment_key: str
    amount: _money_pb2.Money
    authorised_at: _timestamp_pb2.Timestamp
    def __init__(self, payment_key: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., authorised_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaptureRequested(_message.Message):
    __slots__ = ("payment_key", "amount", "requested_at")
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    payment_key: str
    amount: _money_pb2.Money
    requested_at: _timestamp_pb2.Timestamp
    def __init__(self, payment_key: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PaymentCaptured(_message.Message):
    __slots__ = ("payment_key", "amount", "captured_at")
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_AT_FIELD_NUMBER: _ClassVar[int]
    payment_key: str
    amount: _money_pb2.Money
    captured_at: _timestamp_pb2.Timestamp
    def __init__(self, payment_key: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., captured_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PaymentVoided(_message.Message):
    __slots__ = ("payment_key", "voided_at")
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    VOIDED_AT_FIELD_NUMBER: _ClassVar[int]
    payment_key: str
    voided_at: _timestamp_pb2.Timestamp
    def __init__(self, payment_key: _Optional[str] = ..., voided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PaymentReviewSettled(_message.Message):
    __slots__ = ("payment_key", "decision", "by", "settled_at")
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    SETTLED_AT_FIELD_NUMBER: _ClassVar[int]
    payment_key: str
    decision: ReviewDecision
    by: str
    settled_at: _timestamp_pb2.Timestamp
    def __init__(self, payment_key: _Optional[str] = ..., decision: _Optional[_Union[ReviewDecision, str]] = ..., by: _Optional[str] = ..., settled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PaymentFailed(_message.Message):
    __slots__ = ("payment_key", "failed_at")
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    FAILED_AT_FIELD_NUMBER: _ClassVar[int]
    payment_key: str
    failed_at: _timestamp_pb2.Timestamp
    def __init__(self, payment_key: _Optional[str] = ..., failed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PaymentConfirmed(_message.Message):
    __slots__ = ("payment_key", "amount", "paid_at")
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PAID_AT_FIELD_NUMBER: _ClassVar[int]
    payment_key: str
    amount: _money_pb2.Money
    paid_at: _timestamp_pb2.Timestamp
    def __init__(self, payment_key: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., paid_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PaymentPutInReview(_message.Message):
    __slots__ = ("payment_key", "reason", "reported", "noticed_at")
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REPORTED_FIELD_NUMBER: _ClassVar[int]
    NOTICED_AT_FIELD_NUMBER: _ClassVar[int]
    payment_key: str
    reason: str
    reported: _money_pb2.Money
    noticed_at: _timestamp_pb2.Timestamp
    def __init__(self, payment_key: _Optional[str] = ..., reason: _Optional[str] = ..., reported: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., noticed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LatePaymentReceived(_message.Message):
    __slots__ = ("payment_key", "amount", "received_at")
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    payment_key: str
    amount: _money_pb2.Money
    received_at: _timestamp_pb2.Timestamp
    def __init__(self, payment_key: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RefundRequested(_message.Message):
    __slots__ = ("refund_key", "payment_key", "amount", "reason", "cause", "units", "requested_at")
    REFUND_KEY_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    refund_key: str
    payment_key: str
    amount: _money_pb2.Money
    reason: str
    cause: str
    units: _containers.RepeatedCompositeFieldContainer[RefundedUnits]
    requested_at: _timestamp_pb2.Timestamp
    def __init__(self, refund_key: _Optional[str] = ..., payment_key: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., reason: _Optional[str] = ..., cause: _Optional[str] = ..., units: _Optional[_Iterable[_Union[RefundedUnits, _Mapping]]] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PaymentRefunded(_message.Message):
    __slots__ = ("refund_key", "payment_key", "amount", "refunded_at")
    REFUND_KEY_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_KEY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_AT_FIELD_NUMBER: _ClassVar[int]
    refund_key: str
    payment_key: str
    amount: _money_pb2.Money
    refunded_at: _timestamp_pb2.Timestamp
    def __init__(self, refund_key: _Optional[str] = ..., payment_key: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., refunded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
