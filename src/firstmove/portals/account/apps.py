from django.apps import AppConfig


class AccountPortalConfig(AppConfig):
    name = "firstmove.portals.account"
    label = "account_portal"

    def ready(self) -> None:
        from firstmove.domains.reminders import wording
        from firstmove.portals import reminder_words

        wording.speak_by(words=reminder_words.words, letter=reminder_words.letter)
