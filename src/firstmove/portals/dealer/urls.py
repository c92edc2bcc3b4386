from django.urls import path

app_name = "dealer"
urlpatterns: list[object] = []
