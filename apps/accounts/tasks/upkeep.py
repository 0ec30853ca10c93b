from apps.accounts.services import sessions
from celery_app import app


@app.task(acks_late=True)
def forget_expired_sessions() -> None:
    sessions.forget_expired()
