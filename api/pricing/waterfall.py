"""Draws a price as a waterfall, as SVG or PNG; the same price gives the same bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Any

from api.money_text import amount_text
from api.pricing.waterfall_bars import Bar, bars_of
from domain.errors import DomainError
from domain.money import Money
from domain.pricing.breakdown import Layer, PriceBreakdown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _FAINT, _TOTAL = "#1f2933", "#9aa5b1", "#1f2933"
_COLOURS = {
    Layer.BASE: "#5b7fa6",
    Layer.PROMOTION: "#2f9e6e",
    Layer.DEDUCTION: "#8b6fc0",
    Layer.CHARGE: "#d98a3d",
}
_WIDTH, _ROW, _FRAME, _LETTER = 8.4, 0.36, 1.15, 0.078  # inches
_DOTS = 144
# Nothing in a picture depends on time or chance, and no `$` in a name is taken for mathematics.
_STYLE: Any = {
    "svg.hashsalt": "orderkeep",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "text.parse_math": False,
}
_THICK, _THINNEST = 0.62, 0.002


class PictureFormat(StrEnum):
    """What a picture may be asked for as."""

    SVG = "svg"
    PNG = "png"

    @property
    def media_type(self) -> str:
        """For Content-Type."""
        return "image/svg+xml" if self is PictureFormat.SVG else "image/png"


class PictureUnavailableError(DomainError):
    """Too many pictures are asked for, or this one took too long."""

    code = "picture_unavailable"


class WaterfallPainter:
    """Draws beside the event loop, one picture at a time: drawing only computes, so more would not be faster.

    At most `waiting` pictures wait, each at most `seconds`. Raises `PictureUnavailableError` beyond that.
    """

    def __init__(self, waiting: int = 16, seconds: float = 10.0) -> None:
        self._waiting = waiting
        self._seconds = seconds
        self._asked = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="waterfall")

    async def paint(self, breakdown: PriceBreakdown, picture: PictureFormat) -> bytes:
        """The picture's bytes."""
        if self._asked >= self._waiting:
            raise PictureUnavailableError
        self._asked += 1
        drawing = asyncio.get_running_loop().run_in_executor(self._thread, draw, breakdown, picture)
        try:
            async with asyncio.timeout(self._seconds):
                return await drawing
        except TimeoutError as error:
            raise PictureUnavailableError from error
        finally:
            self._asked -= 1

    def close(self) -> None:
        """Draw nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)


_METADATA: Mapping[PictureFormat, dict[str, str | None]] = {
    PictureFormat.SVG: {"Date": None, "Title": "Price waterfall"},
    PictureFormat.PNG: {"Software": None},
}


def draw(breakdown: PriceBreakdown, picture: PictureFormat) -> bytes:
    """Draw one price."""
    # Imported here: it takes half a second, and most processes never draw.
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.font_manager import findfont, get_font

    with mpl.rc_context(_STYLE):
        bars = bars_of(breakdown, get_font(findfont("DejaVu Sans")).get_charmap())
        figure = Figure(figsize=(_WIDTH, _FRAME + _ROW * (len(bars) + 1)), facecolor="white")
        axes = figure.add_axes(_frame(bars))
        _bars(axes, bars, breakdown.total)
        _words(figure, axes, bars, breakdown.total)
        drawn = BytesIO()
        figure.savefig(drawn, format=picture.value, dpi=_DOTS, metadata=_METADATA[picture])
    return drawn.getvalue()


def _frame(bars: tuple[Bar, ...]) -> tuple[float, float, float, float]:
    rows = _ROW * (len(bars) + 1)
    left = 0.05 + _LETTER * max((len(bar.label) for bar in bars), default=0) / _WIDTH
    return (max(left, 0.15), 0.52 / (_FRAME + rows), 0.97 - max(left, 0.15), rows / (_FRAME + rows))


def _bars(axes: Axes, bars: tuple[Bar, ...], whole: Money) -> None:
    # All lengths relative to the largest, so that any amount can be drawn.
    scale = max(1, abs(whole.amount), *(abs(bar.end.amount) for bar in bars))
    for row, bar in enumerate(bars):
        end = bar.end.amount / scale
        _bar(axes, row, bar.start.amount / scale, end, color=_COLOURS[bar.layer], gid=bar.id)
        # A line leads from where a bar ends to where the next one starts.
        axes.plot([end, end], [row + _THICK / 2, row + 1 - _THICK / 2], color=_FAINT, linewidth=0.8)
        _amount(axes, row, max(bar.start.amount, bar.end.amount) / scale, _change(bar))
    end = whole.amount / scale
    _bar(axes, len(bars), 0.0, end, color=_TOTAL, gid="total")
    _amount(axes, len(bars), max(0.0, end), amount_text(whole), fontweight="bold")
    _limits(axes, [0.0, end, *(bar.end.amount / scale for bar in bars)], len(bars))
    longest = max(len(amount_text(whole)), *(len(_change(bar)) for bar in bars), 0)
    _make_room(axes, longest)


def _bar(axes: Axes, row: int, start: float, end: float, **style: Any) -> None:
    left, right = sorted((start, end))
    axes.barh(row, max(right - left, _THINNEST), left=left, height=_THICK, **style)


def _change(bar: Bar) -> str:
    return amount_text(bar.amount, signed=True)


def _limits(axes: Axes, ends: list[float], bars: int) -> None:
    low, high = min(ends), max(ends)
    axes.set_xlim(low, high if high > low else low + 1)
    axes.set_ylim(bars + 0.5, -0.5)
    axes.axvline(0, color=_FAINT, linewidth=0.8, zorder=0)
    axes.axhline(bars - 0.5, color=_FAINT, linewidth=0.5, zorder=0)


def _make_room(axes: Axes, letters: int) -> None:
    low, high = axes.get_xlim()
    share = min(0.5, 1.1 * _LETTER * letters / (_WIDTH * axes.get_position().width))
    axes.set_xlim(low - 0.01 * (high - low), low + (high - low) / (1 - share))


def _amount(axes: Axes, row: int, right: float, text: str, **style: Any) -> None:
    axes.annotate(
        text,
        (right, row),
        xytext=(5, 0),
        textcoords="offset points",
        va="center_baseline",
        color=_INK,
        **style,
    )


def _words(figure: Figure, axes: Axes, bars: tuple[Bar, ...], whole: Money) -> None:
    axes.set_yticks(range(len(bars) + 1), [*(bar.label for bar in bars), "to pay"], color=_INK)
    axes.get_yticklabels()[-1].set_fontweight("bold")
    axes.tick_params(axis="both", length=0)
    axes.set_xticks([])
    axes.set_frame_on(False)
    title = f"How {amount_text(whole)} {whole.currency} comes about"
    figure.text(0.03, 1 - 0.3 / figure.get_figheight(), title, fontsize=12, fontweight="bold", color=_INK)
    _legend(figure, axes, [layer for layer in Layer if any(bar.layer is layer for bar in bars)])


def _legend(figure: Figure, axes: Axes, layers: list[Layer]) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(color=_COLOURS[layer], label=layer.value) for layer in layers]
    figure.legend(
        handles=patches,
        loc="lower left",
        bbox_to_anchor=(axes.get_position().x0 - 0.01, 0.0),
        ncols=len(Layer),
        frameon=False,
        fontsize=8.5,
        labelcolor=_INK,
        handlelength=1.0,
        handleheight=1.0,
    )
