from django.urls import path

from selfcare.contract_data.views import identity, letter, mail, page
from selfcare.orders.views.wizard import wizard

app_name = "contract_data"
urlpatterns = [
    path("", page.page, name="contract"),
    path("contact/", wizard("contract.contact"), name="contact"),
    path("mail/", mail.page, name="mail"),
    path("mail/<str:token>/", mail.link, name="mail_link"),
    path("identity/", identity.page, name="identity"),
    path("code/", letter.code, name="code"),
    path("letter/", letter.resend, name="letter"),
]
