# mypy: ignore-errors
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from adapters.protobuf.v1 import money_pb2 as _money_pb2
from adapters.protobuf.v1 import options_pb2 as _options_pb2
from adapters.protobuf.v1 import orders_pb2 as _orders_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CancelReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CANCEL_REASON_UNSPECIFIED: _ClassVar[CancelReason]
    CANCEL_REASON_BUYER: _ClassVar[CancelReason]
    CANCEL_REASON_PRICE_DECLINED: _ClassVar[CancelReason]
    CANCEL_REASON_CONFIRMATION_TIMEOUT: _ClassVar[CancelReason]
    CANCEL_REASON_OUT_OF_STOCK: _ClassVar[CancelReason]
    CANCEL_REASON_PAYMENT_TIMEOUT: _ClassVar[CancelReason]
    CANCEL_REASON_PAYMENT_FAILED: _ClassVar[CancelReason]
    CANCEL_REASON_MERCHANT: _ClassVar[CancelReason]
    CANCEL_REASON_FRAUD: _ClassVar[CancelReason]
    CANCEL_REASON_REFUNDED: _ClassVar[CancelReason]

class ShipmentEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHIPMENT_END_UNSPECIFIED: _ClassVar[ShipmentEnd]
    SHIPMENT_END_RECALLED: _ClassVar[ShipmentEnd]
    SHIPMENT_END_NOT_ACCEPTED: _ClassVar[ShipmentEnd]
    SHIPMENT_END_DECLINED: _ClassVar[ShipmentEnd]
    SHIPMENT_END_NOT_BOOKED: _ClassVar[ShipmentEnd]

class ReturnReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETURN_REASON_UNSPECIFIED: _ClassVar[ReturnReason]
    RETURN_REASON_CHANGED_MIND: _ClassVar[ReturnReason]
    RETURN_REASON_DAMAGED: _ClassVar[ReturnReason]
    RETURN_REASON_WRONG_ITEM: _ClassVar[ReturnReason]
    RETURN_REASON_NOT_AS_DESCRIBED: _ClassVar[ReturnReason]
    RETURN_REASON_OTHER: _ClassVar[ReturnReason]
CANCEL_REASON_UNSPECIFIED: CancelReason
CANCEL_REASON_BUYER: CancelReason
CANCEL_REASON_PRICE_DECLINED: CancelReason
CANCEL_REASON_CONFIRMATION_TIMEOUT: CancelReason
CANCEL_REASON_OUT_OF_STOCK: CancelReason
CANCEL_REASON_PAYMENT_TIMEOUT: CancelReason
CANCEL_REASON_PAYMENT_FAILED: CancelReason
CANCEL_REASON_MERCHANT: CancelReason
CANCEL_REASON_FRAUD: CancelReason
CANCEL_REASON_REFUNDED: CancelReason
SHIPMENT_END_UNSPECIFIED: ShipmentEnd
SHIPMENT_END_RECALLED: ShipmentEnd
SHIPMENT_END_NOT_ACCEPTED: ShipmentEnd
SHIPMENT_END_DECLINED: ShipmentEnd
SHIPMENT_END_NOT_BOOKED: ShipmentEnd
RETURN_REASON_UNSPECIFIED: ReturnReason
RETURN_REASON_CHANGED_MIND: ReturnReason
RETURN_REASON_DAMAGED: ReturnReason
RETURN_REASON_WRONG_ITEM: ReturnReason
RETURN_REASON_NOT_AS_DESCRIBED: ReturnReason
RETURN_REASON_OTHER: ReturnReason

class OrderLine(_message.Message):
    __slots__ = ("line", "sku", "merchant_id", "title", "category", "quantity", "unit_price")
    LINE_FIELD_NUMBER: _ClassVar[int]
    SKU_FIELD_NUMBER: _ClassVar[int]
    MERCHANT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    line: int
    sku: str
    merchant_id: str
    title: str
    category: _orders_pb2.Category
    quantity: int
    unit_price: _money_pb2.Money
    def __init__(self, line: _Optional[int] = ..., sku: _Optional[str] = ..., merchant_id: _Optional[str] = ..., title: _Optional[str] = ..., category: _Optional[_Union[_orders_pb2.Category, str]] = ..., quantity: _Optional[int] = ..., unit_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class PlannedShipment(_message.Message):
    __slots__ = ("shipment_id", "category", "units", "warehouse_id", "merchant_id", "accept_by")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    WAREHOUSE_ID_FIELD_NUMBER: _ClassVar[int]
    MERCHANT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_BY_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    category: _orders_pb2.Category
    units: _containers.RepeatedCompositeFieldContainer[_orders_pb2.Units]
    warehouse_id: str
    merchant_id: str
    accept_by: _timestamp_pb2.Timestamp
    def __init__(self, shipment_id: _Optional[str] = ..., category: _Optional[_Union[_orders_pb2.Category, str]] = ..., units: _Optional[_Iterable[_Union[_orders_pb2.Units, _Mapping]]] = ..., warehouse_id: _Optional[str] = ..., merchant_id: _Optional[str] = ..., accept_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BasePrice(_message.Message):
    __slots__ = ("market_price", "discount_price", "listed_price", "region")
    MARKET_PRICE_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_PRICE_FIELD_NUMBER: _ClassVar[int]
    LISTED_PRICE_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    market_price: _money_pb2.Money
    discount_price: _money_pb2.Money
    listed_price: _money_pb2.Money
    region: str
    def __init__(self, market_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., discount_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., listed_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., region: _Optional[str] = ...) -> None: ...

class NewPrices(_message.Message):
    __slots__ = ("sku", "prices")
    SKU_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    sku: str
    prices: _containers.RepeatedCompositeFieldContainer[BasePrice]
    def __init__(self, sku: _Optional[str] = ..., prices: _Optional[_Iterable[_Union[BasePrice, _Mapping]]] = ...) -> None: ...

class TextList(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, values: _Optional[_Iterable[str]] = ...) -> None: ...

class JsonDocument(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...

class NewPromotion(_message.Message):
    __slots__ = ("kind", "document", "skus", "quotas")
    class QuotasEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    SKUS_FIELD_NUMBER: _ClassVar[int]
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    document: JsonDocument
    skus: TextList
    quotas: _containers.ScalarMap[str, int]
    def __init__(self, kind: _Optional[str] = ..., document: _Optional[_Union[JsonDocument, _Mapping]] = ..., skus: _Optional[_Union[TextList, _Mapping]] = ..., quotas: _Optional[_Mapping[str, int]] = ...) -> None: ...

class Content(_message.Message):
    __slots__ = ("starts_at", "ends_at", "prices", "promotion")
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    PROMOTION_FIELD_NUMBER: _ClassVar[int]
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    prices: NewPrices
    promotion: NewPromotion
    def __init__(self, starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., prices: _Optional[_Union[NewPrices, _Mapping]] = ..., promotion: _Optional[_Union[NewPromotion, _Mapping]] = ...) -> None: ...

class OrderDrafted(_message.Message):
    __slots__ = ("order_id", "number", "buyer_id", "currency", "lines", "address", "snapshot_id", "drafted_at")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    DRAFTED_AT_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    number: str
    buyer_id: str
    currency: str
    lines: _containers.RepeatedCompositeFieldContainer[OrderLine]
    address: _orders_pb2.Address
    snapshot_id: str
    drafted_at: _timestamp_pb2.Timestamp
    def __init__(self, order_id: _Optional[str] = ..., number: _Optional[str] = ..., buyer_id: _Optional[str] = ..., currency: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[OrderLine, _Mapping]]] = ..., address: _Optional[_Union[_orders_pb2.Address, _Mapping]] = ..., snapshot_id: _Optional[str] = ..., drafted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OrderCreated(_message.Message):
    __slots__ = ("snapshot_id", "goods", "delivery_fee", "total", "payment_deadline", "other_charges", "lines", "line_goods", "created_at")
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    GOODS_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FEE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_DEADLINE_FIELD_NUMBER: _ClassVar[int]
    OTHER_CHARGES_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    LINE_GOODS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    snapshot_id: str
    goods: _money_pb2.Money
    delivery_fee: _money_pb2.Money
    total: _money_pb2.Money
    payment_deadline: _timestamp_pb2.Timestamp
    other_charges: _money_pb2.Money
    lines: _containers.RepeatedCompositeFieldContainer[OrderLine]
    line_goods: _containers.RepeatedScalarFieldContainer[int]
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, snapshot_id: _Optional[str] = ..., goods: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., delivery_fee: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., payment_deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., other_charges: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[OrderLine, _Mapping]]] = ..., line_goods: _Optional[_Iterable[int]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OrderCreatedV2(_message.Message):
    __slots__ = ("snapshot_id", "goods", "delivery_fee", "total", "payment_deadline", "other_charges", "lines", "line_goods", "created_at")
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    GOODS_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FEE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_DEADLINE_FIELD_NUMBER: _ClassVar[int]
    OTHER_CHARGES_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    LINE_GOODS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    snapshot_id: str
    goods: _money_pb2.Money
    delivery_fee: _money_pb2.Money
    total: _money_pb2.Money
    payment_deadline: _timestamp_pb2.Timestamp
    other_charges: _money_pb2.Money
    lines: _containers.RepeatedCompositeFieldContainer[OrderLine]
    line_goods: _containers.RepeatedScalarFieldContainer[int]
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, snapshot_id: _Optional[str] = ..., goods: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., delivery_fee: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., payment_deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., other_charges: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[OrderLine, _Mapping]]] = ..., line_goods: _Optional[_Iterable[int]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OrderShipped(_message.Message):
    __slots__ = ("shipment_id", "shipped_at")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SHIPPED_AT_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    shipped_at: _timestamp_pb2.Timestamp
    def __init__(self, shipment_id: _Optional[str] = ..., shipped_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OrderDelivered(_message.Message):
    __slots__ = ("shipment_id", "delivered_at")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    delivered_at: _timestamp_pb2.Timestamp
    def __init__(self, shipment_id: _Optional[str] = ..., delivered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OrderCompleted(_message.Message):
    __slots__ = ("completed_at",)
    COMPLETED_AT_FIELD_NUMBER: _ClassVar[int]
    completed_at: _timestamp_pb2.Timestamp
    def __init__(self, completed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OrderCancelled(_message.Message):
    __slots__ = ("reason", "by", "cancelled_at")
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_AT_FIELD_NUMBER: _ClassVar[int]
    reason: CancelReason
    by: str
    cancelled_at: _timestamp_pb2.Timestamp
    def __init__(self, reason: _Optional[_Union[CancelReason, str]] = ..., by: _Optional[str] = ..., cancelled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShipmentsPlanned(_message.Message):
    __slots__ = ("shipments", "planned_at")
    SHIPMENTS_FIELD_NUMBER: _ClassVar[int]
    PLANNED_AT_FIELD_NUMBER: _ClassVar[int]
    shipments: _containers.RepeatedCompositeFieldContainer[PlannedShipment]
    planned_at: _timestamp_pb2.Timestamp
    def __init__(self, shipments: _Optional[_Iterable[_Union[PlannedShipment, _Mapping]]] = ..., planned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShipmentBooked(_message.Message):
    __slots__ = ("shipment_id", "carrier", "tracking_number", "booked_at")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    TRACKING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    BOOKED_AT_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    carrier: str
    tracking_number: str
    booked_at: _timestamp_pb2.Timestamp
    def __init__(self, shipment_id: _Optional[str] = ..., carrier: _Optional[str] = ..., tracking_number: _Optional[str] = ..., booked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ServiceAccepted(_message.Message):
    __slots__ = ("shipment_id", "by", "accepted_at")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    by: str
    accepted_at: _timestamp_pb2.Timestamp
    def __init__(self, shipment_id: _Optional[str] = ..., by: _Optional[str] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShipmentHandedOver(_message.Message):
    __slots__ = ("shipment_id", "handed_over_at")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    HANDED_OVER_AT_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    handed_over_at: _timestamp_pb2.Timestamp
    def __init__(self, shipment_id: _Optional[str] = ..., handed_over_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShipmentDelivered(_message.Message):
    __slots__ = ("shipment_id", "delivered_at")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    delivered_at: _timestamp_pb2.Timestamp
    def __init__(self, shipment_id: _Optional[str] = ..., delivered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShipmentLost(_message.Message):
    __slots__ = ("shipment_id", "lost_at")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    LOST_AT_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    lost_at: _timestamp_pb2.Timestamp
    def __init__(self, shipment_id: _Optional[str] = ..., lost_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShipmentReturned(_message.Message):
    __slots__ = ("shipment_id", "returned_at")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    RETURNED_AT_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    returned_at: _timestamp_pb2.Timestamp
    def __init__(self, shipment_id: _Optional[str] = ..., returned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShipmentCancelled(_message.Message):
    __slots__ = ("shipment_id", "reason", "by", "cancelled_at")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_AT_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    reason: ShipmentEnd
    by: str
    cancelled_at: _timestamp_pb2.Timestamp
    def __init__(self, shipment_id: _Optional[str] = ..., reason: _Optional[_Union[ShipmentEnd, str]] = ..., by: _Optional[str] = ..., cancelled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AddressChanged(_message.Message):
    __slots__ = ("address", "by", "changed_at")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    CHANGED_AT_FIELD_NUMBER: _ClassVar[int]
    address: _orders_pb2.Address
    by: str
    changed_at: _timestamp_pb2.Timestamp
    def __init__(self, address: _Optional[_Union[_orders_pb2.Address, _Mapping]] = ..., by: _Optional[str] = ..., changed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReturnRequested(_message.Message):
    __slots__ = ("return_id", "units", "reason", "exchange", "by", "requested_at")
    RETURN_ID_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    return_id: str
    units: _containers.RepeatedCompositeFieldContainer[_orders_pb2.Units]
    reason: ReturnReason
    exchange: bool
    by: str
    requested_at: _timestamp_pb2.Timestamp
    def __init__(self, return_id: _Optional[str] = ..., units: _Optional[_Iterable[_Union[_orders_pb2.Units, _Mapping]]] = ..., reason: _Optional[_Union[ReturnReason, str]] = ..., exchange: _Optional[bool] = ..., by: _Optional[str] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReturnApproved(_message.Message):
    __slots__ = ("return_id", "goods_back", "by", "comment", "approved_at")
    RETURN_ID_FIELD_NUMBER: _ClassVar[int]
    GOODS_BACK_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    APPROVED_AT_FIELD_NUMBER: _ClassVar[int]
    return_id: str
    goods_back: bool
    by: str
    comment: str
    approved_at: _timestamp_pb2.Timestamp
    def __init__(self, return_id: _Optional[str] = ..., goods_back: _Optional[bool] = ..., by: _Optional[str] = ..., comment: _Optional[str] = ..., approved_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReturnRejected(_message.Message):
    __slots__ = ("return_id", "by", "comment", "rejected_at")
    RETURN_ID_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_AT_FIELD_NUMBER: _ClassVar[int]
    return_id: str
    by: str
    comment: str
    rejected_at: _timestamp_pb2.Timestamp
    def __init__(self, return_id: _Optional[str] = ..., by: _Optional[str] = ..., comment: _Optional[str] = ..., rejected_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReturnReceived(_message.Message):
    __slots__ = ("return_id", "units", "restock", "by", "received_at")
    RETURN_ID_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    RESTOCK_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    return_id: str
    units: _containers.RepeatedCompositeFieldContainer[_orders_pb2.Units]
    restock: bool
    by: str
    received_at: _timestamp_pb2.Timestamp
    def __init__(self, return_id: _Optional[str] = ..., units: _Optional[_Iterable[_Union[_orders_pb2.Units, _Mapping]]] = ..., restock: _Optional[bool] = ..., by: _Optional[str] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ExchangeOrdered(_message.Message):
    __slots__ = ("return_id", "order_id", "ordered_at")
    RETURN_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDERED_AT_FIELD_NUMBER: _ClassVar[int]
    return_id: str
    order_id: str
    ordered_at: _timestamp_pb2.Timestamp
    def __init__(self, return_id: _Optional[str] = ..., order_id: _Optional[str] = ..., ordered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposalDrafted(_message.Message):
    __slots__ = ("proposal_id", "merchant_id", "content", "comment", "by", "drafted_at")
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    MERCHANT_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    DRAFTED_AT_FIELD_NUMBER: _ClassVar[int]
    proposal_id: str
    merchant_id: str
    content: Content
    comment: str
    by: str
    drafted_at: _timestamp_pb2.Timestamp
    def __init__(self, proposal_id: _Optional[str] = ..., merchant_id: _Optional[str] = ..., content: _Optional[_Union[Content, _Mapping]] = ..., comment: _Optional[str] = ..., by: _Optional[str] = ..., drafted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposalEdited(_message.Message):
    __slots__ = ("content", "comment", "by", "edited_at")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    EDITED_AT_FIELD_NUMBER: _ClassVar[int]
    content: Content
    comment: str
    by: str
    edited_at: _timestamp_pb2.Timestamp
    def __init__(self, content: _Optional[_Union[Content, _Mapping]] = ..., comment: _Optional[str] = ..., by: _Optional[str] = ..., edited_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposalSubmitted(_message.Message):
    __slots__ = ("by", "submitted_at")
    BY_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_AT_FIELD_NUMBER: _ClassVar[int]
    by: str
    submitted_at: _timestamp_pb2.Timestamp
    def __init__(self, by: _Optional[str] = ..., submitted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposalApproved(_message.Message):
    __slots__ = ("by", "comment", "approved_at")
    BY_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    APPROVED_AT_FIELD_NUMBER: _ClassVar[int]
    by: str
    comment: str
    approved_at: _timestamp_pb2.Timestamp
    def __init__(self, by: _Optional[str] = ..., comment: _Optional[str] = ..., approved_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposalRejected(_message.Message):
    __slots__ = ("by", "reason", "rejected_at")
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REJECTED_AT_FIELD_NUMBER: _ClassVar[int]
    by: str
    reason: str
    rejected_at: _timestamp_pb2.Timestamp
    def __init__(self, by: _Optional[str] = ..., reason: _Optional[str] = ..., rejected_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposalWithdrawn(_message.Message):
    __slots__ = ("by", "reason", "withdrawn_at")
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_AT_FIELD_NUMBER: _ClassVar[int]
    by: str
    reason: str
    withdrawn_at: _timestamp_pb2.Timestamp
    def __init__(self, by: _Optional[str] = ..., reason: _Optional[str] = ..., withdrawn_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposalBroughtForward(_message.Message):
    __slots__ = ("by", "starts_at", "brought_forward_at")
    BY_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    BROUGHT_FORWARD_AT_FIELD_NUMBER: _ClassVar[int]
    by: str
    starts_at: _timestamp_pb2.Timestamp
    brought_forward_at: _timestamp_pb2.Timestamp
    def __init__(self, by: _Optional[str] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., brought_forward_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposalActivated(_message.Message):
    __slots__ = ("by", "starts_at", "activated_at")
    BY_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ACTIVATED_AT_FIELD_NUMBER: _ClassVar[int]
    by: str
    starts_at: _timestamp_pb2.Timestamp
    activated_at: _timestamp_pb2.Timestamp
    def __init__(self, by: _Optional[str] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., activated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProposalExpired(_message.Message):
    __slots__ = ("by", "expired_at")
    BY_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_AT_FIELD_NUMBER: _ClassVar[int]
    by: str
    expired_at: _timestamp_pb2.Timestamp
    def __init__(self, by: _Optional[str] = ..., expired_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BuyerErased(_message.Message):
    __slots__ = ("buyer_id", "unsent_orders", "by", "erased_at")
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    UNSENT_ORDERS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    ERASED_AT_FIELD_NUMBER: _ClassVar[int]
    buyer_id: str
    unsent_orders: _containers.RepeatedScalarFieldContainer[str]
    by: str
    erased_at: _timestamp_pb2.Timestamp
    def __init__(self, buyer_id: _Optional[str] = ..., unsent_orders: _Optional[_Iterable[str]] = ..., by: _Optional[str] = ..., erased_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
