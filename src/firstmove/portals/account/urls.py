from django.urls import path

from firstmove.portals.account.views import health, home, inbox, keys, passwords, profile, reminders, signing, webhooks

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
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/reading/", inbox.reading_all, name="inbox-all-read"),
    path("inbox/<int:message_id>/reading/", inbox.reading, name="inbox-read"),
    path("reminders/", reminders.reminders, name="reminders"),
    path("reminders/channels/", reminders.channel_making, name="new-channel"),
    path("reminders/channels/secret/", reminders.made_secret, name="channel-secret"),
    path("reminders/channels/<int:channel_id>/removal/", reminders.channel_removal, name="channel-removal"),
    path("keys/", keys.keys, name="keys"),
    path("keys/new/", keys.making, name="new-key"),
    path("keys/made/", keys.made_key, name="made-key"),
    path("keys/<int:key_id>/replacement/", keys.replacement, name="key-replacement"),
    path("keys/<int:key_id>/revocation/", keys.revocation, name="key-revocation"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/new/", webhooks.making, name="new-webhook"),
    path("webhooks/secret/", webhooks.made_secret, name="webhook-secret"),
    path("webhooks/<int:webhook_id>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:webhook_id>/rotation/", webhooks.rotation, name="webhook-rotation"),
    path("webhooks/<int:webhook_id>/pause/", webhooks.pause, name="webhook-pause"),
    path("webhooks/<int:webhook_id>/resumption/", webhooks.resumption, name="webhook-resumption"),
    path("webhooks/<int:webhook_id>/removal/", webhooks.removal, name="webhook-removal"),
    path("webhooks/<int:webhook_id>/replay/", webhooks.replay, name="webhook-replay"),
    path("health/", health.health, name="health"),
]
