"""Everything that is printed, in the order in which it is made."""

from site_builder.press.products import handbook, how_to_print, posters, registration, steps_card
from site_builder.press.sheet import Product

PRODUCTS: tuple[Product, ...] = (
    registration.PRODUCT,
    steps_card.PRODUCT,
    posters.MEASURES,
    posters.BENEFITS,
    handbook.PRODUCT,
    how_to_print.PRODUCT,
)
