"""The leaflet press: content → HTML → PDF → gates. The only door to weasyprint, pikepdf, pypdfium2, segno, zxingcpp."""
