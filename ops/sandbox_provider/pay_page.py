"""The page where the buyer pays, as a string of HTML without scripts. No state, no decisions."""

from __future__ import annotations

from html import escape
from string import Template
from typing import Final

from domain.money import Money
from ops.sandbox_provider.records import Payment, PaymentStatus

# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS: Final = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
     "XPF"), 0
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)  # fmt: skip

_HEADINGS: Final = {
    PaymentStatus.OPEN: "Pay for your order",
    PaymentStatus.AUTHORISED: "Paid, thank you",
    PaymentStatus.CAPTURED: "Paid, thank you",
    PaymentStatus.FAILED: "The payment was declined",
    PaymentStatus.CANCELLED: "This payment was cancelled",
    PaymentStatus.EXPIRED: "This payment has expired",
}

_ADVICE: Final = {
    PaymentStatus.OPEN: "This is a sandbox: no real money moves.",
    PaymentStatus.AUTHORISED: "Nothing is charged before your order leaves; the shop has been told.",
    PaymentStatus.CAPTURED: "You can close this page; the shop has been told.",
    PaymentStatus.FAILED: "Nothing was charged. Go back to the shop to try again.",
    PaymentStatus.CANCELLED: "Nothing was charged. Go back to the shop to order again.",
    PaymentStatus.EXPIRED: "Nothing was charged. Go back to the shop to try again.",
}

_FORM: Final = """<form method="post">
<button class="pay" name="action" value="pay">Pay $amount</button>
<button name="action" value="decline">Decline</button>
</form>"""

_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$heading, sandbox payments</title>
<style>
:root { color-scheme: light dark; --accent: #1d4ed8; --line: #8888; }
body { font: 1.0625rem/1.5 system-ui, sans-serif; margin: 0; display: grid; min-height: 100vh;
  place-items: center; }
main { width: min(26rem, 100% - 3rem); padding: 2rem; border: 1px solid var(--line); border-radius: 1rem; }
h1 { font-size: 1.375rem; margin: 0 0 1rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 0 0 1.25rem; }
dt { opacity: .75; } dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
.sum { font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; }
form { display: grid; gap: .75rem; }
button { font: inherit; padding: .75rem; border: 1px solid var(--line); border-radius: .5rem;
  background: none; color: inherit; cursor: pointer; }
button.pay { background: var(--accent); border-color: var(--accent); color: #fff; font-weight: 600; }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
p { margin: 1.25rem 0 0; font-size: .9375rem; }
</style>
</head>
<body>
<main>
<h1>$heading</h1>
<dl>
<dt>Order</dt><dd>$number</dd>
<dt>Amount</dt><dd class="sum">$amount</dd>
</dl>
$form
<p role="status">$advice</p>
</main>
</body>
</html>
""")

_NOT_FOUND: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Payment not found, sandbox payments</title></head>
<body><main><h1>Payment not found</h1><p>Check the address, or go back to the shop.</p></main></body></html>
"""


def render(payment: Payment) -> str:
    """The page of a payment: with buttons while it is open, with what became of it afterwards."""
    amount = escape(shown(payment.order.amount))
    form = Template(_FORM).substitute(amount=amount) if payment.status is PaymentStatus.OPEN else ""
    return _PAGE.substitute(
        heading=_HEADINGS[payment.status],
        number=escape(payment.order.order_number),
        amount=amount,
        form=form,
        advice=_ADVICE[payment.status],
    )


def not_found() -> str:
    """The page for an address that names no payment."""
    return _NOT_FOUND


def shown(money: Money) -> str:
    """Such as `1,234.50 GBP`, with the currency's own number of decimals."""
    exponent = _EXPONENTS.get(money.currency, 2)
    whole, fraction = divmod(money.amount, 10**exponent)
    decimals = f".{fraction:0{exponent}d}" if exponent else ""
    return f"{whole:,}{decimals} {money.currency}"
