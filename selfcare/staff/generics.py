"""Django's classes that take a type only for the type checker."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
    AnyModelForm = forms.ModelForm[Any]
    AnyPaginator = Paginator[Any]
else:
    AnyAdmin, AnyInline, AnyModelForm, AnyPaginator = admin.ModelAdmin, admin.TabularInline, forms.ModelForm, Paginator
