import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/bench/" in str(item.path):
            item.add_marker(pytest.mark.bench)
            item.add_marker(pytest.mark.timeout(1800))
