"""An account's queue of EC2 events."""

from collections.abc import Iterable

from apps.fleet.errors import CloudRefused

from ..port import QueueMessage
from .region import Region

MESSAGES_PER_CALL = 10


class Queues(Region):
    def receive(self, queue_url: str, *, wait_seconds: int = 20) -> list[QueueMessage]:
        answer = self.call(
            self.sqs.receive_message,
            QueueUrl=queue_url,
            MaxNumberOfMessages=MESSAGES_PER_CALL,
            WaitTimeSeconds=wait_seconds,
        )
        return [
            QueueMessage(body=message["Body"], receipt=message["ReceiptHandle"])
            for message in answer.get("Messages", ())
        ]

    def acknowledge(self, queue_url: str, receipts: Iterable[str]) -> None:
        waiting = list(receipts)
        while waiting:
            batch, waiting = waiting[:MESSAGES_PER_CALL], waiting[MESSAGES_PER_CALL:]
            entries = [{"Id": str(at), "ReceiptHandle": receipt} for at, receipt in enumerate(batch)]
            answer = self.call(self.sqs.delete_message_batch, QueueUrl=queue_url, Entries=entries)
            for failure in answer.get("Failed", ()):
                raise CloudRefused(
                    call="sqs.delete_message_batch",
                    aws_code=failure["Code"],
                    why=failure.get("Message", "the message stays in the queue"),
                )
