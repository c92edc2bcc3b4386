"""The supplier's addresses."""

from django.urls import path

from firstmove.portals.supplier.views import orders, products

app_name = "supplier"
urlpatterns = [
    path("", orders.orders, name="orders"),
    path("orders/<int:purchase_id>/", orders.order, name="order"),
    path("orders/<int:purchase_id>/confirmation/", orders.confirmation, name="confirmation"),
    path("orders/<int:purchase_id>/refusal/", orders.refusal, name="refusal"),
    path("orders/<int:purchase_id>/shipment/", orders.shipment, name="shipment"),
    path("products/", products.products, name="products"),
    path("products/<int:product_id>/price/", products.price, name="price"),
]
