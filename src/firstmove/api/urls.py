"""Addresses for programs."""

from django.urls import include, path, re_path

from firstmove.api.problems import refusing_in_problems, unknown_address
from firstmove.api.v1 import api

_patterns, _app, _namespace = api.urls
for _pattern in _patterns:
    _pattern.callback = refusing_in_problems(_pattern.callback)  # type: ignore[arg-type]

urlpatterns = [
    path("v1/", include((_patterns, _app), namespace=_namespace)),
    re_path("", unknown_address),
]
