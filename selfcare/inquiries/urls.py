from django.urls import path

from selfcare.inquiries.views import faq, inquiries

app_name = "inquiries"
urlpatterns = [
    path("faq/", faq.index, name="faq"),
    path("faq/<slug:slug>/", faq.article, name="article"),
    path("inquiries/", inquiries.index, name="list"),
    path("inquiries/new/", inquiries.new, name="new"),
    path("inquiries/<str:ticket>/", inquiries.thread, name="thread"),
]
