# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels x configurations x memory maps as one job that survives interruption, on any number of processes.

The modules in the order of the work:

1. ``running_program``, ``job``: what a job is, and its tasks, numbered by content.
2. ``input_files``: the files of folders, and those that cannot be read.
3. ``builds``: from a ``.config`` or a variant to the kernels that are built.
4. ``rows``: the tables of results.
5. ``task_run``: runs one task; what a worker process does.
6. ``processes``, ``dask_cluster``: run many tasks: in this process, in worker processes, on Dask.
7. ``store``: the DuckDB file: which tasks are done, and their rows.
8. ``estimate``: the time that the remaining tasks take.

Rules:

1. A task is a value. Its number follows from the content of the job, so a second run has the same tasks.
2. Workers give rows and write nothing. One process writes the rows of tasks, and that these tasks are done,
   in one transaction. After any interruption the file therefore holds a task completely or not at all.
3. Rows do not depend on who computed them or when.
"""
