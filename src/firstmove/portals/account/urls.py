from django.urls import path

from firstmove.portals.account.views import health, home, keys, passwords, profile, signing

app_name = "account"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", signing.sign_in, name="sign-in"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("language/", signing.language, name="language"),
    path("forgot/", passwords.forgot, name="forgot"),
    path("set-password/<str:uid>/<str:token>/", passwords.set_password, name="set-password"),
    path("profile/", profile.profile, name="profile"),
    path("profile/password/", profile.password, name="password"),
    path("keys/", keys.keys, name="keys"),
    path("keys/new/", keys.making, name="new-key"),
    path("keys/made/", keys.made_key, name="made-key"),
    path("keys/<int:key_id>/replacement/", keys.replacement, name="key-replacement"),
    path("keys/<int:key_id>/revocation/", keys.revocation, name="key-revocation"),
    path("health/", health.health, name="health"),
]
