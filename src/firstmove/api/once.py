"""Idempotency keys: a request that changes something can be repeated without doing it again."""

import functools
from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, Schema
from ninja.renderers import JSONRenderer
from ninja.utils import contribute_operation_args
from pydantic import StringConstraints

from firstmove.api.problems import answer
from firstmove.kernel import idempotency
from firstmove.kernel.errors import Problem
from firstmove.kernel.tenancy import Actor

_Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
_JSON = "application/json; charset=utf-8"
View = Callable[..., Any]


def once(result: type[Schema], *, status: int = 200, required: bool = False) -> Callable[[View], View]:
    """Under ``@router.post(…)``: the operation heeds ``Idempotency-Key``, and wants one where `required`.

    `result` and `status` are those of the operation's success. What the operation answers is kept for a day, refusals
    too; what is refused before it (no key, no right, a request that does not fit the contract) is not.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def operation(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            key = kwargs.pop("idempotency_key")

            def work() -> idempotency.Answer:
                try:
                    made = view(request, *args, **kwargs)
                except Problem as problem:
                    if problem.status >= 500:
                        raise
                    told = answer(problem)
                    return idempotency.Answer(problem.status, told["Content-Type"], told.content.decode())
                body = result.model_validate(made).model_dump()
                rendered = JSONRenderer().render(request, body, response_status=status)
                return idempotency.Answer(status, _JSON, str(rendered))

            if key is None:
                return _response(work())
            actor: Actor = request.auth  # type: ignore[attr-defined]
            given, repeated = idempotency.once(
                actor=actor,
                key=key,
                request_hash=idempotency.request_hash(
                    method=str(request.method), path=request.get_full_path(), body=request.body
                ),
                now=timezone.now(),
                work=work,
            )
            response = _response(given)
            if repeated:
                response["Idempotency-Replayed"] = "true"
            return response

        contribute_operation_args(
            operation,
            "idempotency_key",
            _Key if required else _Key | None,  # type: ignore[arg-type]
            Header(
                ... if required else None,
                alias="Idempotency-Key",
                description="A new text for every request, and the same one only to repeat it unchanged.",
            ),
        )
        return operation

    return decorate


def _response(given: idempotency.Answer) -> HttpResponse:
    return HttpResponse(given.body, status=given.status, content_type=given.content_type)
