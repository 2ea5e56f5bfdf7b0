"""Providers of single sign-on: who somebody is, by the word of another."""
