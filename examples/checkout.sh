#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes ./linux, a git repository of the small Kconfig tree. Its last commit is holes-in-zone.patch.
# The examples for patch authors use it in place of a kernel checkout.
set -e
examples=$(cd "$(dirname "$0")" && pwd)
cp -R "$examples/linux" linux
git init --quiet linux
cd linux
git config user.name "Example Author"
git config user.email author@example.org
git add .
git commit --quiet --message "Add the small tree"
git am --quiet "$examples/holes-in-zone.patch"
