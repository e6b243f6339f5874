"""A QR code is part of the page, and has what cameras need."""

import base64

from monitor.mfa import picture


def test_a_code_is_an_image_in_the_page_without_script_or_style() -> None:
    head, _, body = picture.of("otpauth://totp/Vigie:a?secret=ABC").partition(",")
    assert head == "data:image/svg+xml;base64"
    drawn = base64.b64decode(body).decode()
    assert drawn.startswith("<svg")
    assert "script" not in drawn
    assert 'fill="#fff"' in drawn
