"""Everything that is printed, in the order in which it is made."""

from site_builder.press.products import handbook, large_print, registration, steps_card
from site_builder.press.sheet import Product

PRODUCTS: tuple[Product, ...] = (
    registration.PRODUCT,
    steps_card.PRODUCT,
    large_print.PRODUCT,
    registration.PRODUCT_EN,
    steps_card.PRODUCT_EN,
    large_print.PRODUCT_EN,
    handbook.PRODUCT,
)
