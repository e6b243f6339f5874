"""A QR code as a picture inside a page: no request of its own, no inline style or script."""

import base64
import io

import segno


def of(text: str) -> str:
    """The text as the address of an SVG image (`data:`), dark on white also in dark colours, with
    the quiet zone that cameras need."""
    made = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        made, kind="svg", scale=6, border=4, dark="#000", light="#fff", xmldecl=False, svgns=True
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(made.getvalue()).decode()}"
