"""Everything that is printed, in the order in which it is made."""

from site_builder.press.products import forms, handbook, registration, steps_card
from site_builder.press.sheet import Product

PRODUCTS: tuple[Product, ...] = (registration.PRODUCT, steps_card.PRODUCT, *forms.PRODUCTS, handbook.PRODUCT)
