"""Every address of the product on one screen."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("back-office/", admin.site.urls),
]
