"""The lab's pages."""

from django.urls import path

from .pages import Lab, LabPart

app_name = "mlops"
urlpatterns = [
    path("lab", Lab.as_view(), name="lab"),
    path("lab/body", LabPart.as_view(), name="lab_body"),
]
