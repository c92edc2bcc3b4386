"""Pages for whoever is signed in, of any audience."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Somebody who is not signed in does that first; an act cannot be opened afterwards, so then to the start."""

    @functools.wraps(view)
    def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, **kwargs)
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")

    return page
