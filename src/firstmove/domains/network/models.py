"""The parties and their people."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Enterprise(models.Model):
    """The one enterprise of this installation, its currency and its day."""

    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=60)
    is_demo = models.BooleanField(default=False)
    # Set when an installation replays a past day: the date that pages show and orders bear. Empty: today.
    business_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_enterprise")]


class Supplier(models.Model):
    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)


class Dealer(models.Model):
    """A party that buys from the enterprise and sells to its own customers. Empty numbers are not known, never zero."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    region = models.CharField(max_length=100, blank=True)
    city = models.CharField(max_length=100, blank=True)
    tier = models.CharField(max_length=40, blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    credit_limit = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    terms_days = models.PositiveSmallIntegerField(null=True, blank=True)
    lead_time_min_days = models.PositiveSmallIntegerField(null=True, blank=True)
    lead_time_max_days = models.PositiveSmallIntegerField(null=True, blank=True)
    review_days = models.PositiveSmallIntegerField(null=True, blank=True)
    minimum_order_amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    minimum_order_kg = models.FloatField(null=True, blank=True)
    # The most that the dealer means to spend on one order.
    order_budget = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    # ISO weekdays in ascending order, such as "14" for Monday and Thursday. Empty: any day.
    order_weekdays = models.CharField(max_length=7, blank=True)
    delivery_weekdays = models.CharField(max_length=7, blank=True)
    # What one truck takes, and what it costs; a pallet's freight where goods do not come by the truck.
    truck_pallets = models.FloatField(null=True, blank=True)
    truck_kg = models.FloatField(null=True, blank=True)
    freight_per_truck = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    freight_per_pallet = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    market_customers = models.PositiveIntegerField(null=True, blank=True)
    market_growth = models.FloatField(null=True, blank=True)
    market_share = models.FloatField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    # When the row last changed, kept by the database (see `kernel.policies.Tracked`).
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lead_time_min_days__isnull=True)
                | Q(lead_time_max_days__gte=models.F("lead_time_min_days")),
                name="lead_time_range",
            ),
            models.CheckConstraint(
                condition=Q(credit_limit__isnull=True) | Q(credit_limit__gte=0), name="credit_limit"
            ),
            models.CheckConstraint(
                condition=Q(order_weekdays__regex="^1?2?3?4?5?6?7?$", delivery_weekdays__regex="^1?2?3?4?5?6?7?$"),
                name="weekdays_iso",
            ),
            models.CheckConstraint(
                condition=(Q(truck_pallets__isnull=True) | Q(truck_pallets__gt=0))
                & (Q(truck_kg__isnull=True) | Q(truck_kg__gt=0)),
                name="truck_takes_something",
            ),
        ]
        indexes = [models.Index(fields=["changed_at", "id"], name="dealer_changed")]


class Consent(models.Model):
    """What a dealer lets the enterprise see beyond sums: without a row, nothing."""

    dealer = models.OneToOneField(Dealer, on_delete=models.CASCADE, related_name="consent")
    shares_customers = models.BooleanField(default=False)
    # Its orders from suppliers directly, in which the enterprise is no party.
    shares_supplier_orders = models.BooleanField(default=False, db_default=False)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("User", null=True, on_delete=models.SET_NULL, related_name="+")


class DirectSupply(models.Model):
    """The enterprise allows a dealer to order from a supplier: of a category, or without one all that it delivers.

    Carries the dealer's name: it is all that the supplier may know of the dealer.
    """

    dealer = models.ForeignKey(Dealer, on_delete=models.CASCADE, related_name="direct_supply")
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="direct_supply")
    category = models.CharField(max_length=120, blank=True)
    dealer_name = models.CharField(max_length=200)
    allowed_at = models.DateTimeField()
    allowed_by = models.ForeignKey("User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dealer", "supplier", "category"], name="one_permission_a_category")
        ]


class Role(models.TextChoices):
    ADMIN = "admin", _("Administrator")
    CHANNEL = "channel", _("Channel manager")
    PLANNER = "planner", _("Supply planner")
    OWNER = "owner", _("Dealer owner")
    BUYER = "buyer", _("Buyer")
    STAFF = "staff", _("Sales and service staff")
    SUPPLIER = "supplier", _("Supplier")


ENTERPRISE_ROLES = (Role.ADMIN, Role.CHANNEL, Role.PLANNER)
DEALER_ROLES = (Role.OWNER, Role.BUYER, Role.STAFF)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in by e-mail and acts for exactly one party."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices)
    dealer = models.ForeignKey(Dealer, null=True, blank=True, on_delete=models.PROTECT, related_name="users")
    supplier = models.ForeignKey(Supplier, null=True, blank=True, on_delete=models.PROTECT, related_name="users")
    language = models.CharField(max_length=10, default="zh-hans")
    created_at = models.DateTimeField(auto_now_add=True)
    # A person who left keeps the record of what they did and can do nothing more.
    left_at = models.DateTimeField(null=True, blank=True)
    # The account of a program: it comes in by a key alone, never by a password.
    is_service = models.BooleanField(default=False, db_default=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="role_fits_party",
                condition=(
                    Q(role__in=ENTERPRISE_ROLES, dealer__isnull=True, supplier__isnull=True)
                    | Q(role__in=DEALER_ROLES, dealer__isnull=False, supplier__isnull=True)
                    | Q(role=Role.SUPPLIER, dealer__isnull=True, supplier__isnull=False)
                ),
            ),
            models.UniqueConstraint(models.functions.Lower("email"), name="email_any_case"),
            models.CheckConstraint(
                condition=Q(is_service=False) | Q(password__startswith="!"),  # noqa: S106
                name="service_without_password",
            ),
        ]

    @property
    def is_active(self) -> bool:
        return self.left_at is None


class Attempt(models.Model):
    """A failed sign-in or a reset asked for, kept for a quarter of an hour so that nobody can try without end."""

    kind = models.CharField(max_length=10)
    email = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "email", "at"], name="attempts_at_address")]


class ApiKey(models.Model):
    """A secret by which a program acts as a person or a service account. Of the secret only a digest is kept.

    Carries the party of its account, so that row-level security needs no join.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="keys")
    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=80)
    # The public part, by which the key is found and by which people tell keys apart.
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="key_expires_later")
        ]


class ApiKeyUse(models.Model):
    """When a key was last used, and how often in the minute of that. A row of its own: it changes at every request."""

    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, related_name="use")
    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    used_at = models.DateTimeField()
    minute_at = models.DateTimeField()
    requests = models.PositiveIntegerField()
