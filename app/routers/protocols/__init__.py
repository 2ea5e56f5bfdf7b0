"""Requests for predictions in the forms of other protocols, so that their clients work unchanged.

What all have in common stands here once: a form becomes the cases of a model (`Foreign`), the
Showroom answers and records them as any others, and the answers become the form again. Each
protocol has its own errors, in the words that all of the service has.
"""
