"""Asking for another planning run from the pages."""

from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob


def test_a_run_is_asked_for_once_however_often_one_clicks(cast, signed_in):
    client = signed_in(cast.admin)
    for said in ("The run starts in a moment.", "A run waits already"):
        answer = client.post(reverse("enterprise:new-run"), follow=True)
        assert said in answer.content.decode()
    job = ProcrastinateJob.objects.get()
    assert job.task_name.endswith("plan_now")
    assert job.args == {"user_id": cast.admin.user_id}


def test_a_dealer_cannot_ask_for_a_run(cast, signed_in):
    assert signed_in(cast.owner).post(reverse("enterprise:new-run")).status_code == 403
    assert not ProcrastinateJob.objects.exists()


def test_a_link_alone_starts_nothing(cast, signed_in):
    assert signed_in(cast.admin).get(reverse("enterprise:new-run")).status_code == 405
