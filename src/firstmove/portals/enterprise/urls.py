from django.urls import path

app_name = "enterprise"
urlpatterns: list[object] = []
