from selfcare.inquiries.models.articles import Article
from selfcare.inquiries.models.contacts import SupportContact
from selfcare.inquiries.models.inquiries import Category, Inquiry, Message

__all__ = ["Article", "Category", "Inquiry", "Message", "SupportContact"]
