# SPDX-License-Identifier: GPL-2.0-only
"""What memory the machine has: memory maps, and the readers of what firmware and kernels say of it."""
