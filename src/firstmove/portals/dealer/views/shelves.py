"""The dealer's warehouses: what lies where, what was counted, corrected and moved."""

from django.http import HttpRequest, HttpResponse

from firstmove.kernel.tenancy import Actor
from firstmove.portals import shelves
from firstmove.portals.pages import reads, writes


@reads("dealer")
def shelf(request: HttpRequest, actor: Actor, *, product_id: int) -> HttpResponse:
    return shelves.shelf(request, actor, product_id=product_id, more={"holders": None})


warehouses = reads("dealer")(shelves.warehouses)
count = reads("dealer")(shelves.count)
count_lines = writes("dealer")(shelves.write_count)
new_count = writes("dealer")(shelves.begin_count)
new_warehouse = writes("dealer")(shelves.add_warehouse)
warehouse = writes("dealer")(shelves.change_warehouse)
correction = writes("dealer")(shelves.correct)
transfer = writes("dealer")(shelves.transfer)
