"""Everything that is printed, in the order in which it is made."""

from site_builder.press.products import (
    brief,
    forms,
    handbook,
    how_to_print,
    large_print,
    posters,
    registration,
    session_notice,
    steps_card,
)
from site_builder.press.sheet import Product

PRODUCTS: tuple[Product, ...] = (
    registration.PRODUCT,
    steps_card.PRODUCT,
    large_print.PRODUCT,
    registration.PRODUCT_EN,
    steps_card.PRODUCT_EN,
    large_print.PRODUCT_EN,
    posters.MEASURES,
    posters.BENEFITS,
    *forms.PRODUCTS,
    handbook.PRODUCT,
    session_notice.PRODUCT,
    brief.PRODUCT,
    how_to_print.PRODUCT,
)
