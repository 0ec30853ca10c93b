from .aws_account import Account, eventually


def test_receives_until_acknowledged(account: Account):
    sqs = account.owner("sqs")
    url = sqs.create_queue(QueueName="events", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    for number in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=f"event {number}")
    seen = set()

    def drained() -> bool:
        messages = account.cloud.receive(url, wait_seconds=0)
        seen.update(message.body for message in messages)
        account.cloud.acknowledge(url, [message.receipt for message in messages])
        return not messages

    eventually("the queue is empty", drained)
    assert seen == {f"event {number}" for number in range(12)}
