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

class Scene(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCENE_UNSPECIFIED: _ClassVar[Scene]
    SCENE_DISPLAY: _ClassVar[Scene]
    SCENE_CART: _ClassVar[Scene]
    SCENE_ORDER: _ClassVar[Scene]
    SCENE_CHECKOUT: _ClassVar[Scene]

class Layer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LAYER_UNSPECIFIED: _ClassVar[Layer]
    LAYER_BASE: _ClassVar[Layer]
    LAYER_PROMOTION: _ClassVar[Layer]
    LAYER_DEDUCTION: _ClassVar[Layer]
    LAYER_CHARGE: _ClassVar[Layer]

class Funder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FUNDER_UNSPECIFIED: _ClassVar[Funder]
    FUNDER_BUYER: _ClassVar[Funder]
    FUNDER_PLATFORM: _ClassVar[Funder]
    FUNDER_MERCHANT: _ClassVar[Funder]
    FUNDER_CHANNEL: _ClassVar[Funder]

class Urgency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    URGENCY_UNSPECIFIED: _ClassVar[Urgency]
    URGENCY_CRITICAL: _ClassVar[Urgency]
    URGENCY_HIGH: _ClassVar[Urgency]
    URGENCY_MEDIUM: _ClassVar[Urgency]
    URGENCY_LOW: _ClassVar[Urgency]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_HONOURED: _ClassVar[Verdict]
    VERDICT_RECALCULATED: _ClassVar[Verdict]
    VERDICT_CHANGED: _ClassVar[Verdict]

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_UNSPECIFIED: _ClassVar[Reason]
    REASON_PROMOTION_ENDED: _ClassVar[Reason]
    REASON_PROMOTION_SOLD_OUT: _ClassVar[Reason]
    REASON_NEW_BUYER_OFFER_OVER: _ClassVar[Reason]
    REASON_PRICE_ADJUSTED: _ClassVar[Reason]
    REASON_IDENTITY_CHANGED: _ClassVar[Reason]
    REASON_DEDUCTION_CHANGED: _ClassVar[Reason]
    REASON_PRICE_COMPLETED: _ClassVar[Reason]
    REASON_RULES_CHANGED: _ClassVar[Reason]
SCENE_UNSPECIFIED: Scene
SCENE_DISPLAY: Scene
SCENE_CART: Scene
SCENE_ORDER: Scene
SCENE_CHECKOUT: Scene
LAYER_UNSPECIFIED: Layer
LAYER_BASE: Layer
LAYER_PROMOTION: Layer
LAYER_DEDUCTION: Layer
LAYER_CHARGE: Layer
FUNDER_UNSPECIFIED: Funder
FUNDER_BUYER: Funder
FUNDER_PLATFORM: Funder
FUNDER_MERCHANT: Funder
FUNDER_CHANNEL: Funder
URGENCY_UNSPECIFIED: Urgency
URGENCY_CRITICAL: Urgency
URGENCY_HIGH: Urgency
URGENCY_MEDIUM: Urgency
URGENCY_LOW: Urgency
VERDICT_UNSPECIFIED: Verdict
VERDICT_HONOURED: Verdict
VERDICT_RECALCULATED: Verdict
VERDICT_CHANGED: Verdict
REASON_UNSPECIFIED: Reason
REASON_PROMOTION_ENDED: Reason
REASON_PROMOTION_SOLD_OUT: Reason
REASON_NEW_BUYER_OFFER_OVER: Reason
REASON_PRICE_ADJUSTED: Reason
REASON_IDENTITY_CHANGED: Reason
REASON_DEDUCTION_CHANGED: Reason
REASON_PRICE_COMPLETED: Reason
REASON_RULES_CHANGED: Reason

class Texts(_message.Message):
    __slots__ = ("en", "zh")
    EN_FIELD_NUMBER: _ClassVar[int]
    ZH_FIELD_NUMBER: _ClassVar[int]
    en: str
    zh: str
    def __init__(self, en: _Optional[str] = ..., zh: _Optional[str] = ...) -> None: ...

class DisplayPricesRequest(_message.Message):
    __slots__ = ("currency", "skus", "region", "buyer_id")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    SKUS_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    currency: str
    skus: _containers.RepeatedScalarFieldContainer[str]
    region: str
    buyer_id: str
    def __init__(self, currency: _Optional[str] = ..., skus: _Optional[_Iterable[str]] = ..., region: _Optional[str] = ..., buyer_id: _Optional[str] = ...) -> None: ...

class OrderPriceRequest(_message.Message):
    __slots__ = ("currency", "lines", "buyer_id", "region", "payment_method", "voucher_code", "points", "services", "hold_ids")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_METHOD_FIELD_NUMBER: _ClassVar[int]
    VOUCHER_CODE_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    HOLD_IDS_FIELD_NUMBER: _ClassVar[int]
    currency: str
    lines: _containers.RepeatedCompositeFieldContainer[_orders_pb2.RequestedLine]
    buyer_id: str
    region: str
    payment_method: str
    voucher_code: str
    points: int
    services: _containers.RepeatedScalarFieldContainer[str]
    hold_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, currency: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[_orders_pb2.RequestedLine, _Mapping]]] = ..., buyer_id: _Optional[str] = ..., region: _Optional[str] = ..., payment_method: _Optional[str] = ..., voucher_code: _Optional[str] = ..., points: _Optional[int] = ..., services: _Optional[_Iterable[str]] = ..., hold_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class PaymentPriceRequest(_message.Message):
    __slots__ = ("snapshot_id", "buyer_id")
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    snapshot_id: str
    buyer_id: str
    def __init__(self, snapshot_id: _Optional[str] = ..., buyer_id: _Optional[str] = ...) -> None: ...

class AppliedPromotion(_message.Message):
    __slots__ = ("id", "name", "type", "ends_at", "reduction", "funder", "skus")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    REDUCTION_FIELD_NUMBER: _ClassVar[int]
    FUNDER_FIELD_NUMBER: _ClassVar[int]
    SKUS_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    type: str
    ends_at: _timestamp_pb2.Timestamp
    reduction: _money_pb2.Money
    funder: Funder
    skus: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reduction: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., funder: _Optional[_Union[Funder, str]] = ..., skus: _Optional[_Iterable[str]] = ...) -> None: ...

class ExpirationWarning(_message.Message):
    __slots__ = ("promotion_id", "name", "ends_at", "time_left", "urgency", "message")
    PROMOTION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    URGENCY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    promotion_id: str
    name: str
    ends_at: _timestamp_pb2.Timestamp
    time_left: int
    urgency: Urgency
    message: Texts
    def __init__(self, promotion_id: _Optional[str] = ..., name: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time_left: _Optional[int] = ..., urgency: _Optional[_Union[Urgency, str]] = ..., message: _Optional[_Union[Texts, _Mapping]] = ...) -> None: ...

class ShownPrice(_message.Message):
    __slots__ = ("sku", "listed_price", "market_price", "discount_price", "promotion_price", "price", "promotion", "expiration_warnings")
    SKU_FIELD_NUMBER: _ClassVar[int]
    LISTED_PRICE_FIELD_NUMBER: _ClassVar[int]
    MARKET_PRICE_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_PRICE_FIELD_NUMBER: _ClassVar[int]
    PROMOTION_PRICE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    PROMOTION_FIELD_NUMBER: _ClassVar[int]
    EXPIRATION_WARNINGS_FIELD_NUMBER: _ClassVar[int]
    sku: str
    listed_price: _money_pb2.Money
    market_price: _money_pb2.Money
    discount_price: _money_pb2.Money
    promotion_price: _money_pb2.Money
    price: _money_pb2.Money
    promotion: AppliedPromotion
    expiration_warnings: _containers.RepeatedCompositeFieldContainer[ExpirationWarning]
    def __init__(self, sku: _Optional[str] = ..., listed_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., market_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., discount_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., promotion_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., promotion: _Optional[_Union[AppliedPromotion, _Mapping]] = ..., expiration_warnings: _Optional[_Iterable[_Union[ExpirationWarning, _Mapping]]] = ...) -> None: ...

class DisplayPricesResponse(_message.Message):
    __slots__ = ("currency", "region", "degraded", "items", "snapshot_id", "rule_version", "expires_at")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    currency: str
    region: str
    degraded: bool
    items: _containers.RepeatedCompositeFieldContainer[ShownPrice]
    snapshot_id: str
    rule_version: str
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, currency: _Optional[str] = ..., region: _Optional[str] = ..., degraded: _Optional[bool] = ..., items: _Optional[_Iterable[_Union[ShownPrice, _Mapping]]] = ..., snapshot_id: _Optional[str] = ..., rule_version: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PricedLine(_message.Message):
    __slots__ = ("line", "sku", "merchant_id", "title", "category", "quantity", "unit_price", "amount", "listed_price", "total")
    LINE_FIELD_NUMBER: _ClassVar[int]
    SKU_FIELD_NUMBER: _ClassVar[int]
    MERCHANT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    LISTED_PRICE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    line: int
    sku: str
    merchant_id: str
    title: str
    category: _orders_pb2.Category
    quantity: int
    unit_price: _money_pb2.Money
    amount: _money_pb2.Money
    listed_price: _money_pb2.Money
    total: _money_pb2.Money
    def __init__(self, line: _Optional[int] = ..., sku: _Optional[str] = ..., merchant_id: _Optional[str] = ..., title: _Optional[str] = ..., category: _Optional[_Union[_orders_pb2.Category, str]] = ..., quantity: _Optional[int] = ..., unit_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., listed_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class Share(_message.Message):
    __slots__ = ("line", "amount")
    LINE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    line: int
    amount: _money_pb2.Money
    def __init__(self, line: _Optional[int] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class Component(_message.Message):
    __slots__ = ("id", "layer", "type", "label", "amount", "funder", "source", "base", "shares")
    ID_FIELD_NUMBER: _ClassVar[int]
    LAYER_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    FUNDER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    id: str
    layer: Layer
    type: str
    label: str
    amount: _money_pb2.Money
    funder: Funder
    source: str
    base: _money_pb2.Money
    shares: _containers.RepeatedCompositeFieldContainer[Share]
    def __init__(self, id: _Optional[str] = ..., layer: _Optional[_Union[Layer, str]] = ..., type: _Optional[str] = ..., label: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., funder: _Optional[_Union[Funder, str]] = ..., source: _Optional[str] = ..., base: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., shares: _Optional[_Iterable[_Union[Share, _Mapping]]] = ...) -> None: ...

class Step(_message.Message):
    __slots__ = ("label", "amount", "running")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    label: str
    amount: _money_pb2.Money
    running: _money_pb2.Money
    def __init__(self, label: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., running: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class Breakdown(_message.Message):
    __slots__ = ("components", "steps", "text", "explanation")
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    components: _containers.RepeatedCompositeFieldContainer[Component]
    steps: _containers.RepeatedCompositeFieldContainer[Step]
    text: str
    explanation: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, components: _Optional[_Iterable[_Union[Component, _Mapping]]] = ..., steps: _Optional[_Iterable[_Union[Step, _Mapping]]] = ..., text: _Optional[str] = ..., explanation: _Optional[_Iterable[str]] = ...) -> None: ...

class QuoteMessage(_message.Message):
    __slots__ = ("code", "severity", "resolution", "source", "reason", "sku", "units", "amount", "saves")
    CODE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SKU_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    SAVES_FIELD_NUMBER: _ClassVar[int]
    code: str
    severity: str
    resolution: str
    source: str
    reason: str
    sku: str
    units: int
    amount: _money_pb2.Money
    saves: _money_pb2.Money
    def __init__(self, code: _Optional[str] = ..., severity: _Optional[str] = ..., resolution: _Optional[str] = ..., source: _Optional[str] = ..., reason: _Optional[str] = ..., sku: _Optional[str] = ..., units: _Optional[int] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., saves: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class Quote(_message.Message):
    __slots__ = ("id", "scene", "buyer_id", "currency", "region", "payment_method", "voucher_code", "points", "services", "hold_ids", "lines", "breakdown", "goods", "charges", "total", "promotions", "messages", "expiration_warnings", "degraded", "rule_version", "created_at", "expires_at")
    ID_FIELD_NUMBER: _ClassVar[int]
    SCENE_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_METHOD_FIELD_NUMBER: _ClassVar[int]
    VOUCHER_CODE_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    HOLD_IDS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    BREAKDOWN_FIELD_NUMBER: _ClassVar[int]
    GOODS_FIELD_NUMBER: _ClassVar[int]
    CHARGES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    PROMOTIONS_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    EXPIRATION_WARNINGS_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    scene: Scene
    buyer_id: str
    currency: str
    region: str
    payment_method: str
    voucher_code: str
    points: int
    services: _containers.RepeatedScalarFieldContainer[str]
    hold_ids: _containers.RepeatedScalarFieldContainer[str]
    lines: _containers.RepeatedCompositeFieldContainer[PricedLine]
    breakdown: Breakdown
    goods: _money_pb2.Money
    charges: _money_pb2.Money
    total: _money_pb2.Money
    promotions: _containers.RepeatedCompositeFieldContainer[AppliedPromotion]
    messages: _containers.RepeatedCompositeFieldContainer[QuoteMessage]
    expiration_warnings: _containers.RepeatedCompositeFieldContainer[ExpirationWarning]
    degraded: bool
    rule_version: str
    created_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., scene: _Optional[_Union[Scene, str]] = ..., buyer_id: _Optional[str] = ..., currency: _Optional[str] = ..., region: _Optional[str] = ..., payment_method: _Optional[str] = ..., voucher_code: _Optional[str] = ..., points: _Optional[int] = ..., services: _Optional[_Iterable[str]] = ..., hold_ids: _Optional[_Iterable[str]] = ..., lines: _Optional[_Iterable[_Union[PricedLine, _Mapping]]] = ..., breakdown: _Optional[_Union[Breakdown, _Mapping]] = ..., goods: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., charges: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., promotions: _Optional[_Iterable[_Union[AppliedPromotion, _Mapping]]] = ..., messages: _Optional[_Iterable[_Union[QuoteMessage, _Mapping]]] = ..., expiration_warnings: _Optional[_Iterable[_Union[ExpirationWarning, _Mapping]]] = ..., degraded: _Optional[bool] = ..., rule_version: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PriceMessage(_message.Message):
    __slots__ = ("code", "severity", "resolution", "old_total", "new_total", "difference", "reason", "reason_text", "snapshot_id")
    CODE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    OLD_TOTAL_FIELD_NUMBER: _ClassVar[int]
    NEW_TOTAL_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REASON_TEXT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    code: str
    severity: str
    resolution: str
    old_total: _money_pb2.Money
    new_total: _money_pb2.Money
    difference: _money_pb2.Money
    reason: Reason
    reason_text: Texts
    snapshot_id: str
    def __init__(self, code: _Optional[str] = ..., severity: _Optional[str] = ..., resolution: _Optional[str] = ..., old_total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., new_total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., difference: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., reason: _Optional[_Union[Reason, str]] = ..., reason_text: _Optional[_Union[Texts, _Mapping]] = ..., snapshot_id: _Optional[str] = ...) -> None: ...

class PaymentPriceResponse(_message.Message):
    __slots__ = ("verdict", "total", "shown_total", "difference", "reason", "reason_text", "snapshot_id", "expiring_soon", "messages")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    SHOWN_TOTAL_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REASON_TEXT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRING_SOON_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    total: _money_pb2.Money
    shown_total: _money_pb2.Money
    difference: _money_pb2.Money
    reason: Reason
    reason_text: Texts
    snapshot_id: str
    expiring_soon: bool
    messages: _containers.RepeatedCompositeFieldContainer[PriceMessage]
    def __init__(self, verdict: _Optional[_Union[Verdict, str]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., shown_total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., difference: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., reason: _Optional[_Union[Reason, str]] = ..., reason_text: _Optional[_Union[Texts, _Mapping]] = ..., snapshot_id: _Optional[str] = ..., expiring_soon: _Optional[bool] = ..., messages: _Optional[_Iterable[_Union[PriceMessage, _Mapping]]] = ...) -> None: ...
