# mypy: ignore-errors
from adapters.protobuf.v1 import money_pb2 as _money_pb2
from adapters.protobuf.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Category(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CATEGORY_UNSPECIFIED: _ClassVar[Category]
    CATEGORY_PHYSICAL: _ClassVar[Category]
    CATEGORY_VIRTUAL: _ClassVar[Category]
    CATEGORY_SERVICE: _ClassVar[Category]

class OrderStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_STATUS_UNSPECIFIED: _ClassVar[OrderStatus]
    ORDER_STATUS_DRAFT: _ClassVar[OrderStatus]
    ORDER_STATUS_CREATED: _ClassVar[OrderStatus]
    ORDER_STATUS_PAID: _ClassVar[OrderStatus]
    ORDER_STATUS_SHIPPED: _ClassVar[OrderStatus]
    ORDER_STATUS_COMPLETED: _ClassVar[OrderStatus]
    ORDER_STATUS_CANCELLED: _ClassVar[OrderStatus]

class PaymentStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAYMENT_STATUS_UNSPECIFIED: _ClassVar[PaymentStatus]
    PAYMENT_STATUS_NONE: _ClassVar[PaymentStatus]
    PAYMENT_STATUS_PENDING: _ClassVar[PaymentStatus]
    PAYMENT_STATUS_AUTHORISED: _ClassVar[PaymentStatus]
    PAYMENT_STATUS_CAPTURED: _ClassVar[PaymentStatus]
    PAYMENT_STATUS_PARTIALLY_REFUNDED: _ClassVar[PaymentStatus]
    PAYMENT_STATUS_REFUNDED: _ClassVar[PaymentStatus]
    PAYMENT_STATUS_FAILED: _ClassVar[PaymentStatus]
    PAYMENT_STATUS_CHARGED_BACK: _ClassVar[PaymentStatus]
    PAYMENT_STATUS_IN_REVIEW: _ClassVar[PaymentStatus]

class FulfilmentStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FULFILMENT_STATUS_UNSPECIFIED: _ClassVar[FulfilmentStatus]
    FULFILMENT_STATUS_UNFULFILLED: _ClassVar[FulfilmentStatus]
    FULFILMENT_STATUS_PARTIALLY_SHIPPED: _ClassVar[FulfilmentStatus]
    FULFILMENT_STATUS_SHIPPED: _ClassVar[FulfilmentStatus]
    FULFILMENT_STATUS_DELIVERED: _ClassVar[FulfilmentStatus]
    FULFILMENT_STATUS_RETURNED: _ClassVar[FulfilmentStatus]

class ShipmentStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHIPMENT_STATUS_UNSPECIFIED: _ClassVar[ShipmentStatus]
    SHIPMENT_STATUS_PLANNED: _ClassVar[ShipmentStatus]
    SHIPMENT_STATUS_BOOKED: _ClassVar[ShipmentStatus]
    SHIPMENT_STATUS_HANDED_OVER: _ClassVar[ShipmentStatus]
    SHIPMENT_STATUS_DELIVERED: _ClassVar[ShipmentStatus]
    SHIPMENT_STATUS_LOST: _ClassVar[ShipmentStatus]
    SHIPMENT_STATUS_RETURNED: _ClassVar[ShipmentStatus]
    SHIPMENT_STATUS_CANCELLED: _ClassVar[ShipmentStatus]
CATEGORY_UNSPECIFIED: Category
CATEGORY_PHYSICAL: Category
CATEGORY_VIRTUAL: Category
CATEGORY_SERVICE: Category
ORDER_STATUS_UNSPECIFIED: OrderStatus
ORDER_STATUS_DRAFT: OrderStatus
ORDER_STATUS_CREATED: OrderStatus
ORDER_STATUS_PAID: OrderStatus
ORDER_STATUS_SHIPPED: OrderStatus
ORDER_STATUS_COMPLETED: OrderStatus
ORDER_STATUS_CANCELLED: OrderStatus
PAYMENT_STATUS_UNSPECIFIED: PaymentStatus
PAYMENT_STATUS_NONE: PaymentStatus
PAYMENT_STATUS_PENDING: PaymentStatus
PAYMENT_STATUS_AUTHORISED: PaymentStatus
PAYMENT_STATUS_CAPTURED: PaymentStatus
PAYMENT_STATUS_PARTIALLY_REFUNDED: PaymentStatus
PAYMENT_STATUS_REFUNDED: PaymentStatus
PAYMENT_STATUS_FAILED: PaymentStatus
PAYMENT_STATUS_CHARGED_BACK: PaymentStatus
PAYMENT_STATUS_IN_REVIEW: PaymentStatus
FULFILMENT_STATUS_UNSPECIFIED: FulfilmentStatus
FULFILMENT_STATUS_UNFULFILLED: FulfilmentStatus
FULFILMENT_STATUS_PARTIALLY_SHIPPED: FulfilmentStatus
FULFILMENT_STATUS_SHIPPED: FulfilmentStatus
FULFILMENT_STATUS_DELIVERED: FulfilmentStatus
FULFILMENT_STATUS_RETURNED: FulfilmentStatus
SHIPMENT_STATUS_UNSPECIFIED: ShipmentStatus
SHIPMENT_STATUS_PLANNED: ShipmentStatus
SHIPMENT_STATUS_BOOKED: ShipmentStatus
SHIPMENT_STATUS_HANDED_OVER: ShipmentStatus
SHIPMENT_STATUS_DELIVERED: ShipmentStatus
SHIPMENT_STATUS_LOST: ShipmentStatus
SHIPMENT_STATUS_RETURNED: ShipmentStatus
SHIPMENT_STATUS_CANCELLED: ShipmentStatus

class Address(_message.Message):
    __slots__ = ("street", "city", "zip_code", "country", "sealed")
    STREET_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    ZIP_CODE_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    street: str
    city: str
    zip_code: str
    country: str
    sealed: str
    def __init__(self, street: _Optional[str] = ..., city: _Optional[str] = ..., zip_code: _Optional[str] = ..., country: _Optional[str] = ..., sealed: _Optional[str] = ...) -> None: ...

class RequestedLine(_message.Message):
    __slots__ = ("sku", "quantity")
    SKU_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    sku: str
    quantity: int
    def __init__(self, sku: _Optional[str] = ..., quantity: _Optional[int] = ...) -> None: ...

class Units(_message.Message):
    __slots__ = ("line", "quantity")
    LINE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    line: int
    quantity: int
    def __init__(self, line: _Optional[int] = ..., quantity: _Optional[int] = ...) -> None: ...

class PlaceOrderRequest(_message.Message):
    __slots__ = ("key", "buyer_id", "snapshot_id", "lines", "address")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    key: str
    buyer_id: str
    snapshot_id: str
    lines: _containers.RepeatedCompositeFieldContainer[RequestedLine]
    address: Address
    def __init__(self, key: _Optional[str] = ..., buyer_id: _Optional[str] = ..., snapshot_id: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[RequestedLine, _Mapping]]] = ..., address: _Optional[_Union[Address, _Mapping]] = ...) -> None: ...

class PlaceOrderResponse(_message.Message):
    __slots__ = ("order_id",)
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    def __init__(self, order_id: _Optional[str] = ...) -> None: ...

class GetOrderRequest(_message.Message):
    __slots__ = ("order_id",)
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    def __init__(self, order_id: _Optional[str] = ...) -> None: ...

class PlacedLine(_message.Message):
    __slots__ = ("line", "sku", "merchant_id", "title", "category", "quantity")
    LINE_FIELD_NUMBER: _ClassVar[int]
    SKU_FIELD_NUMBER: _ClassVar[int]
    MERCHANT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    line: int
    sku: str
    merchant_id: str
    title: str
    category: Category
    quantity: int
    def __init__(self, line: _Optional[int] = ..., sku: _Optional[str] = ..., merchant_id: _Optional[str] = ..., title: _Optional[str] = ..., category: _Optional[_Union[Category, str]] = ..., quantity: _Optional[int] = ...) -> None: ...

class OrderShipment(_message.Message):
    __slots__ = ("shipment_id", "category", "warehouse_id", "status", "units")
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    WAREHOUSE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    category: Category
    warehouse_id: str
    status: ShipmentStatus
    units: _containers.RepeatedCompositeFieldContainer[Units]
    def __init__(self, shipment_id: _Optional[str] = ..., category: _Optional[_Union[Category, str]] = ..., warehouse_id: _Optional[str] = ..., status: _Optional[_Union[ShipmentStatus, str]] = ..., units: _Optional[_Iterable[_Union[Units, _Mapping]]] = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ("order_id", "number", "version", "status", "payment_status", "fulfilment_status", "buyer_id", "total", "address", "lines", "shipments")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_STATUS_FIELD_NUMBER: _ClassVar[int]
    FULFILMENT_STATUS_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    SHIPMENTS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    number: str
    version: int
    status: OrderStatus
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    buyer_id: str
    total: _money_pb2.Money
    address: Address
    lines: _containers.RepeatedCompositeFieldContainer[PlacedLine]
    shipments: _containers.RepeatedCompositeFieldContainer[OrderShipment]
    def __init__(self, order_id: _Optional[str] = ..., number: _Optional[str] = ..., version: _Optional[int] = ..., status: _Optional[_Union[OrderStatus, str]] = ..., payment_status: _Optional[_Union[PaymentStatus, str]] = ..., fulfilment_status: _Optional[_Union[FulfilmentStatus, str]] = ..., buyer_id: _Optional[str] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., address: _Optional[_Union[Address, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[PlacedLine, _Mapping]]] = ..., shipments: _Optional[_Iterable[_Union[OrderShipment, _Mapping]]] = ...) -> None: ...
