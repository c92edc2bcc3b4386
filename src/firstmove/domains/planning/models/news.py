"""Which news of products somebody has read. The news itself is derived anew whenever it is read."""

from django.db import models


class NewsRead(models.Model):
    """A person read one piece of news; `key` names it by kind, product and day, as `queries.news` does."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE)
    user = models.ForeignKey("network.User", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="news_is_read_once")]
