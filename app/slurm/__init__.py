"""Slurm, a cluster's scheduler: jobs are submitted, looked for and cancelled, nodes are shown.

Two ways lead to it, which answer alike: slurmrestd over HTTP, and Slurm's own commands.
"""
